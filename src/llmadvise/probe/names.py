"""Names of devices reduced to what distinguishes them, so that two spellings compare equal.

Only whole names are ever compared: `RTX 5090` inside `RTX 5090 Laptop GPU` is a different card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_VENDORS = frozenset({"nvidia", "amd", "ati", "intel", "apple", "r", "tm", "corporation"})
_KINDS = frozenset({"gpu", "graphics", "card", "dgpu", "igpu"})
_BRANDS = frozenset(
    {"geforce", "radeon", "quadro", "tesla", "instinct", "arc", "jetson", "ryzen", "generation", "edition"}
)
_SERIES = frozenset({"rtx", "gtx", "gt", "rx"})
_FORMS = frozenset(
    {"pcie", "sxm", "sxm2", "sxm3", "sxm4", "sxm5", "nvl", "hbm2", "hbm2e", "hbm3", "hbm3e", "blackwell"}
)
_GENERATION_OR_CORES = r"\b\d+(?:st|nd|rd|th) gen\b|\b(?:\d+|dual|quad|six|eight|twelve|sixteen)-cores?\b"
_CPU_WORDS = _VENDORS | {"cpu", "processor", "with", "w", "radeon", "graphics", "gen", "core"}


def words(name: str) -> list[str]:
    """Lower-case words; letters and digits stay together where they were written together (`4060ti`, `a100`)."""
    folded = name.casefold().replace("(r)", " ").replace("(tm)", " ").replace("max-q", "maxq")
    return re.findall(r"[a-z0-9]+\+?", folded)


def exact_key(name: str) -> str:
    """The name without vendor, spaces, dashes and trade marks: what drivers and catalog must agree on."""
    kept = [word for word in words(name) if word not in _VENDORS]
    return "".join("laptop" if word == "mobile" else word for word in kept if word not in _KINDS)


def may_have_key(name: str, key: str) -> bool:
    """Whether the name has every character of the key; a cheap first look, since keys only leave characters out."""
    return set(key).difference("laptop") <= set(name.casefold())


def brand_key(name: str) -> str:
    """The exact key without brands that people leave out: GeForce, Radeon, Arc …"""
    return _without(name, _BRANDS)


def series_key(name: str) -> str:
    """The brand key without RTX, GTX, RX: what is left is the number people say."""
    return _without(name, _BRANDS | _SERIES)


def model_key(name: str) -> str:
    """The series key without form factors and memory sizes, so that `H100` finds `H100 SXM5 80 GB`."""
    return _without(_bare(name), _BRANDS | _SERIES | _FORMS)


LOOSENING: tuple[Callable[[str], str], ...] = (exact_key, brand_key, series_key, model_key)
"""Keys from the strictest to the loosest; what a driver reports is only ever held against the first."""


def _bare(name: str) -> str:
    """The name without what stands in parentheses, core counts and memory sizes."""
    return re.sub(r"\(.*?\)|\b\d+[- ]?core\b|\b\d+\s*gi?b\b", " ", name.casefold())


def _without(name: str, dropped: frozenset[str]) -> str:
    # `rtx4090` is one word: split letters from digits where the letters are to go.
    spaced = re.sub(r"\b(rtx|gtx|gt|rx)(?=\d)", r"\1 ", name.casefold().replace("radeon pro ", "radeon "))
    return exact_key(" ".join(word for word in words(spaced) if word not in dropped))


def family_key(name: str) -> str:
    """The model key with RTX, GTX, RX kept and without `laptop`: equal for variants of one product alone."""
    return _without(_bare(name), _BRANDS | _FORMS).removesuffix("maxq").removesuffix("laptop")


def cpu_key(name: str) -> str:
    """A processor's name without vendor, generation, clock, core count and the name of its graphics."""
    folded = name.casefold().split("@")[0].split(" w/ ")[0].split(" with radeon")[0]
    if " gen" in folded or "-core" in folded:
        folded = re.sub(_GENERATION_OR_CORES, " ", folded)
    folded = folded.replace("(cpu)", " ").replace("ryzen threadripper", "threadripper")
    return "".join(word for word in words(folded) if word not in _CPU_WORDS)


def cpu_keys(name: str) -> tuple[str, ...]:
    """The key of a name, and the one without its parenthesis: `Raspberry Pi 5 (BCM2712)`."""
    plain = name.replace("(R)", " ").replace("(TM)", " ")
    forms = (name, re.sub(r"\(.*?\)", " ", plain)) if "(" in plain else (name,)
    return tuple(dict.fromkeys(filter(None, map(cpu_key, forms))))


def closest(name: str, known: Mapping[str, str], count: int = 5) -> list[str]:
    """Up to `count` names whose keys are most like the key of this one; `known` maps key to name.

    A name that was not typed to its end comes before one that only looks alike.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only needed for an error message

    wanted = brand_key(name)
    begun = sorted((key for key in known if wanted and key.startswith(wanted)), key=lambda key: (len(key), key))
    alike = get_close_matches(wanted, known, n=count, cutoff=0.5)
    return [known[key] for key in dict.fromkeys((*begun, *alike))][:count]
