"""`bench`: what is taken in counts on that machine, and nowhere else."""

from __future__ import annotations

import gzip
import json
import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from cli_program import MACHINE, Ask

from llmadvise.measure import memory_bandwidth

ROOT = Path(__file__).parents[2]
TABLE = """| model                  |     size | params | backend | ngl |  test |              t/s |
| ---------------------- | -------: | -----: | ------- | --: | ----: | ---------------: |
| qwen3 8B Q4_K - Medium | 4.68 GiB | 8.19 B | CUDA    |  99 | pp512 | 5000.00 ± 120.00 |
| qwen3 8B Q4_K - Medium | 4.68 GiB | 8.19 B | CUDA    |  99 | tg128 |     77.00 ± 0.20 |

build: a8ca18b4 (6123)
"""
SAME, OTHER = ("qwen/qwen3-8b:Q4_K_M", "meta-llama/llama-3.1-8b-instruct:Q8_0")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for measurements that no other test has."""
    monkeypatch.setenv("LLMADVISE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LLMADVISE_LLAMA_BENCH", raising=False)
    return tmp_path / "home"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """What llama-bench printed."""
    file = tmp_path / "table.md"
    file.write_text(TABLE, encoding="utf-8")
    return file


def speed(ask: Ask, machine: Path, target: str, *more: str) -> dict[str, Any]:
    """What is said of decoding."""
    answer = ask("estimate", target, "--hardware", machine, "--runtime", "llama.cpp", "--json", *more)
    assert (answer.code, answer.err) == (0, "")
    decode: dict[str, Any] = json.loads(answer.out)["speed"]["decode"]
    return decode


def test_the_same_file_is_as_fast_as_measured_and_others_move(ask: Ask, machine: Path, table: Path) -> None:
    before = {target: speed(ask, machine, target) for target in (SAME, OTHER)}
    taken = ask("bench", "--take", table, "--hardware", machine, "--json", "--as-of", "2026-11-21")
    assert (taken.code, taken.err) == (0, "")
    document = json.loads(taken.out)
    assert [item["calibrates"] for item in document["speeds"]] == [True, True]
    assert document["speeds"][1]["predicted"]["value"] == pytest.approx(before[SAME]["value"], rel=0.02)
    after = {target: speed(ask, machine, target) for target in (SAME, OTHER)}
    assert after[SAME]["value"] == pytest.approx(77.0)
    assert after[SAME]["basis"] == "measured"
    assert "2026-11-21" in after[SAME]["sources"][0]
    assert after[OTHER]["basis"] == "computed"
    assert "1 measurement on this machine, the newest of 2026-11-21" in after[OTHER]["sources"][1]
    ratio = after[OTHER]["value"] / before[OTHER]["value"]
    assert 77 / before[SAME]["value"] < ratio < 1
    for target in (SAME, OTHER):
        widths = [item[target]["high"] / item[target]["low"] for item in (before, after)]
        assert widths[1] < widths[0]
        assert speed(ask, machine, target, "--no-measurements") == before[target]


def test_it_counts_on_no_other_machine(ask: Ask, machine: Path, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**MACHINE, "memory": {"total_bytes": 32 << 30}}), encoding="utf-8")
    before = speed(ask, other, SAME)
    assert ask("bench", "--take", table, "--hardware", machine).code == 0
    assert speed(ask, other, SAME) == before
    assert speed(ask, machine, SAME, "--ram", "64GiB")["basis"] == "computed", "described by an option"


def test_recommend_says_that_it_was_measured(ask: Ask, machine: Path, table: Path) -> None:
    assert ask("bench", "--take", table, "--hardware", machine).code == 0
    asked = ("recommend", "--hardware", machine, "--runtime", "llama.cpp", "--family", "qwen3", "--context", "4096")
    answer = json.loads(ask(*asked, "--json", "--top", "50").out)
    rates = {
        (item["model"], item["variant"]["quantization"]): item["speed"]["decode"] for item in answer["recommendations"]
    }
    assert all("on this machine" in " ".join(rate["sources"]) for rate in rates.values())
    assert "llama-bench on this machine" in ask("explain", SAME, *asked[1:]).out
    footer = " ".join(ask(*asked, "--top", "1", "--commercial").out.split())
    assert "on this machine" in footer
    assert "not measured on this machine" not in footer


def test_list_and_forget(ask: Ask, machine: Path, table: Path, home: Path) -> None:
    assert ask("bench", "--take", table, "--hardware", machine).code == 0
    ids = ask("bench", "list", "--hardware", machine, "--quiet").out.split()
    assert len(ids) == 2
    again = json.loads(ask("bench", "--take", table, "--hardware", machine, "--json").out)
    assert [item["new"] for item in again["speeds"]] == [False, False]
    assert ask("bench", "forget", "0000000000", "--hardware", machine).code == 2
    gone = json.loads(ask("bench", "forget", ids[0], "--hardware", machine, "--json").out)
    assert (gone["forgotten"], [item["id"] for item in gone["speeds"]]) == (1, ids[1:])
    with (home / "measurements.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{broken\n")
    answer = ask("recommend", "--hardware", machine, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert "measurement-unreadable" in answer.out
    assert json.loads(ask("bench", "forget", "all", "--hardware", machine, "--json").out)["forgotten"] == 2
    assert ask("bench", "list", "--hardware", machine, "--quiet").out == ""


def test_not_kept_where_that_is_asked(ask: Ask, machine: Path, table: Path, home: Path) -> None:
    answer = ask("bench", "--take", table, "--hardware", machine, "--no-keep", "--json")
    assert json.loads(answer.out)["store"] is None
    assert not home.exists()


def test_a_model_that_is_not_known_is_kept_and_not_used(ask: Ask, machine: Path, tmp_path: Path) -> None:
    file = tmp_path / "unknown.md"
    file.write_text(TABLE.replace("8.19 B", "5.55 B").replace("4.68", "3.11"), encoding="utf-8")
    document = json.loads(ask("bench", "--take", file, "--hardware", machine, "--json").out)
    assert [item["calibrates"] for item in document["speeds"]] == [False, False]
    assert {item["rule"] for item in document["findings"]} == {"measurement-model-unknown"}
    assert speed(ask, machine, SAME)["basis"] == "computed"


def test_a_wrong_model_is_refused(ask: Ask, machine: Path, table: Path) -> None:
    answer = ask("bench", "--take", table, "--hardware", machine, "--as", "qwen/qwen3-14b:Q4_K_M")
    assert answer.code == 1
    assert "parameters" in answer.err


def test_output_of_another_machine_is_refused(ask: Ask, machine: Path, tmp_path: Path) -> None:
    row = {
        "cpu_info": "AMD Ryzen 7 7800X3D 8-Core Processor", "gpu_info": "NVIDIA GeForce RTX 4080", "backends": "CUDA",
        "model_type": "qwen3 8B Q4_K - Medium", "model_size": 5_021_784_000, "model_n_params": 8_190_735_360,
        "n_gpu_layers": 99, "n_prompt": 0, "n_gen": 128, "avg_ts": 77.0, "stddev_ts": 0.2,
    }  # fmt: skip
    file = tmp_path / "rows.json"
    for changes, words in (
        ({}, "this machine has AMD Ryzen 9 7950X"),
        ({"cpu_info": "AMD Ryzen 9 7950X 16-Core Processor"}, "RTX 4080, which this machine has not"),
        ({"cpu_info": "", "gpu_info": "", "backends": "Metal"}, "no GPU that computes with metal"),
        ({"cpu_info": "", "gpu_info": "", "backends": "RPC,CUDA"}, "several machines"),
        ({"cpu_info": "", "gpu_info": "", "backends": "CPU", "n_threads": 8}, "for all 16 cores"),
        ({"cpu_info": "", "gpu_info": "", "n_gen": 64, "n_prompt": 64}, "timed together"),
        ({"cpu_info": "", "gpu_info": "", "n_gen": 0, "n_prompt": 64}, "tells little of longer ones"),
        ({"cpu_info": "", "gpu_info": "", "n_gen": 0, "n_prompt": 512, "n_gpu_layers": 0}, "without layers on the GPU"),
        ({"cpu_info": "", "gpu_info": "", "embeddings": True}, "embeddings were made"),
        ({"cpu_info": "", "gpu_info": "", "tensor_buft_overrides": "exps=CPU"}, "placed one by one"),
    ):
        file.write_text(json.dumps([{**row, **changes}]), encoding="utf-8")
        answer = ask("bench", "--take", file, "--hardware", machine, "--json")
        assert words in answer.err + answer.out, changes


@pytest.mark.parametrize(
    "words",
    [
        ("bench",),
        ("bench", "list", "--memory"),
        ("bench", "forget"),
        ("bench", "one", "two"),
        ("bench", "--take", "no/such/file"),
        ("bench", "no/such/file.gguf"),
        ("bench", "--memory", "--ram", "64GiB"),
        ("bench", "--memory", "--take", "-"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], ask: Ask) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (2, "")


@pytest.mark.parametrize("disturbed", [False, True])
def test_a_measured_bandwidth_takes_the_place_of_the_assumed_one(
    disturbed: bool, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = memory_bandwidth.Bandwidth(
        40_000_000_000, 39_000_000_000, 2, 1 << 30, 1 << 20, 9, 0.5 if disturbed else 1.0
    )
    monkeypatch.setattr(memory_bandwidth, "measure", lambda **_: found)
    document = json.loads(ask("bench", "--memory", "--json", "--as-of", "2026-11-21").out)
    (item,) = document["bandwidths"]
    assert (item["rate"]["value"], item["date"], document["store"] is None) == (40_000_000_000, "2026-11-21", disturbed)
    assert [finding["rule"] for finding in document["findings"]] == ["measurement-disturbed"] * disturbed
    cpu = json.loads(ask("hardware", "--json").out)["cpu"]
    if disturbed:
        assert cpu["bandwidth_basis"] != "measured"
        assert json.loads(ask("bench", "--memory", "--keep", "--json").out)["store"]
        cpu = json.loads(ask("hardware", "--json").out)["cpu"]
    assert (cpu["memory_bandwidth"], cpu["bandwidth_basis"]) == (40_000_000_000, "measured")
    assert json.loads(ask("hardware", "--json", "--no-measurements").out)["cpu"]["bandwidth_basis"] != "measured"


def test_results_through_a_pipe(ask: Ask, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(TABLE.encode() + b"\xff\xfe")))
    assert ask("bench", "--take", "-", "--hardware", machine, "--quiet").out.count("\n") == 2
    monkeypatch.setattr(sys, "stdin", None)
    assert ask("bench", "--take", "-", "--hardware", machine).code == 2


@pytest.mark.skipif(os.name != "posix", reason="a script stands in the place of llama-bench")
def test_a_program_on_this_machine(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for llama-bench on a header of Qwen2 0.5B: what it prints becomes the estimate."""
    model = tmp_path / "qwen2-0.5b-Q8_0.gguf"
    model.write_bytes(gzip.decompress((ROOT / "tests/data/gguf_headers/qwen2-0.5b.Q8_0.gguf.gz").read_bytes()))
    os.truncate(model, 531_000_000)
    row = {
        "backends": "CPU", "model_filename": str(model), "model_type": "qwen2 1B Q8_0", "model_size": 525_120_000,
        "model_n_params": 494_032_768, "n_gpu_layers": -1, "n_prompt": 0, "n_gen": 128, "avg_ts": 27.5,
        "stddev_ts": 0.1, "samples_ts": [27.4, 27.6], "test_time": "2026-11-20T09:19:31Z",
    }  # fmt: skip
    program = tmp_path / "llama-bench"
    script = f"#!{sys.executable}\nimport sys\nprint('loading \\x1b[31m', file=sys.stderr)\nassert '-m' in sys.argv\n"
    program.write_text(f"{script}print({json.dumps(json.dumps([row]))})\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("LLMADVISE_LLAMA_BENCH", str(program))
    told = ask("bench", model, "--cpu-only", "--no-keep")
    assert (told.code, told.err) == (0, "loading \\x1b[31m\n")
    answer = ask("bench", model, "--cpu-only", "--json")
    assert (answer.code, answer.err) == (0, "")
    (item,) = json.loads(answer.out)["speeds"]
    assert (item["rate"]["value"], item["calibrates"], item["date"]) == (27.5, True, "2026-11-20")
    said = ask("estimate", model, "--cpu-only", "--runtime", "llama.cpp", "--context", "1024", "--json")
    decode = json.loads(said.out)["speed"]["decode"]
    assert (decode["value"], decode["basis"]) == (27.5, "measured")
