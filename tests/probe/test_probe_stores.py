"""Model files that are already there, in the layouts that the stores really have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmadvise.domain.hardware import Download, Platform
from llmadvise.domain.model import File, Variant
from llmadvise.engine.downloaded import Downloaded
from llmadvise.probe.lm_studio import models_folders
from llmadvise.probe.stores import read_downloads

DIGEST = "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785"


def read(home: Path, **environment: str) -> tuple[Download, ...]:
    found = read_downloads(environment, home=str(home), platform=Platform.LINUX)
    return tuple(item for item in found if (item.path or "").startswith(str(home)))


def fill(path: Path, size: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def test_the_cache_of_the_hub(tmp_path: Path) -> None:
    root = tmp_path / ".cache/huggingface/hub/models--Qwen--Qwen3-8B-GGUF"
    blob = fill(root / "blobs" / DIGEST, 7)
    link = root / "snapshots" / ("a" * 40) / "Q4/Qwen3-8B-Q4_K_M.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    (found,) = read(tmp_path)
    assert (found.store, found.repo, found.name, found.bytes, found.sha256) == (
        "hub",
        "Qwen/Qwen3-8B-GGUF",
        "Q4/Qwen3-8B-Q4_K_M.gguf",
        7,
        DIGEST,
    )


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME"])
def test_the_cache_stands_where_the_environment_says(tmp_path: Path, variable: str) -> None:
    inside = "" if variable == "HF_HUB_CACHE" else "hub/"
    fill(tmp_path / f"elsewhere/{inside}models--a--b/snapshots/r/x.gguf")
    assert [item.repo for item in read(tmp_path, **{variable: str(tmp_path / "elsewhere")})] == ["a/b"]


def test_ollama_names_its_models_in_manifests(tmp_path: Path) -> None:
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "0" * 64, "size": 3},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{DIGEST}", "size": 5027783488},
    ]
    for place in ("registry.ollama.ai/library/qwen3/8b", "hf.co/Qwen/Qwen3-8B-GGUF/Q4_K_M"):
        path = tmp_path / ".ollama/models/manifests" / place
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"layers": layers}))
    found = read(tmp_path)
    assert {(item.name, item.repo, item.sha256, item.bytes) for item in found} == {
        ("qwen3:8b", None, DIGEST, 5027783488),
        ("hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M", "Qwen/Qwen3-8B-GGUF", DIGEST, 5027783488),
    }


def test_lm_studio_and_llama_cpp(tmp_path: Path) -> None:
    fill(tmp_path / ".lmstudio/models/unsloth/gemma-GGUF/g-Q4_K_M.gguf", 4)
    fill(tmp_path / ".cache/llama.cpp/unsloth_gemma-GGUF_g-Q8_0.gguf", 8)
    found = read(tmp_path)
    assert [(item.store, item.name, item.repo) for item in found] == [
        ("llama.cpp", "unsloth_gemma-GGUF_g-Q8_0.gguf", None),
        ("lm-studio", "g-Q4_K_M.gguf", "unsloth/gemma-GGUF"),
    ]


def test_lm_studio_where_its_settings_and_its_pointer_say(tmp_path: Path) -> None:
    own, disk = tmp_path / "own", tmp_path / "disk"
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{own}\n")
    fill(own / "models/a/b/one.gguf", 1)
    assert [item.name for item in read(tmp_path)] == ["one.gguf"]
    (own / "settings.json").write_text(json.dumps({"downloadsFolder": str(disk)}))
    fill(disk / "c/d/two.gguf", 2)
    assert [(item.name, item.repo) for item in read(tmp_path)] == [("one.gguf", "a/b"), ("two.gguf", "c/d")]
    assert models_folders({}, str(tmp_path)) == [str(disk), str(own / "models")]


@pytest.mark.parametrize(
    "settings", ["", "[]", "{", '{"downloadsFolder": 3}', '{"downloadsFolder": "here"}', "[" * 100_000]
)
def test_settings_that_name_no_folder(tmp_path: Path, settings: str) -> None:
    fill(tmp_path / ".lmstudio/models/a/b/one.gguf", 1)
    (tmp_path / ".lmstudio/settings.json").write_text(settings)
    (tmp_path / ".lmstudio-home-pointer").write_text("nowhere")
    assert [item.name for item in read(tmp_path)] == ["one.gguf"]


UNSURE = {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:x", "size": 1}]}


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"layers": 3}', '{"layers": [3]}', "[" * 100_000, json.dumps(UNSURE)]
)
def test_a_broken_manifest_is_no_model(tmp_path: Path, manifest: str) -> None:
    path = tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/x/y"
    path.parent.mkdir(parents=True)
    path.write_text(manifest)
    assert read(tmp_path) == ()


def test_loops_of_links_and_missing_folders_end(tmp_path: Path) -> None:
    folder = tmp_path / ".lmstudio/models/a"
    folder.mkdir(parents=True)
    (folder / "again").symlink_to(folder)
    (folder / "dangling.gguf").symlink_to(tmp_path / "nowhere")
    assert read(tmp_path) == ()


VARIANT = Variant(
    id="a/b:Q4_K_M",
    format="gguf",
    quantization="Q4_K_M",
    repo="Owner/Repo",
    files=(File(name="sub/m-Q4_K_M.gguf", bytes=100, sha256=DIGEST),),
    bytes=100,
)


@pytest.mark.parametrize(
    ("download", "there"),
    [
        (Download(store="ollama", name="m:latest", bytes=100, sha256=DIGEST), True),
        (Download(store="hub", name="sub/m-Q4_K_M.gguf", bytes=100, repo="owner/repo"), True),
        (Download(store="hub", name="sub/m-Q4_K_M.gguf", bytes=99, repo="owner/repo"), False),
        (Download(store="lm-studio", name="m-Q4_K_M.gguf", bytes=100, repo="other/repo"), True),
        (Download(store="lm-studio", name="m-Q4_K_M.gguf", bytes=101, repo="other/repo"), False),
        (Download(store="llama.cpp", name="Owner_Repo_m-Q4_K_M.gguf", bytes=100), True),
        (Download(store="hub", name="n-Q4_K_M.gguf", bytes=100, repo="owner/repo"), False),
    ],
)
def test_a_variant_is_there_by_hash_by_place_or_by_name_and_size(download: Download, *, there: bool) -> None:
    assert (Downloaded([download]).of(VARIANT) is not None) is there


def test_a_split_model_is_there_only_whole() -> None:
    files = tuple(File(name=f"m-0000{n}-of-00002.gguf", bytes=n) for n in (1, 2))
    split = Variant(id="a/b:Q8_0", format="gguf", quantization="Q8_0", repo="a/b", files=files, bytes=3)
    have = [Download(store="hub", name=file.name, bytes=file.bytes or 0, repo="a/b") for file in files]
    assert Downloaded(have).of(split) is not None
    assert Downloaded(have[:1]).of(split) is None
