"""Constants that one Python file of a checkout takes from another."""

from __future__ import annotations

from pathlib import Path

from llmadvise.checkout.decoded import decoded
from llmadvise.checkout.walk import is_inside

_LARGEST = 1_000_000
_MOST = 2_000


class Modules:
    """The modules of a checkout, each read at most once, and only when another imports a model's name from it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, dict[str, str]] = {}

    def value(self, importer: str, module: str, name: str) -> str | None:
        """The text that `from module import name` brings into the file `importer`; None: not known here."""
        for path in _places(importer, module):
            constants = self._constants(path)
            if constants is not None:
                return constants.get(name)
        return None

    def _constants(self, inside: str) -> dict[str, str] | None:
        known = self.known.get(inside)
        if known is not None:
            return known
        path = self.root / inside
        if len(self.known) >= _MOST or not is_inside(self.root, inside) or not path.is_file():
            return None
        self.known[inside] = found = _read(path)
        return found


def _places(importer: str, module: str) -> list[str]:
    """Where a module may stand: beside the file or above it, nearest first; a relative one in one place only."""
    folder = importer.split("/")[:-1]
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module.split(".") if part]
    if dots:
        levels = [folder[: len(folder) - dots + 1]] if dots - 1 <= len(folder) else []
    else:
        levels = [folder[:count] for count in range(len(folder), -1, -1)]
        levels += [[*folder[:count], "src"] for count in range(len(folder), -1, -1)]
    return ["/".join([*level, *parts]) + end for level in levels for end in (".py", "/__init__.py")]


def _read(path: Path) -> dict[str, str]:
    import ast  # noqa: PLC0415 - only where a name is imported
    import warnings  # noqa: PLC0415 - as above

    from llmadvise.checkout.readers.python_tree import constants, walk  # noqa: PLC0415 - they read each other

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            return {}
        text, _ = decoded(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return constants(walk(ast.parse(text or ""))[0])
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
