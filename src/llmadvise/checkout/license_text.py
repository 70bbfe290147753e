"""The license file that lies beside weights in a checkout."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

_NAMES = ("LICENSE-MODEL", "LICENSE_MODEL", "MODEL_LICENSE", "LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE")
_LARGEST = 1 << 20


def license_beside(root: Path, file: str) -> str | None:
    """The sha256 of the license file in the same folder, byte by byte; None where there is none.

    A license in the root of the checkout is of the checkout, and tells nothing of weights that lie there.
    """
    folder = (root / file).parent
    if folder == root:
        return None
    for name in _NAMES:
        place = folder / name
        try:
            if place.is_symlink() or not place.is_file() or place.stat().st_size > _LARGEST:
                continue
            return sha256(place.read_bytes()).hexdigest()
        except OSError:
            continue
    return None
