"""A model in one file or in several: finds the shards beside the given one and puts their tensors together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from llmadvise.engine.memory.layout import Tensor
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.cursor import DAMAGED
from llmadvise.gguf.header import Header, read_header
from llmadvise.gguf.limits import MOST_HEADERS_BYTES, MOST_SHARDS, MOST_TENSORS
from llmadvise.gguf.source import ByteSource, FileSource
from llmadvise.gguf.values import Value
from llmadvise.record import dataclass
from llmadvise.shown import shown

_NUMBER_KEY: Final = "split.no"
"""Counted from 0; the file name counts from 1 (llama.cpp 0c1e57098, src/llama.cpp: llama_split_path)."""
_COUNT_KEY: Final = "split.count"
_ARCHITECTURE_KEY: Final = "general.architecture"
_TENSORS_KEY: Final = "split.tensors.count"
_NAMED: Final = r"(.*)-([0-9]{5})-of-([0-9]{5})\.gguf"
_MIXED: Final = "Put the shards of one download, with the names they were published under, into one directory."
_MOST_NAMED: Final = 4

Opener = Callable[[str], ByteSource | None]
"""Opens a shard by its name; None if there is none."""


class Shard(NamedTuple):
    """One file of a model."""

    name: str
    file_bytes: int
    data_offset: int
    tensors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model as it lies in one or more GGUF files."""

    metadata: Mapping[str, Value]
    """Of the first shard, which describes the model."""
    tensors: tuple[Tensor, ...]
    """Of all shards, in their order."""
    shards: tuple[Shard, ...]

    @property
    def file_bytes(self) -> int:
        """All files together."""
        return sum(shard.file_bytes for shard in self.shards)

    @property
    def tensor_bytes(self) -> int:
        """All weights, without what aligns them."""
        return sum(tensor.bytes for tensor in self.tensors)


def shard_names(name: str) -> tuple[str, ...]:
    """The names of all shards, in order, from that of any; the name alone if it is not a shard's."""
    match = re.fullmatch(_NAMED, name, re.DOTALL)
    count = int(match.group(3)) if match else 0
    if match is None or not 0 < int(match.group(2)) <= count <= MOST_SHARDS:
        return (name,)
    return tuple(f"{match.group(1)}-{number:05d}-of-{count:05d}.gguf" for number in range(1, count + 1))


def read_model(path: str | Path) -> ModelFile:
    """A model on a disk, given any of its files. Raises InvalidFileError, or UsageError if there is no such file."""
    given = Path(path)

    def beside(name: str) -> FileSource | None:
        if name == given.name:
            return FileSource(given)
        place = given.with_name(name)
        return FileSource(place) if place.exists() else None

    return read_shards(given.name, beside)


def read_shards(name: str, opener: Opener) -> ModelFile:
    """A model from anywhere, given the name of any of its files and how to open one beside it."""
    given = opener(name)
    if given is None:
        raise InvalidFileError(f"{shown(name)}: no such file", "Check the name.")
    header = read_header(given)
    count = _number(header, _COUNT_KEY, given.name)
    names = shard_names(name)
    if _is_whole(header, count, names):
        return _join([(name, header)])
    if count is not None and count > MOST_SHARDS:
        raise _error(given.name, f"it claims to be one of {count} shards; this reads at most {MOST_SHARDS}", DAMAGED)
    if count is not None and count != len(names):
        number = (_number(header, _NUMBER_KEY, given.name) or 0) + 1
        ending = f"-{number:05d}-of-{count:05d}.gguf"
        what = f"it is one of {count} shards, but its name does not end in {ending}, so the others cannot be found"
        raise _error(given.name, what, "Give all shards the names they were published under.")
    return _join(_read_all(names, opener, {name: header}))


def _is_whole(header: Header, count: int | None, names: tuple[str, ...]) -> bool:
    """Whether the file is a model by itself."""
    if count is None:
        # A shard that lost its split keys does not describe the model either.
        return len(names) == 1 or _ARCHITECTURE_KEY in header.metadata
    # llama-gguf-split writes 0 into what it has merged.
    return count == 0 or count == len(names) == 1


def _read_all(names: tuple[str, ...], opener: Opener, known: Mapping[str, Header]) -> list[tuple[str, Header]]:
    """The headers of all shards, each checked to be the one that its name says. `known` ones are not read again."""
    sources = [opener(name) for name in names]
    if missing := [name for name, source in zip(names, sources, strict=True) if source is None]:
        listed = ", ".join(shown(name, 200) for name in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        what = f"{len(missing)} of its {len(names)} shards are missing: {listed}{more}"
        raise _error(names[0], what, "Download them into the same directory.")
    read: list[tuple[str, Header]] = []
    tensors = size = 0
    for place, source in enumerate(source for source in sources if source is not None):
        header = known.get(names[place]) or read_header(source)
        _check_shard(source.name, header, place, len(names))
        tensors, size = tensors + len(header.tensors), size + header.data_offset
        if tensors > MOST_TENSORS:
            raise _error(source.name, f"the shards up to this one have {tensors} tensors, more than any model", DAMAGED)
        if size > MOST_HEADERS_BYTES:
            raise _error(source.name, f"the headers up to this shard have {size} bytes, more than any model", DAMAGED)
        # The first describes the model; what the others say beside their number need not be kept.
        read.append((names[place], header if place == 0 else replace(header, metadata={})))
    return read


def _check_shard(name: str, header: Header, place: int, count: int) -> None:
    number, claimed = _number(header, _NUMBER_KEY, name), _number(header, _COUNT_KEY, name)
    if number is None or claimed is None:
        raise _error(name, f"it has the name of shard {place + 1} of {count}, but does not say that it is one", _MIXED)
    if claimed != count:
        raise _error(name, f"it is one of {claimed} shards, but its name says {count}", _MIXED)
    if number != place:
        raise _error(name, f"it is shard {number + 1} of {count}, but its name says {place + 1}", _MIXED)


def _join(read: list[tuple[str, Header]]) -> ModelFile:
    """The shards as one model, if they fit together."""
    first_name, first = read[0]
    tensors: dict[str, Tensor] = {}
    for name, header in read:
        if (header.version, header.byte_order) != (first.version, first.byte_order):
            raise _error(name, f"its version or byte order is not that of {shown(first_name, 200)}", _MIXED)
        for tensor in header.tensors:
            if tensor.name in tensors:
                raise _error(name, f"the tensor {shown(tensor.name)!r} also stands in another shard", _MIXED)
            tensors[tensor.name] = tensor
    promised = _number(first, _TENSORS_KEY, first_name)
    if promised is not None and len(read) > 1 and promised != len(tensors):
        raise _error(first_name, f"the shards have {len(tensors)} tensors, but should have {promised}", _MIXED)
    return ModelFile(
        metadata=first.metadata,
        tensors=tuple(tensors.values()),
        shards=tuple(Shard(name, one.file_bytes, one.data_offset, len(one.tensors)) for name, one in read),
    )


def _number(header: Header, key: str, name: str) -> int | None:
    value = header.metadata.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _error(name, f"`{key}` is not a number", DAMAGED)
    return value


def _error(name: str, what: str, hint: str) -> InvalidFileError:
    return InvalidFileError(f"{shown(name, 200)}: {what}", hint)
