"""What the scanner finds in small checkouts, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.checkout.weights import WeightsHeader
from llmadvise.domain.compliance import Mention, ReferenceState

KNOWN = Path(__file__).parents[1] / "data" / "references" / "known.jsonl"
ROWS = [json.loads(line) for line in KNOWN.read_text(encoding="utf-8").splitlines()]


def mentions(folder: Path, name: str, text: str, **options: bool) -> tuple[Mention, ...]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return scan([folder], ScanOptions(**options)).mentions


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_references_of_public_repositories_are_found(tmp_path: Path, row: dict[str, object]) -> None:
    path = tmp_path / str(row["file"])
    path.parent.mkdir(exist_ok=True)
    path.write_text(str(row["content"]), encoding="utf-8")
    options = ScanOptions(read_header=lambda file: WeightsHeader(has_weights="vocab" not in file.name))
    found = {item.model.lower() for item in scan([tmp_path], options).mentions if item.model}
    expected = row["expected"]
    assert isinstance(expected, list)
    assert found == {name.lower() for name in expected}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'path = "google/protobuf/any.proto"\nx = "application/json"\nurl = "https://example.com/a-7b/b"\n'),
        ("a.py", '# model = "Qwen/Qwen3-8B"\n"""AutoModel.from_pretrained("Qwen/Qwen3-8B")"""\n'),
        ("a.py", 'model = User\nmodel_name = "user"\nclass A:\n    model = "auth.User"\n'),
        ("a.py", 'Trainer(output_dir="out/model-7b", hub_model_id="me/mine")\n'),
        ("b.yaml", "image: vllm/vllm-openai:latest\nuses: actions/checkout@v4\n# model: Qwen/Qwen3-8B\n"),
        ("Dockerfile", "FROM ollama/ollama:latest\n# RUN ollama pull qwen3:8b\nRUN pip install -r requirements.txt\n"),
        ("a.ts", '// const model = "Qwen/Qwen3-8B"\nimport x from "lodash/fp";\nconst t = "text/plain";\n'),
        ("run.sh", "# vllm serve Qwen/Qwen3-8B\ngit clone https://github.com/owner/name-7b\npython -m http.server\n"),
    ],
)
def test_what_is_no_reference_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    assert not [item for item in mentions(tmp_path, name, text) if item.model]


def test_states_have_their_reasons(tmp_path: Path) -> None:
    text = 'ChatOpenAI(model="gpt-4o")\nload_dataset("a/b")\nAutoModel.from_pretrained(f"Qwen/Qwen3-{size}B")\n'
    first, second, third = mentions(tmp_path, "a.py", text)
    assert (first.state, first.why) == (ReferenceState.NOT_A_MODEL, "a model of an API")
    assert (second.state, second.why) == (ReferenceState.NOT_A_MODEL, "a data set")
    assert (third.state, third.via) == (ReferenceState.UNRESOLVED, "size")


def test_position_revision_and_quantization(tmp_path: Path) -> None:
    text = 'x = 1\nm = AutoModel.from_pretrained("Qwen/Qwen3-8B", revision="abc123")\n'
    (found,) = mentions(tmp_path, "a.py", text)
    assert (found.line, found.column, found.revision) == (2, 31, "abc123")
    (tmp_path / "a.py").unlink()
    (found,) = mentions(tmp_path, "a.sh", "llama-server -hf unsloth/Qwen3-8B-GGUF:Q4_K_M\n")
    assert (found.model, found.quantization) == ("unsloth/Qwen3-8B-GGUF", "Q4_K_M")


def test_an_inline_ignore_carries_its_rules_and_reason(tmp_path: Path) -> None:
    text = 'model_id = "Qwen/Qwen3-8B"  # llmadvise: ignore[license] only in tests\n'
    (found,) = mentions(tmp_path, "a.py", text)
    assert (found.ignored_rules, found.ignored) == (("license",), "only in tests")


def test_ignored_and_vendored_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/\n*.log.py\n!keep.log.py\n/top.py\n")
    call = 'model_id = "Qwen/Qwen3-8B"\n'
    for name in ("build/a.py", "a.log.py", "keep.log.py", "top.py", "sub/top.py", "node_modules/x.py", ".git/x.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(call)
    assert [item.file for item in scan([tmp_path]).mentions] == ["keep.log.py", "sub/top.py"]


def test_markdown_code_is_read_only_when_asked(tmp_path: Path) -> None:
    text = "# Use\n```sh\nvllm serve Qwen/Qwen3-8B\n```\n"
    assert not mentions(tmp_path, "a.md", text)
    (found,) = mentions(tmp_path, "a.md", text, markdown=True)
    assert (found.model, found.line) == ("Qwen/Qwen3-8B", 3)


def test_a_model_card_says_its_license_and_base(tmp_path: Path) -> None:
    text = "---\nlicense: mit\nbase_model:\n- meta-llama/Llama-3.2-1B\nlibrary_name: peft\n---\n"
    found = [item for item in mentions(tmp_path, "out/README.md", text) if item.kind == "model-card"]
    assert (found[0].declared_license, found[0].base_models) == ("mit", ("meta-llama/Llama-3.2-1B",))
