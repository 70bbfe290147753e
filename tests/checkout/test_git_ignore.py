"""Rules of .gitignore files, as `git check-ignore` answers them."""

from __future__ import annotations

import pytest

from llmadvise.checkout.git_ignore import ignored, rules_of

ANSWERS = [
    ("*.log", "a/b.log", True),
    ("/*.log", "a/b.log", False),
    ("a/*", "a/b/c", False),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("**/b", "a/x/b", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/**/b", "a/b", True),
    ("a**b", "a/b", False),
    ("x[!a]y", "x/y", False),
    ("x[!a]y", "xby", True),
    ("a?b", "a/b", False),
    ("*ab*ab", "abxab", True),
    ("*ab*ab", "xab", False),
    ("**/a/**/a/b", "a/a/a/b", True),
    ("\\!x", "!x", True),
    ("a.c", "abc", False),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), ANSWERS)
def test_a_rule_answers_as_git_does(pattern: str, path: str, expected: bool) -> None:
    assert ignored(path, directory=False, levels=[("", rules_of(pattern))]) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("*a" * 100 + "*b", "a" * 250), ("**/a/" * 80 + "b", "/".join("a" * 100)), ("*?" * 200 + "*b", "a" * 250)],
)
def test_a_rule_of_many_stars_ends(pattern: str, path: str) -> None:
    assert not ignored(path, directory=False, levels=[("", rules_of(pattern))])
