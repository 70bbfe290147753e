"""Cross checks: each violation is found, named by a stable id and placed in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.catalog.build import compile_catalog
from llmadvise.catalog.checks.directory import check_directory
from llmadvise.catalog.checks.run import check_catalog
from llmadvise.catalog.compile import as_catalog, complete
from llmadvise.catalog.tree import read_tree
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.errors import InvalidFileError

MODEL = "models/acme/anvil-8b.yaml"
BASE = "models/acme/anvil-8b-base.yaml"
LICENSE = "licenses/apache-2.0.yaml"
PROFILE = "profiles/chat.yaml"
SCHEMES = "quantizations.yaml"
RUNTIME = "runtimes/llama.cpp.yaml"


def check(directory: Path) -> tuple[Finding, ...]:
    tree = read_tree(directory, "catalog")
    return check_catalog(as_catalog(complete(tree), tree), tree)


def change(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_fixture_is_clean(directory: Path) -> None:
    assert check(directory) == ()


HARD = [
    ("unknown-quantization", MODEL, "quantization: Q8_0", "quantization: Q8_1", 43),
    ("unknown-license", MODEL, "declared: apache-2.0", "declared: apache", 8),
    ("unknown-license", RUNTIME, "license: apache-2.0", "license: apache", 7),
    ("unknown-template", MODEL, "template: chatml", "template: chat", 28),
    ("unknown-benchmark", MODEL, "benchmark: quiz", "benchmark: quizz", 30),
    ("unknown-license-tag", LICENSE, "id: license-copy", "id: license-copies", 6),
    ("unknown-criterion", PROFILE, "quality: 3", "taste: 3", 6),
    ("lineage-cycle", BASE, "sources:", "base_models: [{model: acme/anvil-8b, relation: merge}]\nsources:", 9),
    ("duplicate-model", BASE, "repo: Acme/Anvil-8B-Base", "repo: acme/Anvil-8b", 1),
    ("unknown-replacement", BASE, "sources:", "instead: [acme/hammer]\nsources:", 9),
    ("unknown-parent", MODEL, "model: acme/anvil-8b-base", "model: /home/me/base", 13),
    ("duplicate-variant", MODEL, "quantization: Q8_0", "quantization: Q4_K_M", 42),
    ("attention-layers", MODEL, "layers: [0, 2]", "layers: [0]", 25),
    ("attention-layers", MODEL, "layers: [0, 2]", "layers: [2, 0]", 26),
    ("attention-layers", MODEL, "layers: [0, 2]", "layers: [0, 2, 4]", 26),
    ("attention-layers", MODEL, "layers: [0, 2]", "layers: [0, 1, 2]", 25),
    ("attention-layers", MODEL, "layers: [0, 2]", "layers: [-1, 0, 2]", 26),
    ("kv-heads", MODEL, "  kv_heads: 8\n", "  kv_heads: 7\n", 19),
    ("dimension", MODEL, "layers: 4", "layers: 0", 16),
    ("dimension", MODEL, "window: 1024", "window: 0", 27),
    ("dimension", "hardware/gpus/nvidia.yaml", "memory_bytes: 2", "memory_bytes: -2", 6),
    ("dimension", "hardware/cpus/amd.yaml", "cores: 16", "cores: 0", 2),
    ("parameter-count", MODEL, "active: 8", "active: 9", 6),
    ("parameter-count", MODEL, "language: 8", "language: 9", 6),
    ("parameter-count", MODEL, "language: 8", "language: -8", 6),
    (
        "parameter-count",
        MODEL,
        "parameters: {total: 8000000000, active: 8000000000, language: 8000000000}",
        "parameters: {total: 0, active: 0}",
        6,
    ),
    ("parameter-count", MODEL, "active: 8000000000", "active: 0", 6),
    ("experts", MODEL, "  tied_emb", "  experts: {total: 8, used: 9}\n  tied_emb", 24),
    ("context-length", MODEL, "native: 32768", "native: 0", 7),
    ("context-length", MODEL, "extended: 131072", "extended: 4096", 7),
    ("context-length", PROFILE, "context_length: 8192", "context_length: -1", 4),
    ("unsafe-name", MODEL, "name: Anvil-8B-Q4_K_M.gguf", "name: ../../etc/passwd", 37),
    ("unsafe-name", MODEL, "name: Anvil-8B-Q4_K_M.gguf", "name: /etc/passwd", 37),
    ("unsafe-name", MODEL, "name: Anvil-8B-Q4_K_M.gguf", "name: 'a\\b'", 37),
    ("unsafe-name", MODEL, "name: Anvil-8B-Q4_K_M.gguf", "name: --output=x", 37),
    ("unsafe-name", MODEL, "name: Anvil-8B-Q4_K_M.gguf", "name: $(reboot)", 37),
    ("unsafe-name", MODEL, "    repo: acme/Anvil-8B-GGUF", "    repo: -acme/Anvil", 34),
    ("unsafe-name", MODEL, "repo: Acme/Anvil-8B", "repo: a/b/c", 1),
    ("revision", MODEL, "revision: 01234567", "revision: main0123", 35),
    ("sha256", MODEL, "bytes: 4900000000}", "bytes: 4900000000, sha256: abc}", 37),
    ("size", MODEL, "    bytes: 8500000000", "    bytes: 0", 45),
    ("date", MODEL, "release_date: 2025-06-01", "release_date: 2025-02-30", 11),
    ("date", MODEL, "date: 2025-07", "date: July 2025", 30),
    ("profile-weight", PROFILE, "quality: 3", "quality: -3", 6),
    ("profile-weight", PROFILE, "{speed: 1, quality: 3}", "{}", 6),
    ("profile-evidence", PROFILE, "knowledge: 1", "knowledge: 2", 7),
    ("profile-speed", PROFILE, "usable: 5", "usable: 50", 5),
    ("profile-roles", PROFILE, "[instruct]", "[]", 3),
    ("bits", SCHEMES, "8.5", "85", 2),
    ("pattern", RUNTIME, "(\\d+)", "(\\d+", 8),
    ("pattern", RUNTIME, "(\\d+)", "(\\d+)+x", 8),
    ("pattern", RUNTIME, "(\\d+)", ".*.*.*.*x", 8),
    ("pattern", RUNTIME, "(\\d+)", "(.)\\1", 8),
    ("program", RUNTIME, "[llama-server]", "[/bin/sh]", 8),
    ("program", RUNTIME, "[llama-server]", "[--help]", 8),
    ("program", RUNTIME, "[llama-server],", "[bash], version_arguments: [-c, 'echo 1.2.3'],", 8),
    ("program", RUNTIME, "[llama-server],", "[reboot], version_arguments: [version],", 8),
]
SOFT = [
    ("size", MODEL, "    bytes: 8500000000", "    bytes: 850000000", 45),
    ("size", MODEL, "    bytes: 4900000000", "    bytes: 4900000001", 38),
    ("size-basis", MODEL, "    bytes_basis: computed\n", "", 45),
    ("kv-heads", MODEL, "layers: [0, 2], kv_heads: 8", "layers: [0, 2], kv_heads: 7", 26),
    ("attention-unknown", MODEL, ", window: 1024", "", 27),
    ("attention-unknown", MODEL, "{kind: full", "{kind: latent", 26),
    ("attention-unknown", MODEL, "{kind: full", "{kind: recurrent", 26),
    ("parent-spelling", MODEL, "model: acme/anvil-8b-base", "model: Acme/Anvil-8B-Base", 13),
    ("format-mismatch", MODEL, "format: gguf", "format: mlx", 32),
    ("unknown-format", RUNTIME, "formats: [gguf]", "formats: [gguf, mlx]", 2),
    ("ambiguous-name", SCHEMES, "aliases: [Q4_K - Medium]", "aliases: [q8_0]", 2),
    ("parameters-from-dimensions", MODEL, "hidden_size: 4096", "hidden_size: 4608", 6),
    ("bytes-from-bits", MODEL, "    bytes: 8500000000", "    bytes: 5500000000", 45),
    ("context-length", BASE, "native: 32768", "native: 64", 7),
    (
        "duplicate-file",
        MODEL,
        "    bytes: 8500000000",
        "    files: [{name: Anvil-8B-Q4_K_M.gguf}]\n    bytes: 8500000000",
        42,
    ),
    ("stale-source", BASE, "https://example.org/anvil", "page read 2020-01-01", 9),
    ("no-source", BASE, "sources: [https://example.org/anvil]\n", "", 1),
]


@pytest.mark.parametrize("case", HARD, ids=lambda case: f"{case[0]}-{case[3].strip()}")
def test_finds_what_cannot_be(directory: Path, case: tuple[str, str, str, str, int]) -> None:
    rule, file, old, new, line = case
    change(directory, file, old, new)
    found = [finding for finding in check(directory) if finding.verdict is Verdict.BLOCK]
    assert (f"catalog-{rule}", f"catalog/{file}:{line}") in [(finding.rule, finding.evidence) for finding in found]
    assert all(finding.message.isprintable() for finding in found)
    with pytest.raises(InvalidFileError, match=r"catalog/.*\.yaml:\d+: ") as caught:
        compile_catalog(directory, "catalog")
    assert f"(catalog-{rule})" in caught.value.message


@pytest.mark.parametrize("case", SOFT, ids=lambda case: f"{case[0]}-{case[3].strip()}")
def test_warns_of_what_is_doubtful(directory: Path, case: tuple[str, str, str, str, int]) -> None:
    rule, file, old, new, line = case
    change(directory, file, old, new)
    (finding,) = check(directory)
    assert (finding.rule, finding.verdict) == (f"catalog-{rule}", Verdict.WARN)
    assert finding.evidence == f"catalog/{file}:{line}"
    compile_catalog(directory)


def test_a_layer_may_have_attention_and_a_state(directory: Path) -> None:
    hybrid = "{kind: recurrent, layers: [0, 1, 2, 3], state_bytes: 4096}\n    - {kind: full"
    change(directory, MODEL, "{kind: full", hybrid)
    assert check(directory) == ()


def test_a_group_without_a_benchmark_is_a_note(directory: Path) -> None:
    change(directory, PROFILE, "knowledge: 1", "juggling: 1")
    (finding,) = check(directory)
    assert (finding.rule, finding.verdict) == ("catalog-unknown-benchmark-group", Verdict.NOTE)


def test_an_unknown_id_gets_a_guess(directory: Path) -> None:
    change(directory, MODEL, "quantization: Q8_0", "quantization: Q8_O")
    assert "did you mean `Q8_0`?" in check(directory)[0].message


def test_a_shared_hub_tag_is_ambiguous(directory: Path) -> None:
    other = (directory / LICENSE).read_text(encoding="utf-8")
    (directory / "licenses/other.yaml").write_text(other, encoding="utf-8")
    assert [finding.rule for finding in check(directory)] == ["catalog-ambiguous-name"]


def test_checks_a_directory_to_its_end(compiled: bytes, overlay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmadvise.catalog.checks.directory.built_in", lambda: compiled)
    (overlay / "models/acme").mkdir(parents=True)
    (overlay / "models/acme/broken.yaml").write_text("a: [\n", encoding="utf-8")
    (overlay / "quantizations.yaml").write_text(
        "quantizations:\n  Q5: {format: gguf, bits_per_weight: 99, method: k_quant}\n", encoding="utf-8"
    )
    assert [finding.rule for finding in check_directory(overlay)] == [
        "catalog-invalid-file",
        "catalog-bits",
        "catalog-no-source",
    ]
