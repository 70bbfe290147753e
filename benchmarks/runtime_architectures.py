"""Reads from each engine's own lists which architectures it loads and since when, and compares catalog/runtimes.

    python benchmarks/runtime_architectures.py SOURCES [--write]

SOURCES holds what was fetched beforehand: sdists of vLLM (`vllm-*.tar.gz`), wheels of SGLang, Transformers, MLX LM and
ExLlamaV3, the sdist of llama-cpp-python, which carries llama.cpp, and clones with their history in folders `llama.cpp`,
`ollama`, `mlx-lm` and `exllamav3`. An engine whose sources are missing is left alone. A version is the first of those
read that has a name, and null where that is the oldest one read. Names of Hub classes are brought to llama.cpp's by its
converters (`runtime_architectures_names.py`).
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from llmadvise.catalog.load import load_catalog
from runtime_architectures_names import Names, converter_names, type_names
from runtime_architectures_sources import (
    Version,
    exllama_classes,
    llama_cpp_builds,
    mlx_modules,
    numbers,
    ollama_names,
    sglang_classes,
    transformers_classes,
    vllm_classes,
)

CATALOG = Path(__file__).parents[1] / "catalog" / "runtimes"
Table = dict[str, str | None]


def main() -> None:
    """Print what differs; with --write, write it into the catalog."""
    sources = Path(sys.argv[1])
    known = load_catalog().runtimes
    for runtime, table in tables(sources).items():
        kept = known[runtime].architectures
        differing = {name: (kept.get(name, "-"), table.get(name, "-")) for name in kept.keys() | table.keys()}
        differing = {name: pair for name, pair in differing.items() if pair[0] != pair[1]}
        print(f"{runtime:14} {len(table)} architectures, {len(differing)} differ from the catalog", differing or "")
        if "--write" in sys.argv[2:]:
            _write(CATALOG / f"{runtime}.yaml", table)


def tables(sources: Path) -> dict[str, Table]:
    """By runtime, as far as its sources are there."""
    names = converter_names(sources)
    types, classes = type_names(sources), first_seen(transformers_classes(sources))
    read: dict[str, Callable[[], Table]] = {
        "llama.cpp": lambda: dict(llama_cpp_builds(sources, names.all)),
        "ollama": lambda: _own(ollama_names(sources, llama_cpp_builds(sources, names.all)), names),
        "vllm": lambda: _by_class(vllm_classes(sources), names, beside=classes),
        "sglang": lambda: _by_class(sglang_classes(sources), names, beside=classes),
        "tabbyapi": lambda: _by_class(exllama_classes(sources), names, beside={}),
        "mlx-lm": lambda: _by_type(mlx_modules(sources), names, types),
        "transformers": lambda: {
            **dict.fromkeys(names.all),
            **_by_class(transformers_classes(sources), names, beside={}),
        },
    }
    return {runtime: table for runtime, reader in read.items() if (table := reader())}


def first_seen(versions: Iterable[Version]) -> dict[str, str | None]:
    """Each name of the newest version, with the first one that has it; None for the oldest."""
    found: dict[str, str | None] = {}
    newest: frozenset[str] = frozenset()
    for index, version in enumerate(versions):
        newest = version.names
        for name in version.names:
            found.setdefault(name, version.number if index else None)
    return {name: number for name, number in found.items() if name in newest}


def _own(versions: Iterable[Version], names: Names) -> Table:
    """Of an engine that uses llama.cpp's names."""
    seen = first_seen(versions)
    return {name: seen.get(name) for name in names.all} if seen else {}


def _by_class(versions: Iterable[Version], names: Names, *, beside: Mapping[str, str | None]) -> Table:
    """Of an engine that lists Hub classes; `beside`: classes that it may load by other means, since an unknown version."""
    seen = first_seen(versions)
    table: Table = {}
    for name in names.all if seen else ():
        classes = names.classes.get(name)
        if classes is None:
            table[name] = None
        elif known := [seen[item] for item in classes if item in seen]:
            table[name] = _earliest(known)
        elif any(item in beside for item in classes):
            table[name] = None
    return table


def _by_type(versions: Iterable[Version], names: Names, types: Mapping[str, frozenset[str]]) -> Table:
    """Of an engine that lists model types; a type that one of its own begins may be the same model under an older name."""
    seen = first_seen(versions)
    table: Table = {}
    for name in names.all if seen else ():
        classes = names.classes.get(name, frozenset())
        said = {item for class_ in classes for item in types.get(class_, ())}
        kin = any(item.startswith(own) for item in said for own in seen if len(own) > 5)
        if known := [seen[item] for item in said if item in seen]:
            table[name] = _earliest(known)
        elif not classes or any(class_ not in types for class_ in classes) or kin:
            table[name] = None
    return table


def _earliest(versions: Iterable[str | None]) -> str | None:
    found = list(versions)
    return None if None in found else min((item for item in found if item), key=numbers)


def _write(path: Path, table: Table) -> None:
    text = path.read_text(encoding="utf-8")
    items = (f"{name}: {'null' if version is None else repr(version)}" for name, version in sorted(table.items()))
    flow = textwrap.fill(
        f"architectures: {{{', '.join(items)}}}",
        118,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    path.write_text(re.sub(r"^architectures: \{.*?\}", lambda _: flow, text, flags=re.MULTILINE | re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
