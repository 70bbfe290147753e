"""Advice for machines in tables: DuckDB counts equal ones, in files of any size or whatever speaks Arrow.

Needs the extra `llmadvise[fleet]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from llmadvise.api.fleet import FleetAdvised, advise_counted
from llmadvise.api.request import Request
from llmadvise.errors import InvalidFileError, LLMAdviseError
from llmadvise.probe.fleet import (
    CPU_FIELDS,
    GPU_BITS,
    GPU_FIELDS,
    HINT,
    MEMORY_FIELDS,
    RAM_BITS,
    ROUNDED_GPU_FIELDS,
)

_READERS: Final = {
    ".parquet": "read_parquet",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
    ".gz": "read_json",
}
_ROWS: Final = 1000


def advise_table(request: Request, source: object, *, workers: int | None = None) -> FleetAdvised:
    """Advise on a table whose columns are the fields of a hardware document.

    `source` is a path or pattern of Parquet or JSON files, or what DuckDB scans as a table: a frame of Polars, a table of
    Arrow, anything with an Arrow stream. Raises LLMAdviseError where DuckDB is not installed, InvalidFileError for a
    table that it cannot read or that holds no machine.
    """
    name = source if isinstance(source, str) else "table"
    return advise_counted(request, _counted(source), source=name, workers=workers)


def _counted(source: object) -> Iterator[tuple[Mapping[str, object], int]]:
    """The kinds of machines in the table, each with how many there are."""
    import json  # noqa: PLC0415 - only for tables

    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        hint = "Install it with `pip install 'llmadvise[fleet]'`."
        raise LLMAdviseError("tables of machines need DuckDB, which is not installed", hint) from None
    with duckdb.connect() as connection:
        try:
            table = _table(connection, source)
            columns = dict(zip(table.columns, table.types, strict=True))
            found = connection.execute(_query(table.sql_query(), columns))
            while rows := found.fetchmany(_ROWS):
                for text, count in rows:
                    yield json.loads(text), count
        except duckdb.Error as error:
            name = source if isinstance(source, str) else "table"
            raise InvalidFileError(f"{name}: {str(error).splitlines()[0]}", HINT) from error


def _table(connection: Any, source: object) -> Any:  # noqa: ANN401 - DuckDB has no types where it is not installed
    if not isinstance(source, str):
        connection.register("machines", source)
        return connection.sql("SELECT * FROM machines")
    reader = next((function for ending, function in _READERS.items() if source.endswith(ending)), "read_parquet")
    quoted = source.replace("'", "''")
    return connection.sql(f"SELECT * FROM {reader}('{quoted}')")  # noqa: S608 - the path is quoted


def _query(table: str, columns: Mapping[str, Any]) -> str:
    """Group by the facts that matter, with sizes rounded as `probe.fleet.rounded_down` does."""
    parts = [f"{_quoted(name)} := {_quoted(name)}" for name in ("schema", "platform") if name in columns]
    parts += _part(columns, "cpu", CPU_FIELDS, (), 0)
    parts += _part(columns, "memory", MEMORY_FIELDS, MEMORY_FIELDS, RAM_BITS)
    if "gpus" in columns:
        [(_, gpu)] = columns["gpus"].children
        parts.append(f"gpus := [{_gpu(_fields(gpu))} FOR gpu IN gpus]")
    if not any(part.startswith('"platform"') for part in parts):
        raise InvalidFileError("the table has no column `platform`", HINT)
    return (
        f"SELECT CAST(to_json(struct_pack({', '.join(parts)})) AS VARCHAR) AS kind, count(*) AS machines "  # noqa: S608
        f"FROM ({table}) GROUP BY kind ORDER BY kind"
    )


def _part(
    columns: Mapping[str, Any], name: str, wanted: Sequence[str], rounded: Iterable[str], bits: int
) -> Iterator[str]:
    """The part of a document that lies in a struct, if the table has it and any field of it."""
    if name not in columns:
        return
    there = _fields(columns[name])
    packed = [_field(name, field, bits if field in rounded else None) for field in wanted if field in there]
    if packed:
        yield f"{name} := CASE WHEN {name} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"


def _gpu(there: frozenset[str]) -> str:
    packed = []
    for field in GPU_FIELDS:
        if field not in there:
            continue
        if field == "memory_bytes" and "unified" in there:
            rounded = _rounded("gpu.memory_bytes", GPU_BITS)
            packed.append(f"memory_bytes := CASE WHEN gpu.unified THEN {rounded} ELSE gpu.memory_bytes END")
        else:
            packed.append(_field("gpu", field, GPU_BITS if field in ROUNDED_GPU_FIELDS else None))
    return f"struct_pack({', '.join(packed)})" if packed else "gpu"


def _field(struct: str, name: str, bits: int | None) -> str:
    value = f"{struct}.{_quoted(name)}"
    return f"{_quoted(name)} := {value if bits is None else _rounded(value, bits)}"


def _rounded(value: str, bits: int) -> str:
    whole = f"CAST({value} AS BIGINT)"
    return f"{whole} - {whole} % (CAST(1 AS BIGINT) << greatest(0, CAST(length(bin({whole})) AS INTEGER) - {bits}))"


def _fields(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a type of DuckDB
    return frozenset(name for name, _ in kind.children)


def _quoted(name: str) -> str:
    return f'"{name}"'
