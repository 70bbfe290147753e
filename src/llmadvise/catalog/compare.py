"""What two catalogs say differently: entries added and removed, and the values that changed, by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from llmadvise.domain.catalog import Catalog

SECTIONS = (
    "models", "quantizations", "runtimes", "licenses", "profiles", "benchmarks", "templates", "gpus", "cpus",
    "machines", "lineage", "services", "platforms", "license_tags",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `before` is None for what was added, `after` for what was removed; both are plain values."""

    section: str
    id: str
    path: str
    """`license.declared`, `variants[repo:Q4_K_M].bytes`; empty for a whole entry."""
    before: object
    after: object


def changes(before: Catalog, after: Catalog) -> Iterator[Change]:
    """Every difference, in the order of section, id and field."""
    for section in SECTIONS:
        old: Mapping[str, object] = getattr(before, section)
        new: Mapping[str, object] = getattr(after, section)
        for id_ in sorted({*old, *new}):
            if id_ not in new:
                yield Change(section=section, id=id_, path="", before=id_, after=None)
            elif id_ not in old:
                yield Change(section=section, id=id_, path="", before=None, after=id_)
            else:
                yield from (
                    Change(section=section, id=id_, path=path, before=was, after=now)
                    for path, was, now in _differences(old[id_], new[id_], "")
                )


def _differences(old: object, new: object, path: str) -> Iterator[tuple[str, object, object]]:
    if old == new:
        return
    if is_dataclass(old) and type(old) is type(new):
        for field in fields(old):
            inner = f"{path}.{field.name}" if path else field.name
            yield from _differences(getattr(old, field.name), getattr(new, field.name), inner)
    elif isinstance(old, tuple) and isinstance(new, tuple) and _keyed(old) and _keyed(new):
        was, now = _by_key(old), _by_key(new)
        for key in sorted({*was, *now}):
            yield from _differences(was.get(key), now.get(key), f"{path}[{key}]")
    else:
        yield path, _shown(old), _shown(new)


def _keyed(rows: Sequence[object]) -> bool:
    return all(is_dataclass(row) for row in rows)


def _by_key(rows: Sequence[object]) -> dict[str, object]:
    """Rows by what names them; by their place where nothing does."""
    named: dict[str, object] = {}
    for index, row in enumerate(rows):
        key = str(getattr(row, "id", None) or getattr(row, "name", None) or getattr(row, "model", None) or index)
        named[key if key not in named else f"{key}#{index}"] = row
    return named


def _shown(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _shown(getattr(value, field.name)) for field in fields(value)}
    return [_shown(item) for item in value] if isinstance(value, tuple) else value
