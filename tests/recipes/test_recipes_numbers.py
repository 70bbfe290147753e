"""The numbers of GPUs in recipes are those that the libraries of their vendor give them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from recipe_parts import CATALOG, case_of, question

from llmadvise.api.recipe import recommended_recipe
from llmadvise.api.recipe_serving import serving_of
from llmadvise.api.request import Request
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, Gpu
from llmadvise.domain.recipe import Form
from llmadvise.launch.recipes.findings import about_numbers
from llmadvise.launch.recipes.forms import write

HIDDEN = Finding(
    rule="gpu-hidden", verdict=Verdict.NOTE, message="1 of 2 NVIDIA GPUs are hidden by CUDA_VISIBLE_DEVICES='1'."
)


def test_a_card_is_numbered_among_those_of_its_vendor() -> None:
    case = case_of(question("RX 7900 XTX"), CATALOG.models["qwen/qwen3-8b"])
    assert case is not None
    case = replace(case, plan=replace(case.plan, placement=replace(case.plan.placement, devices=("gpu2", "gpu1"))))
    gpus = tuple(Gpu(index=place, vendor=vendor, name="") for place, vendor in enumerate(("nvidia", "amd", "amd")))
    serving = replace(serving_of(case, Form.SYSTEMD, gpus=gpus), backend=Backend.ROCM)
    assert serving.gpus == (1, 0)
    assert "Environment=HIP_VISIBLE_DEVICES=1,0" in write(Form.SYSTEMD, serving).text.splitlines()


@pytest.mark.parametrize(("form", "told"), [(Form.SYSTEMD, True), (Form.COMPOSE, True), (Form.SCRIPT, False)])
def test_numbers_that_a_variable_changed_are_warned_of(form: Form, *, told: bool) -> None:
    assert [item.rule for item in about_numbers((HIDDEN,), form)] == ["recipe-gpu-numbers"] * told
    assert list(about_numbers((), form)) == []


def test_the_warning_stands_at_the_top_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    finding = {"rule": HIDDEN.rule, "verdict": "note", "message": HIDDEN.message}
    file.write_text(
        json.dumps({
            "platform": "linux", "memory": {"total_bytes": 64 << 30}, "gpus": [{"name": "RTX 4090"}], "findings": [finding],
        })
    )  # fmt: skip
    document = recommended_recipe(Request(hardware=str(file), offline=True), Form.SYSTEMD)
    assert "# warn: 1 of 2 NVIDIA GPUs are hidden by CUDA_VISIBLE_DEVICES='1'; the recipe" in document.text
