"""Headers of safetensors files by range: what they say, and what no header may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from llmadvise.hub import weights
from llmadvise.hub.listing import Listing
from llmadvise.hub.weights import read_weights


class Files:
    """Files in memory, and how many bytes of them were asked for."""

    def __init__(self, files: Mapping[str, bytes], sizes: Mapping[str, int] | None = None) -> None:
        self.files = files
        self.listing = Listing(
            revision=None, sizes={name: len(data) for name, data in files.items()} | dict(sizes or {})
        )
        self.asked = 0

    def json(self, name: str) -> Mapping[str, object] | None:
        value = json.loads(self.files[name])
        return value if isinstance(value, dict) else None

    def bytes(self, name: str, offset: int, size: int) -> bytes | None:
        self.asked += size
        return self.files[name][offset : offset + size]


def file(header: object, claimed: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if claimed is None else claimed).to_bytes(8, "little") + text


def names(files: Files) -> tuple[str, ...] | None:
    found = read_weights(files, {}, None)
    return None if found is None else found.names


def test_a_header_longer_than_the_first_read_is_read_in_two() -> None:
    header = {f"t{number}": {"dtype": "F16", "shape": [2, 3]} for number in range(9000)} | {"__metadata__": {"a": "b"}}
    files = Files({"model.safetensors": file(header)}, {"model.safetensors": 1 << 40})
    found = read_weights(files, {}, None)
    assert found is not None
    assert found.tensors is not None
    assert (len(found.names), found.tensors[0].shape) == (9000, (2, 3))
    assert files.asked == len(files.files["model.safetensors"])


@pytest.mark.parametrize("length", [0, 1, 1 << 25, (1 << 25) + 1, 1 << 62, (1 << 64) - 1])
def test_a_length_that_cannot_be_costs_one_read(length: int) -> None:
    """A file may say any length; only what a header can have is asked for."""
    files = Files({"model.safetensors": file({}, length)}, {"model.safetensors": 1 << 40})
    assert not names(files)
    assert files.asked <= (128 << 10) + (32 << 20)


@pytest.mark.parametrize("data", [b"", b"1234567", file([]), file("x"), b"\x05\0\0\0\0\0\0\0[[[[[", file({}) + b"{"])
def test_what_is_no_header_is_none(data: bytes) -> None:
    files = Files({"model.safetensors": data})
    assert names(files) in {None, ()}


def test_nesting_without_end_is_no_header() -> None:
    deep = b"[" * 100_000
    assert names(Files({"model.safetensors": len(deep).to_bytes(8, "little") + deep})) is None


@pytest.mark.parametrize(
    "value",
    [
        7, None, [], {}, {"dtype": "F16"}, {"shape": [1]}, {"dtype": 1, "shape": [1]}, {"dtype": "F16", "shape": "x"},
        {"dtype": "F16", "shape": [-1]}, {"dtype": "F16", "shape": [True]}, {"dtype": "F16", "shape": [1.5]},
        {"dtype": "F16", "shape": [1 << 41]}, {"dtype": "F16", "shape": [1] * 9},
    ],
)  # fmt: skip
def test_a_tensor_that_cannot_be_is_passed_over(value: object) -> None:
    assert names(Files({"model.safetensors": file({"odd": value, "good": {"dtype": "F16", "shape": []}})})) == ("good",)


def test_more_tensors_than_any_model_has_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MOST_TENSORS", 5)
    one = file({f"t{number}": {"dtype": "F16", "shape": [1]} for number in range(3)})
    shards = {f"model-0000{number}-of-00002.safetensors": one for number in (1, 2)}
    packed = {"quantization_config": {"bits": 4}}
    assert read_weights(Files({"model.safetensors": one}), packed, None) is not None
    assert read_weights(Files(shards), packed, None) is None
