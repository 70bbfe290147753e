"""The compiled file: the same facts, the same bytes; read back, the same facts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.catalog.build import compile_catalog
from llmadvise.catalog.compile import encode, write_compiled
from llmadvise.catalog.compiled import CompiledCatalog, Rows
from llmadvise.catalog.layout import SECTIONS
from llmadvise.catalog.opened import open_compiled
from llmadvise.catalog.tree import Identity, read_tree
from llmadvise.domain.catalog import ModelIndex, each, quality_bounds, summaries, summarize
from llmadvise.domain.model import Role
from llmadvise.engine.criteria import quality_grade
from llmadvise.engine.quality import model_quality
from llmadvise.errors import InvalidFileError

IDENTITY = Identity(version="1", as_of="2026-01-01")


def test_reads_back_what_the_files_say(directory: Path, compiled: bytes) -> None:
    tree, catalog = read_tree(directory), open_compiled(compiled, "x")
    for section in SECTIONS:
        assert dict(getattr(catalog, section.name)) == tree.sections[section.name]
    assert catalog.calibration.memory == tree.calibration["memory"]
    assert (catalog.identity.version, catalog.identity.as_of) == ("2026.01.02", "2026-01-02")


def test_values_of_one_model(compiled: bytes) -> None:
    model = open_compiled(compiled, "x").models["acme/anvil-8b"]
    assert model.role is Role.INSTRUCT
    assert model.languages == ("no", "en")
    assert model.release_date == "2025-06-01"
    assert [variant.id for variant in model.variants] == ["acme/Anvil-8B-GGUF:Q4_K_M", "acme/Anvil-8B-GGUF:Q8_0"]
    # An integer in the file is a float where the field is one.
    assert type(model.evidence[0].score) is float


@given(st.randoms(use_true_random=False))
def test_order_of_entries_does_not_matter(chance: random.Random) -> None:
    rows: dict[str, Rows] = {
        "models": {f"a/{n}": [f"a/{n}", "A/B", "B", "A", "f", "instruct", [n, n], [1], [None]] for n in range(1, 6)},
        "gpus": {f"g{n}": [f"g{n}", "v", "n"] for n in range(5)},
        "profiles": {},
    }
    mixed = {
        name: dict(chance.sample(list(entries.items()), len(entries)))
        for name, entries in chance.sample(list(rows.items()), len(rows))
    }
    assert write_compiled(IDENTITY, mixed) == write_compiled(IDENTITY, rows)


def test_order_of_files_and_keys_does_not_matter(directory: Path, compiled: bytes) -> None:
    file = directory / "quantizations.yaml"
    head, first, second = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(head + second + first, encoding="utf-8")
    profile = directory / "profiles" / "chat.yaml"
    profile.write_text(
        "".join(reversed(profile.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8"
    )
    # A second file of devices instead of one.
    (directory / "hardware/gpus/nvidia.yaml").rename(directory / "hardware/gpus/another.yaml")
    assert compile_catalog(directory, "elsewhere") == compiled


def test_digest_follows_the_facts_and_nothing_else(directory: Path, compiled: bytes) -> None:
    before = CompiledCatalog(compiled, "x").identity
    (directory / "catalog.yaml").write_text("version: '9'\nas_of: '2027-01-01'\n", encoding="utf-8")
    renamed = CompiledCatalog(compile_catalog(directory), "x").identity
    assert renamed.digest == before.digest
    model = directory / "models/acme/anvil-8b.yaml"
    model.write_text(model.read_text(encoding="utf-8").replace("4900000000", "4900000001"), encoding="utf-8")
    assert CompiledCatalog(compile_catalog(directory), "x").identity.digest != before.digest


def test_every_line_is_json(compiled: bytes) -> None:
    assert compiled.endswith(b"\n")
    lines = [json.loads(line) for line in compiled.splitlines()]
    assert list(lines[0])[:4] == ["format", "version", "as_of", "digest"]
    # The header, the sections, the models, and the one use case.
    assert len(lines) == 1 + 14 + 2 + 1


def test_a_section_of_long_entries_has_a_line_each_and_reads_the_same(directory: Path, compiled: bytes) -> None:
    tree = read_tree(directory)
    assert tree.identity is not None
    rows = encode(tree)
    short = CompiledCatalog(compiled, "x")
    long = {**rows, "quantizations": {id_: [*row, "x" * 2000] for id_, row in rows["quantizations"].items()}}
    spread = CompiledCatalog(write_compiled(tree.identity, long), "x")
    assert dict(short.rows("quantizations")) == rows["quantizations"]
    assert dict(spread.rows("quantizations")) == long["quantizations"]
    assert not isinstance(spread.rows("quantizations"), dict)
    assert "Q8_0" in spread.rows("quantizations")
    assert len(spread.rows("quantizations")) == 2
    with pytest.raises(KeyError):
        spread.rows("quantizations")["Q0"]
    cut = CompiledCatalog(write_compiled(tree.identity, long)[:-5000], "x")
    with pytest.raises(InvalidFileError, match="x: damaged"):
        dict(cut.rows("quantizations"))


def test_mappings_iterate_in_ascending_order(compiled: bytes) -> None:
    catalog = open_compiled(compiled, "x")
    assert list(catalog.models) == ["acme/anvil-8b", "acme/anvil-8b-base"]
    assert list(catalog.quantizations) == ["Q4_K_M", "Q8_0"]


def test_models_are_decoded_once_and_only_when_read(compiled: bytes) -> None:
    models = open_compiled(compiled, "x").models
    # The lines of the models come last: without them everything but reading a model still works.
    cut = open_compiled(compiled[: compiled.index(b'\n["acme/anvil-8b"')], "x").models
    assert isinstance(cut, ModelIndex)
    assert len(cut) == 2
    assert "acme/anvil-8b" in cut
    assert "acme/none" not in cut
    assert [item.id for item in cut.summaries()] == list(models)
    assert models["acme/anvil-8b"] is models["acme/anvil-8b"]
    with pytest.raises(KeyError):
        models["acme/none"]


def test_looking_at_every_model_keeps_none(compiled: bytes) -> None:
    models = open_compiled(compiled, "x").models
    first, second = each(models)
    assert (first, second) == tuple(models.values())
    assert first is not models[first.id]
    assert next(each(models)) is models[first.id]
    assert list(each(dict(models))) == [first, second]


def test_summaries_say_what_the_models_say(compiled: bytes) -> None:
    models = open_compiled(compiled, "x").models
    listed = list(summaries(models))
    assert listed == [summarize(model) for model in models.values()]
    assert list(summaries(dict(models))) == listed


def test_the_index_bounds_quality_for_the_uses_a_role_serves(compiled: bytes) -> None:
    catalog = open_compiled(compiled, "x")
    for profile in catalog.profiles.values():
        bounds = quality_bounds(catalog.models, profile.id)
        served = {id_: model for id_, model in catalog.models.items() if model.role in profile.roles}
        assert set(bounds) == set(served)
        for id_, model in served.items():
            exact = model_quality(model, profile, catalog.benchmarks, catalog.calibration.quality)[0]
            assert exact.value <= bounds[id_].quality < exact.value + 1e-5
            assert quality_grade(exact) <= bounds[id_].grade < quality_grade(exact) + 1e-5
    assert quality_bounds(catalog.models, "no-such-use") == {}
    assert quality_bounds(dict(catalog.models), "chat") == {}


def test_summaries_of_the_first_model(compiled: bytes) -> None:
    models = open_compiled(compiled, "x").models
    first = next(iter(summaries(models)))
    assert (first.repo, first.smallest_bytes, first.variants) == ("Acme/Anvil-8B", 4900000000, 2)
    assert first.license == "apache-2.0"


def test_unknown_bytes_have_no_minimum(compiled: bytes) -> None:
    base = open_compiled(compiled, "x").models["acme/anvil-8b-base"]
    assert summarize(base).smallest_bytes is None


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"format": 2}\n', b"not json\n", b"[" * 99_999 + b"\n"]
)
def test_refuses_what_is_no_compiled_catalog(content: bytes) -> None:
    with pytest.raises(InvalidFileError, match="x:1: not a compiled catalog"):
        CompiledCatalog(content, "x")


def test_a_line_that_is_nested_without_end_is_damage() -> None:
    """A file of the user's own may be any; reading it must not end in Python's words."""
    facts = {
        "format": 2, "version": "1", "as_of": "", "digest": "", "sections": {"gpus": [0, 9999], "cpus": {"x": [0, 9999]}},
        "models": {"columns": {"id": ["a/b"]}, "lengths": [9999], "start": 0, "bounds": {"chat": [0, 9999]}},
    }  # fmt: skip
    catalog = CompiledCatalog(json.dumps(facts).encode() + b"\n" + b"[" * 9999 + b"\n", "x")
    with pytest.raises(InvalidFileError, match="x: damaged"):
        catalog.models()["a/b"]
    for read in (
        lambda: catalog.rows("gpus"),
        lambda: catalog.rows("cpus")["x"],
        lambda: catalog.models().quality_bounds("chat"),
    ):
        with pytest.raises(InvalidFileError, match="x: damaged"):
            read()


def test_refuses_another_format(compiled: bytes) -> None:
    with pytest.raises(InvalidFileError, match="another version"):
        CompiledCatalog(compiled.replace(b'"format":2', b'"format":3', 1), "x")


@pytest.mark.parametrize("name", ["catalog.yaml", "calibration/speed.yaml", "calibration/memory.yaml"])
def test_a_complete_catalog_needs_its_identity_and_coefficients(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(InvalidFileError, match=f"{name} is missing"):
        compile_catalog(directory)


def test_encoding_needs_no_order_of_sections(directory: Path) -> None:
    tree = read_tree(directory)
    rows = encode(tree)
    assert write_compiled(IDENTITY, rows) == write_compiled(IDENTITY, dict(reversed(rows.items())))
