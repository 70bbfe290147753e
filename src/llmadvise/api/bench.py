"""Measuring this machine, taking in what was measured elsewhere, and what is kept of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TextIO, TypeAlias

from llmadvise.api.bench_document import document_of
from llmadvise.api.bench_take import Intake, Taken, Taking
from llmadvise.api.bench_work import RUNTIME
from llmadvise.api.facts import load_facts
from llmadvise.api.machine import find_hardware
from llmadvise.api.request import Request
from llmadvise.api.today import today
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.measurement import BandwidthMeasurement, SpeedMeasurement, known_machine
from llmadvise.engine.downloaded import Downloaded
from llmadvise.engine.naming import find_model
from llmadvise.errors import UsageError
from llmadvise.measure import store
from llmadvise.measure.bench_output import LARGEST
from llmadvise.measure.findings import disturbed, in_cache
from llmadvise.measure.lines import with_id
from llmadvise.measure.place import store_path
from llmadvise.record import dataclass
from llmadvise.render.documents.bench import BenchDocument

__all__ = ["Running", "Taking", "bench_command", "forget", "listed", "memory", "run", "take"]

Action: TypeAlias = Literal["list", "take", "run", "memory", "forget"]
_ALONE: Final = 0.9
"""Of the processors' time: with less, somebody else was reading memory too. A choice."""
Measured: TypeAlias = SpeedMeasurement | BandwidthMeasurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How llama-bench is run."""

    prompt_tokens: int = 512
    decoded_tokens: int = 128
    depth: int = 0
    rounds: int = 3
    gpu_layers: int | None = None
    threads: int | None = None
    seconds: float = 900.0


def take(request: Request, file: str, taking: Taking) -> BenchDocument:
    """Read the output of llama-bench from a file, or from standard input (`-`), and keep it.

    Raises UsageError where there is none in it, LLMAdviseError where not one test of it could be used.
    """
    text = _from_standard_input() if file == "-" else _bytes_of(Path(file))
    catalog = load_facts(request.catalog)
    hardware = find_hardware(request, catalog)
    source = "llama-bench, from standard input" if file == "-" else f"llama-bench, from {Path(file).name[:80]}"
    taken = Intake(catalog, hardware, taking, source).take(text.decode("utf-8", "replace"))
    return _kept(taken, hardware, catalog, taking, "take")


def _kept(taken: Taken, hardware: Hardware, catalog: Catalog, taking: Taking, action: Action) -> BenchDocument:
    keep = taking.keep is not False
    new = _keep(taken.found, keep=keep)
    return document_of(
        hardware, catalog, action=action, speeds=taken.found, new=new, findings=taken.findings,
        path=store_path() if keep else None,
    )  # fmt: skip


def _from_standard_input() -> bytes:
    # Python leaves a stream None whose descriptor is closed (`<&-`), whatever its type says.
    stream: TextIO | None = sys.stdin
    if stream is None:
        raise UsageError("standard input is closed", "Give a file, or `llama-bench … | llmadvise bench --take -`.")
    return stream.buffer.read(LARGEST + 1)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        hint = "Give a file with the output of llama-bench, or - for standard input."
        raise UsageError(f"{path}: {error.strerror or error}", hint) from error


def _keep(items: Sequence[Measured], *, keep: bool) -> frozenset[str]:
    """Ids of those that were not there before."""
    path = store_path()
    before = {item.id for item in store.read(path)[0]}
    if keep:
        store.add(path, items)
    return frozenset(item.id for item in items if item.id not in before)


def run(
    request: Request, target: str | None, running: Running, taking: Taking, say: Callable[[str], None]
) -> BenchDocument:
    """Run llama-bench on a model that is on this machine. Raises LLMAdviseError where that cannot be done."""
    from llmadvise.measure.run_bench import find_bench, run_bench  # noqa: PLC0415 - starts programs: for this alone

    _only_here(request)
    catalog = load_facts(request.catalog)
    hardware = find_hardware(request, catalog)
    file = model_file(target, catalog, hardware)
    beside = [runtime.path for runtime in hardware.runtimes if runtime.id == RUNTIME and runtime.path]
    command = bench_command(find_bench(beside), file, running, cpu_only=request.requirements.cpu_only)
    text = run_bench(command, seconds=running.seconds, say=say)
    taken = Intake(catalog, hardware, replace(taking, model=file), "llama-bench, run here").take(text)
    return _kept(taken, hardware, catalog, taking, "run")


def bench_command(program: str, file: str, running: Running, *, cpu_only: bool) -> list[str]:
    """The command line; only options that builds of two years ago know too, unless they are asked for."""
    words = [program, "-m", file, "-p", str(running.prompt_tokens), "-n", str(running.decoded_tokens)]
    words += ["-r", str(running.rounds), "-o", "json"]
    layers = 0 if cpu_only else running.gpu_layers
    if layers is not None:
        words += ["-ngl", str(min(layers, 999))]
    if running.threads is not None:
        words += ["-t", str(running.threads)]
    if running.depth:
        words += ["-d", str(running.depth)]
    return words


def model_file(target: str | None, catalog: Catalog, hardware: Hardware) -> str:
    """The path of a GGUF file: the one given, or a downloaded one of a model. Raises UsageError where there is none."""
    files = [item for item in hardware.downloads if item.path and item.name.lower().endswith(".gguf")]
    if target is None:
        names = ", ".join(sorted({item.name for item in files})[:5])
        hint = f"Some that are here: {names}." if names else "Download one first: `llmadvise recommend` says which."
        raise UsageError("`bench` needs a model to run, --take or --memory", hint)
    if target.lower().endswith(".gguf") or Path(target).is_file():
        if not Path(target).is_file():
            raise UsageError(f"{target}: there is no such file", "Give a .gguf file, or a model that is downloaded.")
        return target
    model, quantization = find_model(target, catalog)
    there = Downloaded(hardware.downloads)
    for variant in model.variants:
        found = there.of(variant) if quantization in {None, variant.quantization} else None
        if found is not None and found.path and variant.format == "gguf":
            return found.path
    raise UsageError(f"{target[:80]} is not on this machine", f"Download it first: `llmadvise pull {model.id}`.")


def memory(request: Request, taking: Taking) -> BenchDocument:
    """Measure how fast the processor reads its memory, in under a second."""
    from llmadvise.measure.memory_bandwidth import METHOD, measure  # noqa: PLC0415 - for this alone

    _only_here(request)
    catalog = load_facts(request.catalog)
    hardware = find_hardware(request, catalog)
    rooms = [size for size in (hardware.memory.available_bytes, hardware.memory.limit_bytes) if size is not None]
    found = measure(threads=hardware.cpu.cores or 1, free_bytes=min(rooms, default=None))
    item = with_id(
        BandwidthMeasurement(
            id="",
            date=taking.today or today(),
            machine=known_machine(hardware),
            rate=found.best,
            median=found.median,
            threads=found.threads,
            bytes=found.bytes,
            cache_bytes=found.cache_bytes,
            method=METHOD,
        )
    )
    findings = [] if found.cache_bytes is None or found.bytes >= found.cache_bytes else [in_cache(item)]
    if found.share < _ALONE:
        findings.append(disturbed(found.share))
    # Every later estimate would rest on it: one that was disturbed is kept only where that is asked for.
    keep = not findings if taking.keep is None else taking.keep
    new = _keep([item], keep=keep)
    return document_of(
        hardware, catalog, action="memory", bandwidths=[item], new=new, findings=findings,
        path=store_path() if keep else None,
    )  # fmt: skip


def _only_here(request: Request) -> None:
    if request.hardware is not None or request.gpus or request.ram_bytes is not None:
        raise UsageError("only this machine can be measured", "Leave out --hardware, --gpu and --ram.")


def listed(request: Request) -> BenchDocument:
    """What is kept of this machine, or of the one that --hardware names."""
    catalog = load_facts(request.catalog)
    hardware = find_hardware(request, catalog)
    path = store_path()
    items, findings = store.read(path)
    mine = store.of_machine(items, known_machine(hardware))
    return document_of(
        hardware, catalog, action="list", speeds=mine.speeds, bandwidths=mine.bandwidths, new=frozenset(),
        findings=findings, others=len(items) - len(mine.speeds) - len(mine.bandwidths), path=path,
    )  # fmt: skip


def forget(request: Request, words: Sequence[str]) -> BenchDocument:
    """Remove measurements by id; `all` those of this machine, `unreadable` lines that nothing can be made of.

    Raises UsageError where a word names none.
    """
    catalog = load_facts(request.catalog)
    machine = known_machine(find_hardware(request, catalog))
    path = store_path()
    items = store.read(path)[0]
    kept = store.of_machine(items, machine)
    mine: list[Measured] = [*kept.speeds, *kept.bandwidths]
    ids = {item.id for item in mine} if "all" in words else set()
    known = {item.id for item in items}
    for word in words:
        if word not in {"all", "unreadable", *known}:
            raise UsageError(f"no measurement is called {word[:40]!r}", "`llmadvise bench list` shows their ids.")
    gone = ids | (known & set(words))
    count = store.forget(path, lambda item: item.id in gone)
    return replace(listed(request), action="forget", forgotten=count)
