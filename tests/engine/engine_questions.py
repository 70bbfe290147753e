"""Questions at random: some models of the catalog that ships, on machines of its devices, under some requirements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from operator import itemgetter
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.profile import Profile
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.question import Question
from llmadvise.units import GIB

Ask = Callable[..., Question]
Change = Callable[[Profile], Profile]
Value = TypeVar("Value")

CARDS = (
    "nvidia-geforce-rtx-4090", "nvidia-geforce-rtx-3060-12-gb", "nvidia-geforce-rtx-4060", "nvidia-h100-sxm5-80-gb",
    "amd-radeon-rx-7900-xtx",
)  # fmt: skip
SHARED = ("apple-m3-max-40c-64gb", "amd-radeon-8060s")
BANDWIDTHS = (9_400_000_000, 41_000_000_000, 96_000_000_000, 345_600_000_000)
"""Of a Raspberry Pi 5, a Ryzen 5 5600X, a Ryzen 7 7840U and an EPYC 9654, as the catalog has them."""


@dataclass(frozen=True)
class Box:
    """A machine in a few numbers. Sizes in GiB."""

    ram: int
    bandwidth: int
    cards: tuple[tuple[str, int], ...] = ()
    """Row and budget of each."""

    def hardware(self, catalog: Catalog) -> Hardware:
        """The machine as a probe would report it."""
        gpus = tuple(_gpu(catalog, index, *card) for index, card in enumerate(self.cards))
        apple = any(gpu.vendor == "apple" for gpu in gpus)
        return Hardware(
            platform=Platform.MACOS if apple else Platform.LINUX,
            cpu=Cpu(architecture="x86_64", cores=8, memory_bandwidth=self.bandwidth, bandwidth_basis=Basis.DECLARED),
            memory=Memory(total_bytes=self.ram * GIB),
            gpus=gpus,
        )

    def larger(self, ram: int, card: int) -> Box:
        """The same machine with more memory."""
        return replace(self, ram=self.ram + ram, cards=tuple((row, size + card) for row, size in self.cards))


def _gpu(catalog: Catalog, index: int, row: str, budget: int) -> Gpu:
    facts = catalog.gpus[row]
    return Gpu(
        index=index,
        vendor=facts.vendor,
        name=facts.name,
        id=row,
        memory_bytes=budget * GIB,
        free_bytes=budget * GIB,
        budget_bytes=budget * GIB,
        unified=facts.unified,
        memory_bandwidth=facts.memory_bandwidth,
        bandwidth_basis=Basis.DECLARED,
        compute_capability=facts.compute_capability,
        backends=facts.backends[:1],
    )


@st.composite
def boxes(draw: DrawFn, *, cards: bool = True) -> Box:
    """From a board to a server."""
    ram = draw(st.sampled_from((4, 8, 16, 32, 64, 256)))
    bandwidth = draw(st.sampled_from(BANDWIDTHS))
    kind = draw(st.sampled_from(("none", "one", "two", "shared"))) if cards else "none"
    if kind == "shared":
        budget = max(2, ram * 3 // 4)
        return Box(ram, bandwidth, ((draw(st.sampled_from(SHARED)), budget),))
    count = {"none": 0, "one": 1, "two": 2}[kind]
    row = st.tuples(st.sampled_from(CARDS), st.sampled_from((2, 4, 8, 12, 24, 80)))
    return Box(ram, bandwidth, tuple(draw(row) for _ in range(count)))


def requests() -> st.SearchStrategy[dict[str, object]]:
    """What users ask, as keywords of Requirements."""
    return st.fixed_dictionaries(
        {
            "use_case": st.sampled_from(
                ("chat", "coding", "reasoning", "agents", "extraction", "vision", "autocomplete")
            )
        },
        optional={
            "context_length": st.sampled_from((2048, 16384, 65536)),
            "minimum_speed": st.sampled_from((0.0, 1.0, 30.0)),
            "minimum_bits": st.sampled_from((1.0, 4.5)),
            "commercial": st.just(True),
            "users": st.sampled_from((2, 8)),
            "kv_type": st.just("q8_0"),
        },
    )


@dataclass(frozen=True)
class Puzzle:
    """A machine, what is asked of it, and a number that stands for a choice of models."""

    box: Box
    asked: dict[str, object]
    seed: int

    def but(self, **asked: object) -> Puzzle:
        """The same with other requirements."""
        return replace(self, asked={**self.asked, **asked})


def puzzles() -> st.SearchStrategy[Puzzle]:
    """All kinds."""
    return st.builds(Puzzle, box=boxes(), asked=requests(), seed=st.integers(0, 10_000))


def users_profiles() -> st.SearchStrategy[Callable[[Profile], Profile]]:
    """What a user's own profile may change of another: weights, evidence, speed, in any proportion."""
    shares = st.floats(0.01, 1.0)
    weights = st.dictionaries(st.sampled_from([item.id for item in CRITERIA]), st.floats(0.01, 20.0), min_size=1)
    groups = ("chat", "general", "code", "math", "knowledge", "reasoning", "agents")
    evidence = st.dictionaries(st.sampled_from(groups), shares, min_size=1)
    rates = st.tuples(st.floats(0.1, 30.0), st.floats(1.0, 50.0))

    def change(weights: dict[str, float], evidence: dict[str, float], rates: tuple[float, float]) -> Change:
        usable, factor = rates

        def changed(profile: Profile) -> Profile:
            speed = replace(profile.speed, usable=usable, comfortable=usable * factor + 0.1)
            return replace(profile, id="own", weights=weights, evidence=evidence, speed=speed)

        return changed

    return st.builds(change, weights, evidence, rates)


class World:
    """The catalog that ships, to be asked about some of its models; said in one word where a test fails."""

    def __init__(self, catalog: Catalog, ask: Ask) -> None:
        self.catalog = catalog
        self._ask = ask

    def __repr__(self) -> str:
        return "World"

    def ask(self, puzzle: Puzzle, count: int = 30) -> Question:
        """A question about so many models; `families` counts as the family of the first of them."""
        models = tuple(sorted(mixed(tuple(self.catalog.models), puzzle.seed)[:count]))
        asked = dict(puzzle.asked)
        if "families" in asked:
            asked["families"] = (self.catalog.models[models[0]].family.lower(),)
        return self._ask(puzzle.box.hardware(self.catalog), models=models, **asked)


def mixed(rows: Sequence[Value], seed: int) -> list[Value]:
    """The rows in an order that the seed decides."""
    keys = [sha256(f"{seed} {position}".encode()).digest() for position in range(len(rows))]
    return [row for _, row in sorted(zip(keys, rows, strict=True), key=itemgetter(0))]


def feasible(question: Question) -> set[tuple[str, str]]:
    """Model and quantization of everything that no rule blocks."""
    assessor = Assessor(question)
    found = set()
    for model in question.catalog.models.values():
        candidate, blocked = judge_model(model, question)
        if blocked is not None:
            continue
        for variant in most_trusted(model.variants):
            case, refused = assessor.judge(candidate, variant)
            if case is not None and refused is None:
                found.add((model.id, f"{variant.format} {variant.quantization}"))
    return found
