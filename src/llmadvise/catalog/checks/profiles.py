"""Profiles that a score can be computed from."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.profile import Profile, SpeedMeasure, Task
from llmadvise.engine.criteria import CRITERIA


def check_profiles(catalog: Catalog) -> Iterator[Problem]:
    """Find profiles with unknown criteria, senseless weights or impossible needs."""
    for subject, profile in subjects("profiles", catalog.profiles):
        yield from profile_problems(subject, profile)


def profile_problems(subject: Subject, profile: Profile) -> Iterator[Problem]:
    """Find what keeps a score from being computed, or makes it senseless."""
    yield from _weights(subject, profile)
    yield from _needs(subject, profile)
    yield from _task(subject, profile)


def _weights(subject: Subject, profile: Profile) -> Iterator[Problem]:
    criteria = sorted(criterion.id for criterion in CRITERIA)
    for name, weight in profile.weights.items():
        if name not in criteria:
            message = f"there is no criterion `{name[:80]}`; there are {', '.join(criteria)}"
            yield subject.block("catalog-unknown-criterion", message, "weights", name)
        if weight < 0:
            yield subject.block("catalog-profile-weight", f"the weight of {name} is negative", "weights", name)
    if sum(profile.weights.values()) <= 0:
        yield subject.block("catalog-profile-weight", "no criterion has a weight", "weights")
    for name, share in profile.evidence.items():
        if not 0 <= share <= 1:
            yield subject.block("catalog-profile-evidence", f"{name} counts {share}, not 0 to 1", "evidence", name)


def _needs(subject: Subject, profile: Profile) -> Iterator[Problem]:
    if not profile.roles:
        yield subject.block("catalog-profile-roles", "no role can serve this use", "roles")
    if not 0 < profile.speed.usable <= profile.speed.comfortable:
        yield subject.block("catalog-profile-speed", "speeds must be 0 < usable <= comfortable", "speed")
    for field, tokens in (("context_length", profile.context_length), ("prompt_tokens", profile.prompt_tokens)):
        if tokens <= 0:
            yield subject.block("catalog-context-length", f"{field} is {tokens} tokens", field)
    if not 0 < profile.ample_headroom <= 1:
        yield subject.block("catalog-profile-headroom", "ample_headroom must be a part of 1", "ample_headroom")


def _task(subject: Subject, profile: Profile) -> Iterator[Problem]:
    """What the task or the measure of speed needs beside the rest."""
    if profile.speed.measure is SpeedMeasure.ANSWER and profile.speed.answer_tokens <= 0:
        message = "an answer is timed as a whole, so answer_tokens must say how long it is"
        yield subject.block("catalog-profile-speed", message, "speed")
    if profile.task is Task.PICTURES and profile.picture_tokens <= 0:
        message = "picture_tokens must say how many tokens one picture may take"
        yield subject.block("catalog-profile-pictures", message, "task")
    if profile.task is Task.EMBEDDING and profile.speed.measure is not SpeedMeasure.READING:
        yield subject.block("catalog-profile-speed", "nothing is written here: speed.measure must be reading", "speed")
