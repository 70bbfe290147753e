"""Files that are models themselves: GGUF by a reader given from outside, safetensors by their own header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.record import dataclass

_LONGEST_HEADER = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsHeader:
    """What the header of a file says of the model in it."""

    has_weights: bool
    name: str | None = None
    license: str | None = None
    base_models: tuple[str, ...] = ()


ReadHeader = Callable[[Path], WeightsHeader | None]
"""Reads the header of a GGUF; None: it is none, or broken."""


def read_safetensors(path: Path) -> WeightsHeader | None:
    """What the metadata of a safetensors file says; None: it is none."""
    import json  # noqa: PLC0415 - only where such a file is found

    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not len("{}") <= length <= _LONGEST_HEADER:
                return None
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(header, dict):
        return None
    metadata = header.get("__metadata__")
    facts = metadata if isinstance(metadata, dict) else {}
    base = facts.get("base_model")
    return WeightsHeader(
        has_weights=any(name != "__metadata__" for name in header),
        license=_text(facts.get("license") or facts.get("modelspec.license")),
        base_models=(base,) if isinstance(base, str) else (),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def mention_of(file: str, header: WeightsHeader, kind: str) -> Mention:
    """The file as a mention of itself."""
    name = file.rpartition("/")[2]
    if not header.has_weights:
        why = "a vocabulary without weights"
        return _mention(file, model=None, kind=kind, state=ReferenceState.NOT_A_MODEL, why=why, header=header)
    return _mention(file, model=f"file:{name}", kind=kind, state=ReferenceState.ALIAS, why=None, header=header)


def _mention(
    file: str, *, model: str | None, kind: str, state: ReferenceState, why: str | None, header: WeightsHeader
) -> Mention:
    return Mention(
        model=model,
        file=file,
        line=0,
        column=1,
        kind=kind,
        text=file.rpartition("/")[2],
        state=state,
        confidence=0.9,
        why=why,
        declared_license=header.license,
        base_models=header.base_models,
    )
