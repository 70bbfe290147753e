"""What is worth knowing of a recipe, and stands at its top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Variant
from llmadvise.domain.recipe import Form, RecipeFile
from llmadvise.domain.runtime import Image, Runtime

_NUMBERED: Final = frozenset({Form.COMPOSE, Form.SYSTEMD})
"""Forms that name GPUs by their numbers."""


def about_image(runtime: Runtime, image: Image | None) -> Iterator[Finding]:
    """How far an image is pinned, and that it may be of another day than the facts."""
    if image is None:
        return
    if image.digest is None:
        yield _warn(
            "recipe-image-without-digest",
            f"no source tells the digest of {image.name}:{image.tag}, so its tag alone pins it",
        )
    if runtime.version is not None:
        yield _note(
            "recipe-image-version",
            f"the image is {image.tag}; what is known of {runtime.name} was read from {runtime.version}",
        )


def about_files(files: Sequence[RecipeFile]) -> Iterator[Finding]:
    """Hashes that are not known beforehand."""
    if any(file.sha256 is None for file in files):
        yield _note(
            "recipe-hash-from-hub",
            "the catalog knows no sha256 of the file: the recipe compares with what the Hub says at the pinned commit",
        )


def about_numbers(machine: Iterable[Finding], form: Form) -> Iterator[Finding]:
    """That a variable hides GPUs here and not from a service, which then counts them otherwise."""
    hidden = next((item for item in machine if item.rule == "gpu-hidden"), None)
    if hidden is not None and form in _NUMBERED:
        yield _warn(
            "recipe-gpu-numbers",
            f"{hidden.message.removesuffix('.')}; the recipe numbers those that are left, and a service sees all: check them",
        )


def without_limit() -> Finding:
    """The runtime's part of the RAM is not computed."""
    return _note("recipe-no-memory-limit", "what the runtime takes of the RAM is not computed, so it has no limit")


def without_ray() -> Finding:
    """The nodes are joined in another way than by Ray."""
    return _note(
        "recipe-without-ray",
        "the image holds no Ray, so the nodes are joined by --nnodes; the recipe of a script starts Ray",
    )


def other_upload(wanted: Variant, taken: Variant) -> Finding:
    """Another upload than the advised one."""
    return _note(
        "recipe-other-upload",
        f"{taken.repo} {taken.quantization} is taken, since no commit of {wanted.repo} {wanted.quantization} is known",
    )


def _note(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.NOTE, message=message)


def _warn(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message)
