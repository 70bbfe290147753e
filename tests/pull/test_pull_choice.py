"""Which files are wanted: parts together, a projector with its model, a whole repository without pickles; safe names."""

from __future__ import annotations

from pathlib import Path

import pytest
from fetching import Fetcher, check_whole, names_below
from hypothesis import given
from hypothesis import strategies as st
from pull_hub import COMMIT, OLDER, PullHub, Repo, git_sha1, sha256

from llmadvise.api.pull_choice import selection_of
from llmadvise.domain.model import Variant
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.fetch_findings import what_to_know
from llmadvise.hub.file_names import check_name, check_names
from llmadvise.hub.places import Folder
from llmadvise.hub.shards import projector_beside

MODEL = "org/model-GGUF"


def names(fetcher: Fetcher, *arguments: str, **more: object) -> list[str]:
    return [file.name for file in fetcher.wanted(*arguments, **more).files]  # type: ignore[arg-type]


def test_parts_come_together(hub: PullHub, cache: Path) -> None:
    parts = [f"model-Q8_0-0000{number}-of-00002.gguf" for number in (1, 2)]
    assert names(Fetcher(), MODEL, "Q8_0") == parts
    assert names(Fetcher(), MODEL, parts[1]) == parts
    Fetcher().to_cache(cache, MODEL, "Q8_0")
    assert check_whole(cache, hub, MODEL) == set(parts)
    del hub.repos[MODEL].files[parts[1]]
    with pytest.raises(UsageError, match="lacks 1 of the 2 parts"):
        Fetcher().wanted(MODEL, "Q8_0")


def test_a_whole_repository_comes_without_what_could_run(hub: PullHub, tmp_path: Path) -> None:
    fetcher = Fetcher()
    found = fetcher.wanted("org/whole")
    assert found.left_out == ("modeling_own.py", "pytorch_model.bin")
    hub.repos["org/whole"].files["\x1b[2J\u202e.bin"] = b"x"
    odd = fetcher.wanted("org/whole")
    [told] = what_to_know(odd, Folder(tmp_path), missing=0, free=1)
    assert (told.rule, told.message.isprintable()) == ("code-left-out", True)
    del hub.repos["org/whole"].files["\x1b[2J\u202e.bin"]
    fetcher.to_folder(tmp_path, "org/whole")
    assert names_below(tmp_path) == {
        "LICENSE", "config.json", "tokenizer.json", "model.safetensors.index.json", "model-1.safetensors",
        "model-2.safetensors",
    }  # fmt: skip
    check_whole(tmp_path, hub, "org/whole")
    by_name = {file.name: file for file in found.files}
    assert by_name["config.json"].git_sha1 == git_sha1(b"{}")
    assert by_name["model-1.safetensors"].sha256 is not None


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"pytorch_model.bin": b"x"}, "pickles alone"),
        ({"README.md": b"x"}, "no weights"),
        ({"model.safetensors.index.json": b"[]", "model-1.safetensors": b"x"}, "cannot be read"),
        ({"model.safetensors.index.json": b'{"weight_map": {"a": "b.safetensors"}}'}, "lists 1 files that are not"),
    ],
)
def test_what_cannot_be_fetched_whole_is_told(files: dict[str, bytes], words: str, hub: PullHub) -> None:
    hub.repos["org/odd"] = Repo(files=files)
    with pytest.raises(LLMAdviseError, match=words):
        Fetcher().wanted("org/odd")


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        (["model.safetensors", "consolidated.safetensors"], ["model.safetensors"]),
        (["consolidated-1.safetensors"], ["consolidated-1.safetensors"]),
        (["weights.safetensors", "consolidated.safetensors", "x/y.safetensors"], ["weights.safetensors"]),
        (
            ["model.safetensors", "1_Pooling/config.json", "2_Dense/model.safetensors", "onnx/config.json"],
            ["1_Pooling/config.json", "2_Dense/model.safetensors", "model.safetensors"],
        ),
    ],
)
def test_which_weights_a_repository_means(files: list[str], wanted: list[str], hub: PullHub) -> None:
    hub.repos["org/odd"] = Repo(files=dict.fromkeys(files, b"x"))
    assert names(Fetcher(), "org/odd") == wanted


def test_a_pickle_is_refused_by_name_too(hub: PullHub) -> None:
    with pytest.raises(UsageError, match="is a pickle"):
        Fetcher().wanted("org/whole", "pytorch_model.bin")
    assert names(Fetcher(), "org/whole", "config.json") == ["config.json"]


@pytest.mark.parametrize(("name", "words"), [("pytorch_model.bin", "a pickle"), ("modeling_own.py", "a program")])
def test_code_is_refused_whoever_names_it(name: str, words: str, hub: PullHub) -> None:
    """A catalog of the user's may name any file, and so may the command line."""
    for more in ((None, (name,)), (name, ())):
        with pytest.raises(UsageError, match=words):
            Fetcher().wanted("org/whole", more[0], names=more[1])


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling_own.py", ".git/config", "config.json"])
def test_an_index_names_weights_and_nothing_else(name: str, hub: PullHub) -> None:
    table = f'{{"weight_map": {{"a": "model-1.safetensors", "b": "{name}"}}}}'
    hub.repos["org/whole"].files |= {"model.safetensors.index.json": table.encode(), ".git/config": b"x"}
    with pytest.raises(LLMAdviseError, match=r"lists files that are no \.safetensors"):
        Fetcher().wanted("org/whole")


def test_hidden_files_are_not_taken_along(hub: PullHub) -> None:
    hub.repos["org/whole"].files |= {".mcp.json": b"{}", ".env.txt": b"x", ".git/config.json": b"{}"}
    assert not [name for name in names(Fetcher(), "org/whole") if name.startswith(".")]


@pytest.mark.parametrize(
    ("model", "beside", "chosen"),
    [
        ("m-Q4_K_M.gguf", ["mmproj-F32.gguf", "mmproj-BF16.gguf", "mmproj-Q8_0.gguf"], "mmproj-Q8_0.gguf"),
        ("m-BF16.gguf", ["mmproj-F32.gguf", "mmproj-F16.gguf"], "mmproj-F16.gguf"),
        ("q/m-Q4_K_M.gguf", ["mmproj-Q4_0.gguf", "q/mmproj-F32.gguf", "r/mmproj-Q4_0.gguf"], "q/mmproj-F32.gguf"),
        ("m-Q4_K_M.gguf", ["q/mmproj-F32.gguf", "m-Q8_0.gguf"], None),
    ],
)
def test_the_projector_is_the_one_that_llama_cpp_takes(model: str, beside: list[str], chosen: str | None) -> None:
    assert projector_beside(model, beside) == chosen


def test_a_projector_comes_with_its_model_unless_it_is_not_wanted(hub: PullHub) -> None:
    hub.repos[MODEL].files["mmproj-F16.gguf"] = b"GGUF"
    hub.repos[MODEL].files["mmproj-BF16.gguf"] = b"GGUF"
    both = ["model-Q4_K_M.gguf", "mmproj-F16.gguf"]
    planned = names(Fetcher(), MODEL, names=("model-Q4_K_M.gguf",), projector_name="mmproj-F16.gguf")
    assert planned == both
    del hub.repos[MODEL].files["mmproj-BF16.gguf"]
    assert names(Fetcher(), MODEL, "Q4_K_M") == both
    assert names(Fetcher(), MODEL, names=("model-Q4_K_M.gguf",)) == both
    assert names(Fetcher(), MODEL, names=tuple(both), projector=False) == both[:1]


def test_a_commit_is_what_was_asked_for(hub: PullHub) -> None:
    assert Fetcher().wanted(MODEL, "Q4_K_M").revision == COMMIT
    older = Fetcher().wanted(MODEL, "Q4_K_M", OLDER)
    assert (older.revision, older.is_main) == (OLDER, False)
    assert Fetcher().wanted(MODEL, "Q4_K_M", COMMIT).is_main
    with pytest.raises(UsageError, match="has no revision"):
        Fetcher().wanted(MODEL, "Q4_K_M", "f" * 40)


def test_a_hash_that_is_demanded_has_to_agree(hub: PullHub) -> None:
    right = sha256(hub.repos[MODEL].files["model-Q4_K_M.gguf"])
    Fetcher().wanted(MODEL, "Q4_K_M", sha256={"model-Q4_K_M.gguf": right})
    with pytest.raises(LLMAdviseError, match="is another file now"):
        Fetcher().wanted(MODEL, "Q4_K_M", sha256={"model-Q4_K_M.gguf": "0" * 64})


def test_a_list_without_hashes_is_made_up_for_by_the_files_addresses(hub: PullHub, tmp_path: Path) -> None:
    hub.repos[MODEL].plain = hub.repos["org/whole"].plain = True
    Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    Fetcher().to_folder(tmp_path / "whole", "org/whole")
    assert check_whole(tmp_path, hub, MODEL) == {"model-Q4_K_M.gguf"}
    assert Fetcher().wanted("org/whole", "config.json").files[0].git_sha1 == git_sha1(b"{}")


HOSTILE = [
    "../up.gguf", "a/../../up.gguf", "/etc/passwd.gguf", "~/x.gguf", "C:\\x.gguf", "C:x.gguf", "a\\b.gguf", "a//b.gguf",
    "./a.gguf", "a/./b.gguf", "a\n.gguf", "a\x1b[2J.gguf", "a\u202e.gguf", "nul", "NUL.gguf", "com1.gguf", "x/AUX",
    "LPT9.tar.gguf", "COM¹.gguf", "a.gguf.", "a.gguf ", " a.gguf", "a:stream", "a?.gguf", "a*.gguf", "", "x" * 256,
    "a/" * 400 + "b", "\ud800.gguf", "con .gguf",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(LLMAdviseError, match="nothing was fetched") as raised:
        check_name(name)
    assert raised.value.message.isprintable()


@pytest.mark.parametrize("name", ["../../up.gguf", "sub/../../up.gguf", "\x1b[2Jx.gguf"])
def test_a_hub_that_names_such_files_gets_nothing_written(name: str, hub: PullHub, tmp_path: Path) -> None:
    hub.repos["org/odd"] = Repo(files={name: b"GGUF"})
    with pytest.raises(LLMAdviseError):
        Fetcher().to_folder(tmp_path / "in", "org/odd")
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_one_on_some_systems_are_refused() -> None:
    check_names(["a/b.json", "a/c.json"])
    with pytest.raises(LLMAdviseError, match="one file on some systems"):
        check_names(["a/B.json", "a/b.json"])
    with pytest.raises(LLMAdviseError, match="one file on some systems"):
        check_names(["caf\u00e9.json", "cafe\u0301.json"])


@given(st.text(max_size=40))
def test_a_name_that_passes_stays_below_its_folder(name: str) -> None:
    try:
        check_name(name)
    except LLMAdviseError:
        return
    folder = Path("/some/folder")
    assert folder in Path(f"{folder}/{name}").parents
    assert ".." not in Path(name).parts
    assert name.isprintable()


def test_a_list_is_asked_for_again_where_that_may_help(hub: PullHub) -> None:
    fetcher = Fetcher()
    hub.list_statuses = [503, 429, 500]
    assert fetcher.wanted(MODEL, "Q4_K_M").revision == COMMIT
    assert fetcher.pauses == [7, 7, 7]
    hub.list_statuses = [503] * 9
    with pytest.raises(LLMAdviseError, match=r"the Hub failed \(503\)"):
        fetcher.wanted(MODEL, "Q4_K_M")
    assert len(hub.list_statuses) == 5
    hub.list_statuses = [404] * 9
    with pytest.raises(UsageError):
        fetcher.wanted(MODEL, "Q4_K_M")
    assert len(hub.list_statuses) == 8


def test_a_hub_that_is_not_there_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    fetcher = Fetcher()
    with pytest.raises(LLMAdviseError, match="cannot be reached"):
        fetcher.wanted(MODEL, "Q4_K_M")
    assert fetcher.pauses == []


def test_a_repository_of_a_catalog_is_a_name_and_no_path() -> None:
    variant = Variant(id="x", format="gguf", quantization="Q4_K_M", repo="../../home")
    with pytest.raises(UsageError, match="does not name a model"):
        selection_of(variant, None, projector=True)
