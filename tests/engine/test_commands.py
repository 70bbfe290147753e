"""Commands to paste: templates filled, unknown parts left out, and nothing that a shell would run or take apart."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from engine_parts import LLAMA_CPP, Q4, a_plan, a_variant
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import File
from llmadvise.domain.runtime import Commands
from llmadvise.engine.commands import fill, fill_commands, options

HOSTILE = [
    "two words", "it's", '"', "$(touch /tmp/x)", "`id`", "a;b", "a&&b", "a|b", "a>b", "new\nline", "\\", "#", "~", "*",
    "{repo}", "[--evil]", "{options}", "%s", "é漢", "\t", "!", "a'b\"c$d`e",
]  # fmt: skip
hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20),
)


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("run {a}", {"a": "1"}, "run 1"),
        ("run {a}", {"a": None}, None),
        ("run {a}", {}, None),
        ("run {a} [--b {b}]", {"a": "1", "b": "2"}, "run 1 --b 2"),
        ("run {a} [--b {b}]", {"a": "1", "b": None}, "run 1"),
        ("run [--b {b}] {a}", {"a": "1", "b": None}, "run 1"),
        ("run {a} [--b {b} {c}]", {"a": "1", "b": "2", "c": None}, "run 1"),
        ("run {options} {a}", {"a": "1", "options": ""}, "run 1"),
        ("run {a} {options}", {"a": "1", "options": ""}, "run 1"),
        ("run", {}, "run"),
        (None, {"a": "1"}, None),
        ("run {a}", {"a": "'{b} [--c]'", "b": "2"}, "run '{b} [--c]'"),
    ],
)
def test_fill(template: str | None, values: dict[str, str | None], text: str | None) -> None:
    assert fill(template, values) == text


def test_options_are_said_in_the_runtimes_own_flags() -> None:
    runtime = replace(LLAMA_CPP, flags={"slots": "-np {value}", "tensor_split": "-ts {value}"})
    assert options(runtime, (("slots", "2"), ("unknown", "1"), ("tensor_split", "3,1"))) == "-np 2 -ts 3,1"
    assert shlex.split(options(runtime, (("slots", "2; rm -rf /"),))) == ["-np", "2; rm -rf /"]


@settings(max_examples=60, deadline=None)
@given(repo=hostile, name=hostile, revision=hostile, quantization=hostile)
def test_nothing_hostile_reaches_a_shell(
    catalog: Catalog, repo: str, name: str, revision: str, quantization: str
) -> None:
    """The shell sees the very words that harmless values would give, with the hostile ones in their place."""
    harmless = {"REPO": repo, "FILE.gguf": name if not name.startswith("*") else f"a{name}", "REVISION": revision}
    harmless["QUANTIZATION"] = quantization
    for runtime in catalog.runtimes.values():
        plan = a_plan(runtime=runtime)
        wanted = _filled(plan_runtime=plan, words={word: word for word in harmless})
        given_ = _filled(plan_runtime=plan, words=harmless)
        for expected, got in zip(wanted, given_, strict=True):
            if expected is None:
                assert got is None
                continue
            assert got is not None
            assert shlex.split(got) == [_with(word, harmless) for word in shlex.split(expected)], runtime.id


def _filled(*, plan_runtime: object, words: dict[str, str]) -> tuple[str | None, str | None, str | None]:
    variant = a_variant(repo=words["REPO"], revision=words["REVISION"], files=(File(name=words["FILE.gguf"]),))
    commands = fill_commands(plan_runtime, variant, replace(Q4, tag=words["QUANTIZATION"]))  # type: ignore[arg-type]
    return commands.pull, commands.run, commands.serve


def _with(word: str, values: dict[str, str]) -> str:
    """The word with the harmless values replaced, once each and not within one another."""
    for harmless, value in values.items():
        before, found, after = word.partition(harmless)
        if found:
            return _with(before, values) + value + _with(after, values)
    return word


def test_every_part_of_a_split_model_is_fetched(catalog: Catalog) -> None:
    files = tuple(File(name=f"big model-{number:05}-of-00003.gguf") for number in (1, 2, 3))
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(pull="get {repo} {files}", run="run {model_path}")))
    commands = fill_commands(plan, a_variant(files=files), Q4)
    assert commands.pull is not None
    assert commands.run is not None
    assert shlex.split(commands.pull)[2:] == [file.name for file in files]
    assert shlex.split(commands.run)[1:] == [files[0].name]


def test_a_whole_repository_has_no_file_to_name() -> None:
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(pull="get {repo}", run="run {model_path}")))
    commands = fill_commands(plan, a_variant(files=(File(name="*.safetensors"),)), Q4)
    assert commands.pull == "get acme/anvil-gguf"
    assert commands.run is None


def test_a_divided_context_is_for_all_users_together() -> None:
    template = Commands(serve="serve -c {context_length}")
    each = a_plan(runtime=replace(LLAMA_CPP, commands=template), options=(("slots", "4"),))
    together = replace(each, runtime=replace(each.runtime, divides_context=True))
    assert fill_commands(each, a_variant(), Q4).serve == "serve -c 8192"
    assert fill_commands(together, a_variant(), Q4).serve == "serve -c 32768"
