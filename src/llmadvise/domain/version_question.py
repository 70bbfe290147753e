"""What a program may be asked to learn its version. A catalog says how, and a catalog may come from anyone.

So no more is started than a question, whatever an entry says: `bash -c …` is none.
"""

from __future__ import annotations

from typing import Final

from llmadvise.domain.runtime import Detection

_FLAG: Final = ("--version",)
_WORD: Final = ("version",)
_TAKE_THE_WORD: Final = frozenset({"lms", "ramalama", "transformers"})
"""Programs that are asked by a word. To others a word may be an order: `reboot version` reboots."""
_LONGEST_PATTERN: Final = 100
_MOST_REPEATS: Final = 3


def version_question(detection: Detection, program: str) -> tuple[str, ...] | None:
    """The arguments with which this one of the entry's programs is asked; None where it is not to be started."""
    asked = detection.version_arguments
    if program not in detection.binaries or not (asked == _FLAG or (asked == _WORD and program in _TAKE_THE_WORD)):
        return None
    return asked


def is_simple_pattern(pattern: str) -> bool:
    """Whether a pattern for a version is one whose search ends soon, whatever it is searched in.

    Few repeats, none of them of a group, and no reference back: then a line of 120 letters takes 120⁴ / 24 steps at
    most, a tenth of a second.
    """
    repeats = sum(pattern.count(letter) for letter in "*+{")
    of_a_group = any(f"){letter}" in pattern for letter in "*+{?")
    refers_back = any(f"\\{digit}" in pattern for digit in "123456789") or "(?P=" in pattern
    return len(pattern) <= _LONGEST_PATTERN and repeats <= _MOST_REPEATS and not of_a_group and not refers_back
