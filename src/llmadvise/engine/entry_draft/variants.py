"""The loadable sets of files in a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import File, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.engine.entry_draft.schemes import Storage

_SHARD: Final = re.compile(r"-(\d{5})-of-(\d{5})(?=\.(?:gguf|safetensors)$)")
_NO_MODEL: Final = re.compile(
    r"(?:^|[/._-])(?:mmproj|imatrix|mtp|draft|dspark|vocab|lora|adapter|projector|clip)(?=[/._-]|$)"
)
"""Words in paths of files that complete a model or measure one: a projector, a drafting head, an importance matrix."""
_LABEL: Final = re.compile(
    r"(?:^|[._/-])((?:UD-)?(?:IQ[1-4]_(?:XXS|XS|S|M|NL)(?:_XL)?|Q[1-8]_(?:K(?:_(?:XXL|XL|[SML]))?+|[01](?:_\d){0,2})|TQ[12]_0|"
    r"MXFP4(?:_MOE)?|NVFP4|BF16|F16|FP16|F32|FP32))(?=[._/-]|$)",
    re.IGNORECASE,
)
"""Labels of llama.cpp's quantize, each whole: what follows is a new word."""
_CALIBRATED: Final = frozenset({"gptq", "awq"})
_BITS: Final = 8


def gguf_variants(
    repository: Repository, schemes: Mapping[str, Quantization], weights: int | None
) -> tuple[tuple[Variant, ...], tuple[Finding, ...]]:
    """One variant a GGUF model: shards together, parts of models left out."""
    found, findings = list[Variant](), list[Finding]()
    calibrated = True if any("imatrix" in file.path.lower() for file in repository.files) else None
    for name, shards in _sets(repository.files, ".gguf").items():
        if is_part(name):
            continue
        label = gguf_label(name, schemes)
        if label is None:
            findings.append(_note("file-not-recognized", f"{shown(name)} does not say its quantization in its name"))
            continue
        if (problem := _incomplete(shards)) is not None:
            findings.append(_note("file-incomplete", f"{shown(name)}: {problem}"))
            continue
        if any(variant.quantization == label for variant in found):
            findings.append(_note("file-duplicate", f"{shown(name)} is another {label}; one of them was taken"))
            continue
        found.append(_variant(repository, "gguf", label, shards, weights, calibrated=calibrated))
    return tuple(found), tuple(findings)


def safetensors_variant(
    repository: Repository, storage: Storage | None, weights: int | None
) -> tuple[tuple[Variant, ...], tuple[Finding, ...]]:
    """The repository's own weights, loaded whole."""
    plain = [file for file in repository.files if "/" not in file.path and file.path.endswith(".safetensors")]
    shards = [file for file in plain if not file.path.startswith(("adapter", "consolidated"))] or [
        file for file in plain if file.path.startswith("consolidated")
    ]
    if not shards:
        old = any(file.path.endswith((".bin", ".pt", ".pth")) for file in repository.files)
        message = (
            "the weights are pickled PyTorch files, which no runtime should load" if old else "there are no weights"
        )
        return (), (_note("weights-missing", message),)
    if storage is None:
        return (), (_note("storage-unknown", "how the weights are stored is not said, or in words that are not known"),)
    sets = _sets(shards, ".safetensors")
    broken = next((problem for group in sets.values() if (problem := _incomplete(group))), None)
    if broken is not None:
        return (), (_note("file-incomplete", f"the weights: {broken}"),)
    calibrated = True if storage.format in _CALIBRATED else None
    variant = _variant(
        repository, storage.format, storage.quantization, shards, weights, calibrated=calibrated,
        note=storage.note,
    )  # fmt: skip
    return (variant,), ()


def gguf_label(name: str, schemes: Mapping[str, Quantization]) -> str | None:
    """The scheme that a file name ends in: the id of the catalog, or the label itself where the catalog has none."""
    found = _LABEL.findall(name)
    if not found:
        return None
    label = str(found[-1]).upper()
    for scheme in schemes.values():
        if scheme.format == "gguf" and label in {scheme.id.upper(), *(alias.upper() for alias in scheme.aliases)}:
            return scheme.id
    return label


def _sets(files: Iterable[RepositoryFile], ending: str) -> dict[str, list[RepositoryFile]]:
    """Files of one model together, by the name without the number of the shard."""
    sets: dict[str, list[RepositoryFile]] = {}
    for file in files:
        if file.path.lower().endswith(ending):
            sets.setdefault(_SHARD.sub("", file.path), []).append(file)
    return sets


def _incomplete(shards: list[RepositoryFile]) -> str | None:
    """Why the shards are not all there; None where they are."""
    numbers = [(int(match.group(1)), int(match.group(2))) for file in shards if (match := _SHARD.search(file.path))]
    if not numbers:
        return None
    count = numbers[0][1]
    if {number for number, _ in numbers} != set(range(1, count + 1)) or any(total != count for _, total in numbers):
        return f"{len(numbers)} of {count} shards are there"
    return None


def _variant(
    repository: Repository, format_: str, label: str, shards: list[RepositoryFile], weights: int | None, *,
    calibrated: bool | None, note: str | None = None,
) -> Variant:  # fmt: skip
    whole = sum(file.bytes for file in shards)
    return Variant(
        id=f"{repository.repo}:{label}",
        format=format_,
        quantization=label,
        repo=repository.repo,
        revision=repository.revision,
        files=tuple(File(name=file.path, bytes=file.bytes, sha256=file.sha256) for file in shards),
        bytes=whole or None,
        bytes_basis=Basis.DECLARED if whole else None,
        bits_per_weight=round(whole * _BITS / weights, 3) if weights else None,
        calibrated=calibrated,
        note=note,
        source=f"https://huggingface.co/{repository.repo}/tree/{repository.revision or 'main'}",
    )


def is_part(name: str) -> bool:
    """Whether a file completes a model or measures one, and is none itself."""
    return _NO_MODEL.search(name.lower()) is not None


def shown(name: str) -> str:
    """A file name from outside, fit for a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:120])


def _note(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message)
