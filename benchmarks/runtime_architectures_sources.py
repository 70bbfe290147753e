"""What each engine loads, version by version, from its wheels, sdists and history."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_MAPPINGS = (
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
)
_SYNCED = {"53fd974b4": 10310}
"""Commits of a fork that brought in much of upstream at once, with a build that came after all of it."""
_NEWEST = 11434
"""The build in the sdist: what history does not show was added by then."""
_TABLES = ("src/llama-arch.cpp", "src/llama.cpp", "llama.cpp")


@dataclass(frozen=True)
class Version:
    """The names that one version has."""

    number: str
    names: frozenset[str]


def vllm_classes(sources: Path) -> Iterator[Version]:
    """The registry of each sdist."""
    for path in _in_order(sources.glob("vllm-*.tar.gz")):
        with tarfile.open(path) as archive:
            name = next(item for item in archive.getnames() if item.endswith("/vllm/model_executor/models/registry.py"))
            file = archive.extractfile(name)
            text = file.read().decode() if file else ""
        yield Version(_number(path), frozenset(re.findall(r"^\s*\"(\w+)\":\s*\(", text, re.MULTILINE)))


def sglang_classes(sources: Path) -> Iterator[Version]:
    """`EntryClass` of the modules in each wheel."""
    for path in _in_order(sources.glob("sglang-*.whl")):
        found: set[str] = set()
        for text in _members(path, r"sglang/srt/models/[^/]+\.py"):
            said = re.search(r"^EntryClass\s*=\s*(\[.*?\]|\w+)", text, re.MULTILINE | re.DOTALL)
            found.update(re.findall(r"\w+", said.group(1)) if said else ())
        yield Version(_number(path), frozenset(found))


def transformers_classes(sources: Path) -> Iterator[Version]:
    """Classes of the automatic mappings in each wheel."""
    for path in _in_order(sources.glob("transformers-*.whl")):
        yield Version(_number(path), frozenset(_types(path)))


def transformers_types(sources: Path) -> Iterator[dict[str, set[str]]]:
    """Model types by class, of each wheel."""
    for path in _in_order(sources.glob("transformers-*.whl")):
        yield _types(path)


def exllama_classes(sources: Path) -> Iterator[Version]:
    """`arch_string` at each tag, and in the wheel."""
    pattern = r"arch_string\s*=\s*\"(\w+)\""
    for tag in _tags(sources / "exllamav3"):
        texts = _files(sources / "exllamav3", tag, ("exllamav3/models/", "exllamav3/architecture/"))
        yield Version(tag.lstrip("v"), frozenset(name for text in texts for name in re.findall(pattern, text)))
    for path in _in_order(sources.glob("exllamav3-*.whl")):
        texts = _members(path, r"exllamav3/architecture/[^/]+\.py")
        yield Version(_number(path), frozenset(name for text in texts for name in re.findall(pattern, text)))


def mlx_modules(sources: Path) -> Iterator[Version]:
    """Modules of models, and other names for them, at each tag and in the wheel."""
    folder = sources / "mlx-lm"
    for tag in _tags(folder):
        listed = _git(folder, "ls-tree", "--name-only", tag, "mlx_lm/models/").split()
        yield Version(tag.lstrip("v"), _mlx(listed, _git(folder, "show", f"{tag}:mlx_lm/utils.py")))
    for path in _in_order(sources.glob("mlx_lm-*.whl")):
        with zipfile.ZipFile(path) as wheel:
            listed = [name for name in wheel.namelist() if re.fullmatch(r"mlx_lm/models/\w[\w-]*\.py", name)]
            yield Version(_number(path), _mlx(listed, wheel.read("mlx_lm/utils.py").decode()))


def llama_cpp_builds(sources: Path, names: Iterable[str]) -> dict[str, str | None]:
    """The build that added each name to the table of llama.cpp: its commit's place in the history."""
    folder, first = sources / "llama.cpp", dict[str, int]()
    for line in _git(folder, "log", "--format=%H", "--reverse", "--", *_TABLES).split():
        table = next(
            (text for path in _TABLES if "LLM_ARCH_NAMES" in (text := _git(folder, "show", f"{line}:{path}"))), ""
        )
        new = _table(table) - first.keys()
        if new:
            build = _SYNCED.get(line[:9]) or int(_git(folder, "rev-list", "--count", line))
            first |= dict.fromkeys(new, build)
    return {name: str(first.get(name, _NEWEST)) for name in names} if first else {}


def ollama_names(sources: Path, builds: Mapping[str, str | None]) -> Iterator[Version]:
    """What the llama.cpp of each release from 0.4 on has, and the models of its own engine."""
    folder = sources / "ollama"
    for tag in _tags(folder):
        if numbers(tag) < (0, 4):
            continue
        build = _git(folder, "show", f"{tag}:LLAMA_CPP_VERSION").strip().lstrip("b")
        if build:
            found = {name for name, since in builds.items() if since and int(since) <= int(build)}
        else:
            paths = ("llama/llama.cpp/src/llama-arch.cpp", "llama/llama.cpp/src/llama.cpp", "llama/llama.cpp")
            found = {name for path in paths for name in _table(_git(folder, "show", f"{tag}:{path}"))}
        own = re.findall(
            r"model\.Register\(\"([^\"]+)\"", _git(folder, "grep", "-h", "model.Register(", tag, "--", "model/models")
        )
        yield Version(tag.lstrip("v"), frozenset(found | set(own) | ({"gpt-oss"} if "gptoss" in own else set())))


def _table(text: str) -> set[str]:
    table = re.search(r"LLM_ARCH_NAMES\s*=\s*\{(.*?)\n\};", text, re.DOTALL)
    return set(re.findall(r"\{\s*LLM_ARCH_\w+\s*,\s*\"([^\"]+)\"", table.group(1) if table else ""))


def _mlx(listed: Iterable[str], text: str) -> frozenset[str]:
    names = {Path(name).stem for name in listed}
    other = re.search(r"MODEL_REMAPPING\s*=\s*\{(.*?)\}", text, re.DOTALL)
    pairs = re.findall(r"\"([^\"]+)\":\s*\"([^\"]+)\"", other.group(1) if other else "")
    return frozenset(names | {alias for alias, name in pairs if name in names})


def _types(path: Path) -> dict[str, set[str]]:
    with zipfile.ZipFile(path) as wheel:
        text = wheel.read("transformers/models/auto/modeling_auto.py").decode()
    found: dict[str, set[str]] = {}
    for name in _MAPPINGS:
        table = re.search(rf"\n{name}\s*=\s*OrderedDict\(\s*[\[{{](.*?)\n\s*[\]}}]\s*\n\)", text, re.DOTALL)
        body = table.group(1) if table else ""
        pairs = re.findall(r"\(\s*\"([^\"]+)\",\s*\(?\s*\"([^\"]+)\"", body) + re.findall(
            r"\"([^\"]+)\": \"([^\"]+)\"", body
        )
        for kind, class_ in pairs:
            found.setdefault(class_, set()).add(kind)
    return found


def _members(path: Path, pattern: str) -> list[str]:
    with zipfile.ZipFile(path) as wheel:
        return [wheel.read(name).decode() for name in wheel.namelist() if re.fullmatch(pattern, name)]


def _files(folder: Path, tag: str, under: Iterable[str]) -> list[str]:
    listed = _git(folder, "ls-tree", "--name-only", tag, *under).split()
    return [_git(folder, "show", f"{tag}:{name}") for name in listed if name.endswith(".py")]


def _tags(folder: Path) -> list[str]:
    found = (
        [tag for tag in _git(folder, "tag").split() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)] if folder.exists() else []
    )
    return sorted(found, key=numbers)


def _git(folder: Path, *words: str) -> str:
    if not folder.exists():
        return ""
    return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False).stdout


def _in_order(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: numbers(_number(path)))


def _number(path: Path) -> str:
    return re.split(r"-|\.tar", path.name)[1]


def numbers(version: str) -> tuple[int, ...]:
    """What versions are ordered by."""
    return tuple(int(part) for part in re.findall(r"\d+", version))
