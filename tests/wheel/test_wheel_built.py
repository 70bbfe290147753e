"""What the wheel is made of: the package, the compiled catalog, and nothing that differs from build to build."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from wheel_build import ROOT, Build

from llmadvise.catalog.build import compile_catalog

COMPILED = "llmadvise/catalog/compiled.jsonl"


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"llmadvise"}
    assert {"llmadvise/py.typed", COMPILED} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    beside = {name.partition(".data/data/")[2] for name in names} - {""}
    assert beside == {
        "share/man/man1/llmadvise.1",
        "share/bash-completion/completions/llmadvise",
        "share/zsh/site-functions/_llmadvise",
        "share/fish/vendor_completions.d/llmadvise.fish",
    }
    odd = [
        name
        for name in names
        if not name.endswith((".py", ".typed", ".jsonl")) and ".dist-info/" not in name and ".data/" not in name
    ]
    assert odd == ["llmadvise/hub/config_defaults.json"]
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == sources


def test_its_catalog_is_the_one_of_the_yaml_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = archive.read(COMPILED)
    expected = compile_catalog(ROOT / "catalog", "catalog")
    digests = [json.loads(content.partition(b"\n")[0])["digest"] for content in (carried, expected)]
    assert digests[0] == digests[1]
    assert carried == expected


def test_the_same_sources_make_the_same_wheel_anywhere(wheel: Path, second_sources: Path, build: Build) -> None:
    again = build("wheel", second_sources)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_program_is_declared(unpacked: Path) -> None:
    (file,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert file.read_text(encoding="utf-8").split() == [
        "[console_scripts]",
        "llmadvise",
        "=",
        "llmadvise.__main__:main",
    ]
