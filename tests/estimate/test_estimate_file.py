"""`estimate PATH.gguf`: a model that no catalog need know."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from estimate_program import HEADERS, Ask, Whole, truth, whole_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmadvise.domain.model import AttentionKind, File
from llmadvise.engine.estimate_label import scheme_of
from llmadvise.engine.estimate_read import FileFacts, model_of, read_model
from llmadvise.engine.memory.layout import Tensor
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.header import read_header
from llmadvise.gguf.source import BytesSource

NAMES = sorted(path.name.removesuffix(".gguf.gz") for path in HEADERS.glob("*.gguf.gz"))


def facts(name: str) -> FileFacts:
    data = gzip.decompress((HEADERS / f"{name}.gguf.gz").read_bytes())
    header = read_header(BytesSource(data, name=name, size=whole_bytes(name)))
    return FileFacts(
        name=name,
        metadata=header.metadata,
        tensors=header.tensors,
        files=(File(name=f"{name}.gguf", bytes=header.file_bytes),),
        source="test",
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_published_header_becomes_a_model(name: str) -> None:
    read = read_model(facts(name), {})
    row = truth()[name]
    layout = read.layout
    assert layout.loaded_bytes + layout.skipped_bytes + layout.repeated_bytes == row["tensor_bytes"]
    architecture = read.candidate.model.architecture
    assert architecture is not None
    named = {layer for group in architecture.attention for layer in group.layers}
    assert named == set(range(architecture.layers))
    assert read.quantization.id == row["quant"]


def test_parameters_are_the_published_ones() -> None:
    """Sources: model cards of Qwen3-8B (8.2B), Qwen3-30B-A3B (30.5B, 3.3B active), Mixtral-8x7B (46.7B, 12.9B active)."""
    for name, total, active in (
        ("qwen3-8b.Q4_K_M", 8.2, 8.2),
        ("qwen3-30b-a3b.Q4_K_M", 30.5, 3.3),
        ("mixtral-8x7b.Q4_K_M", 46.7, 12.9),
    ):
        found = read_model(facts(name), {}).candidate.model.parameters
        assert found.total / 1e9 == pytest.approx(total, abs=0.05)
        assert found.active / 1e9 == pytest.approx(active, abs=0.06)


def made_up(**entries: object) -> FileFacts:
    """Two blocks of eight by eight, one of them of four experts, and what the header says beside."""
    metadata: dict[str, object] = {
        "general.architecture": "llama", "llama.block_count": 2, "llama.embedding_length": 8,
        "llama.context_length": 128, "llama.attention.head_count": 2, "llama.feed_forward_length": 16,
        "llama.expert_count": 4, "llama.expert_used_count": 1, "llama.vocab_size": 10,
    }  # fmt: skip
    tensors = (
        Tensor("token_embd.weight", (8, 10), "F16", 160),
        Tensor("rope_freqs.weight", (4,), "F32", 16),
        Tensor("blk.0.attn_q.weight", (8, 8), "F16", 128),
        Tensor("blk.1.ffn_up_exps.weight", (8, 16, 4), "F16", 1024),
        Tensor("blk.2.attn_q.weight", (8, 8), "F16", 128),
    )
    files = (File(name="a-00001-of-00002.gguf", bytes=1000), File(name="a-00002-of-00002.gguf", bytes=600))
    said = {key.replace("__", "."): value for key, value in entries.items()}
    return FileFacts(name="a", metadata=metadata | said, tensors=tensors, files=files, source="here", repo="o/r")


def test_parameters_count_what_a_token_is_multiplied_with() -> None:
    """The table, 64 of the first block, one of four experts of 128; not the rotary factors, nor the block beyond."""
    found = read_model(made_up(), {}).candidate.model.parameters
    assert (found.total, found.active) == (80 + 64 + 512 + 64, 80 + 64 + 128)


def test_a_file_is_described_as_its_header_says() -> None:
    said = {
        "general__name": " Anvil ", "general__organization": "Acme", "general__license": "mit",
        "general__license__link": "https://x", "general__base_model__count": 2,
        "general__base_model__0__repo_url": "https://huggingface.co/acme/parent", "general__base_model__1__name": "Other",
    }  # fmt: skip
    read = read_model(made_up(**said), {})
    model = read.candidate.model
    assert (model.id, model.name, model.org, model.license.name) == ("o/r", "Anvil", "Acme", "mit")
    assert model.license.link == "https://x"
    assert [base.model for base in model.base_models] == ["acme/parent", "Other"]
    assert (read.variant.bytes, read.variant.repo, read.variant.source) == (1600, "o/r", "here")
    assert read.variant.bits_per_weight == round((160 + 16 + 128 + 1024 + 128) * 8 / 720, 3)
    plain = read_model(made_up(general__base_model__count=99, general__name=" "), {}).candidate.model
    assert (plain.name, plain.org, plain.base_models) == ("a-00001-of-00002.gguf", "", ())
    many = {"general__base_model__count": 99} | {f"general__base_model__{i}__name": f"m{i}" for i in range(99)}
    assert len(read_model(made_up(**many), {}).candidate.model.base_models) == 16
    long = read_model(made_up(general__name="x" * 300), {}).candidate.model.name
    assert long == "x" * 200


@pytest.mark.parametrize(("used", "total", "valid"), [(1, 4096, True), (1, 4097, False), (4, 4, True), (5, 4, False)])
def test_experts_must_be_as_many_as_models_have(used: int, total: int, valid: bool) -> None:
    facts_ = made_up(llama__expert_count=total, llama__expert_used_count=used)
    if valid:
        assert read_model(facts_, {}).shape.experts is not None
    else:
        with pytest.raises(InvalidFileError, match=f"uses {used} of {total} experts"):
            read_model(facts_, {})


@pytest.mark.parametrize("kind", ["adapter", "mmproj", "imatrix"])
def test_files_that_are_no_models_say_what_they_are(kind: str) -> None:
    with pytest.raises(InvalidFileError, match="not a model"):
        read_model(made_up(general__type=kind), {})
    assert read_model(made_up(general__type="model"), {}).candidate.model.id == "o/r"


def test_a_header_without_its_files_makes_a_model_too() -> None:
    whole = made_up()
    found = model_of(whole.metadata, whole.tensors, "o/r")
    assert found == replace(read_model(whole, {}).candidate.model, name="o/r")
    with pytest.raises(InvalidFileError, match="not a model"):
        model_of({**whole.metadata, "general.type": "adapter"}, whole.tensors, "o/r")


def test_layers_that_remember_in_several_ways() -> None:
    def kinds(name: str) -> dict[AttentionKind, int]:
        architecture = read_model(facts(name), {}).candidate.model.architecture
        assert architecture is not None
        return {group.kind: len(group.layers) for group in architecture.attention}

    assert kinds("gemma-3n-e4b.Q4_K_M") == {
        AttentionKind.SLIDING: 16, AttentionKind.FULL: 4, AttentionKind.SHARED: 15
    }  # fmt: skip
    assert kinds("granite-4.0-h-tiny.Q4_K_M") == {AttentionKind.RECURRENT: 36, AttentionKind.FULL: 4}
    assert kinds("llama-4-scout.Q4_K_M") == {AttentionKind.CHUNKED: 36, AttentionKind.FULL: 12}
    assert kinds("deepseek-v2-lite.Q4_K_M") == {AttentionKind.LATENT: 27}


def test_scheme_without_a_file_type_is_that_of_most_bytes() -> None:
    tensors = (Tensor("blk.0.a.weight", (256, 4), "Q5_K", 704), Tensor("blk.0.b.weight", (256, 2), "F16", 1024))
    scheme = scheme_of({}, tensors, {})
    assert scheme.id == "F16"
    assert scheme.bits_per_weight == 8 * 1728 / (6 * 256)
    assert scheme_of({"general.file_type": True}, (), {}).id in {"F16", "F32"}
    assert scheme_of({"general.file_type": 9999}, tensors[:1], {}).id == "Q5_K"


def test_file_agrees_with_the_catalog(ask: Ask, whole: Whole) -> None:
    """The catalog's layout is computed from dimensions; the file's own differs by its tokenizer and rounding."""
    known = ask("qwen/qwen3-8b:Q4_K_M", "--json").document
    read = ask(whole("qwen3-8b.Q4_K_M"), "--json").document
    assert read["target"]["kind"] == "file"
    assert read["target"]["model"] is None
    # The header that is kept here has no tokenizer, which takes 6 MB.
    assert known["target"]["bytes"] - read["target"]["bytes"] == pytest.approx(6e6, rel=0.05)
    for part in ("total", "weights", "kv_cache"):
        assert read["memory"][part]["value"] == pytest.approx(known["memory"][part]["value"], rel=0.01)
    assert read["speed"]["decode"]["value"] == pytest.approx(known["speed"]["decode"]["value"], rel=0.02)
    for part in ("layers", "hidden_size", "heads", "kv_heads", "key_size", "tied_embeddings", "attention"):
        assert read["architecture"][part] == known["architecture"][part]
    assert read["settings"] == known["settings"]
    assert read["placement"] == known["placement"]


def test_document_has_its_schema(ask: Ask, whole: Whole, capsys: pytest.CaptureFixture[str]) -> None:
    from llmadvise.cli.app import run  # noqa: PLC0415 - the fixture does not speak other commands

    answer = ask(whole("gemma-3n-e4b.Q4_K_M"), "--json")
    capsys.readouterr()
    assert run(["schema", "estimate"]) == 0
    jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out)).validate(answer.document)


def test_options_apply_to_files(ask: Ask, whole: Whole) -> None:
    path = whole("qwen3-8b.Q4_K_M")
    plain = ask(path, "--json").document["memory"]["engine"]
    told = ask(path, "--json", "--context", "16384", "--kv-type", "q8_0", "--gpu-layers", "20").document
    assert told["settings"]["gpu_layers"] == 20
    # 34 bytes hold 32 numbers instead of 64; twice as many tokens.
    assert told["memory"]["engine"]["kv"] * 32 == plain["kv"] * 34
    assert told["memory"]["engine"]["by_device"][1]["model"] > plain["by_device"][1]["model"]


def test_no_model_of_the_catalog_is_decoded(ask: Ask, whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmadvise.catalog import compiled  # noqa: PLC0415 - the one that is watched

    index = next(
        item for item in vars(compiled).values() if isinstance(item, type) and hasattr(item, "summaries")
        and hasattr(item, "__getitem__") and item.__module__ == compiled.__name__
    )  # fmt: skip

    def refuse(self: object, key: str) -> object:
        raise RuntimeError(key)

    monkeypatch.setattr(index, "__getitem__", refuse)
    assert ask(whole("qwen3-8b.Q4_K_M")).code == 0


def test_text_says_what_the_file_declares(ask: Ask, whole: Whole) -> None:
    text = ask(whole("qwen3-8b.Q4_K_M")).out
    assert "unknown, as the file declares" in text
    assert "qwen3, 36 layers, 4,096 wide" in text


def test_quiet_names_the_file(ask: Ask, whole: Whole) -> None:
    path = whole("llama-3.2-1b.Q8_0")
    assert ask(path, "--quiet").out == f"{path}:Q8_0\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "the file is empty"), (b"<!doctype html>", "a web page"), (b"GGUF\x03\0\0\0" + b"\xff" * 16, "claims")],
)
def test_what_is_no_model(ask: Ask, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    answer = ask(path)
    assert answer.code == 12
    assert said in answer.err
    assert answer.out == ""


def test_no_such_file(ask: Ask, tmp_path: Path) -> None:
    answer = ask(tmp_path / "absent.gguf")
    assert answer.code == 2
    assert "no such file" in " ".join(answer.err.split())


def test_file_of_any_name(ask: Ask, whole: Whole, tmp_path: Path) -> None:
    path = whole("llama-3.2-1b.Q8_0").rename(tmp_path / "sha256-0a1b")
    assert ask(path, "--json").document["target"]["kind"] == "file"


def changed(name: str, **entries: object) -> FileFacts:
    whole = facts(name)
    metadata = {**whole.metadata, **{key.replace("__", "."): value for key, value in entries.items()}}
    return FileFacts(name=whole.name, metadata=metadata, tensors=whole.tensors, files=whole.files, source=whole.source)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"general__type": "adapter"}, "LoRA"),
        ({"general__architecture": 7}, "how many layers"),
        ({"llama__block_count": 0}, "how many layers"),
        ({"llama__context_length": "many"}, "how many tokens"),
        ({"llama__expert_count": 8, "llama__expert_used_count": 1 << 40}, "1099511627776 of 8 experts"),
        ({"llama__embedding_length": 4096}, "token embedding is 2048"),
    ],
)
def test_headers_that_contradict_themselves(entries: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidFileError, match=said):
        read_model(changed("llama-3.2-1b.Q8_0", **entries), {})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    key=st.sampled_from(sorted(facts("granite-4.0-h-tiny.Q4_K_M").metadata)),
    value=st.one_of(
        st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), st.booleans(), st.text(max_size=8),
        st.lists(st.integers(0, 1 << 32), max_size=50).map(tuple),
    ),
)  # fmt: skip
def test_hostile_values_end_in_an_answer_or_a_clear_error(ask: Ask, key: str, value: object) -> None:
    from llmadvise.api import estimate as asked  # noqa: PLC0415 - replaced below

    with pytest.MonkeyPatch.context() as patch:
        hostile = changed("granite-4.0-h-tiny.Q4_K_M", **{key: value})
        patch.setattr(asked, "read_path", lambda _: hostile)
        answer = ask("any.gguf", "--json")
    assert answer.code in {0, 1, 12}, answer
    assert "Traceback" not in answer.err
