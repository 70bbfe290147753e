"""What a string was found to name, and the patterns of names."""

from __future__ import annotations

import re
from functools import cache

from llmadvise.domain.compliance import ReferenceState
from llmadvise.record import dataclass

OWNER_AND_NAME = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a string was found to name."""

    model: str | None
    state: ReferenceState
    confidence: float
    revision: str | None = None
    quantization: str | None = None
    via: str | None = None
    why: str | None = None


@cache
def pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "owner_name": r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}(?<![.-])",
            "bare": r"[A-Za-z0-9][\w.-]{0,95}",
            "default": r"\$\{\w+:?[-=]([^${}]*)\}|\$\{[\w.-]+:([A-Za-z][^${}]*)\}|\$\{\{[^{}']{0,200}\|\|\s*'([^']*)'\s*\}\}|\{\{-?[^{}]{0,200}?default\s+\\?[\"']([^\"'{}\\]*)\\?[\"'][^{}]{0,200}\}\}",
            "sized_tag": r"(?i)(?:[ea]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bm])(?:[-_].*)?",
            "rows": r"(?:^|[-_])(?!(?:4|8|16|32|64|128|256|512|1024)[kK])\d+(?:\.\d+)?[kK](?:$|[-_])",
            "variable": r"\$\{?\(?([A-Za-z_]\w*)[^})]*[})]?|\{\{\s*([^{}]{1,80}?)\s*\}\}|\{([A-Za-z_][\w.\[\]'\"]*)\}|<([\w -]{1,40})>",
            "size": r"(?:^|[-_.])[EA]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bBmM]\d?(?:$|[-_.])",
            "form": r"(?i)(?:^|[-_.])(?:gguf|gptq|awq|fp8|nvfp4|int4|int8|exl2|exl3|mlx|4bit|8bit|bnb|w4a16|w8a8|mxfp4|instruct|lora)(?:$|[-_.])",
            "region": r"(?:us|eu|ap|ca|sa|me|af|il|mx|cn|jp|au|global|apac)(?:-gov)?(?:-[a-z]+-\d)?",
            "named": r"[A-Za-z_][\w-]{0,40}=(?=[^/=]+/[^/=]+$)",
            "tag": r"(?i)(?:latest|[ea]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bm](?:[-_].*)?|(?:i?q\d|fp16|f16|bf16|mini|small|medium|large|cloud|instruct|chat|code|text|base|vision|v\d).*)",
            "quantization": r"(?i)(?:UD-)?(?:I?Q\d\w*|[BF]F?(?:16|32)|MXFP4\w*|TQ\d\w*|NVFP4|FP8|latest)",
            "hub_url": r"(?:https?://|ssh://)?(?:[\w.-]+@|www\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com)[/:](.+)",
        }[name]
    )


def no_model(why: str) -> Judged:
    return Judged(model=None, state=ReferenceState.NOT_A_MODEL, confidence=0.9, why=why)


def hub(name: str, confidence: float, revision: str | None = None, quantization: str | None = None) -> Judged:
    return Judged(
        model=name, state=ReferenceState.RESOLVED, confidence=confidence, revision=revision, quantization=quantization
    )


def alias(name: str, confidence: float) -> Judged:
    return Judged(model=name, state=ReferenceState.ALIAS, confidence=confidence)


def suffix(value: str) -> tuple[str, str | None]:
    head, colon, tail = value.rpartition(":")
    return (head, tail) if colon else (value, None)
