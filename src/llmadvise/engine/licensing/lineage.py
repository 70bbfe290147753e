"""The line of descent of a model: who its parents are, and what each step hands down."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from llmadvise.domain.license import License, OutputReach, Permission
from llmadvise.domain.lineage import Descended
from llmadvise.record import dataclass

_HANDS_DOWN_WEIGHTS = frozenset({"finetune", "quantization", "merge", "adapter", "pruning", "conversion", "mirror"})
"""Relations under which the child contains, or is made from, the parent's weights."""
_COPIES = frozenset({"quantization", "conversion", "mirror"})
"""Relations under which the child is the parent in another form, to which the one who made it adds nothing."""


class StudentBond(Enum):
    """How far the license of a teacher reaches."""

    NOTHING = "nothing"
    DUTIES = "duties"
    """A name or a text to show, and no more: Llama 3.1 and later, Qwen of 2024."""
    EVERYTHING = "everything"
    """The student is a derivative (Gemma, RAIL), the limits hold for outputs too (LLaMA of 2023), or it should not have
    been trained so (Llama 2 and 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """One model in the line of descent."""

    id: str
    relation: str
    """How the next younger model came from it."""
    path: tuple[str, ...]
    """Ids from the model asked about down to this one."""
    model: Descended | None
    """None where the catalog knows nothing of it, and for a hosted service."""
    weights: bool
    """Every step of the path hands down weights."""
    same_licensor: bool
    """The next younger model is by the same publisher, who may license its own work anew."""
    copied: bool = False
    """Every step of the path only changes the form."""
    service: str | None = None
    """Id of the terms of a hosted service whose outputs were used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A model whose parents are still to be looked up, and how the walk came to it."""

    model: Descended
    path: tuple[str, ...]
    weights: bool = True
    copied: bool = True


def ancestors(
    model: Descended, models: Mapping[str, Descended], lineage: Mapping[str, Descended] | None = None
) -> tuple[Ancestor, ...]:
    """All ancestors, the nearest first, each once; cycles in the data end the walk.

    `models` are the catalog's entries and `lineage` the models of which only the descent is known, both by id.
    """
    found: list[Ancestor] = []
    seen = {model.id.lower()}
    queue = [_Step(model=model, path=(model.id,))]
    while queue:
        child = queue.pop(0)
        for base in child.model.base_models:
            # Hub ids are the same in any letter case.
            if base.model.lower() in seen:
                continue
            seen.add(base.model.lower())
            parent = _known(base.model, models, lineage) if base.service is None else None
            org = parent.org if parent else base.model.partition("/")[0]
            step = Ancestor(
                id=base.model,
                relation=base.relation,
                path=(*child.path, base.model),
                model=parent,
                weights=child.weights and base.relation in _HANDS_DOWN_WEIGHTS and base.service is None,
                same_licensor=org.lower() == child.model.org.lower(),
                copied=child.copied and base.relation in _COPIES,
                service=base.service,
            )
            found.append(step)
            if parent is not None:
                queue.append(_Step(model=parent, path=step.path, weights=step.weights, copied=step.copied))
    return tuple(found)


def _known(name: str, models: Mapping[str, Descended], lineage: Mapping[str, Descended] | None) -> Descended | None:
    return models.get(name.lower()) or (lineage.get(name.lower()) if lineage else None)


def inherited_licenses(line: tuple[Ancestor, ...], licenses: Mapping[str, License]) -> dict[str, Ancestor]:
    """License ids that ancestors hand down, each with the nearest ancestor that carries it, with its weights if any does.

    A publisher may license its own earlier work anew, so a step that stays with one publisher hands down nothing of
    the earlier one. A teacher whose outputs were used hands down its license only where that license restricts the use
    of outputs, or makes a derivative of what is trained on them.
    """
    result: dict[str, Ancestor] = {}
    for ancestor in line:
        id_ = ancestor.model.license.declared if ancestor.model else None
        if id_ is None or ancestor.same_licensor:
            continue
        if ancestor.weights or binds_students(licenses.get(id_)) is not StudentBond.NOTHING:
            nearest = result.setdefault(id_, ancestor)
            if ancestor.weights and not nearest.weights:
                result[id_] = ancestor
    return result


def binds_students(text: License | None) -> StudentBond:
    """What the teacher's own clause hands down to a model that was trained on its outputs."""
    if text is None:
        return StudentBond.NOTHING
    if text.students_are_derivatives or text.output_training is Permission.NO:
        return StudentBond.EVERYTHING
    if text.outputs is not None and text.outputs.reach is OutputReach.NON_COMMERCIAL:
        return StudentBond.EVERYTHING
    return StudentBond.DUTIES if text.output_training is Permission.CONDITIONAL else StudentBond.NOTHING
