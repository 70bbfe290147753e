"""Catalog directories: what is read, what is refused, and what the messages say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmadvise.catalog.tree import read_tree
from llmadvise.errors import InvalidFileError

MODEL = "models/acme/anvil-8b.yaml"


def change(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(directory: Path) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        read_tree(directory, "catalog")
    assert caught.value.hint
    assert caught.value.message.replace("\n", "").isprintable()
    return caught.value


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (MODEL, "role: instruct", "role: wizard", "5: role: input should be 'base', 'instruct'"),
        (MODEL, "name: Anvil 8B", "name: 8", "2: name: input should be a valid string, not 8"),
        (MODEL, "name: Anvil 8B", "name:", "2: name: input should be a valid string, not null"),
        (MODEL, "total: 8000000000", "total: '8000000000'", "6: parameters.total: input should be a valid integer"),
        (MODEL, "total: 8000000000", "total: 8.0e9", "6: parameters.total: input should be a valid integer"),
        (MODEL, "total: 8000000000", "total: true", "6: parameters.total: input should be a valid integer"),
        (MODEL, "family: anvil\n", "", "1: family: missing"),
        (MODEL, "family: anvil", "famly: anvil\nfamily: anvil", "4: famly: unknown key"),
        (MODEL, "      - {name: Anvil", "      - {size: 1, name: Anvil", "37: variants[0].files[0].size: unknown key"),
        (MODEL, "bytes: 4900000000}", "bytes: 4.9}", "37: variants[0].files[0].bytes: input should be a valid integer"),
        (MODEL, "capabilities: [tools]", "capabilities: tools", "9: capabilities: input should be a valid"),
        (MODEL, "languages: ['no', en]", "languages: [no, en]", "10: no without quotes is a boolean"),
        (MODEL, "name: Anvil 8B", "id: acme/other\nname: Anvil 8B", "2: the id must be `acme/anvil-8b`"),
        (
            MODEL,
            "    repo: acme/Anvil-8B-GGUF",
            "    id: x\n    repo: acme/Anvil-8B-GGUF",
            "32: the id of this variant",
        ),
        (MODEL, "name: Anvil 8B", 'name: "Anvil\\n8B"', "2: name runs over several lines"),
        ("licenses/tags.yaml", "tags:", "tag:", "1: the file must hold the single key `tags`"),
        ("licenses/tags.yaml", "Whoever", "[1]\n  other: Whoever", "2: the entry: input should be a valid string"),
        ("quantizations.yaml", "quantizations:", "extra: 1\nquantizations:", "1: the file must hold the single key"),
        ("quantizations.yaml", "8.5", "'8.5'", "2: bits_per_weight: input should be a valid number, not '8.5'"),
        ("quantizations.yaml", "Q8_0:", "Q4_K_M:", "3: the key 'Q4_K_M' is given twice"),
        ("profiles/chat.yaml", "speed: 1", "speed: fast", "6: weights.speed: input should be a valid number"),
        ("benchmarks.yaml", "unit: percent}", "unit: percent", "not valid YAML"),
        ("catalog.yaml", "as_of", "as_off", "2: as_off: unknown key"),
    ],
)
def test_messages_name_file_line_and_field(directory: Path, file: str, old: str, new: str, message: str) -> None:
    change(directory, file, old, new)
    assert refusal(directory).message.startswith(f"catalog/{file}:")
    assert message in refusal(directory).message


def test_a_misspelt_key_gets_a_guess(directory: Path) -> None:
    change(directory, MODEL, "family: anvil", "famly: anvil\nfamily: anvil")
    assert refusal(directory).hint == "Did you mean family?"


def test_many_errors_are_counted(directory: Path) -> None:
    change(directory, MODEL, "total: 8000000000, active: 8000000000, language: 8000000000", "a: 1, b: 2, c: 3, d: 4")
    lines = refusal(directory).message.split("\n")
    assert len(lines) == 4
    assert lines[-1] == f"catalog/{MODEL}: and 3 more errors"


def test_rows_of_one_kind_may_stand_in_one_file_only_once(directory: Path) -> None:
    other = directory / "hardware/gpus/other.yaml"
    other.write_text((directory / "hardware/gpus/nvidia.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    message = refusal(directory).message
    assert message == (
        "catalog/hardware/gpus/other.yaml:2: `rtx-4090` is already defined at catalog/hardware/gpus/nvidia.yaml:2"
    )


@pytest.mark.parametrize(
    "stray",
    [
        "modles/acme/anvil.yaml",
        "models/anvil.yaml",
        "models/acme/deep/anvil.yaml",
        "quantization.yaml",
        "calibration/taste.yaml",
        "hardware/tpus/google.yaml",
        "models/acme/anvil-9b.yml",
        "models/Acme/Anvil.yaml",
        "licenses/my license.yaml",
    ],
)
def test_nothing_is_passed_over_silently(directory: Path, stray: str) -> None:
    path = directory / stray
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a: 1\n", encoding="utf-8")
    assert refusal(directory).message.startswith("catalog/")


def test_passes_over_hidden_files_and_other_texts(directory: Path) -> None:
    (directory / ".git").mkdir()
    (directory / ".git/x.yaml").write_text("no: no\n", encoding="utf-8")
    (directory / "models/.anvil.yaml").write_text("no: no\n", encoding="utf-8")
    (directory / "README.md").write_text("x\n", encoding="utf-8")
    assert len(read_tree(directory).sections["models"]) == 2


def test_an_empty_a_missing_and_a_wrong_directory(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="holds no catalog files"):
        read_tree(tmp_path)
    with pytest.raises(InvalidFileError, match="no such file or directory"):
        read_tree(tmp_path / "missing")
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(InvalidFileError, match="not a directory"):
        read_tree(file)


def test_an_unreadable_directory(directory: Path) -> None:
    locked = directory / "models/acme"
    locked.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("runs as a user who may read everything")
        assert "permission denied" in refusal(directory).message
    finally:
        locked.chmod(0o755)


def test_symlink_loops_end(directory: Path) -> None:
    (directory / "models/loop").symlink_to(directory / "models")
    assert "nested too deep" in refusal(directory).message
    (directory / "models/loop").unlink()
    (directory / "models/acme/loop.yaml").symlink_to(directory / "models/acme/loop.yaml")
    assert "loop.yaml" in refusal(directory).message


def test_names_with_control_characters_are_escaped(directory: Path) -> None:
    (directory / "models/acme/a\x1b[2J.yaml").write_text("a: 1\n", encoding="utf-8")
    refusal(directory)


def test_goes_on_when_asked_to(directory: Path) -> None:
    change(directory, MODEL, "role: instruct", "role: wizard")
    change(directory, "quantizations.yaml", "8.5", "x")
    errors: list[InvalidFileError] = []
    tree = read_tree(directory, "catalog", errors.append)
    assert len(errors) == 2
    assert list(tree.sections["models"]) == ["acme/anvil-8b-base"]


def test_knows_where_everything_stands(directory: Path) -> None:
    tree = read_tree(directory, "catalog")
    assert tree.places["models", "acme/anvil-8b"].where("variants", 1, "bytes") == f"catalog/{MODEL}:45"
    assert tree.places["gpus", "rtx-4090"].where("name") == "catalog/hardware/gpus/nvidia.yaml:4"
    assert tree.places["calibration", "speed"].where() == "catalog/calibration/speed.yaml:1"
