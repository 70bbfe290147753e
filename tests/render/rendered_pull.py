"""A download as it is shown: one file that was resumed, one that was there."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.pull import FileState
from llmadvise.render.documents.pull import PullDocument, PulledFile

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_FOLDER = f"/home/ann/.cache/huggingface/hub/models--Qwen--Qwen3-14B-GGUF/snapshots/{_COMMIT}"


def pulled(version: str) -> PullDocument:
    """The document of a finished download."""
    files = (
        _file("Qwen3-14B-Q4_K_M.gguf", 9_001_752_960, FileState.RESUMED, 4_000_000_000),
        _file("mmproj-F16.gguf", 4_096, FileState.PRESENT, 0),
    )
    return PullDocument(
        schema="llmadvise.pull/1",
        version=version,
        model="qwen/qwen3-14b",
        quantization="Q4_K_M",
        why="the first recommendation for this machine",
        repo="Qwen/Qwen3-14B-GGUF",
        revision=_COMMIT,
        endpoint="https://huggingface.co",
        store="ollama",
        place=_FOLDER,
        registered_as="qwen3-14b:q4_k_m",
        files=files,
        bytes=sum(file.bytes for file in files),
        transferred_bytes=4_000_000_000,
        missing_bytes=0,
        free_bytes=200_000_000_000,
        dry_run=False,
        locked=False,
        findings=(Finding(rule="does-not-fit", verdict=Verdict.WARN, message="it is larger than this GPU"),),
    )


def _file(name: str, size: int, state: FileState, transferred: int) -> PulledFile:
    return PulledFile(
        name=name,
        path=f"{_FOLDER}/{name}",
        bytes=size,
        sha256="ab" * 32,
        git_sha1=None,
        state=state,
        transferred_bytes=transferred,
        missing_bytes=0,
    )
