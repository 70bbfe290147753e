"""What the Hub may answer, as targets for fuzz_parsers.py: lists, descriptions, and whole repositories up to an entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from llmadvise.catalog.refresh_state import RefreshState
from llmadvise.catalog.write import entry_yaml
from llmadvise.domain.catalog import Catalog
from llmadvise.engine.entry_draft.draft import draft_entry
from llmadvise.errors import InvalidFileError
from llmadvise.hub.choose import choose
from llmadvise.hub.connection import Connection
from llmadvise.hub.known_configs import known_configs
from llmadvise.hub.listing import listing_of
from llmadvise.hub.reference import HubReference
from llmadvise.hub.repository import read_repository
from llmadvise.hub.wanted import Selection, select

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REFERENCE = HubReference(repo="org/model")
_INDEX = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
_HEADER = b'{"a": {"dtype": "F16", "shape": [4, 4]}}'
_LISTING = {
    "id": "org/model", "sha": COMMIT,
    "siblings": [
        {"rfilename": "model-Q4_K_M.gguf", "size": 100, "lfs": {"sha256": "0" * 64}},
        {"rfilename": "model-Q8_0-00001-of-00001.gguf", "size": 9, "lfs": {"sha256": "1" * 64}},
        {"rfilename": "mmproj-F16.gguf", "size": 7, "lfs": {"sha256": "2" * 64}},
        {"rfilename": "config.json", "size": 2, "blobId": "3" * 40},
    ],
}  # fmt: skip
_WHOLE = {
    "id": "org/model", "sha": COMMIT,
    "siblings": [
        {"rfilename": name, "size": 5, "blobId": "4" * 40}
        for name in ("model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors", "config.json", "x.bin")
    ],
}  # fmt: skip


def hub_targets(
    scratch: Path, catalog: Catalog, configs: list[bytes]
) -> Iterator[tuple[str, list[bytes], Callable[[bytes], object]]]:
    """Name, seeds and what runs each; `configs`: of published models."""
    listings = [json.dumps(_LISTING).encode(), json.dumps(_WHOLE).encode()]
    yield "list of files of the Hub", listings, _chosen
    known = known_configs()

    def imported(data: bytes) -> None:
        told = _object(data)
        repository = read_repository(_Made(told), REFERENCE)
        entry_yaml(draft_entry(repository, catalog, known, as_of="2026-11-20"))

    yield "repository of the Hub, up to an entry", [_repository(config) for config in configs], imported
    state = scratch / "state.jsonl"
    lines = (
        '{"schema": "llmadvise.refresh-state/1"}\n'
        f'{{"repo": "org/a", "revision": "{COMMIT}", "gated": false, "card": {{"license": "mit"}}, "tags": [],'
        f' "files": [["a.gguf", 5, "{"0" * 64}"]]}}\n{{"repo": "org/b", "gone": true}}\n'
    )

    def resumed(data: bytes) -> None:
        state.write_bytes(data)
        RefreshState(state)

    yield "state of a refresh", [lines.encode()], resumed


def _object(data: bytes) -> dict[str, object]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidFileError("not JSON", "") from None
    if not isinstance(told, dict):
        raise InvalidFileError("no object", "")
    return told


def _chosen(data: bytes) -> None:
    """What estimate and pull would take of a list."""
    listing = listing_of(data, "https://hub")
    select(listing, Selection(reference=REFERENCE), lambda _: _INDEX.encode())
    choose(REFERENCE, listing.sizes)


def _repository(config: bytes) -> bytes:
    """A repository in one text: what the service says, its tree, and its small files."""
    files = {
        "config.json": config.decode(), "README.md": "---\nlicense: mit\nbase_model: a/b\n---\nwords",
        "tokenizer_config.json": '{"chat_template": "{{ tools }}"}', "LICENSE": "words",
    }  # fmt: skip
    info = {
        "id": "org/model", "sha": COMMIT, "gated": False, "createdAt": "2025-03-01T10:00:00.000Z", "pipeline_tag": "text-generation",
        "library_name": "transformers", "tags": ["license:mit", "base_model:finetune:a/b"], "cardData": {"license": "mit"},
        "safetensors": {"parameters": {"BF16": 8_000_000_000}, "total": 8_000_000_000},
        "gguf": {"total": 8_000_000_000, "architecture": "qwen3", "context_length": 40960},
        "baseModels": {"relation": "finetune", "models": [{"id": "a/b"}]},
    }  # fmt: skip
    tree = [{"type": "file", "path": name, "size": len(text)} for name, text in files.items()]
    tree += [
        {"type": "file", "path": name, "size": 5_000_000_000, "lfs": {"oid": "0" * 64}}
        for name in ("model.safetensors", "model-Q4_K_M.gguf", "model-Q8_0-00001-of-00002.gguf")
    ]
    return json.dumps({"info": info, "tree": tree, "files": files}).encode()


class _Made(Connection):
    """A Hub that answers from such a text."""

    def __init__(self, told: Mapping[str, object]) -> None:
        super().__init__(pause=lambda _: None)
        self._told = told

    @contextmanager
    def stream(self, url: str, *_: object, **__: object) -> Iterator[_Said]:
        path = urlsplit(url).path
        if not path.startswith("/api/"):
            yield _Said(self._file(unquote(path.partition(f"/resolve/{COMMIT}/")[2])))
        else:
            yield _Said(json.dumps(self._told.get("tree" if "/tree/" in path else "info")).encode())

    def _file(self, name: str) -> bytes:
        files = self._told.get("files")
        text = files.get(name) if isinstance(files, dict) else None
        if name.endswith(".safetensors"):
            return len(_HEADER).to_bytes(8, "little") + _HEADER
        return text.encode("utf-8", "replace") if isinstance(text, str) else b""


class _Said:
    """A whole answer."""

    status_code = 200
    headers: Mapping[str, str] = {}
    url = ""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def iter_bytes(self) -> Iterator[bytes]:
        return iter([self._data])

    def iter_raw(self) -> Iterator[bytes]:
        return iter([self._data])
