"""The wheel, built once from this checkout and unpacked where the sources are out of sight."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from wheel_build import ROOT, Build


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build a target (`wheel`, `sdist`) of a source tree with the backend that pyproject.toml names."""

    def built(target: str, root: Path) -> Path:
        directory = tmp_path_factory.mktemp(target)
        command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(directory)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        (file,) = directory.iterdir()
        return file

    return built


@pytest.fixture(scope="session")
def wheel(build: Build) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT)


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as an installer lays them out."""
    directory = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(wheel, directory, "zip")
    return directory


@pytest.fixture(scope="session")
def second_sources(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked: the same sources in another place."""
    directory = tmp_path_factory.mktemp("sources")
    with tarfile.open(build("sdist", ROOT)) as archive:
        archive.extractall(directory, filter="data")
    (root,) = directory.iterdir()
    return root
