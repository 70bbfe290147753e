"""Profiles that a score can be computed from."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.profile import Profile
from llmadvise.engine.criteria import CRITERIA


def check_profiles(catalog: Catalog) -> Iterator[Problem]:
    """Find profiles with unknown criteria, senseless weights or impossible needs."""
    for subject, profile in subjects("profiles", catalog.profiles):
        yield from _weights(subject, profile)
        yield from _needs(subject, profile)


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
