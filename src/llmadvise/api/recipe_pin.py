"""Pins a variant: the commit from the catalog, from another upload of the same scheme, or from the Hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import File, Variant
from llmadvise.engine.assess import Assessor
from llmadvise.engine.case import Case
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.findings import other_upload

_OTHERS = 6
_WHOLE = "*"


def pinned(question: Question, case: Case, *, offline: bool) -> tuple[Case, tuple[Finding, ...]]:
    """The case with a commit, and what was done for it. Raises LLMAdviseError where none can be had.

    The Hub is asked only where the catalog knows no commit of any upload of this scheme, and --offline was not given.
    """
    if case.variant.revision:
        return case, ()
    assessor = Assessor(question)
    for variant in _other_uploads(case):
        other, blocked = assessor.judge(case.candidate, variant)
        if other is not None and blocked is None:
            return other, (other_upload(case.variant, variant),)
    failure: LLMAdviseError | None = None
    if not offline:
        try:
            return _asked(case), ()
        except LLMAdviseError as error:
            failure = error
    for other in assessor.others(case, _OTHERS):
        if other.variant.revision:
            return other, (other_upload(case.variant, other.variant),)
    raise failure or LLMAdviseError(
        f"the commit of {case.variant.repo} is not known, and nothing is written unpinned",
        "Ask again without --offline: the Hub tells it.",
    )


def _other_uploads(case: Case) -> Iterator[Variant]:
    wanted = case.variant
    for variant in case.candidate.model.variants:
        same = (variant.format, variant.quantization) == (wanted.format, wanted.quantization)
        sized = variant.bytes is not None and variant.bytes_basis is not Basis.ASSUMED
        if same and sized and variant.revision and variant.names_verified and variant.files:
            yield variant


def _asked(case: Case) -> Case:
    """The commit and the hashes as the Hub tells them now."""
    from llmadvise.api.pull_choice import selection_of  # noqa: PLC0415 - only this asks the network
    from llmadvise.hub.connection import Connection, forbids_network  # noqa: PLC0415
    from llmadvise.hub.failures import offline  # noqa: PLC0415
    from llmadvise.hub.wanted import look_up  # noqa: PLC0415

    variant = case.variant
    if forbids_network():
        raise offline(variant.repo)
    found = look_up(Connection(), selection_of(variant, case.quantization.tag, projector=False))
    files = variant.files
    if not any(file.name.startswith(_WHOLE) for file in files):
        files = tuple(File(name=file.name, bytes=file.bytes, sha256=file.sha256) for file in found.files)
    return replace(case, variant=replace(variant, revision=found.revision, files=files))
