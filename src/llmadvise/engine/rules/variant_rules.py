"""Rules about a variant: is it a whole, known, loadable set of files?"""

from __future__ import annotations

import re
from collections.abc import Callable

from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import ALL_WEIGHTS, Model, Variant
from llmadvise.domain.profile import Profile, Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.picture import projector_of
from llmadvise.engine.rules.rule import Rule, block, warn
from llmadvise.engine.runtimes import RuntimeChoice
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSubject:
    """One variant of a model, and the runtimes that could take it on this machine."""

    variant: Variant
    quantization: Quantization | None
    profile: Profile
    requirements: Requirements
    choice: RuntimeChoice
    """Runtimes that load the format here, and why others do not."""
    model: Model | None = None
    """What it is a variant of; None: a file of which nothing else is known."""


def _format(subject: VariantSubject) -> Finding | None:
    formats = subject.requirements.formats
    if not formats or subject.variant.format in formats:
        return None
    return block("format-not-asked", f"{subject.variant.format} was not asked for")


def _bytes(subject: VariantSubject) -> Finding | None:
    variant = subject.variant
    if variant.bytes is None:
        return block("size-unknown", "the size of its files is unknown")
    if variant.bytes_basis is Basis.ASSUMED:
        return block("size-unknown", "the size of its files is only a median or a rounded figure", variant.source)
    return None


def _files(subject: VariantSubject) -> Finding | None:
    variant = subject.variant
    if not variant.files:
        return block("files-unknown", "its files are unknown")
    if not variant.names_verified:
        return block("files-unknown", "its file name follows the publisher's custom and was never seen", variant.repo)
    if any(file.name == ALL_WEIGHTS for file in variant.files):
        return _whole_repository(subject)
    return None


def _whole_repository(subject: VariantSubject) -> Finding | None:
    """A repository that is loaded whole: its file list is not in the catalog, so it is advised only when asked for."""
    asked = subject.requirements.runtime is not None or bool(subject.requirements.formats)
    message = "loaded as a whole repository; the catalog does not list its files one by one"
    return warn("files-unknown", message) if asked else block("files-unknown", message)


def _whole_set(subject: VariantSubject) -> Finding | None:
    names = [file.name for file in subject.variant.files]
    found = {
        (int(match.group(1)), int(match.group(2)))
        for name in names
        if (match := re.search(r"-(\d{5})-of-(\d{5})\.", name))
    }
    if not found:
        return None
    expected = {(index, total) for _, total in found for index in range(1, total + 1)}
    if found == expected and len(found) == len(names):
        return None
    return block("set-incomplete", f"{len(found)} of {len(expected)} parts are listed", names[0])


def _bits(subject: VariantSubject) -> Finding | None:
    asked = subject.requirements.minimum_bits
    least = subject.profile.minimum_bits if asked is None else asked
    quantization = subject.quantization
    if quantization is None or least is None or quantization.bits_per_weight >= least:
        return None
    if quantization.trained and "minimum_bits" not in subject.requirements.asked:
        # The use case asks for bits to keep the loss small, and what was trained in few bits has none.
        return None
    return block("too-few-bits", f"{quantization.bits_per_weight:.2g} bits a weight; at least {least:g} are asked for")


def _projector(subject: VariantSubject) -> Finding | None:
    if subject.profile.task is not Task.PICTURES or subject.variant.format != "gguf" or subject.model is None:
        return None
    found = projector_of(subject.model, subject.variant)
    if found is None:
        return block("no-projector", f"no encoder of pictures (mmproj) is known in {subject.variant.repo}")
    if found.bytes is None:
        return block("no-projector", f"the size of {found.name} is unknown, and with it the memory that it takes")
    return None


def _scheme(subject: VariantSubject) -> Finding | None:
    if subject.quantization is not None:
        return None
    return block("quantization-unknown", f"the scheme {subject.variant.quantization} is not in the catalog")


def _refused(rule: str) -> Callable[[VariantSubject], Finding | None]:
    """A judge that hands on the reason why no runtime takes the variant, if it is this one."""

    def judge(subject: VariantSubject) -> Finding | None:
        refusal = subject.choice.refusal
        return refusal if refusal is not None and refusal.rule == rule else None

    return judge


VARIANT_RULES: tuple[Rule[VariantSubject], ...] = (
    Rule(
        id="format-not-asked",
        summary="Blocks formats outside those given with --model-format.",
        why="The user asked for certain formats only.",
        judge=_format,
    ),
    Rule(
        id="size-unknown",
        summary="Blocks variants whose bytes are neither read from the repository nor computed within 0.5 %.",
        why="Memory would be a guess.",
        judge=_bytes,
    ),
    Rule(
        id="files-unknown",
        summary="Blocks variants whose files are not known by name; a repository loaded whole is advised on request only.",
        why="A command with a guessed file name does not run.",
        judge=_files,
    ),
    Rule(
        id="set-incomplete",
        summary="Blocks split files of which not every part is listed.",
        why="One shard is not a model.",
        judge=_whole_set,
    ),
    Rule(
        id="too-few-bits",
        summary="Blocks schemes below the least bits a weight asked for, or below the use case's floor.",
        why="Under about two and a half bits most of the model's skill is gone.",
        judge=_bits,
    ),
    Rule(
        id="no-projector",
        summary="Blocks GGUF files for work with pictures whose repository has no known encoder (mmproj).",
        why="llama.cpp loads the model without it, and cannot see.",
        judge=_projector,
    ),
    Rule(
        id="quantization-unknown",
        summary="Blocks schemes that the catalog does not describe.",
        why="Their loss of quality cannot be told.",
        judge=_scheme,
    ),
    Rule(
        id="no-runtime-here",
        summary="Blocks variants whose format no runtime loads on this machine's backends.",
        why="MLX runs on Apple silicon only, vLLM not on a Mac.",
        judge=_refused("no-runtime-here"),
    ),
    Rule(
        id="runtime-not-asked",
        summary="Blocks variants that the runtime given with --runtime does not load.",
        why="The user asked for one runtime.",
        judge=_refused("runtime-not-asked"),
    ),
    Rule(
        id="runtime-cannot-load-architecture",
        summary="Blocks variants whose architecture the runtime does not implement.",
        why="It would refuse the file.",
        judge=_refused("runtime-cannot-load-architecture"),
    ),
    Rule(
        id="runtime-cannot-serve-use",
        summary="Blocks variants whose runtimes are not known to do what the use case needs: pictures, vectors, filling in.",
        why="The model would load, and the requests would fail.",
        judge=_refused("runtime-cannot-serve-use"),
    ),
    Rule(
        id="runtime-lacks-kv-type",
        summary="Blocks variants whose runtimes have no KV cache of the type asked for.",
        why="They would refuse to start.",
        judge=_refused("runtime-lacks-kv-type"),
    ),
    Rule(
        id="kernel-needs-compute-capability",
        summary="Blocks schemes without a kernel for this GPU's compute capability or backend.",
        why="The engine would stop: AWQ has kernels from compute capability 7.5 on, and none for a CPU.",
        judge=_refused("kernel-needs-compute-capability"),
    ),
)
