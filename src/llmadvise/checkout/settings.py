"""Values that one file of a checkout gives another: a chart's to its templates, `.env` to what is started beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from llmadvise.checkout.decoded import decoded
from llmadvise.checkout.walk import is_ignored, is_inside

_LARGEST = 1_000_000
_MOST = 5_000
_DEEPEST = 12
_LONGEST = 200
_ENVIRONMENTS = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")
"""What `.env` is, or is made from; the first that the checkout holds."""


class Settings:
    """The values that stand beside the files of a checkout, each file of them read at most once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, Mapping[str, str]] = {}

    def of(self, inside: str) -> Mapping[str, str]:
        """By name, what a file at this path is given: `Values.a.b` in a template of a chart, variables elsewhere."""
        folder = inside.split("/")[:-1]
        if "templates" in folder:
            above = folder[: len(folder) - 1 - folder[::-1].index("templates")]
            return self._read("/".join([*above, "values.yaml"]), values=True)
        for name in _ENVIRONMENTS:
            found = self._read("/".join([*folder, name]), values=False)
            if found:
                return found
        return {}

    def _read(self, inside: str, *, values: bool) -> Mapping[str, str]:
        known = self.known.get(inside)
        if known is None:
            text = self._text(inside) if len(self.known) < _MOST else ""
            known = self.known[inside] = dict(_values(text) if values else _environment(text))
        return known

    def _text(self, inside: str) -> str:
        """What stands in a file of the tree; empty where there is none, or none that belongs to it."""
        path = self.root / inside
        try:
            if not is_inside(self.root, inside) or not path.is_file() or is_ignored(self.root, inside):
                return ""
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except OSError:
            return ""
        return (decoded(data)[0] or "") if len(data) <= _LARGEST else ""


def _environment(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(
        r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=[\"']?([^\s\"'#]+)[\"']?[ \t]*(?:#.*)?$", text
    ):
        if "$" not in found.group(2):
            yield found.group(1), found.group(2)


def _values(text: str) -> Iterator[tuple[str, str]]:
    """The texts of a chart's values under the names that its templates have for them."""
    if not text:
        return
    import yaml  # noqa: PLC0415 - only where there is a chart

    try:
        root = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - makes nothing but texts, lists and mappings
    except (yaml.YAMLError, RecursionError, ValueError):
        return
    waiting: list[tuple[str, object, int]] = [("Values", root, 0)]
    for _ in range(_MOST):
        if not waiting:
            return
        name, value, depth = waiting.pop()
        if isinstance(value, dict) and depth < _DEEPEST:
            waiting += [(f"{name}.{key}", item, depth + 1) for key, item in value.items()]
        elif isinstance(value, str) and re.fullmatch(r"[\w./:@-]+", value) and len(value) < _LONGEST:
            yield name, value
