"""The license file beside weights, by its hash."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from llmadvise.checkout.license_text import license_beside

TEXT = b"Permission is granted.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "LICENSE").write_bytes(b"of the checkout")
    return tmp_path


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE-MODEL"])
def test_it_is_hashed_byte_by_byte(root: Path, name: str) -> None:
    (root / "models" / name).write_bytes(TEXT)
    assert license_beside(root, "models/a.gguf") == sha256(TEXT).hexdigest()


def test_the_text_of_the_weights_comes_before_that_of_the_code(root: Path) -> None:
    (root / "models" / "LICENSE").write_bytes(b"of the code")
    (root / "models" / "LICENSE-MODEL").write_bytes(TEXT)
    assert license_beside(root, "models/a.gguf") == sha256(TEXT).hexdigest()


def test_the_license_of_the_checkout_is_no_license_of_weights(root: Path) -> None:
    assert license_beside(root, "a.gguf") is None
    assert license_beside(root, "models/a.gguf") is None


def test_a_link_is_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "LICENSE"
    outside.write_bytes(TEXT)
    try:
        (root / "models" / "LICENSE").symlink_to(outside)
    except OSError:
        pytest.skip("no links here")
    assert license_beside(root, "models/a.gguf") is None


def test_a_file_that_is_no_license_by_its_size_is_left(root: Path) -> None:
    (root / "models" / "LICENSE").write_bytes(b"x" * ((1 << 20) + 1))
    assert license_beside(root, "models/a.gguf") is None
