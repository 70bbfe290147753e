"""Model files that are already on this machine: the Hub's cache and the folders of llama.cpp, Ollama and LM Studio.

Names and sizes alone are read, never the files; a folder that cannot be read is as good as none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from llmadvise.domain.hardware import Download, Platform
from llmadvise.probe.lm_studio import models_folders

_MOST_FILES = 5_000
"""Of one store: who has more has something else there."""
_DEEPEST = 6
_LARGEST_MANIFEST = 1 << 20
_MODEL_LAYER = "application/vnd.ollama.image.model"


def read_downloads(environment: Mapping[str, str], *, home: str, platform: Platform) -> tuple[Download, ...]:
    """Every model file found, by store, name and path."""
    cache = environment.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")  # noqa: PTH118
    found = [
        *_hub(_hub_folder(environment, cache)),
        *_llama_cpp(_llama_folder(environment, cache, home, platform)),
        *_lm_studio(models_folders(environment, home)),
        *_ollama(environment.get("OLLAMA_MODELS") or os.path.join(home, ".ollama", "models")),  # noqa: PTH118
        *_ollama("/usr/share/ollama/.ollama/models" if platform is Platform.LINUX else ""),
    ]
    return tuple(sorted(found, key=lambda item: (item.store, item.name, item.path or "")))


def _hub_folder(environment: Mapping[str, str], cache: str) -> str:
    direct = environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE")
    root = environment.get("HF_HOME") or os.path.join(cache, "huggingface")  # noqa: PTH118
    return direct or os.path.join(root, "hub")  # noqa: PTH118


def _llama_folder(environment: Mapping[str, str], cache: str, home: str, platform: Platform) -> str:
    if environment.get("LLAMA_CACHE"):
        return environment["LLAMA_CACHE"]
    if platform is Platform.MACOS:
        return os.path.join(home, "Library", "Caches", "llama.cpp")  # noqa: PTH118
    if platform is Platform.WINDOWS and environment.get("LOCALAPPDATA"):
        return os.path.join(environment["LOCALAPPDATA"], "llama.cpp")  # noqa: PTH118
    return os.path.join(cache, "llama.cpp")  # noqa: PTH118


def _hub(folder: str) -> Iterator[Download]:
    """`models--owner--name/snapshots/<revision>/<file>`; the files are links to blobs named by their hash."""
    for entry in _entries(folder):
        kind, _, name = entry.name.partition("--")
        if kind != "models" or "--" not in name:
            continue
        repo = name.replace("--", "/", 1)
        snapshots = os.path.join(entry.path, "snapshots")  # noqa: PTH118
        for path, size in _files(snapshots, (".gguf",)):
            relative = os.path.relpath(path, snapshots).replace(os.sep, "/").partition("/")[2]
            blob = os.path.basename(os.path.realpath(path))  # noqa: PTH119
            yield Download(
                store="hub", name=relative, bytes=size, repo=repo, path=path, sha256=blob if _is_sha256(blob) else None
            )


def _llama_cpp(folder: str) -> Iterator[Download]:
    """Files as older builds keep them, flat: `owner_name_file.gguf`; newer ones use the Hub's cache."""
    for path, size in _files(folder, (".gguf",)):
        yield Download(store="llama.cpp", name=os.path.basename(path), bytes=size, path=path)  # noqa: PTH119


def _lm_studio(folders: Iterable[str]) -> Iterator[Download]:
    """`<owner>/<name>/<file>` below the folders of its models."""
    for folder in folders:
        for path, size in _files(folder, (".gguf",)):
            parts = os.path.relpath(path, folder).replace(os.sep, "/").split("/")
            repo = "/".join(parts[:2]) if len(parts) > 2 else None  # noqa: PLR2004 - owner, name, file
            yield Download(store="lm-studio", name=parts[-1], bytes=size, repo=repo, path=path)


def _ollama(folder: str) -> Iterator[Download]:
    """Manifests `<registry>/<owner>/<name>/<tag>` name the model's layer by hash and size."""
    if not folder:
        return
    manifests = os.path.join(folder, "manifests")  # noqa: PTH118
    for path, size in _files(manifests, ("",)):
        layer = _model_layer(path) if size <= _LARGEST_MANIFEST else None
        if layer is None:
            continue
        registry, *rest = os.path.relpath(path, manifests).replace(os.sep, "/").split("/")
        *names, tag = rest or [""]
        hub = registry in {"hf.co", "huggingface.co"} and len(names) == 2  # noqa: PLR2004 - owner, name
        name = "/".join(names).removeprefix("library/")
        yield Download(
            store="ollama",
            name=f"{f'{registry}/' if hub else ''}{name}:{tag}",
            bytes=layer[1],
            repo="/".join(names) if hub else None,
            sha256=layer[0],
            path=path,
        )


def _model_layer(path: str) -> tuple[str, int] | None:
    """Hash and size of the weights that a manifest names."""
    import json  # noqa: PLC0415 - only where Ollama has models

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            manifest = json.loads(file.read(_LARGEST_MANIFEST))
    except (OSError, ValueError, RecursionError):
        return None
    layers = manifest.get("layers") if isinstance(manifest, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or layer.get("mediaType") != _MODEL_LAYER:
            continue
        digest, size = layer.get("digest"), layer.get("size")
        if isinstance(digest, str) and isinstance(size, int) and size > 0:
            value = digest.removeprefix("sha256:")
            return (value, size) if _is_sha256(value) else None
    return None


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)  # noqa: PLR2004 - hex digits


def _files(folder: str, endings: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Path and size of the files below a folder; links to folders are not followed."""
    return islice(_walk(folder, endings, _DEEPEST), _MOST_FILES)


def _walk(folder: str, endings: tuple[str, ...], depth: int) -> Iterator[tuple[str, int]]:
    for entry in _entries(folder):
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth:
                    yield from _walk(entry.path, endings, depth - 1)
            elif entry.name.endswith(endings) and entry.is_file():
                yield entry.path, entry.stat().st_size
        except OSError:
            continue


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(islice(found, _MOST_FILES), key=lambda entry: entry.name)
    except OSError:
        return []
