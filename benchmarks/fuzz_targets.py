"""The parsers that fuzz_parsers.py feeds, each with real inputs to start from."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "tests" / "measure"))

from measured_items import speed

from fuzz_hub import hub_targets
from fuzz_servers import served
from llmadvise.catalog.checks.run import check_tree
from llmadvise.catalog.compile import complete, encode, write_compiled
from llmadvise.catalog.compiled import Rows
from llmadvise.catalog.load import load_catalog
from llmadvise.catalog.opened import open_compiled
from llmadvise.catalog.overlay import merge
from llmadvise.catalog.tree import Identity, read_tree
from llmadvise.checkout.baseline import read_baseline
from llmadvise.checkout.lock import read_lock
from llmadvise.checkout.model_card import card_of
from llmadvise.checkout.policy import read_policy, template
from llmadvise.checkout.scan import scan
from llmadvise.checkout.weights import read_safetensors
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Scan
from llmadvise.engine.config_architecture.read import read_config
from llmadvise.engine.estimate_log import parse_log
from llmadvise.engine.failure.diagnose import diagnose
from llmadvise.engine.failure.ended import Ended
from llmadvise.errors import InvalidFileError
from llmadvise.hub.known_configs import known_configs
from llmadvise.measure.bench_output import read_output
from llmadvise.measure.lines import line_of, measurement_of
from llmadvise.probe.document import read_hardware_file
from llmadvise.probe.fleet import split, tally
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.outputs.saved import read_saved
from llmadvise.probe.replay import open_capture

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"


class Target(NamedTuple):
    """One parser."""

    name: str
    seeds: list[bytes]
    run: Callable[[bytes], object]
    tell: Callable[[object], str] = lambda _: ""
    """What kind of thing was read, in a word: an input that leads to a new one is worth changing further."""


def targets(scratch: Path) -> Iterator[Target]:
    """Every parser of outside text; files are written into the scratch folder."""
    catalog = load_catalog()
    yield from _of_machines(scratch, catalog)
    yield from _of_checkouts(scratch)
    yield from _of_catalogs(scratch)
    yield from (Target(*found) for found in hub_targets(scratch, catalog, _configs()[::8]))
    yield from _of_engines()
    for item in served(catalog):
        yield Target(*item)


def _write(file: Path, data: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def _of_machines(scratch: Path, catalog: Catalog) -> Iterator[Target]:
    facts = {"gpus": catalog.gpus, "cpus": catalog.cpus, "calibration": catalog.calibration.memory}
    machines = sorted((TESTS / "machines").iterdir())
    expected = [file.read_bytes() for machine in machines for file in machine.glob("expected.json")]
    sessions = [file.read_bytes() for machine in machines for file in machine.glob("session.txt")]
    hardware, output = scratch / "hardware.json", scratch / "output.txt"
    documents = [_document(text) for text in expected]
    yield Target("hardware file", documents, lambda data: read_hardware_file(str(_write(hardware, data)), **facts))
    yield Target("outputs of tools", sessions, lambda data: read_saved(str(_write(output, data)), **facts))
    folder = scratch / "capture"
    manifest = {"schema": "llmadvise.capture/1", "platform": "linux", "sources": [
        {"source": "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader", "file": "smi.txt", "exit": 0},
        {"source": "/proc/meminfo", "file": "meminfo", "exit": 0}]}  # fmt: skip
    _write(folder / "smi.txt", b"NVIDIA GeForce RTX 4090, 24564 MiB\n")
    _write(folder / "meminfo", b"MemTotal: 65536000 kB\nMemAvailable: 60000000 kB\n")

    def replay(data: bytes) -> None:
        _write(folder / "manifest.yaml", data)
        probe_machine(**facts, runtimes=catalog.runtimes, door=open_capture(str(folder)), own_files=False)

    yield Target("capture manifest", [json.dumps(manifest).encode()], replay)
    yield Target("fleet of hardware documents", [b"\n".join(documents[:5])], _fleet)


def _document(text: bytes) -> bytes:
    """What a hardware file may look like, from what a machine of the tests is expected to be."""
    known = json.loads(text)
    return json.dumps({"platform": "linux", **(known if isinstance(known, dict) else {})}).encode()


def _fleet(data: bytes) -> None:
    tally(split("fleet", data.splitlines(keepends=True)))


def _of_checkouts(scratch: Path) -> Iterator[Target]:
    policy, lock, baseline = scratch / "policy.yaml", scratch / "llmadvise.lock", scratch / "baseline.json"
    yield Target("policy", [template().encode()], lambda data: read_policy(_write(policy, data)))
    yield Target(
        "lock", [(TESTS / "render" / "golden" / "lock.json").read_bytes()], lambda data: read_lock(_write(lock, data))
    )
    yield Target("baseline", [_BASELINE], lambda data: read_baseline(_write(baseline, data)))
    rows = [
        json.loads(line) for file in sorted((TESTS / "data" / "references").glob("*.jsonl")) for line in file.open()
    ]
    by_suffix: dict[str, list[bytes]] = {}
    for item in rows:
        by_suffix.setdefault(Path(item["file"]).suffix or Path(item["file"]).name, []).append(item["content"].encode())
    for suffix, seeds in sorted(by_suffix.items()):
        folder = scratch / f"scan{suffix}"
        file = folder / (f"a{suffix}" if suffix.startswith(".") else suffix)
        yield Target(f"scanner: {suffix}", seeds, lambda data, file=file: scan([_write(file, data).parent]), _mentioned)
    header = json.dumps(
        {"__metadata__": {"format": "pt"}, "a": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    )
    weights = len(header).to_bytes(8, "little") + header.encode() + bytes(8)
    yield Target(
        "safetensors header", [weights], lambda data: read_safetensors(_write(scratch / "a.safetensors", data))
    )
    card = b"---\nlicense: apache-2.0\nbase_model:\n- Qwen/Qwen3-8B\ntags: [gguf]\n---\n# A model\n"
    yield Target("model card", [card], lambda data: card_of("README.md", data.decode("utf-8", "replace")))


def _mentioned(found: object) -> str:
    """The kinds of mentions and of files that were left out."""
    assert isinstance(found, Scan)
    kinds = {f"{item.kind} {item.state}" for item in found.mentions}
    return ", ".join(sorted(kinds | {item.reason for item in found.skipped}))


def _of_catalogs(scratch: Path) -> Iterator[Target]:
    entries = [file.read_bytes() for file in sorted((ROOT / "catalog" / "models").glob("*/*.yaml"))[::40]]
    entry = scratch / "own" / "models" / "a" / "b.yaml"

    compiled = write_compiled(*_small_catalog())

    def own(data: bytes) -> None:
        _write(entry, data)
        tree = read_tree(scratch / "own", "own")
        check_tree(merge(compiled, tree), tree)

    yield Target("catalog entry", entries, own)
    profiles = [file.read_bytes() for file in sorted((ROOT / "catalog" / "profiles").glob("*.yaml"))]
    profile = scratch / "profiles" / "profiles" / "p.yaml"

    def own_profile(data: bytes) -> None:
        _write(profile, data)
        read_tree(scratch / "profiles", "own")

    yield Target("use-case profile", profiles, own_profile)
    yield Target("compiled catalog", [compiled], _compiled)
    defaults = known_configs()

    def config(data: bytes) -> None:
        try:
            given = json.loads(data)
        except (ValueError, RecursionError):
            raise InvalidFileError("not JSON", "") from None
        if isinstance(given, dict):
            read_config(given, defaults)

    yield Target("config.json of a model", _configs(), config)


def _configs() -> list[bytes]:
    """The config.json of published models."""
    lines = (TESTS / "data" / "configs" / "published.jsonl").open(encoding="utf-8")
    return [json.dumps(json.loads(line)["config"]).encode() for line in lines]


def _small_catalog() -> tuple[Identity, dict[str, Rows]]:
    """The shipped facts without most models and devices: what a mutation touches is then likely to matter."""
    tree = read_tree(ROOT / "catalog", "catalog")
    rows = encode(tree)
    few = {name: dict(list(entries.items())[:3]) for name, entries in rows.items() if name != "calibration"}
    return complete(tree), {**few, "calibration": rows["calibration"]}


def _compiled(data: bytes) -> None:
    """Open a compiled catalog and decode all that it holds."""
    catalog = open_compiled(data, "own")
    for table in (
        catalog.models,
        catalog.quantizations,
        catalog.runtimes,
        catalog.licenses,
        catalog.profiles,
        catalog.gpus,
    ):
        for id_ in table:
            table[id_]


def _of_engines() -> Iterator[Target]:
    logs = [file.read_bytes()[:60_000] for file in sorted((TESTS / "estimate" / "logs").glob("*.log"))]
    yield Target("llama.cpp log", logs, lambda data: parse_log(data.decode("utf-8", "replace")))
    failures = [
        b"ggml_backend_cuda_buffer_type_alloc_buffer: allocating 1024.00 MiB on device 0: cudaMalloc failed: out of memory\n"
    ]
    yield Target(
        "log of an engine that failed",
        [*failures, *logs],
        lambda data: diagnose(data.decode("utf-8", "replace").splitlines(), Ended(exit_code=1)),
    )
    rows = [
        b'[{"build_commit":"0c1e57098","model_filename":"a.gguf","model_type":"llama 8B Q4_K - Medium","n_prompt":512,"n_gen":0,"avg_ts":1000.5,"stddev_ts":3.2,"backends":"CUDA","n_gpu_layers":99}]'
    ]
    rows.append(
        b"| model | size | params | backend | ngl | test | t/s |\n| --- | --- | --- | --- | --- | --- | --- |\n| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | pp512 | 1000.5 \xc2\xb1 3.2 |\n"
    )
    yield Target("output of llama-bench", rows, lambda data: read_output(data.decode("utf-8", "replace")))
    yield Target("kept measurements", [line_of(speed()).encode()], _measurement)


def _measurement(data: bytes) -> None:
    try:
        measurement_of(data.decode("utf-8", "replace"))
    except ValueError as error:
        # Which is how it says that a line is none.
        raise InvalidFileError(str(error), "") from None


_BASELINE = b'{"schema":"llmadvise.baseline/1","findings":[{"fingerprint":"0123456789abcdef","rule":"a","file":"a.py","model":"m"}]}'
