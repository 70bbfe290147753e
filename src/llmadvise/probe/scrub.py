"""Takes out of raw texts what names a person, a host or a single device; the same thing always gets the same stand-in."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHORTEST_NAME = 3
_WORDS = frozenset({
    "linux", "windows", "macos", "darwin", "amd", "intel", "nvidia", "apple", "radeon", "geforce", "arc", "gpu", "cpu", "root",
    "user", "users", "host", "hosts", "home", "admin", "system", "memory", "name", "device", "driver", "vendor", "total", "free", "max",
    "min", "pci", "proc", "sys", "dev", "class", "drm", "mem", "info", "local", "localhost", "vulkan", "cuda", "rocm", "build", "test",
    "data", "model", "core", "cores", "node", "true", "false", "none", "null", "avx", "sse", "pro", "ubuntu", "debian", "fedora",
})  # fmt: skip
"""Words that drivers print: a host of that name tells nothing, and taking them out would break the texts."""
_HEX = "[0-9A-Fa-f]"
_PATTERNS = (
    ("uuid", rf"\b{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\b"),
    ("mac", rf"(?<![0-9A-Fa-f:.-]){_HEX}{{2}}(?:([:-]){_HEX}{{2}})(?:\1{_HEX}{{2}}){{4}}(?![0-9A-Fa-f:.-])"),
    ("hash", rf"\b{_HEX}{{32,64}}\b"),
    ("address", r"\b(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}\b(?!\.\d)"),
)
_SERIAL = (
    r"(?im)((?:serial(?:[ _-]?(?:number|no\.?|num))?|unique[ _]id|chassis[ _]serial|asset[ _]tag|computer[ _]name|host[ _]?name|user[ _]?name"
    r"|machine name)[\"']?(?:\s*\(system\))?\s*[:=>]\s*[\"']?)([^\s\"',<][^\"',<\r\n]*)"
)
_HOMES = r"((?:/home/|/Users/|/run/user/))([^/\\\s\"':]+)"
_WINDOWS_HOMES = r"(?i)(\\{1,2}Users\\{1,2})([^\\/\"':\r\n]+)(?=\\|/|\"|$)"
_SHORTENED = rf"\b((?:GPU|MIG)-)({_HEX}{{4,8}}(?:-{_HEX}{{0,12}}){{0,4}})(?![0-9A-Fa-f-])"
"""Part of a UUID after what CUDA puts before it."""
_CHIP = rf"\bunique_id (\d{{1,20}})\b|\b(?i:GPU)-({_HEX}{{16}})(?![0-9A-Fa-f-])"
"""The number of one AMD chip, as the kernel writes it and as ROCm does."""
_MOST_CHIPS = 10_000
"""Numbers below are stand-ins, or none: real ones have 64 bits."""


class Scrubber:
    """Replaces names known beforehand, and whatever has the form of an identity."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        kept = {name for name in names if len(name) >= _SHORTEST_NAME and name.lower() not in _WORDS}
        ordered = sorted(kept, key=lambda name: (-len(name), name))
        joined = "|".join(re.escape(name) for name in ordered)
        self._names = re.compile(rf"(?i)(?<![A-Za-z0-9]){'(?:' + joined + ')'}(?![A-Za-z0-9])") if ordered else None
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Look for identities in all texts first: a shortened one is then known wherever it stands."""
        for text in texts:
            self.clean(text)

    def clean(self, text: str) -> str:
        """The text with stand-ins; sizes, counts and product names stay. What is clean stays as it is."""
        for kind, pattern in _PATTERNS:
            text = re.sub(pattern, lambda match, kind=kind: self._stand_in(kind, match.group()), text)  # type: ignore[misc]  # mypy cannot infer a lambda with a bound default
        text = re.sub(_CHIP, self._chip, text)
        text = re.sub(_SHORTENED, lambda match: match.group(1) + self._shortened(match.group(2)), text)
        text = re.sub(_SERIAL, lambda match: match.group(1) + _without_value(match.group(2)), text)
        text = re.sub(_HOMES, lambda match: match.group(1) + "user", text)
        text = re.sub(_WINDOWS_HOMES, lambda match: match.group(1) + "user", text)
        return self._names.sub("removed", text) if self._names is not None else text

    def _chip(self, match: re.Match[str]) -> str:
        """The same number in both forms, so that a variable still means its card."""
        number = int(match.group(1)) if match.group(1) else int(match.group(2), 16)
        if number >= _MOST_CHIPS:
            number = int(self._stand_in("chip", f"{number:016x}"), 16)
        return f"unique_id {number}" if match.group(1) else f"{match.group(0)[:4]}{number:016x}"

    def _stand_in(self, kind: str, value: str) -> str:
        key = (kind, value.lower())
        if value.startswith(_BEGINNINGS[kind]):
            return value
        if key not in self._stand_ins:
            number = self._counts.get(kind, 0)
            self._counts[kind] = number + 1
            number += kind == "chip"  # zero is none
            self._stand_ins[key] = _FORMS[kind].format(number)
        return self._stand_ins[key]

    def _shortened(self, value: str) -> str:
        """The beginning of a UUID, as CUDA_VISIBLE_DEVICES takes it: whole where it means one device."""
        if value.startswith(_BEGINNINGS["uuid"]):
            return value
        meant = [
            stand_in
            for (kind, known), stand_in in self._stand_ins.items()
            if kind in {"uuid", "chip"} and known.startswith(value.lower())
        ]
        return meant[0] if len(meant) == 1 else _BEGINNINGS["uuid"] if meant else "ffffffff"


_BEGINNINGS = {"uuid": "00000000-0000", "mac": "02:00:00:00", "hash": "0" * 24, "address": "192.0.2.", "chip": "0" * 12}
_FORMS = {
    "uuid": "00000000-0000-0000-0000-{:012d}",
    "mac": "02:00:00:00:00:{:02d}",
    "hash": "{:032d}",
    "address": "192.0.2.{:d}",
    "chip": "{:016x}",
}


def _without_value(value: str) -> str:
    """`N/A` tells something and nobody's name; the rest goes."""
    stripped = value.strip().strip("[]").lower()
    return value if stripped in {"n/a", "not supported", "none", "0", "unknown", "not specified"} else "removed"


def names_of_this_host() -> list[str]:
    """What this host and its user are called."""
    import os  # noqa: PLC0415 - together with the two below
    import socket  # noqa: PLC0415 - for its name alone; nothing is sent

    names = [
        os.environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN")
    ]
    names.append(os.path.basename(os.path.expanduser("~")))  # noqa: PTH111, PTH119
    try:
        host = socket.gethostname()
    except OSError:
        host = ""
    return [name for name in (*names, host, host.partition(".")[0]) if name]
