"""Loading: what a user's own directory adds and replaces, and what a start may import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmadvise.catalog import load
from llmadvise.catalog.opened import open_compiled
from llmadvise.domain.catalog import Catalog
from llmadvise.errors import InvalidFileError


@pytest.fixture
def installed(compiled: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package directory that holds the compiled catalog, as after the installation of a wheel."""
    package = tmp_path / "package"
    package.mkdir()
    (package / load.COMPILED_NAME).write_bytes(compiled)
    monkeypatch.setattr(load, "_PACKAGE", str(package))
    return package


def own_model(overlay: Path, name: str, license_: str = "apache-2.0") -> Path:
    folder = overlay / "models/acme"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(
        f"repo: Acme/{name}\nname: {name}\norg: Acme\nfamily: own\nrole: instruct\n"
        "parameters: {total: 1000, active: 1000}\ncontext_length: {native: 4096}\n"
        f"license: {{declared: {license_}}}\n",
        encoding="utf-8",
    )
    return path


def test_an_installed_catalog(installed: Path, compiled: bytes) -> None:
    catalog = load.load_catalog()
    assert catalog.identity == open_compiled(compiled, "x").identity
    assert catalog.license_tags["license-copy"].startswith("Whoever")
    assert catalog.origins == {}


def test_entries_of_a_users_directory_lie_over_the_others(installed: Path, overlay: Path) -> None:
    own_model(overlay, "anvil-8b")
    path = own_model(overlay, "aaa")
    base, catalog = load.load_catalog(), load.load_catalog(overlay)
    assert list(catalog.models) == ["acme/aaa", "acme/anvil-8b", "acme/anvil-8b-base"]
    # A replaced entry is replaced as a whole.
    assert catalog.models["acme/anvil-8b"].family == "own"
    assert catalog.models["acme/anvil-8b"].variants == ()
    assert catalog.models["acme/anvil-8b-base"] == base.models["acme/anvil-8b-base"]
    assert catalog.origins["models/acme/aaa"] == f"{path}:1"
    assert set(catalog.origins) == {"models/acme/aaa", "models/acme/anvil-8b"}
    assert catalog.identity.version == "2026.01.02+user"
    assert catalog.identity.digest != base.identity.digest
    assert dict(catalog.quantizations) == dict(base.quantizations)


def test_the_same_facts_twice_change_nothing_but_the_version(installed: Path, directory: Path) -> None:
    assert load.load_catalog(directory).identity.digest == load.load_catalog().identity.digest


def test_the_date_is_that_of_the_newer_facts(installed: Path, overlay: Path) -> None:
    (overlay / "catalog.yaml").write_text("version: '1'\nas_of: '2030-01-01'\n", encoding="utf-8")
    assert load.load_catalog(overlay).identity.as_of == "2030-01-01"
    (overlay / "catalog.yaml").write_text("version: '1'\nas_of: '2020-01-01'\n", encoding="utf-8")
    assert load.load_catalog(overlay).identity.as_of == "2026-01-02"


def test_own_facts_must_agree_with_the_others(installed: Path, overlay: Path) -> None:
    path = own_model(overlay, "aaa", license_="none-such")
    with pytest.raises(InvalidFileError, match="there is no license `none-such`") as caught:
        load.load_catalog(overlay)
    assert caught.value.message.startswith(f"{path}:8: ")
    assert caught.value.hint


def test_a_cycle_through_a_users_entry_is_found(installed: Path, overlay: Path) -> None:
    path = own_model(overlay, "anvil-8b-base")
    with path.open("a", encoding="utf-8") as file:
        file.write("base_models: [{model: acme/anvil-8b, relation: finetune}]\n")
    with pytest.raises(InvalidFileError, match="descends from itself"):
        load.load_catalog(overlay)


@pytest.mark.parametrize("name", ["", "missing", "file"])
def test_a_directory_that_is_none(installed: Path, overlay: Path, name: str) -> None:
    (overlay / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidFileError) as caught:
        load.load_catalog(overlay / name)
    assert caught.value.hint


def test_without_any_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_PACKAGE", str(tmp_path / "a/b/c"))
    with pytest.raises(InvalidFileError, match="holds no catalog"):
        load.load_catalog()


def test_a_truncated_installation(installed: Path, compiled: bytes) -> None:
    (installed / load.COMPILED_NAME).write_bytes(compiled[: len(compiled) // 2])
    with pytest.raises(InvalidFileError, match=r"compiled.jsonl"):
        list(load.load_catalog().models.values())


def test_a_checkout(directory: Path, monkeypatch: pytest.MonkeyPatch, compiled: bytes) -> None:
    monkeypatch.setattr(load, "_PACKAGE", str(directory.parent / "src/llmadvise/catalog"))
    catalog: Catalog = load.load_catalog()
    assert catalog.identity == open_compiled(compiled, "x").identity


def test_an_installed_catalog_needs_the_standard_library_only(installed: Path) -> None:
    code = f"""
import sys
from llmadvise.catalog import load
load._PACKAGE = {str(installed)!r}
catalog = load.load_catalog()
for section in ("models", "licenses", "runtimes", "profiles", "quantizations", "gpus", "cpus", "license_tags"):
    list(getattr(catalog, section).values())
print(sorted({{"yaml", "pydantic", "pathlib", "llmadvise.catalog.tree", "llmadvise.engine"}} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
