"""The line of descent of a model: who its parents are, and what each step hands down."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.model import Model
from llmadvise.record import dataclass

_HANDS_DOWN_WEIGHTS = frozenset({"finetune", "quantization", "merge", "adapter", "pruning", "conversion"})
"""Relations under which the child contains, or is made from, the parent's weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """One model in the line of descent."""

    id: str
    relation: str
    """How the next younger model came from it."""
    path: tuple[str, ...]
    """Ids from the model asked about down to this one."""
    model: Model | None
    """None where the catalog has no entry for it."""
    weights: bool
    """Every step of the path hands down weights."""
    same_licensor: bool
    """Every step stays with one publisher, who may license its own work anew."""


def ancestors(model: Model, models: Mapping[str, Model]) -> tuple[Ancestor, ...]:
    """All ancestors, the nearest first, each once; cycles in the data end the walk."""
    found: list[Ancestor] = []
    seen = {model.id}
    queue: list[tuple[Model, tuple[str, ...], bool, bool]] = [(model, (model.id,), True, True)]
    while queue:
        child, path, weights, same = queue.pop(0)
        for base in child.base_models:
            if base.model in seen:
                continue
            seen.add(base.model)
            parent = models.get(base.model.lower())
            hands_down = weights and base.relation in _HANDS_DOWN_WEIGHTS
            org = parent.org if parent else base.model.partition("/")[0]
            own = same and org.lower() == model.org.lower()
            step = Ancestor(
                id=base.model,
                relation=base.relation,
                path=(*path, base.model),
                model=parent,
                weights=hands_down,
                same_licensor=own,
            )
            found.append(step)
            if parent is not None:
                queue.append((parent, step.path, hands_down, own))
    return tuple(found)
