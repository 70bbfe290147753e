"""What people type for a device: `2x RTX 3090`, `4090 laptop`, `M3 Max 64GB`, `Strix Halo 128`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from llmadvise.domain.hardware import GpuFacts
from llmadvise.errors import UsageError
from llmadvise.probe.identify import SIZE_TOLERANCE, Match, is_mobile, size_difference
from llmadvise.probe.names import LOOSENING, brand_key, closest, family_key, may_have_key, words
from llmadvise.probe.text import clean
from llmadvise.record import dataclass, replace
from llmadvise.units import GIB

_MOST_DEVICES = 64
_LONGEST_SPEC = 100
_LEAST_BARE_SIZE = 4
_COMPUTERS = r"\b(?:macbook (?:air|pro)|mac (?:mini|studio|pro)|imac)\b\s*(?=\S)"
"""What a chip is built into; the chip decides."""
_NO_DATE = "9999"
_SIZE = r"(?<![\w.])(\d{1,4})\s*gi?b\b"
_SIZE_OR_CORES = rf"{_SIZE}|\b\d{{1,3}}[- ]?core(?: gpu)?"
_COUNT_WORDS = {"single": 1, "one": 1, "dual": 2, "two": 2, "twin": 2, "three": 3, "quad": 4, "four": 4, "eight": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One device option, taken apart."""

    text: str
    name: str
    """Without the count."""
    count: int = 1
    memory_bytes: int | None = None
    """Devices are sold in powers of two and called GB; the GB that people type are GiB here."""
    gpu_cores: int | None = None

    def readings(self) -> list[tuple[str, int | None]]:
        """Names to look up, each with the memory size that goes with it.

        Sizes and core counts may be a part of the name (`A100 40GB`) or not (`M3 Max 64GB`); a bare number at the
        end (`Strix Halo 128`, `A100-80G`) is a size only when the whole is no name.
        """
        bare = " ".join(re.sub(_SIZE_OR_CORES, " ", self.name, flags=re.IGNORECASE).split())
        found = [(self.name, self.memory_bytes), (bare, self.memory_bytes)]
        match = re.search(r"[\s-](\d{1,3})g?$", bare, re.IGNORECASE)
        if match is not None and self.memory_bytes is None and int(match.group(1)) >= _LEAST_BARE_SIZE:
            found.append((bare[: match.start()], int(match.group(1)) * GIB))
        return list(dict.fromkeys(found))


def parse_spec(text: str) -> Spec:
    """Count, name and sizes of one option. Raises UsageError on nonsense."""
    shown = clean(text)
    if not shown or len(text) > _LONGEST_SPEC:
        raise UsageError(
            f"{shown[:40]!r} is not the name of a GPU", "Give one such as --gpu 'RTX 4090' or '2x RTX 3090'."
        )
    count, name = _counted(shown)
    name = re.sub(_COMPUTERS, "", name, flags=re.IGNORECASE)
    if not 1 <= count <= _MOST_DEVICES:
        raise UsageError(f"{shown!r} asks for {count} GPUs", f"Give a count from 1 to {_MOST_DEVICES}.")
    size = re.search(_SIZE, name, re.IGNORECASE)
    cores = re.search(r"\b(\d{1,3})[- ]?core", name, re.IGNORECASE)
    return Spec(
        text=shown,
        name=name,
        count=count,
        memory_bytes=int(size.group(1)) * GIB if size else None,
        gpu_cores=int(cores.group(1)) if cores else None,
    )


def _counted(text: str) -> tuple[int, str]:
    """The count and the rest: `2x RTX 3090`, `2 RTX 3090`, `RTX 3090 x2`, `dual RTX 3090`."""
    before = re.match(r"(\d{1,3})\s*[x\u00d7*]\s*(?=\S)|(\d)\s+(?=[a-z])", text, re.IGNORECASE)
    if before is not None:
        return int(before.group(1) or before.group(2)), text[before.end() :]
    after = re.search(r"\s[x\u00d7*]\s*(\d{1,2})$", text, re.IGNORECASE)
    if after is not None:
        return int(after.group(1)), text[: after.start()]
    first, _, rest = text.partition(" ")
    if rest and first.lower() in _COUNT_WORDS:
        return _COUNT_WORDS[first.lower()], rest
    return 1, text


def split_specs(text: str) -> list[str]:
    """The devices of one option: `4090, 3060` and `4090 + 3060` name two; what stands in parentheses stays whole."""
    outside = re.sub(r"\([^()]*\)", lambda found: "_" * len(found[0]), text)
    parts, start = [], 0
    for found in re.finditer(r"[,;]|\s\+\s|\s(?:and|&)\s", outside):
        parts.append(text[start : found.start()])
        start = found.end()
    return [part.strip() for part in (*parts, text[start:]) if part.strip()] or [text]


def resolve(spec: Spec, facts: Mapping[str, GpuFacts], *, ram_bytes: int | None = None) -> tuple[Match, Spec] | None:
    """The row of a device option and the option as it was understood; None when no name matches.

    Keys are tried from the strictest to the loosest. RAM given apart chooses among the sizes of a chip that shares it.
    Raises UsageError when several products have the name, or none of them that much memory.
    """
    refused: UsageError | None = None
    for place, key in enumerate(LOOSENING):
        for name, size in spec.readings():
            understood = replace(spec, name=name, memory_bytes=size)
            rows = _of_form(understood, _of_kind(understood, _rows_named(key(name), key, facts)))
            if not rows:
                continue
            if place > 1:
                _refuse_several_products(understood, rows)
            wanted = size or (ram_bytes if all(row.unified for row in rows) else None)
            if wanted is None:
                rows = [row for row in rows if key(row.name) == key(name)] or rows
            try:
                return _pick(understood, rows, memory_bytes=wanted), understood
            except UsageError as error:
                # A looser key may find the variant that has this size.
                refused = refused or error
    if refused is not None:
        raise refused
    return None


def _rows_named(wanted: str, key: Callable[[str], str], facts: Mapping[str, GpuFacts]) -> list[GpuFacts]:
    if not wanted:
        return []
    return [
        row
        for row in facts.values()
        if any(may_have_key(name, wanted) and key(name) == wanted for name in (row.id, row.name, *row.aliases))
    ]


def _of_kind(spec: Spec, rows: list[GpuFacts]) -> list[GpuFacts]:
    """Rows for a laptop, and for Max-Q, only where the name says so."""
    mobile = is_mobile(spec.name)
    left = [row for row in rows if row.mobile == mobile] or rows
    quiet = "maxq" in words(spec.name)
    return [row for row in left if ("maxq" in words(row.name)) == quiet] or left


def _of_form(spec: Spec, rows: list[GpuFacts]) -> list[GpuFacts]:
    """Rows of the form factor that the name says: `H100 SXM` is no PCIe card."""
    forms = {form for form in ("pcie", "sxm", "nvl") if any(word.startswith(form) for word in words(spec.text))}
    return [row for row in rows if any(form in row.name.lower() for form in forms)] or rows


def _refuse_several_products(spec: Spec, rows: list[GpuFacts]) -> None:
    if len({(row.vendor, family_key(row.name)) for row in rows}) > 1:
        names = ", ".join(sorted({row.name for row in rows})[:5])
        raise UsageError(f"{spec.name!r} may be any of: {names}", "Write the name in full.")


def _pick(spec: Spec, rows: list[GpuFacts], *, memory_bytes: int | None) -> Match:
    """The row for the given memory and cores; without them the variant that came out first, then the smallest.

    The plain name belongs to the first variant (an RTX 3060 has 12 GB; the one of 8 GB came later).
    """
    left = rows
    if spec.gpu_cores is not None:
        left = [row for row in left if row.gpu_cores == spec.gpu_cores]
        if not left:
            raise UsageError(f"{spec.name!r}: no such chip has {spec.gpu_cores} GPU cores", "Leave the core count out.")
    if memory_bytes is not None:
        left = _of_size(spec, left, memory_bytes)
    ordered = sorted(left, key=_rank)
    return Match(facts=ordered[0], others=tuple(ordered[1:]))


def _of_size(spec: Spec, rows: list[GpuFacts], wanted: int) -> list[GpuFacts]:
    nearest = min(size_difference(row, wanted) for row in rows)
    fitting = [row for row in rows if size_difference(row, wanted) == nearest]
    # A GPU inside a processor takes whatever RAM was fitted; only Apple sells chip and memory as one.
    if nearest <= SIZE_TOLERANCE or all(row.unified and row.vendor != "apple" for row in rows):
        return fitting
    sizes = ", ".join(f"{size // GIB} GB" for size in sorted({row.memory_bytes for row in rows if row.memory_bytes}))
    raise UsageError(
        f"{spec.name!r}: not sold with {wanted // GIB} GB",
        f"It comes with {sizes}; describe others in a hardware file.",
    )


def _rank(row: GpuFacts) -> tuple[str, int, int, int, float, str]:
    return (
        row.release_date or _NO_DATE, row.memory_bytes or 0, row.gpu_cores or 0, row.memory_bandwidth or 0, row.half_precision_flops or 0.0, row.id,
    )  # fmt: skip


def near_names(name: str, facts: Mapping[str, GpuFacts]) -> list[str]:
    """Up to five names that are most like this one."""
    known: dict[str, str] = {}
    for row in facts.values():
        for alias in (row.name, *row.aliases):
            known.setdefault(brand_key(alias), row.name)
    return list(dict.fromkeys(closest(name, known)))
