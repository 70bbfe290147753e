"""Names and shapes of the tensors in safetensors files: from an index, or from the headers by range."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from llmadvise.domain.repository import StoredTensor
from llmadvise.hub.listing import Listing, json_of

_INDEX: Final = "model.safetensors.index.json"
_WHOLE: Final = ("model.safetensors", "adapter_model.safetensors")
_FIRST_READ: Final = 128 << 10
_LARGEST_HEADER: Final = 32 << 20
_MOST_SHARDS: Final = 48
"""Headers beyond this many are left alone: the Hub counts the elements itself."""
_LENGTH: Final = 8
_MOST_TENSORS: Final = 1 << 20
"""All files together; the largest published mixtures have 150,000, and four times that where weights are packed."""
_MOST_DIMENSIONS: Final = 8


class SmallFiles(Protocol):
    """What is needed of a repository's files."""

    listing: Listing

    def json(self, name: str) -> Mapping[str, object] | None: ...

    def bytes(self, name: str, offset: int, size: int) -> bytes | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the weight files hold."""

    names: tuple[str, ...]
    tensors: tuple[StoredTensor, ...] | None = None


def read_weights(
    files: SmallFiles, config: Mapping[str, object] | None, quantization: Mapping[str, object] | None
) -> Weights | None:
    """The tensors of the repository; shapes only where one file has them all, or packed weights need them."""
    names = sorted(files.listing.sizes)
    packed = quantization is not None or (config is not None and _is_packed(config))
    whole = next((name for name in _WHOLE if name in files.listing.sizes), None)
    if whole is not None:
        return _from_headers(files, [whole])
    shards = [name for name in names if re.fullmatch(r"model-\d{5}-of-\d{5}\.safetensors", name)]
    if packed and 0 < len(shards) <= _MOST_SHARDS and (found := _from_headers(files, shards)):
        return found
    index = files.json(_INDEX) if _INDEX in files.listing.sizes else None
    table = index.get("weight_map") if index is not None else None
    if not isinstance(table, dict):
        return None
    return Weights(names=tuple(name for name in table if isinstance(name, str)))


def _is_packed(config: Mapping[str, object]) -> bool:
    return any(isinstance(config.get(key), dict) for key in ("quantization_config", "quantization"))


def _from_headers(files: SmallFiles, shards: list[str]) -> Weights | None:
    tensors: list[StoredTensor] = []
    for shard in shards:
        header = _header(files, shard)
        if header is None:
            return None
        tensors.extend(header)
        if len(tensors) > _MOST_TENSORS:
            return None
    return Weights(names=tuple(tensor.name for tensor in tensors), tensors=tuple(tensors))


def _header(files: SmallFiles, name: str) -> list[StoredTensor] | None:
    size = files.listing.sizes[name]
    data = files.bytes(name, 0, min(size, _FIRST_READ))
    if data is None or len(data) < _LENGTH:
        return None
    length = int.from_bytes(data[:_LENGTH], "little")
    if not 0 < length <= min(_LARGEST_HEADER, size - _LENGTH):
        return None
    if missing := _LENGTH + length - len(data):
        more = files.bytes(name, len(data), missing) if missing > 0 else b""
        if more is None:
            return None
        data += more
    header = json_of(data[_LENGTH : _LENGTH + length])
    return _tensors(header) if isinstance(header, dict) else None


def _tensors(header: Mapping[str, object]) -> list[StoredTensor]:
    found = []
    for name, value in header.items():
        if name == "__metadata__" or not isinstance(value, dict):
            continue
        dtype, shape = value.get("dtype"), value.get("shape")
        if not isinstance(dtype, str) or not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS:
            continue
        if all(_is_length(item) for item in shape):
            found.append(StoredTensor(name=name, dtype=dtype, shape=tuple(shape)))
    return found


def _is_length(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
