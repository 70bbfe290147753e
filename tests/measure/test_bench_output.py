"""What llama-bench prints, in each of its forms, old and new, whole and damaged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench_outputs import CSV, JSON, OLD, TABLE
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.errors import UsageError
from llmadvise.measure.bench_output import quantization_of, read_output


def changed(**values: object) -> str:
    """The output with other values in its second test."""
    tests: list[dict[str, Any]] = json.loads(JSON)
    tests[1] |= values
    return json.dumps(tests)


def test_json() -> None:
    read = read_output(JSON)
    prompt, decode = read.rows
    assert read.problems == ()
    assert (prompt.prompt_tokens, prompt.decoded_tokens, prompt.rate) == (512, 0, 91.753165)
    assert (decode.decoded_tokens, decode.rate, decode.deviation) == (128, 27.663534, 0.034083)
    assert (decode.model_bytes, decode.parameters) == (525_120_000, 494_032_768)
    assert (decode.backends, decode.gpu_layers, decode.flash_attention) == ("CPU", -1, None)
    assert (decode.kv_offload, decode.tensor_split, decode.overrides, decode.rounded) == (True, (), False, False)
    assert (decode.build, decode.time) == ("b11434 (unknown)", "2026-11-21T09:19:31Z")


def test_lines_of_json_are_the_same_tests() -> None:
    lines = "load_backend: loaded CPU\n" + "\n".join(json.dumps(test) for test in json.loads(JSON)) + "\n"
    assert read_output(lines) == read_output(JSON)


def test_messages_around_json_are_passed_over() -> None:
    assert read_output(f"ggml_cuda_init: found 1 CUDA devices:\n[warning] slow\n{JSON}\nbye\n") == read_output(JSON)


def test_json_cut_short_keeps_what_is_whole() -> None:
    read = read_output(JSON[: JSON.index('"n_gen": 128')])
    assert len(read.rows) == 1
    assert len(read.problems) == 1


def test_csv() -> None:
    (row,) = read_output(CSV).rows
    assert (row.rate, row.deviation, row.prompt_tokens, row.gpu_layers) == (7285.676949, 100.064434, 512, 99)
    assert (row.backends, row.gpu_info, row.flash_attention) == ("CUDA", "NVIDIA GeForce RTX 4080", False)
    assert (row.kv_offload, row.embeddings) == (True, False)


def test_builds_of_2023_name_their_backend_by_a_switch() -> None:
    (row,) = read_output("[" + OLD + "]").rows
    assert (row.backends, row.type_k, row.type_v, row.depth) == ("cuda", "f16", "f16", 0)
    assert quantization_of(row.model_type) == "Q4_0"
    (on_cpu,) = read_output("[" + OLD.replace('"cuda": true', '"cuda": false') + "]").rows
    assert on_cpu.backends == "CPU"


def test_a_table_between_messages() -> None:
    prompt, decode, deep, both = read_output(TABLE).rows
    assert (prompt.prompt_tokens, prompt.rate, prompt.deviation) == (512, 11000.0, 120.0)
    assert (decode.decoded_tokens, decode.depth, decode.gpu_layers, decode.flash_attention) == (128, 0, 99, True)
    assert (deep.decoded_tokens, deep.depth) == (128, 8192)
    assert (both.prompt_tokens, both.decoded_tokens) == (512, 128)
    assert decode.model_bytes == round(4.68 * (1 << 30))
    assert (decode.parameters, decode.rounded, decode.build) == (8_190_000_000, True, "b6123 (a8ca18b4)")


def test_a_table_of_2023_has_a_space_in_its_tests() -> None:
    text = "| model | size | params | backend | ngl | test | t/s |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    text += "| llama 7B mostly Q4_0 | 3.56 GiB | 6.74 B | CUDA | 99 | tg 128 | 132.19 ± 0.55 |\n"
    (row,) = read_output(text).rows
    assert (row.decoded_tokens, row.rate, row.depth) == (128, 132.19, 0)


def test_line_ends_of_windows() -> None:
    assert read_output(TABLE.replace("\n", "\r\n")) == read_output(TABLE)


@pytest.mark.parametrize(
    ("words", "scheme"),
    [
        ("qwen3 8B Q4_K - Medium", "Q4_K_M"),
        ("llama 8B Q3_K - Large", "Q3_K_L"),
        ("llama 8B Q2_K - Medium", "Q2_K"),
        ("llama 8B Q2_K - Small", "Q2_K_S"),
        ("qwen2 1B Q8_0", "Q8_0"),
        ("llama 8B Q6_K", "Q6_K"),
        ("gemma3 12B BF16", "BF16"),
        ("llama 1B all F32", "F32"),
        ("gpt-oss 20B MXFP4 MoE", "MXFP4"),
        ("llama 8B IQ4_XS - 4.25 bpw", "IQ4_XS"),
        ("llama 8B IQ3_S mix - 3.66 bpw", "IQ3_M"),
        ("llama 8B TQ1_0 - 1.69 bpw ternary", "TQ1_0"),
        ("llama 7B mostly Q4_0", "Q4_0"),
        ("(guessed) llama 8B Q4_K - Small", "Q4_K_S"),
        ("llama 8B unknown, may not work", None),
        ("", None),
    ],
)
def test_schemes_by_the_words_of_llama_cpp(words: str, scheme: str | None) -> None:
    """llama.cpp b11434, src/llama-model-loader.cpp: llama_ftype_name."""
    assert quantization_of(words) == scheme


@pytest.mark.parametrize(
    "values",
    [
        {"avg_ts": "fast"},
        {"avg_ts": -1},
        {"avg_ts": 1e300},
        {"avg_ts": None},
        {"avg_ts": [1]},
        {"n_gen": 0},
        {"n_gen": 1.5},
        {"n_gen": 1e18},
        {"n_gen": "9" * 400},
        {"model_size": -4},
        {"model_type": 7},
        {"model_filename": "x" * 10_000},
        {"stddev_ts": -1},
        {"tensor_split": "a/b"},
        {"tensor_split": "nan/1"},
        {"n_gpu_layers": 1e12},
        {"samples_ts": [1.0] * 20_000},
    ],
)
def test_a_test_with_a_wrong_value_is_a_problem_and_the_other_is_kept(values: dict[str, object]) -> None:
    read = read_output(changed(**values))
    assert len(read.rows) == 1
    assert len(read.problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "[" * 100_000,
        '[{"a":' * 50_000,
        "| model | t/s |\n",
        "build_commit,avg_ts\n",
        "\0" * 99,
    ],
)
def test_what_is_no_output_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="no test of llama-bench"):
        read_output(text)


@pytest.mark.parametrize(
    "text", ["\n" * 2_000_000, " " * 2_000_000 + "[", "|" * 2_000_000, '"build_commit' + ',"' * 500_000]
)
def test_much_of_one_thing_takes_no_time(text: str) -> None:
    with pytest.raises(UsageError):
        read_output(text)


def test_not_a_number_is_no_speed() -> None:
    for word in ("NaN", "Infinity"):
        read = read_output(JSON.replace("27.663534", word))
        assert len(read.rows) == 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.integers(0, 4000), st.integers(0, 3))
def test_damage_anywhere_never_raises_anything_else(piece: str, where: int, which: int) -> None:
    text = (JSON, CSV, OLD, TABLE)[which]
    where %= len(text)
    for damaged in (text[:where] + piece + text[where:], text[:where] + piece):
        try:
            rows = read_output(damaged).rows
        except UsageError:
            continue
        assert all(0 < row.rate < 1e9 for row in rows)
