"""Models that lie in the tree or in the caches of other programs, and what their headers say."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from llmadvise.api.comply_models import read_gguf
from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.checkout.weights import read_safetensors
from llmadvise.domain.compliance import Mention, ReferenceState

OPTIONS = ScanOptions(read_header=read_gguf)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(facts: dict[str, str | int], *, tensors: int = 1) -> bytes:
    """A GGUF of version 3 (ggml docs/gguf.md): magic, counts, entries of type string (8) or uint32 (4), tensors."""
    out = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(facts))
    for key, value in facts.items():
        typed = struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<II", 4, value)
        out += text(key) + typed
    for number in range(tensors):
        out += text(f"t{number}") + struct.pack("<IQIQ", 1, 32, 0, 0)
    return out + b"\0" * 256


def safetensors(header: object, *, length: int | None = None) -> bytes:
    data = json.dumps(header).encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + b"\0" * 8


TENSOR = {"w": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}


def only(folder: Path) -> Mention:
    (found,) = scan([folder], OPTIONS).mentions
    return found


def test_a_gguf_says_its_license_and_its_parents(tmp_path: Path) -> None:
    facts: dict[str, str | int] = {
        "general.architecture": "llama",
        "general.license": "llama3.2",
        "general.base_model.count": 2,
        "general.base_model.0.repo_url": "https://huggingface.co/meta-llama/Llama-3.2-1B",
        "general.base_model.1.organization": "Acme Corp",
        "general.base_model.1.name": "Small 1B",
    }
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tuned-Q8_0.gguf").write_bytes(gguf(facts))
    found = only(tmp_path)
    assert (found.model, found.kind, found.line) == ("file:tuned-Q8_0.gguf", "gguf-file", 0)
    assert found.declared_license == "llama3.2"
    assert found.base_models == ("https://huggingface.co/meta-llama/Llama-3.2-1B", "Acme-Corp/Small-1B")


def test_a_vocabulary_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "vocab.gguf").write_bytes(gguf({"general.architecture": "llama"}, tensors=0))
    found = only(tmp_path)
    assert (found.model, found.state) == (None, ReferenceState.NOT_A_MODEL)


@pytest.mark.parametrize(
    "data",
    [b"", b"GGUF", b"GGUF" + b"\xff" * 60, b"PK\x03\x04" + b"\0" * 90, gguf({"general.license": "mit"})[:40]],
)
def test_a_broken_gguf_is_told_not_guessed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.gguf").write_bytes(data)
    result = scan([tmp_path], OPTIONS)
    assert not result.mentions
    assert [item.reason for item in result.skipped] == ["its header cannot be read"]


def test_a_claim_of_many_parents_ends(tmp_path: Path) -> None:
    facts: dict[str, str | int] = {"general.base_model.count": 4_000_000_000, "general.base_model.0.name": "a/b"}
    (tmp_path / "many.gguf").write_bytes(gguf(facts))
    assert only(tmp_path).base_models == ("a/b",)


def test_safetensors_say_their_license_and_base(tmp_path: Path) -> None:
    header = {"__metadata__": {"license": "gemma", "base_model": "google/gemma-2-2b"}, **TENSOR}
    (tmp_path / "adapter.safetensors").write_bytes(safetensors(header))
    found = only(tmp_path)
    assert (found.kind, found.declared_license, found.base_models) == (
        "safetensors-file",
        "gemma",
        ("google/gemma-2-2b",),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 16,
        safetensors([]),
        safetensors(TENSOR, length=1 << 62),
        safetensors(TENSOR)[:20],
        struct.pack("<Q", 200_000) + b"[" * 200_000,
    ],
)
def test_broken_safetensors_are_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.safetensors").write_bytes(data)
    assert read_safetensors(tmp_path / "broken.safetensors") is None
    assert "its header cannot be read" in {item.reason for item in scan([tmp_path], OPTIONS).skipped}


@pytest.mark.parametrize("metadata", [None, [], {"license": 7, "base_model": ["a/b"]}, {"license": {"x": 1}}])
def test_metadata_of_another_kind_says_nothing(tmp_path: Path, metadata: object) -> None:
    (tmp_path / "odd.safetensors").write_bytes(safetensors({"__metadata__": metadata, **TENSOR}))
    found = only(tmp_path)
    assert (found.declared_license, found.base_models) == (None, ())


def test_the_cache_of_the_hub(tmp_path: Path) -> None:
    refs = tmp_path / "models--acme--small-7b" / "refs"
    refs.mkdir(parents=True)
    (refs / "main").write_text("0123abcd\n")
    for name in ("models--gpt2", "datasets--acme--rows", "spaces--acme--demo", "models--", "version.txt"):
        (tmp_path / name).mkdir()
    bad = tmp_path / "models--acme--bad" / "refs"
    bad.mkdir(parents=True)
    (bad / "main").write_bytes(b"../../etc\x1b[31m")
    found = {item.model: item for item in scan([], ScanOptions(hub_cache=tmp_path)).mentions}
    assert found.keys() == {"acme/small-7b", "gpt2", "acme/bad"}
    assert found["acme/small-7b"].revision == "0123abcd"
    assert found["acme/bad"].revision is None


def test_the_folder_of_ollama(tmp_path: Path) -> None:
    for path in (
        "registry.ollama.ai/library/qwen3/8b",
        "registry.ollama.ai/acme/tuned/latest",
        "hf.co/acme/small-GGUF/Q4_K_M",
    ):
        file = tmp_path / "manifests" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    found = {item.model for item in scan([], ScanOptions(ollama_cache=tmp_path)).mentions}
    assert found == {"ollama:qwen3:8b", "ollama:acme/tuned:latest", "acme/small-GGUF"}


def test_caches_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    options = ScanOptions(hub_cache=tmp_path / "no", ollama_cache=tmp_path / "neither")
    assert not scan([], options).mentions


def test_names_in_caches_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "models--acme--\x1b[31mred\u202e").mkdir()
    (item,) = scan([], ScanOptions(hub_cache=tmp_path)).mentions
    assert item.model is not None
    assert item.model.isprintable()
    assert item.file.isprintable()
