"""What an answer rests on, in words that every format shares: the machine, the request, and the age of the facts."""

from __future__ import annotations

from llmadvise.domain.requirements import Requirements
from llmadvise.render.documents.assessment import CatalogStamp
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.figures import counted, gib, tokens, two_digits


def machine(hardware: HardwareDocument) -> str:
    """Name the machine in one line: its GPUs, its RAM, its processor."""
    parts = [f"{hardware.name} (simulated)"] if hardware.name else []
    names = [gpu.name for gpu in hardware.gpus]
    for name in dict.fromkeys(names):
        cards = [gpu for gpu in hardware.gpus if gpu.name == name]
        count = f"{len(cards)}x " if len(cards) > 1 else ""
        budget = cards[0].budget_bytes
        usable = f" ({gib(budget)} usable{' each' if count else ''})" if budget is not None else ""
        parts.append(f"{count}{name}{usable}")
    if not names:
        parts.append("no GPU")
    parts.append(f"{gib(hardware.memory.total_bytes)} RAM")
    if hardware.cpu.name:
        parts.append(hardware.cpu.name)
    return " · ".join(parts)


def wishes(requirements: Requirements) -> tuple[list[str], list[str]]:
    """What was asked for, and what was not and is so by default."""
    fields = _request_fields(requirements)
    asked = [text for name, text in fields if name in requirements.asked]
    return asked, [text for name, text in fields if name not in requirements.asked]


def request_words(requirements: Requirements) -> str:
    """What was asked for, the defaults after it and marked as such."""
    asked, defaults = wishes(requirements)
    return ", ".join([*asked, *([f"{', '.join(defaults)} (by default)"] if defaults else [])])


def _request_fields(requirements: Requirements) -> list[tuple[str, str]]:
    fields = [
        ("use_case", requirements.use_case),
        ("context_length", f"{tokens(requirements.context_length)} tokens of context"),
        ("users", counted(requirements.users, "user")),
    ]
    if requirements.minimum_speed is not None:
        fields.append(("minimum_speed", f"at least {two_digits(requirements.minimum_speed)} t/s"))
    if requirements.minimum_bits is not None:
        fields.append(("minimum_bits", f"at least {requirements.minimum_bits:g} bits a weight"))
    fields += [
        (name, text)
        for name, text, given in (
            ("formats", f"format {', '.join(requirements.formats)}", bool(requirements.formats)),
            ("runtime", f"runtime {requirements.runtime}", requirements.runtime is not None),
            ("families", f"family {', '.join(requirements.families)}", bool(requirements.families)),
            ("prefer", f"{requirements.prefer} above all", requirements.prefer is not None),
            ("commercial", "commercial use", requirements.commercial),
            ("license_policy", f"license policy {requirements.license_policy}", bool(requirements.license_policy)),
            ("cpu_only", "CPU only", requirements.cpu_only),
            ("kv_type", f"{requirements.kv_type} KV cache", requirements.kv_type != "f16"),
        )
        if given
    ]
    return fields


def catalog_line(stamp: CatalogStamp) -> str:
    """Say how old the facts are."""
    age = "" if stamp.age_days is None else f", {counted(stamp.age_days, 'day')} old"
    return f"Catalog {stamp.as_of}{age}"
