"""Options that mean the same in every command, and what they come to: a request and a place for the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmadvise.api.request import Request
from llmadvise.cli.option import Kind, Option
from llmadvise.cli.sink import Sink, format_named
from llmadvise.domain.requirements import Requirements
from llmadvise.errors import UsageError
from llmadvise.render.formats import Format
from llmadvise.units import parse_bytes, parse_tokens

if TYPE_CHECKING:
    from pathlib import Path

WANTS: Final = "What you need"
"""The panel of options about the use, of which a machine by itself knows nothing."""
_MACHINE: Final = "Machine"
_OUTPUT: Final = "Output"

REQUEST: Final = (
    Option(
        "use_case",
        ("--use-case", "-u"),
        Kind.TEXT,
        "chat, coding, autocomplete, agents, reasoning, writing, extraction, rag, vision, embedding; or a YAML file.",
        WANTS,
        default="chat",
    ),
    Option("context", ("--context",), Kind.TEXT, "Tokens for each user: 8192, 32k.", WANTS),
    Option("users", ("--users",), Kind.INTEGER, "Concurrent sequences.", WANTS, default=1, least=1, most=4096),
    Option("min_speed", ("--min-speed",), Kind.NUMBER, "Tokens a second of decoding.", WANTS, least=0),
    Option("min_bits", ("--min-bits",), Kind.NUMBER, "Bits a weight.", WANTS, least=0, most=32),
    Option("family", ("--family",), Kind.TEXTS, "Only this family (repeatable).", WANTS),
    Option("model_format", ("--model-format",), Kind.TEXT, "gguf, gptq, awq, mlx (comma-separated).", WANTS),
    Option("runtime", ("--runtime",), Kind.TEXT, "llama.cpp, ollama, vllm, mlx-lm …", WANTS),
    Option("commercial", ("--commercial",), Kind.FLAG, "Only licenses that permit commercial use.", WANTS),
    Option("license_policy", ("--license-policy",), Kind.PATH, "Only what this license policy allows.", WANTS),
    Option("prefer", ("--prefer",), Kind.TEXT, "What weighs most: quality, speed, memory or context.", WANTS),
    Option("kv_type", ("--kv-type",), Kind.TEXT, "KV cache: f16, q8_0, q4_0 … or K,V.", WANTS, default="f16"),
    Option("depth", ("--depth",), Kind.TEXT, "Tokens already in the context while decoding is timed.", WANTS),
    Option("prompt", ("--prompt",), Kind.TEXT, "Tokens of the prompt, for the time to the first token.", WANTS),
    Option("top", ("--top", "-n"), Kind.INTEGER, "How many models to name.", WANTS, default=3, least=1, most=1000),
    Option(
        "hardware",
        ("--hardware",),
        Kind.TEXT,
        "A hardware file, a capture, or the name of a machine or device, instead of this one.",
        _MACHINE,
    ),
    Option("gpu", ("--gpu",), Kind.TEXTS, 'Another GPU: "RTX 4090", "2x RTX 3090" (repeatable).', _MACHINE),
    Option("ram", ("--ram",), Kind.TEXT, "Another amount of RAM: 64GiB.", _MACHINE),
    Option("cpu_only", ("--cpu-only",), Kind.FLAG, "Leave the GPUs out.", _MACHINE),
    Option("catalog", ("--catalog",), Kind.PATH, "A directory laid over the built-in catalog.", _MACHINE),
    Option("no_measurements", ("--no-measurements",), Kind.FLAG, "Leave aside what `bench` measured here.", _MACHINE),
    Option("offline", ("--offline",), Kind.FLAG, "Never use the network (only hf: models need it).", _MACHINE),
)

FORMAT: Final = Option("format_", ("--format",), Kind.TEXT, "The formats of the command's documents.", _OUTPUT)
SINK: Final = (
    Option("json", ("--json",), Kind.FLAG, "The same as --format json.", _OUTPUT),
    FORMAT,
    Option("output", ("--output", "-o"), Kind.PATH, "Write to this file, whole or not at all.", _OUTPUT),
    Option("quiet", ("--quiet", "-q"), Kind.FLAG, "Ids only, one a line.", _OUTPUT),
    Option("as_of", ("--as-of",), Kind.TEXT, "Count the catalog's age up to this day (2026-11-20).", _OUTPUT),
)


def request_of(
    *,
    use_case: str,
    context: str | None,
    users: int,
    min_speed: float | None,
    min_bits: float | None,
    family: list[str] | None,
    model_format: str | None,
    runtime: str | None,
    commercial: bool,
    license_policy: Path | None,
    prefer: str | None,
    kv_type: str,
    depth: str | None,
    prompt: str | None,
    top: int,
    hardware: str | None,
    gpu: list[str] | None,
    ram: str | None,
    cpu_only: bool,
    catalog: Path | None,
    no_measurements: bool,
    offline: bool,
) -> Request:
    """The request that these options make. Raises UsageError where they contradict each other or cannot be read."""
    asked = {
        "use_case": use_case != "chat", "context_length": context, "users": users != 1, "minimum_speed": min_speed is not None,
        "minimum_bits": min_bits is not None, "families": family, "formats": model_format, "runtime": runtime,
        "commercial": commercial, "license_policy": license_policy, "prefer": prefer, "cpu_only": cpu_only, "kv_type": kv_type != "f16", "depth": depth, "prompt_tokens": prompt,
    }  # fmt: skip
    if commercial and license_policy is not None:
        raise UsageError(
            "--commercial and --license-policy are both given",
            "State `use.commercial` in the policy, and leave the other.",
        )
    return Request(
        requirements=Requirements(
            use_case=use_case,
            context_length=None if context is None else parse_tokens(context),
            users=users,
            minimum_speed=min_speed,
            minimum_bits=min_bits,
            formats=formats_named(model_format),
            runtime=runtime,
            prefer=prefer.strip().lower() if prefer else None,
            families=tuple(name.strip().lower() for name in family or ()),
            commercial=commercial,
            license_policy=None if license_policy is None else str(license_policy),
            cpu_only=cpu_only,
            kv_type=kv_type.strip().lower(),
            top=top,
            prompt_tokens=None if prompt is None else parse_tokens(prompt),
            depth=0 if depth in {None, "0"} else parse_tokens(depth or ""),
            asked=tuple(sorted(name for name, value in asked.items() if value)),
        ),
        catalog=catalog,
        hardware=hardware,
        gpus=tuple(gpu or ()),
        ram_bytes=None if ram is None else parse_bytes(ram),
        license_policy=license_policy,
        measurements=not no_measurements,
        offline=offline,
    )


def formats_named(text: str | None) -> tuple[str, ...]:
    """The formats of models in a list with commas; none of nothing. Raises UsageError for a list without any."""
    if text is None:
        return ()
    words = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    if not words:
        raise UsageError("--model-format names no format", "Give formats such as gguf,gptq.")
    return words


def sink_of(*, json: bool, format_: str | None, output: Path | None, quiet: bool, as_of: str | None) -> Sink:
    """Where the result goes. Raises UsageError for formats that contradict each other or are unknown."""
    if json and format_ is not None and format_.lower() != Format.JSON:
        raise UsageError("--json and --format contradict each other", "Give one of them.")
    chosen = Format.JSON if json else format_named(format_ or Format.TEXT)
    return Sink(format=chosen, output=output, quiet=quiet, as_of=as_of)
