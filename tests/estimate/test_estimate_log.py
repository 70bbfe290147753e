"""`estimate --from-log FILE`: what the engine said that it allocated, beside what was predicted.

The logs in `logs/` were written by llama-server b11434 on a machine without a GPU; the lines below are of the shapes
that older builds print (llama.cpp b2700: ggml-org/llama.cpp pull request 6122; b4000: llm_load_tensors with `model`).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from estimate_program import Ask, Whole
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.engine.estimate_log import compare, device_of, parse_log
from llmadvise.engine.memory.llama_cpp import DeviceTerms, EngineMemory

MIB = 1 << 20
LOGS = Path(__file__).parent / "logs"
OLD = """\
llm_load_tensors: ggml ctx size =    0.37 MiB
llm_load_tensors: offloaded 41/41 layers to GPU
llm_load_tensors:        CPU buffer size =  1640.62 MiB
llm_load_tensors:      CUDA0 buffer size =  5434.38 MiB
llm_load_tensors:      CUDA1 buffer size = 13989.53 MiB
llama_new_context_with_model: n_ctx      = 4096
llama_new_context_with_model: n_batch    = 2048
llama_new_context_with_model: flash_attn = 0
llama_kv_cache_init:      CUDA0 KV buffer size =  1536.00 MiB
llama_kv_cache_init:      CUDA1 KV buffer size =  3584.00 MiB
llama_new_context_with_model: KV self size  = 5120.00 MiB, K (f16): 2560.00 MiB, V (f16): 2560.00 MiB
llama_new_context_with_model:  CUDA_Host  output buffer size =     1.95 MiB
llama_new_context_with_model:      CUDA0 compute buffer size =   672.01 MiB
llama_new_context_with_model:      CUDA1 compute buffer size =   672.02 MiB
llama_new_context_with_model:  CUDA_Host compute buffer size =    80.02 MiB
"""


@pytest.mark.parametrize("name", ["granite-4.0-h-tiny", "gemma-3-4b"])
def test_prediction_is_what_the_engine_allocated(ask: Ask, whole: Whole, name: str) -> None:
    path, log = whole(f"{name}.Q4_K_M"), LOGS / f"{name}.b11434.log"
    document = ask(path, "--from-log", log, "--json").document
    rows = [row for row in document["from_log"] if row["term"] != "copy"]
    assert {row["device"] for row in rows} == {"host"}
    assert {"model", "kv", "compute", "output"} <= {row["term"] for row in rows}
    lines = log.read_text().splitlines()
    for row in rows:
        assert abs(row["difference_bytes"]) <= row["tolerance_bytes"], row
        assert row["difference_bytes"] == row["predicted_bytes"] - row["real_bytes"]
        assert all("buffer size" in lines[number - 1] for number in row["lines"])
    assert document["settings"]["parallel"] == 4
    assert document["settings"]["context"] == 16384


def test_copies_are_not_predicted(ask: Ask, whole: Whole) -> None:
    path, log = whole("gemma-3-4b.Q4_K_M"), LOGS / "gemma-3-4b.b11434.log"
    copy = next(row for row in ask(path, "--from-log", log, "--json").document["from_log"] if row["term"] == "copy")
    assert copy["predicted_bytes"] is copy["difference_bytes"] is None
    assert copy["real_bytes"] == round(1458.28 * MIB)


def test_text_marks_what_is_the_same(ask: Ask, whole: Whole) -> None:
    path, log = whole("granite-4.0-h-tiny.Q4_K_M"), LOGS / "granite-4.0-h-tiny.b11434.log"
    assert "5 of 5 are the same to the last printed digit" in ask(path, "--from-log", log).out
    worse = ask(path, "--from-log", log, "--ubatch", "256").out
    assert "4 of 5 are the same" in worse
    assert "compute" in worse


def test_what_the_user_says_wins(ask: Ask, whole: Whole) -> None:
    path, log = whole("granite-4.0-h-tiny.Q4_K_M"), LOGS / "granite-4.0-h-tiny.b11434.log"
    said = ask(path, "--from-log", log, "--json", "--context", "4096", "--parallel", "1").document
    assert (said["settings"]["context"], said["settings"]["parallel"]) == (4096, 1)


def test_old_builds() -> None:
    log = parse_log(OLD)
    assert log is not None
    assert [(item.buffer, item.term, item.line) for item in log.printed] == [
        ("CPU", "model", 3), ("CUDA0", "model", 4), ("CUDA1", "model", 5), ("CUDA0", "kv", 9), ("CUDA1", "kv", 10),
        ("CUDA_Host", "output", 12), ("CUDA0", "compute", 13), ("CUDA1", "compute", 14), ("CUDA_Host", "compute", 15),
    ]  # fmt: skip
    assert log.settings.context_length == 4096
    assert log.settings.batch == 2048
    assert log.settings.flash_attention is False
    assert log.settings.kv_types == ("f16", "f16")
    assert log.settings.gpu_layers == 41
    assert log.on_gpus


def test_rows_add_up_by_device_and_term() -> None:
    log = parse_log(OLD)
    assert log is not None
    forecast = EngineMemory(
        by_device=(
            DeviceTerms(device="gpu0", model=5434 * MIB, kv=1536 * MIB),
            DeviceTerms(device="host", model=1640 * MIB, compute=80 * MIB),
        ),
        flash_attention=False,
    )
    rows = {(row.device, row.term): row for row in compare(log, forecast)}
    assert rows["gpu0", "kv"].difference_bytes == 0
    assert rows["gpu0", "model"].difference_bytes == 5434 * MIB - round(5434.38 * MIB)
    assert rows["gpu1", "model"].predicted_bytes is None
    assert rows["host", "compute"].real_bytes == round(80.02 * MIB)


def test_of_several_loads_the_largest_and_of_equals_the_latest() -> None:
    small = "llama_model_loader: loaded meta data with 1\nload_tensors: CPU_Mapped model buffer size = 10.00 MiB\n"
    large = small.replace("10.00", "90.00") + "llama_kv_cache: CPU KV buffer size = {}.00 MiB\n"
    log = parse_log(large.format(1) + large.format(2) + small)
    assert log is not None
    assert [(item.term, item.bytes) for item in log.printed] == [("model", 90 * MIB), ("kv", 2 * MIB)]


def test_shards_and_caches_add_up_but_reservations_replace() -> None:
    log = parse_log(
        "load_tensors: CPU_Mapped model buffer size = 1.00 MiB\nload_tensors: CPU_Mapped model buffer size = 2.00 MiB\n"
        "llama_kv_cache: MTL0 KV buffer size = 3.00 MiB\nllama_kv_cache: MTL0 KV buffer size = 4.00 MiB\n"
        "sched_reserve: MTL0 compute buffer size = 5.00 MiB\nsched_reserve: MTL0 compute buffer size = 6.00 MiB\n"
    )
    assert log is not None
    sizes: dict[str, int] = {}
    for item in log.printed:
        sizes[item.term] = sizes.get(item.term, 0) + item.bytes // MIB
    assert sizes == {"model": 3, "kv": 7, "compute": 6}


@pytest.mark.parametrize(
    ("buffer", "device"),
    [
        ("CUDA0", "gpu0"), ("ROCm1", "gpu1"), ("Vulkan12", "gpu12"), ("Metal", "gpu0"), ("MTL0_Mapped", "gpu0"),
        ("CPU", "host"), ("CPU_Mapped", "host"), ("CUDA_Host", "host"), ("CPU_REPACK", "host"), ("AMX", "host"),
        ("CUDA0_Split", "gpu0"),
    ],
)  # fmt: skip
def test_devices(buffer: str, device: str) -> None:
    assert device_of(buffer) == device


def test_log_without_buffers(ask: Ask, whole: Whole, tmp_path: Path) -> None:
    log = tmp_path / "binary.log"
    log.write_bytes(bytes(range(256)) * 64)
    answer = ask(whole("llama-3.2-1b.Q8_0"), "--from-log", log)
    assert answer.code == 12
    assert "no buffer sizes" in " ".join(answer.err.split())
    assert ask(whole("llama-3.2-1b.Q8_0"), "--from-log", tmp_path / "absent").code == 2


@given(st.lists(st.sampled_from([*OLD.splitlines(), "x\x00buffer size = 1.00 MiB", "n_ctx = " + "9" * 50]) | st.text()))
def test_any_text_is_contained(lines: list[str]) -> None:
    log = parse_log("\n".join(lines))
    if log is not None:
        assert all(item.bytes >= 0 and item.line > 0 for item in log.printed)


def test_only_for_llama_cpp(ask: Ask) -> None:
    log = LOGS / "gemma-3-4b.b11434.log"
    answer = ask("qwen/qwen3-8b", "--runtime", "vllm", "--gpu-layers", "all", "--from-log", log)
    assert answer.code == 2
    assert "--from-log reads logs of llama.cpp" in answer.err
