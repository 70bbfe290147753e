"""A Hub with one repository of each kind, and an environment in which nothing else can be reached or found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from pull_hub import PullHub, Repo

_HUB = (
    "HF_TOKEN", "HF_HUB_OFFLINE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_CACHE", "XDG_CACHE_HOME", "HF_HUB_DOWNLOAD_TIMEOUT",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN",
)  # fmt: skip
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The Hub's cache of this test."""
    for name in (*_HUB, *_PROXIES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path / "hf" / "hub"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[PullHub]:
    served = PullHub()
    monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
    noise = random.Random(1)  # noqa: S311 - the same bytes on every run
    served.repos["org/model-GGUF"] = Repo(
        files={
            "README.md": b"words",
            "model-Q4_K_M.gguf": b"GGUF" + noise.randbytes(300_000),
            "model-Q8_0-00001-of-00002.gguf": b"GGUF" + noise.randbytes(70_000),
            "model-Q8_0-00002-of-00002.gguf": b"GGUF" + noise.randbytes(60_000),
        }
    )
    served.repos["org/whole"] = Repo(
        files={
            "README.md": b"words",
            "LICENSE": b"terms",
            "config.json": b"{}",
            "tokenizer.json": b'{"large": true}',
            "model.safetensors.index.json": b'{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}',
            "model-1.safetensors": noise.randbytes(50_000),
            "model-2.safetensors": noise.randbytes(50_000),
            "pytorch_model.bin": noise.randbytes(1000),
            "modeling_own.py": b"import os",
            "original/consolidated.safetensors": noise.randbytes(1000),
        }
    )
    yield served
    served.close()
