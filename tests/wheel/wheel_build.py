"""What tests of the wheel share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
Build = Callable[[str, Path], Path]
"""Builds a target (`wheel`, `sdist`) of a source tree, and returns the file."""
