"""Reads a use case from a user's own file, strictly: every mistake is named with its file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from llmadvise.catalog.checks.problem import Subject
from llmadvise.catalog.checks.profiles import profile_problems
from llmadvise.domain.own_profile import OwnProfile, OwnSpeedNeeds
from llmadvise.domain.profile import Profile, SpeedNeeds
from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import Document, read_document
from llmadvise.strict_yaml.validate import read_as

Value = TypeVar("Value")
_NEEDED: Final = ("name", "roles", "context_length", "speed", "weights", "evidence")


def read_profile(path: Path, known: Mapping[str, Profile], groups: frozenset[str]) -> Profile:
    """The profile in a file; `known`: those that it may extend, `groups`: those of benchmarks.

    Raises InvalidFileError with file and line for anything that is not a profile that a score can be computed from.
    """
    document = read_document(path)
    own = read_as(OwnProfile, document.values, document)
    id_ = path.stem.lower()
    base = _empty(own, document, id_) if own.extends is None else _parent(own, document, known)
    profile = _merged(own, base, id_)
    for name in own.evidence:
        if name not in groups:
            raise _unknown(document, ("evidence", name), f"no benchmark tests {name[:60]!r}", name, groups)
    for problem in profile_problems(Subject("profiles", profile.id), profile):
        message = problem.message.removeprefix(f"profiles/{profile.id}: ")
        raise InvalidFileError(
            f"{document.where(problem.location)}: {message}", "`llmadvise schema use-case` lists what a file may say."
        )
    return profile


def _parent(own: OwnProfile, document: Document, known: Mapping[str, Profile]) -> Profile:
    name = own.extends or ""
    found = known.get(name.lower())
    if found is None:
        raise _unknown(document, ("extends",), f"there is no use case {name[:40]!r}", name, known)
    return found


def _unknown(
    document: Document, location: tuple[str, ...], what: str, name: str, known: Collection[str]
) -> InvalidFileError:
    near = get_close_matches(name, sorted(known), n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else f"There are {', '.join(sorted(known))}."
    return InvalidFileError(f"{document.where(location)}: {what}", hint)


def _empty(own: OwnProfile, document: Document, id_: str) -> Profile:
    """A profile with nothing in it but defaults, for a file that extends none."""
    missing = [name for name in _NEEDED if name not in document.values]
    if missing:
        raise InvalidFileError(
            f"{document.where()}: missing: {', '.join(missing)}", "Add them, or write `extends: chat` and what differs."
        )
    usable, comfortable = own.speed.usable, own.speed.comfortable
    if usable is None or comfortable is None:
        raise InvalidFileError(
            f"{document.where(('speed',))}: usable and comfortable are needed",
            "Write `speed: {usable: 5, comfortable: 20}`.",
        )
    speed = SpeedNeeds(usable=usable, comfortable=comfortable)
    name = own.name or id_
    return Profile(id=id_, name=name, summary=name, roles=(), context_length=0, speed=speed, weights={}, evidence={})


def _merged(own: OwnProfile, base: Profile, id_: str) -> Profile:
    """The base with what the file says; of weights and evidence key by key, and 0 takes one away."""
    weights, evidence = {**base.weights, **own.weights}, {**base.evidence, **own.evidence}
    return Profile(
        id=id_,
        name=_first(own.name, base.name),
        summary=_first(own.summary, base.summary),
        roles=_first(own.roles, base.roles),
        context_length=_first(own.context_length, base.context_length),
        speed=_speed(own.speed, base.speed),
        weights={name: weight for name, weight in weights.items() if weight},
        evidence={name: share for name, share in evidence.items() if share},
        capabilities=_first(own.capabilities, base.capabilities),
        ample_headroom=_first(own.ample_headroom, base.ample_headroom),
        prompt_tokens=_first(own.prompt_tokens, base.prompt_tokens),
        minimum_bits=base.minimum_bits if own.minimum_bits is None else own.minimum_bits or None,
        example=_first(own.example, base.example),
        sources=_first(own.sources, base.sources),
        task=_first(own.task, base.task),
        picture_tokens=_first(own.picture_tokens, base.picture_tokens),
        reread_tokens=_first(own.reread_tokens, base.reread_tokens),
    )


def _speed(own: OwnSpeedNeeds, base: SpeedNeeds) -> SpeedNeeds:
    return SpeedNeeds(
        usable=_first(own.usable, base.usable),
        comfortable=_first(own.comfortable, base.comfortable),
        by_rate=_first(own.by_rate, base.by_rate),
        measure=_first(own.measure, base.measure),
        answer_tokens=_first(own.answer_tokens, base.answer_tokens),
    )


def _first(said: Value | None, known: Value) -> Value:
    """What the file says, or what was known before."""
    return known if said is None else said
