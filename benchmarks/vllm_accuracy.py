"""Holds the vLLM model against public logs and writes docs/vllm_memory.md.

Run: python benchmarks/vllm_accuracy.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.vllm import pool_of, rotations
from llmadvise.engine.memory.vllm_cache import BlockPool
from llmadvise.engine.memory.vllm_peak import layer_peak, sampler_peak
from llmadvise.engine.memory.vllm_settings import VllmSettings
from llmadvise.units import GIB
from vllm_rows import LogRow, rows

PAGE = Path(__file__).parents[1] / "docs" / "vllm_memory.md"
_TOP = """# How near the vLLM model is to public logs

Written by `benchmarks/vllm_accuracy.py` from `benchmarks/data/vllm_logs.json`; do not edit. vLLM was not run: it needs a
GPU. These are logs that people published, with what their excerpts say; the model follows vLLM 0.33.0's source.

vLLM takes a share of each GPU (`--gpu-memory-utilization`, 0.92) whatever the model. Weights come first, then the
highest that activations reach in a dummy run, what libraries take outside PyTorch, and CUDA graphs; the cache gets the
rest, and start-up fails if that does not hold one request of `--max-model-len`.

## The cache: tokens that the logged bytes hold

Computed from the dimensions alone: pages of 16 tokens, one pool for groups of equally many layers, attention blocks that
grow until a page holds a recurrent state, two pages a request for each recurrent group. GiB are printed with two decimals,
so that small pools leave half a per cent open.

| model | vLLM | GPUs | cache | measured | computed | error |
| --- | --- | --- | --- | --- | --- | --- |
"""
_PEAK = """
## The peak of activations

The higher of the widest layer over `max_num_batched_tokens` and the sampler over `max_num_seqs` requests; the sampler of
model runner V2 (the default now) is much leaner than that of the runner before.

| model | GPUs | tokens | requests | runner | measured GiB | layer | sampler | higher | error |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
_WEIGHTS = """
## Weights: safetensors bytes and the table of rotations

| model | vLLM | GPUs | measured GiB | computed | error |
| --- | --- | --- | --- | --- | --- |
"""
_BUDGET = """
## Budget less parts: what the logs add up to

Utilization × total, less weights, libraries and activations as logged, against the cache as logged: the sum that the
model makes.

| model | total GiB | utilization | cache measured | computed | difference |
| --- | --- | --- | --- | --- | --- |
"""
_END = """
## What is not known

- Libraries outside PyTorch took {low:.2f} to {high:.2f} GiB in these logs (1.79 and 3.58 GiB on an H100 in 2024 stand
  alone); they are a range in the forecast, as CUDA graphs are (0.0 to 0.7 GiB).
- Encoders of images and sound run in the dummy run too, and recurrent layers keep more projections than the formula has
  (Qwen3.8 27B above: 2.5 times): the forecast's interval is wider for these.
- SGLang is planned as vLLM is. Its own parts (`--mem-fraction-static`) were not measured.

## Sources

"""


def main() -> None:
    """Write the page and print it."""
    found, shapes = rows()
    libraries = [row.libraries_gib for row in found if row.libraries_gib is not None and row.libraries_gib < 1]
    text = _TOP + "".join(_cache_lines(found, shapes)) + _PEAK + "".join(_peak_lines(found, shapes))
    text += _WEIGHTS + "".join(_weight_lines(found, shapes)) + _BUDGET + "".join(_budget_lines(found))
    text += _END.format(low=min(libraries), high=max(libraries))
    text += "".join(f"- {row.model}: {row.source}\n" for row in found)
    PAGE.write_text(text)
    print(text)


def computed_tokens(row: LogRow, shape: Shape) -> float | None:
    """What the log would say: tokens that its own cache bytes hold."""
    if row.cache_gib is None or row.cache_gib <= 0:
        return None
    pool, available = pool_of_row(row, shape), round(row.cache_gib * GIB)
    if row.largest is not None:
        return float(pool.largest_context(available, 1 << 24))
    if row.concurrency is None:
        return float(pool.blocks(available) * 16)
    return pool.blocks(available) / pool.request_blocks(row.context) * row.context


def pool_of_row(row: LogRow, shape: Shape) -> BlockPool:
    """The pool of cache blocks under a log's settings."""
    settings = VllmSettings(context_length=row.context, cache_type=row.cache_type, tensor_parallel=row.tensor_parallel)
    return pool_of(shape, settings, row.batched or 2048)


def computed_peak(row: LogRow, shape: Shape) -> tuple[int, int] | None:
    """Layer and sampler, under the log's settings."""
    if row.activations_gib is None or row.batched is None or row.sequences is None:
        return None
    layer = layer_peak(shape, row.batched, row.tensor_parallel)
    return layer, sampler_peak(shape, row.sequences, second_runner=row.runner == 2)


def _cache_lines(found: Iterable[LogRow], shapes: dict[str, Shape]) -> Iterator[str]:
    for row in found:
        tokens = computed_tokens(row, shapes[row.model])
        measured = row.largest or row.tokens
        if tokens is None or measured is None or row.cache_gib is None:
            continue
        error = tokens / measured - 1
        yield (
            f"| {row.model} | {row.vllm} | {row.tensor_parallel} | {row.cache_gib:.2f} GiB | {measured:,} "
            f"| {int(tokens):,} | {error:+.2%} |\n"
        )


def _peak_lines(found: Iterable[LogRow], shapes: dict[str, Shape]) -> Iterator[str]:
    for row in found:
        peaks = computed_peak(row, shapes[row.model])
        if peaks is None or row.activations_gib is None:
            continue
        layer, sampler = (size / GIB for size in peaks)
        best = max(layer, sampler)
        yield (
            f"| {row.model} | {row.tensor_parallel} | {row.batched:,} | {row.sequences:,} | V{row.runner} "
            f"| {row.activations_gib:.2f} | {layer:.2f} | {sampler:.2f} | {best:.2f} "
            f"| {best / row.activations_gib - 1:+.0%} |\n"
        )


def computed_weights(row: LogRow, shape: Shape) -> float | None:
    """GiB of weights on each GPU, where the files' bytes are known."""
    if row.file_bytes is None:
        return None
    return (row.file_bytes / row.tensor_parallel + rotations(shape, row.positions)) / GIB


def _weight_lines(found: Iterable[LogRow], shapes: dict[str, Shape]) -> Iterator[str]:
    for row in found:
        computed = computed_weights(row, shapes[row.model])
        if computed is None or row.weights_gib is None:
            continue
        yield (
            f"| {row.model} | {row.vllm} | {row.tensor_parallel} | {row.weights_gib:.3f} | {computed:.3f} "
            f"| {computed / row.weights_gib - 1:+.2%} |\n"
        )


def _budget_lines(found: Iterable[LogRow]) -> Iterator[str]:
    for row in found:
        parts = (row.gpu_gib, row.utilization, row.weights_gib, row.activations_gib, row.libraries_gib, row.cache_gib)
        total, share, weights, peak, libraries, cache = parts
        if None in parts or total is None or share is None or weights is None or peak is None:
            continue
        if libraries is None or cache is None:
            continue
        computed = total * share - weights - peak - libraries
        yield f"| {row.model} | {total:.2f} | {share:.2f} | {cache:.2f} | {computed:.2f} | {computed - cache:+.2f} |\n"


if __name__ == "__main__":
    main()
