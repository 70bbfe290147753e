"""Models in several files: any shard finds the others, and those that do not fit are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf_files import Maker, small_model

from gguf import GGUFWriter
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.gguf import split
from llmadvise.gguf.source import BytesSource
from llmadvise.gguf.split import read_model, read_shards, shard_names

MAKE = Maker()


def shard(number: int, count: int, total: int | None = None, make: Maker = MAKE, name: str | None = None) -> bytes:
    """One shard with one tensor; the first describes the model."""
    entries = [("general.architecture", make.string("llama"))] if number == 0 else []
    entries += [("split.no", make.number("uint16", number)), ("split.count", make.number("uint16", count))]
    entries.append(("split.tensors.count", make.number("int32", count if total is None else total)))
    return make.file(entries, [(name or f"blk.{number}.attn_q.weight", (32, number + 1), 0)])


def place(folder: Path, shards: dict[int, bytes], count: int, stem: str = "model") -> list[Path]:
    """Write shards, numbered from 1, under their names."""
    paths = []
    for number, data in shards.items():
        paths.append(folder / f"{stem}-{number:05d}-of-{count:05d}.gguf")
        paths[-1].write_bytes(data)
    return paths


def test_any_shard_gives_the_whole_model(tmp_path: Path) -> None:
    paths = place(tmp_path, {number + 1: shard(number, 3) for number in range(3)}, 3)
    models = [read_model(path) for path in paths]
    assert models[0] == models[1] == models[2]
    assert [tensor.bytes for tensor in models[0].tensors] == [128, 256, 384]
    assert models[0].tensor_bytes == 768
    assert models[0].file_bytes == sum(path.stat().st_size for path in paths)
    assert models[0].metadata["general.architecture"] == "llama"
    assert [one.name for one in models[0].shards] == [path.name for path in paths]


def test_shards_of_the_reference_writer(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "tiny.gguf", "llama", split_max_tensors=2)
    for number in range(5):
        writer.add_tensor(f"t{number}", np.zeros((2, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = read_model(tmp_path / "tiny-00003-of-00003.gguf")
    assert [tensor.name for tensor in model.tensors] == ["t0", "t1", "t2", "t3", "t4"]
    assert [one.tensors for one in model.shards] == [2, 2, 1]


def test_one_file_is_a_model_too(tmp_path: Path) -> None:
    path = tmp_path / "one.gguf"
    path.write_bytes(small_model(MAKE))
    model = read_model(path)
    assert len(model.shards) == 1
    assert len(model.tensors) == 4


def test_a_merged_file_says_that_it_has_no_shards(tmp_path: Path) -> None:
    path = place(tmp_path, {1: MAKE.file([("split.count", MAKE.number("uint16", 0))])}, 3)[0]
    assert len(read_model(path).shards) == 1


def test_shards_from_anywhere_are_opened_by_name() -> None:
    files = {name: shard(number, 2) for number, name in enumerate(shard_names("q/m-00001-of-00002.gguf"))}
    model = read_shards("q/m-00002-of-00002.gguf", lambda name: BytesSource(files[name], name=f"https://x/{name}"))
    assert [one.name for one in model.shards] == ["q/m-00001-of-00002.gguf", "q/m-00002-of-00002.gguf"]
    with pytest.raises(InvalidFileError, match="no such file"):
        read_shards("absent.gguf", lambda _: None)


def test_each_header_is_read_once() -> None:
    names = shard_names("m-00001-of-00003.gguf")
    reads: list[str] = []

    class Counted(BytesSource):
        def read_at(self, offset: int, size: int) -> bytes:
            reads.append(self.name)
            return super().read_at(offset, size)

    read_shards(names[1], lambda name: Counted(shard(names.index(name), 3), name=name))
    assert sorted(reads) == sorted(names)


@pytest.mark.parametrize("name", ["model.gguf", "m-00003-of-00002.gguf", "m-00000-of-00002.gguf", "m-1-of-2.gguf"])
def test_a_name_that_is_no_shards_stands_alone(name: str) -> None:
    assert shard_names(name) == (name,)


def expect(folder: Path, shards: dict[int, bytes], count: int, said: str) -> None:
    """The first of these shards leads to this error."""
    path = place(folder, shards, count)[0]
    with pytest.raises(InvalidFileError, match=said) as caught:
        read_model(path)
    assert caught.value.hint


def test_missing_shards_are_named(tmp_path: Path) -> None:
    said = r"2 of its 4 shards are missing: model-00002-of-00004.gguf, model-00004-of-00004.gguf"
    expect(tmp_path, {1: shard(0, 4), 3: shard(2, 4)}, 4, said)


def test_many_missing_shards_are_counted(tmp_path: Path) -> None:
    expect(tmp_path, {2: shard(1, 900)}, 900, "899 of its 900 shards are missing: .* and 895 more")


def test_a_shard_under_another_name_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "renamed.gguf"
    path.write_bytes(shard(1, 3))
    with pytest.raises(InvalidFileError, match=r"does not end in -00002-of-00003\.gguf"):
        read_model(path)


def test_the_same_shard_twice_is_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 2), 2: shard(0, 2)}, 2, "it is shard 1 of 2, but its name says 2")


def test_shards_that_point_at_each_other_are_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(1, 2), 2: shard(0, 2)}, 2, "it is shard 2 of 2, but its name says 1")


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    first = place(tmp_path, {1: shard(0, 2)}, 2)[0]
    second = tmp_path / "model-00002-of-00002.gguf"
    second.symlink_to(first)
    with pytest.raises(InvalidFileError, match="it is shard 1 of 2, but its name says 2"):
        read_model(second)
    second.unlink()
    second.symlink_to(second)
    with pytest.raises(LLMAdviseError):
        read_model(first)


def test_shards_that_count_differently_are_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 2), 2: shard(1, 3)}, 2, "it is one of 3 shards, but its name says 2")


def test_a_shard_without_its_number_is_an_error(tmp_path: Path) -> None:
    alone = MAKE.file(tensors=[("a", (32,), 0)])
    expect(tmp_path, {1: shard(0, 2), 2: alone}, 2, "does not say that it is one")
    with pytest.raises(InvalidFileError, match="does not say that it is one"):
        read_model(tmp_path / "model-00002-of-00002.gguf")


def test_a_tensor_in_two_shards_is_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 2, name="a"), 2: shard(1, 2, name="a")}, 2, "'a' also stands in another shard")


def test_too_few_tensors_are_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 2, 9), 2: shard(1, 2, 9)}, 2, "the shards have 2 tensors, but should have 9")


def test_shards_of_two_byte_orders_are_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 2), 2: shard(1, 2, make=Maker(order=">"))}, 2, "byte order")


def test_65535_shards_are_an_error(tmp_path: Path) -> None:
    expect(tmp_path, {1: shard(0, 65535)}, 65535, "it claims to be one of 65535 shards")


@pytest.mark.parametrize("value", [MAKE.string("2"), MAKE.number("int32", -1), MAKE.number("bool", value=True)])
def test_a_count_that_is_no_number_is_an_error(tmp_path: Path, value: bytes) -> None:
    expect(tmp_path, {1: MAKE.file([("split.count", value)])}, 2, "`split.count` is not a number")


@pytest.mark.parametrize("path", ["", "/", "..", "absent.gguf"])
def test_a_path_that_is_no_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        read_model(path)


@pytest.mark.parametrize(
    ("limit", "most", "words"),
    [("MOST_TENSORS", 2, "have 3 tensors"), ("MOST_HEADERS_BYTES", 400, "headers up to this")],
)
def test_shards_that_are_too_much_together_are_an_error(
    limit: str, most: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is within what one file may be; a thousand of them could be read for hours."""
    paths = place(tmp_path, {number + 1: shard(number, 3) for number in range(3)}, 3)
    read_model(paths[0])
    monkeypatch.setattr(split, limit, most)
    with pytest.raises(InvalidFileError, match=words) as caught:
        read_model(paths[0])
    assert "model-0000" in caught.value.message
