"""Values that one file of a checkout gives another."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import scan


def models(folder: Path, files: dict[str, str], asked: str) -> set[str | None]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {item.model for item in scan([folder]).mentions if item.file == asked}


CHART = "llm:\n  pick: acme/small\nother: x\n"
TEMPLATES = [
    ('args: ["--model", {{ .Values.llm.pick | quote }}]\n', {"acme/small"}),
    ("args:\n- --model={{ $.Values.llm.pick }}\n", {"acme/small"}),
    ('args:\n- --model={{ required "say it" .Values.llm.pick }}\n', {"acme/small"}),
    ("{{ if .x }}\n  - --model={{ .Values.llm.pick }}\n{{ else }}\n - y\n", {"acme/small"}),
    ('args:\n- --model={{ printf "%s-%s" .Values.llm.pick .Values.other }}\n', {None}),
    ("args:\n- --model={{ .Values.llm.absent }}\n", {None}),
    ("x: {{ if .Values.llm.pick }}on{{ end }}\n", set()),
]


@pytest.mark.parametrize(("template", "expected"), TEMPLATES)
def test_a_template_takes_what_its_chart_gives(tmp_path: Path, template: str, expected: set[str | None]) -> None:
    files = {"chart/values.yaml": CHART, "chart/templates/sub/a.yaml": template, "values.yaml": "llm: {pick: acme/no}"}
    assert models(tmp_path, files, "chart/templates/sub/a.yaml") == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker-compose.yml", "services:\n  a:\n    command: vllm serve ${LLM} --port 1\n"),
        ("compose.yaml", "services:\n  a:\n    environment:\n    - MODEL=$LLM\n"),
        ("run.sh", "set -a; source .env\nvllm serve $LLM\n"),
        ("Makefile", "include .env\nup:\n\tvllm serve $(LLM)\n"),
    ],
)
def test_what_is_started_takes_variables_from_the_environment_beside(tmp_path: Path, name: str, text: str) -> None:
    files = {"x/.env.example": "A=1\nexport LLM='acme/small'  # one\n", f"x/{name}": text}
    assert models(tmp_path, files, f"x/{name}") == {"acme/small"}


def test_an_environment_that_is_left_out_of_the_checkout_decides_nothing(tmp_path: Path) -> None:
    files = {".gitignore": ".env\n", ".env": "LLM=acme/mine\n", "compose.yml": "x:\n  command: vllm serve ${LLM} --x\n"}
    assert models(tmp_path, files, "compose.yml") == {None}
    files = {".env.sample": "LLM=acme/small\n"}
    assert models(tmp_path, files, "compose.yml") == {"acme/small"}


def test_values_outside_the_tree_and_values_without_end_are_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(CHART)
    (tmp_path / "tree" / "templates").mkdir(parents=True)
    (tmp_path / "tree" / "values.yaml").symlink_to(outside)
    text = {"templates/a.yaml": "args:\n- --model={{ .Values.llm.pick }}\n"}
    assert models(tmp_path / "tree", text, "templates/a.yaml") == {None}
    (tmp_path / "tree" / "values.yaml").unlink()
    bomb = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} {{x: *{'a' if not i else f'b{i - 1}'}, y: *{'a' if not i else f'b{i - 1}'}}}\n" for i in range(40))  # fmt: skip
    (tmp_path / "tree" / "values.yaml").write_text(bomb)
    assert models(tmp_path / "tree", text, "templates/a.yaml") == {None}
