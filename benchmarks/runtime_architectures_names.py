"""How architectures are called: llama.cpp's names, the Hub classes that its converters take, and their model types."""

from __future__ import annotations

import ast
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from runtime_architectures_sources import transformers_types


@dataclass(frozen=True)
class Names:
    """What llama.cpp calls its architectures."""

    all: tuple[str, ...]
    classes: dict[str, frozenset[str]]
    """Hub classes by name; a name that only a converter's code chooses has none."""


@dataclass(frozen=True)
class _Converter:
    registered: tuple[str, ...]
    architecture: str | None
    bases: tuple[str, ...]


def converter_names(sources: Path) -> Names:
    """From the table of src/llama-arch.cpp and the converters beside it."""
    files = _llama_cpp(sources)
    table = re.search(r"LLM_ARCH_NAMES\s*=\s*\{(.*?)\n\};", files["src/llama-arch.cpp"], re.DOTALL)
    names = re.findall(r"\{\s*LLM_ARCH_\w+\s*,\s*\"([^\"]+)\"", table.group(1) if table else "")
    enum = dict(re.findall(r"MODEL_ARCH\.(\w+)\s*:\s*\"([^\"]+)\"", files["gguf-py/gguf/constants.py"]))
    converters: dict[str, _Converter] = {}
    chosen: set[str] = set()
    for path, text in files.items():
        if path.startswith("conversion/"):
            converters |= _converters(text)
            chosen |= {
                enum.get(item, "") for item in re.findall(r"(?:self|cls)\.model_arch = gguf\.MODEL_ARCH\.(\w+)", text)
            }
    classes: dict[str, set[str]] = {}
    for name, converter in converters.items():
        architecture = enum.get(_architecture(name, converters) or "")
        if architecture and architecture not in chosen:
            classes.setdefault(architecture, set()).update(converter.registered)
    kept = tuple(sorted(name for name in names if name not in {"clip", "(unknown)"}))
    return Names(all=kept, classes={name: frozenset(found) for name, found in classes.items()})


def type_names(sources: Path) -> dict[str, frozenset[str]]:
    """Model types by Hub class, from every version of Transformers that is there."""
    found: dict[str, set[str]] = {}
    for types in transformers_types(sources):
        for class_, names in types.items():
            found.setdefault(class_, set()).update(names)
    return {class_: frozenset(names) for class_, names in found.items()}


def _converters(text: str) -> dict[str, _Converter]:
    found = {}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef):
            continue
        registered = [
            item.value
            for call in node.decorator_list
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".register")
            for item in call.args
            if isinstance(item, ast.Constant) and isinstance(item.value, str)
        ]
        said = [
            ast.unparse(item.value).rpartition(".")[2]
            for item in node.body
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "model_arch"
        ]
        bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
        found[node.name] = _Converter(tuple(registered), said[0] if said else None, bases)
    return found


def _architecture(name: str, converters: dict[str, _Converter]) -> str | None:
    """The architecture of a converter, or of the class that it is made from."""
    converter = converters.get(name)
    if converter is None:
        return None
    return converter.architecture or next(
        (found for base in converter.bases if (found := _architecture(base, converters))), None
    )


def _llama_cpp(sources: Path) -> dict[str, str]:
    """The files of llama.cpp that are needed, by path."""
    wanted = re.compile(r"/vendor/llama\.cpp/(src/llama-arch\.cpp|gguf-py/gguf/constants\.py|conversion/\w+\.py)$")
    found = {}
    with tarfile.open(next(sources.glob("llama_cpp_python-*.tar.gz"))) as archive:
        for member in archive:
            match = wanted.search(member.name)
            file = archive.extractfile(member) if match else None
            if match and file is not None:
                found[match.group(1)] = file.read().decode()
    return found
