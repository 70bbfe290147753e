"""Commands of every runtime × format × backend are taken by that runtime's own parser, and say what the plan says."""

from __future__ import annotations

import pytest
from command_line import CommandLine, command_lines
from grid import cells, combinations, disagreements

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.launch.servers import SERVERS

PAIRS = 2
"""In the suite; all are in benchmarks/command_grid.py."""
WITHOUT_A_PARSER = frozenset({"gpt4all", "lemonade"})
"""Their programs have no command line for this, and none is given."""


@pytest.fixture(scope="module")
def parsers() -> dict[str, CommandLine]:
    return command_lines()


def test_every_runtime_has_a_stored_command_line(catalog: Catalog, parsers: dict[str, CommandLine]) -> None:
    assert set(catalog.runtimes) - set(parsers) == WITHOUT_A_PARSER


def test_commands_are_taken_and_agree_with_the_plan(catalog: Catalog, parsers: dict[str, CommandLine]) -> None:
    seen: set[tuple[str, str, Backend]] = set()
    for runtime, format_, backend, platform in combinations(catalog):
        if (runtime.id, format_, backend) in seen or runtime.id in WITHOUT_A_PARSER:
            continue
        for cell in cells(catalog, runtime, format_, backend, platform, pairs=PAIRS):
            seen.add((runtime.id, format_, backend))
            for step in cell.steps:
                problems = parsers[runtime.id].problems(step.arguments, tuple(step.environment))
                assert not problems, (runtime.id, cell.variant.id, step.arguments, problems)
            analogy = any(item.rule == "memory-by-analogy" for item in cell.plan.findings)
            assert analogy or not runtime.by_analogy, runtime.id
            assert not list(disagreements(cell)), (runtime.id, cell.machine, cell.filled.serve)
    formats = {(runtime, format_) for runtime, format_, _ in seen}
    assert len(formats) > 20
    assert Platform.LINUX in Platform


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("vllm", "serve", "a/b", "--max-model-len", "8192"), None),
        (("vllm", "serve", "a/b", "--max-model-len"), "--max-model-len lacks a value"),
        (("vllm", "serve", "a/b", "c"), "vllm serve takes 1 words without a flag, not 2"),
        (("vllm", "serve", "a/b", "--context-length", "1"), "vllm serve has no --context-length"),
        (("vllm", "serve", "a/b", "--kv-cache-dtype", "f16"), "--kv-cache-dtype takes no f16"),
        (("vllm", "chat"), "no program of it: vllm chat"),
    ],
)
def test_the_checker_finds_what_a_parser_would(
    parsers: dict[str, CommandLine], arguments: tuple[str, ...], problem: str | None
) -> None:
    assert parsers["vllm"].problems(arguments)[:1] == ([problem] if problem else [])


def test_llama_cpps_flags_are_those_that_it_documents(parsers: dict[str, CommandLine]) -> None:
    """The flags that plans use, by llama.cpp 0c1e57098 tools/server/README.md."""
    known = {name for flag in parsers["llama.cpp"].programs["llama-server"]["flags"] for name in flag["names"]}
    assert {
        "-c",
        "-ngl",
        "-fa",
        "-ctk",
        "-ctv",
        "-np",
        "-ts",
        "--n-cpu-moe",
        "-hf",
        "-hff",
        "--host",
        "--port",
    } <= known


def test_what_is_added_to_start_a_server_is_taken_too(catalog: Catalog, parsers: dict[str, CommandLine]) -> None:
    """Words and variables that llmadvise adds to the catalog's command when it starts a server by itself."""
    for name, server in SERVERS.items():
        template = catalog.runtimes[name].commands.serve
        assert template is not None
        program = max(
            (item for item in parsers[name].programs if item in template),
            key=lambda item: len(item.split()),
            default="",
        )
        words = [word.replace("{name}", "a").replace("{port}", "1").replace("{host}", "h") for word in server.words]
        variables = [item for item in server.environment if item in parsers[name].environment or "OLLAMA" in item]
        assert parsers[name].problems([*program.split(), *words], variables) == [], name
