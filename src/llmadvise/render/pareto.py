"""Points of quality against another figure, and those that nothing beats on both: what every picture of them shares."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.figures import felt
from llmadvise.units import GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One model in a scatter plot."""

    label: str
    x: float
    y: float
    chosen: bool
    """The advice itself: another shape, not another colour alone."""


def frontier(points: Sequence[Point], *, rising: bool) -> list[Point]:
    """Those that no other beats on both axes, from left to right; `rising`: more of the figure is better."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda item: (-item.x if rising else item.x, -item.y)):
        if not kept or point.y > kept[-1].y:
            kept.append(point)
    return sorted(kept, key=lambda item: item.x)


def quality_points(shown: Sequence[Recommendation], best: Recommendation | None) -> tuple[list[Point], list[Point]]:
    """Quality against memory (GiB) and against speed: each model shown, and the other files of the advice."""
    memory, fast = list[Point](), list[Point]()
    for item in shown:
        label, quality, chosen = f"{item.name} {item.variant.quantization}", item.quality.value, item is best
        memory.append(Point(label=label, x=item.memory.total.value / GIB, y=quality, chosen=chosen))
        rate = felt(item.speed)
        if rate is not None:
            fast.append(Point(label=label, x=rate.value, y=quality, chosen=chosen))
    for other in best.alternatives if best else ():
        label = f"in {other.variant.quantization}"
        memory.append(Point(label=label, x=other.memory_bytes / GIB, y=other.quality, chosen=False))
        if other.decode is not None:
            fast.append(Point(label=label, x=other.decode, y=other.quality, chosen=False))
    return memory, fast


def budget(shown: Sequence[Recommendation]) -> float:
    """What the devices of the first may use together, in GiB."""
    return sum(device.budget_bytes for device in shown[0].memory.by_device) / GIB
