"""Reads what llama-bench prints: JSON, lines of JSON, CSV or a Markdown table, of builds old and new.

The names of fields and columns are those of llama.cpp b11434, tools/llama-bench/llama-bench.cpp, and of earlier builds.
What stands around the rows (messages of drivers, prompts of a shell) is passed over; a row that is wrong is a finding.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from llmadvise.errors import UsageError
from llmadvise.measure.bench_row import BenchRow, Values, row_of

LARGEST: Final = 8 << 20
_MOST_ROWS: Final = 10_000
_COLUMNS: Final = {
    "model": "model_type", "backend": "backends", "ngl": "n_gpu_layers", "threads": "n_threads", "th": "n_threads",
    "sm": "split_mode", "mg": "main_gpu", "nkvo": "no_kv_offload", "fa": "flash_attn", "ts": "tensor_split",
    "ot": "tensor_buft_overrides", "embd": "embeddings", "n_batch": "n_batch", "n_ubatch": "n_ubatch",
}  # fmt: skip
"""Columns of the Markdown table that are called otherwise than the field; the rest are called alike."""
_SIZES: Final = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_COUNTS: Final = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_ENDING: Final = 60
"""Letters at the end of llama.cpp's words for a model that may name its quantization."""


class Read(NamedTuple):
    """What was found."""

    rows: tuple[BenchRow, ...]
    problems: tuple[str, ...]
    """Rows that cannot be read, each with its line where there is one."""


def read_output(text: str) -> Read:
    """Every test in the output. Raises UsageError where there is none."""
    if len(text) > LARGEST:
        raise UsageError("the output of llama-bench is too long", f"At most {LARGEST >> 20} MiB are read.")
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    readers: tuple[Callable[[str], Iterator[tuple[str, Values]]], ...] = (_json, _json_lines, _csv, _table)
    problems: list[str] = []
    for reader in readers:
        rows, problems = _collect(reader(text))
        if rows:
            return Read(tuple(rows), tuple(problems))
        if problems:
            break
    why = f" ({problems[0]})" if problems else ""
    raise UsageError(
        f"no test of llama-bench is in it{why}", "Give the output of `llama-bench -o json`, jsonl, csv or md."
    )


def _collect(found: Iterator[tuple[str, Values]]) -> tuple[list[BenchRow], list[str]]:
    rows: list[BenchRow] = []
    problems: list[str] = []
    for place, values in found:
        if len(rows) + len(problems) >= _MOST_ROWS:
            problems.append(f"{place}: more than {_MOST_ROWS} rows; the rest is left out")
            break
        try:
            rows.append(row_of(values))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    return rows, problems


def _json(text: str) -> Iterator[tuple[str, Values]]:
    """A list of objects, whatever was printed before and after it; one cut short yields what is whole."""
    start = re.search(r"^[ \t]*\[[ \t]*(?:\{|$)", text, re.MULTILINE)
    if start is None:
        return
    position = text.index("[", start.start()) + 1
    decoder = json.JSONDecoder()
    for number in range(1, _MOST_ROWS + 2):
        position = _next(text, position)
        if position >= len(text) or text[position] != "{":
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield f"test {number}", {}
            return
        yield f"test {number}", value


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n,":
        position += 1
    return position


def _json_lines(text: str) -> Iterator[tuple[str, Values]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.startswith("{"):
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = {}
        yield f"line {number}", value if isinstance(value, dict) else {}


def _csv(text: str) -> Iterator[tuple[str, Values]]:
    lines = text.split("\n")
    head = next(
        (n for n, line in enumerate(lines) if line.lstrip('"').startswith("build_commit") and "avg_ts" in line), -1
    )
    if head < 0:
        return
    try:
        names = next(csv.reader([lines[head]]))
    except csv.Error:
        return
    for number, line in enumerate(lines[head + 1 :], start=head + 2):
        if not line.startswith('"') and line.count(",") < len(names) - 1:
            continue
        try:
            cells = next(csv.reader([line]))
        except csv.Error:
            cells = []
        # A row whose cells do not go with the names is told as a row without any.
        yield f"line {number}", dict(zip(names, cells, strict=True)) if len(cells) == len(names) else {}


def _table(text: str) -> Iterator[tuple[str, Values]]:
    """Rows of Markdown under the nearest head; a page may show several tables."""
    names: list[str] = []
    build = re.search(r"^build: (\w{1,40}) \((\d{1,9})\)", text, re.MULTILINE)
    for number, line in enumerate(text.split("\n"), start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if "t/s" in cells and "test" in cells:
            names = cells
        elif names and len(cells) == len(names) and not set("".join(cells)) <= set("-: "):
            values = dict(zip(names, cells, strict=True))
            named = {"build_commit": build.group(1), "build_number": build.group(2)} if build else {}
            try:
                yield f"line {number}", {**_from_table(values), **named}
            except ValueError:
                yield f"line {number}", {}


def _from_table(cells: dict[str, str]) -> Values:
    values: Values = {_COLUMNS.get(name, name): cell for name, cell in cells.items()}
    speed = re.fullmatch(r"(\d{1,12}(?:\.\d{1,9})?)(?:\s*(?:±|\+/-|�|\?)\s*(\d{1,12}(?:\.\d{1,9})?))?", cells["t/s"])
    test = re.fullmatch(
        r"(?:pp\s?(\d{1,9}))?\+?(?:tg\s?(\d{1,9}))?(?:\s*@\s*d\s?(\d{1,9}))?", cells["test"].replace("*", "")
    )
    if speed is None or test is None:
        raise ValueError("no speed or no test")
    values |= {
        "avg_ts": speed.group(1),
        "stddev_ts": speed.group(2),
        "n_prompt": test.group(1) or "0",
        "n_gen": test.group(2) or "0",
        "n_depth": test.group(3) or cells.get("n_depth", "0"),
        "model_size": _quantity(cells.get("size", ""), _SIZES),
        "model_n_params": _quantity(cells.get("params", ""), _COUNTS),
        "rounded": True,
    }
    return values


def _quantity(text: str, units: dict[str, int]) -> int | None:
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,4})?)\s*([A-Za-z]{0,3})", text)
    if match is None or match.group(2) not in units:
        return None
    return round(float(match.group(1)) * units[match.group(2)])


_QUANTIZATION: Final = re.compile(
    r"(?:\s|^)(all F32|B?F16|MXFP4 MoE|NVFP4|T?Q\d_\d|I?Q\d_[A-Z]{1,3}|I?Q\d_[A-Z]{1,3} mix)"
    r"(?:\s-\s(Small|Medium|Large|[\d.]+ bpw(?: ternary)?))?$"
)
_SCHEMES: Final = {"all F32": "F32", "MXFP4 MoE": "MXFP4", "IQ3_S mix": "IQ3_M"}


def quantization_of(model_type: str) -> str | None:
    """The scheme at the end of llama.cpp's words for a model (llama_ftype_name); None where it says no known one.

    `Q4_K - Medium` is Q4_K_M; what it only guessed from tensors is as good.
    """
    match = _QUANTIZATION.search(model_type.strip()[-_ENDING:])
    if match is None:
        return None
    scheme, size = match.group(1), match.group(2) or ""
    if scheme == "Q2_K":
        return "Q2_K_S" if size == "Small" else "Q2_K"
    if size in {"Small", "Medium", "Large"}:
        return f"{scheme}_{size[0]}"
    return _SCHEMES.get(scheme, scheme)
