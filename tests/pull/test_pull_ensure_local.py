"""`ensure_local`: what starts an engine asks for a variant's files, and gets paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from pull_hub import COMMIT, PullHub, Repo, sha256

from llmadvise.api.local import ensure_local
from llmadvise.domain.model import File, Variant
from llmadvise.errors import LLMAdviseError


def gguf(*names: str, repo: str = "org/model-GGUF", revision: str | None = None, **more: object) -> Variant:
    files = tuple(File(name=name) for name in names)
    return Variant(id="x", format="gguf", quantization="Q4_K_M", repo=repo, revision=revision, files=files, **more)  # type: ignore[arg-type]


def test_files_are_fetched_once_and_then_taken_without_the_network(hub: PullHub, cache: Path) -> None:
    hub.repos["org/model-GGUF"].files["mmproj-F16.gguf"] = b"GGUF"
    variant = gguf("model-Q4_K_M.gguf")
    first = ensure_local(variant)
    snapshot = cache / "models--org--model-GGUF" / "snapshots" / COMMIT
    assert (first.model, first.projector) == (snapshot / "model-Q4_K_M.gguf", snapshot / "mmproj-F16.gguf")
    assert (first.folder, first.revision, first.fetched_bytes) == (snapshot, COMMIT, 300_008)
    hub.requests.clear()
    again = ensure_local(variant, may_connect=False)
    assert (again.model, again.projector, again.fetched_bytes) == (first.model, first.projector, 0)
    assert ensure_local(variant).fetched_bytes == 0
    assert hub.requests == []


def test_a_part_that_is_missing_is_fetched(hub: PullHub) -> None:
    names = [f"model-Q8_0-0000{number}-of-00002.gguf" for number in (1, 2)]
    local = ensure_local(gguf(*names))
    assert [path.name for path in local.files] == names
    local.files[1].resolve().unlink()
    assert ensure_local(gguf(*names)).fetched_bytes == 60_004


def test_a_file_of_another_length_than_the_catalog_knows_is_not_taken(hub: PullHub) -> None:
    file = File(name="model-Q4_K_M.gguf", bytes=300_004)
    variant = Variant(id="x", format="gguf", quantization="Q4_K_M", repo="org/model-GGUF", files=(file,))
    local = ensure_local(variant)
    local.model.resolve().write_bytes(b"short")
    with pytest.raises(LLMAdviseError, match="is there and is not that file"):
        ensure_local(variant)


def test_a_name_that_was_never_seen_is_found_by_its_quantization(hub: PullHub) -> None:
    local = ensure_local(gguf("Model.Q4_K_M.gguf", names_verified=False))
    assert local.model.name == "model-Q4_K_M.gguf"
    with pytest.raises(LLMAdviseError, match="has no 'Model"):
        ensure_local(gguf("Model.Q4_K_M.gguf"))


def test_a_hash_of_the_catalog_is_demanded(hub: PullHub) -> None:
    right = sha256(hub.repos["org/model-GGUF"].files["model-Q4_K_M.gguf"])
    for digest in (right, "0" * 64):
        file = File(name="model-Q4_K_M.gguf", sha256=digest)
        variant = Variant(id="x", format="gguf", quantization="Q4_K_M", repo="org/model-GGUF", files=(file,))
        if digest == right:
            ensure_local(variant)
        else:
            with pytest.raises(LLMAdviseError, match="is another file now"):
                ensure_local(variant)


def test_a_repository_that_is_loaded_whole_is_a_folder(hub: PullHub, cache: Path) -> None:
    files = (File(name="*.safetensors"),)
    variant = Variant(id="x", format="awq", quantization="AWQ", repo="org/whole", files=files)
    local = ensure_local(variant)
    assert local.model == local.folder
    assert (local.folder / "config.json").read_bytes() == b"{}"
    hub.repos["org/whole"] = Repo(files={})
    assert ensure_local(variant, may_connect=False).fetched_bytes == 0
