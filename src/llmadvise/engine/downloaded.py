"""Whether a variant is already on the machine."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.domain.hardware import Download
from llmadvise.domain.model import File, Variant


class Downloaded:
    """What is on the machine, to be asked about variants."""

    def __init__(self, downloads: Iterable[Download]) -> None:
        self._by_hash: dict[str, Download] = {}
        self._by_place: dict[tuple[str, str], Download] = {}
        self._by_size: dict[tuple[str, int], Download] = {}
        for item in downloads:
            if item.sha256:
                self._by_hash.setdefault(item.sha256, item)
            if item.repo:
                self._by_place.setdefault((item.repo.lower(), _last(item.name)), item)
            self._by_size.setdefault((_last(item.name), item.bytes), item)

    def __bool__(self) -> bool:
        return bool(self._by_size)

    def of(self, variant: Variant) -> Download | None:
        """The first file of the variant as it lies on the machine, where all its files do; else None."""
        found = [self._find(variant, file) for file in variant.files]
        return found[0] if found and all(found) else None

    def _find(self, variant: Variant, file: File) -> Download | None:
        """By hash; else by repository and name, unless the size tells another file; else by name and size."""
        known = self._by_hash.get(file.sha256 or "")
        if known is not None:
            return known
        name, size = _last(file.name), file.bytes or (variant.bytes if len(variant.files) == 1 else None)
        placed = self._by_place.get((variant.repo.lower(), name))
        if placed is not None and (file.bytes is None or placed.bytes == file.bytes):
            return placed
        if size is None:
            return None
        flat = f"{variant.repo.replace('/', '_').lower()}_{name}"
        return self._by_size.get((name, size)) or self._by_size.get((flat, size))


def _last(name: str) -> str:
    return name.rpartition("/")[2].lower()
