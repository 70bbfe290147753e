"""Files that can run code when a program loads them: pickles, and Python itself. Neither is ever fetched."""

from __future__ import annotations

from typing import Final

_PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack")
"""PyTorch's and Python's own, and what older libraries write beside them (Keras's .h5 may hold a lambda)."""
_PROGRAMS: Final = (".py",)


def is_pickle(name: str) -> bool:
    """Whether the weights in the file are, or may be, a pickle."""
    return name.lower().endswith(_PICKLES)


def runs_code(name: str) -> bool:
    """Whether loading the file can run code that stands in it."""
    return is_pickle(name) or name.lower().endswith(_PROGRAMS)
