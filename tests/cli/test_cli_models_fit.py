"""`models list` by size and by what fits a machine."""

from __future__ import annotations

import json

from cli_program import Ask


def ids(ask: Ask, *arguments: str) -> set[str]:
    answer = ask("models", "list", "--json", *arguments)
    assert (answer.code, answer.err) == (0, "")
    return {model["id"] for model in json.loads(answer.out)["models"]}


def test_a_smaller_machine_fits_a_part_of_what_a_larger_one_does(ask: Ask) -> None:
    small = ids(ask, "--fits", "--gpu", "RTX 3060", "--ram", "16GiB", "--family", "qwen2.5")
    large = ids(ask, "--fits", "--gpu", "4x RTX 3090", "--ram", "128GiB", "--family", "qwen2.5")
    assert small
    assert small < large
    assert large <= ids(ask, "--family", "qwen2.5")


def test_sizes_bound_from_both_sides(ask: Ask) -> None:
    answer = ask("models", "list", "--json", "--min-parameters", "7", "--max-parameters", "9")
    sizes = [model["parameters"]["total"] for model in json.loads(answer.out)["models"]]
    assert sizes
    assert all(7e9 <= size <= 9e9 for size in sizes)


def test_a_machine_without_fits_is_a_mistake(ask: Ask) -> None:
    answer = ask("models", "list", "--gpu", "RTX 4090")
    assert answer.code == 2
    assert "--fits" in answer.err


def test_families_and_formats_mean_what_they_mean_elsewhere(ask: Ask) -> None:
    both = ids(ask, "--family", "qwen2.5", "--family", "Gemma-3")
    assert both == ids(ask, "--family", "qwen2.5") | ids(ask, "--family", "gemma-3")
    either = ids(ask, "--model-format", "mlx, AWQ")
    assert either == ids(ask, "--model-format", "mlx") | ids(ask, "--model-format", "awq")
    assert ids(ask, "--model-format", "mlx") < either
