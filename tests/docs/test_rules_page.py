"""docs/rules.md says everything that can be said, in the words of the code, and each thing once."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rules_page import BESIDE_RULES, page

from llmadvise.domain.license import LimitKind
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.rules import RULES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
SPEAKING = ("measure", "probe", "engine", "catalog/checks", "hub", "launch/recipes")
SAYING = frozenset({"note", "warn", "block", "_refuse", "_refusal", "_finding", "_note", "_warn"})
KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def test_the_page_is_what_the_code_says() -> None:
    """Run with LLMADVISE_UPDATE=1 to write it anew."""
    if os.environ.get("LLMADVISE_UPDATE"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_ids_are_unique_words() -> None:
    ids = Counter([*(rule.id for rule in RULES), *(item.id for item in CRITERIA), *BESIDE_RULES])
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9-]+", id_) for id_ in ids)
    sections = re.findall(r"^### (.+)$", page(), flags=re.MULTILINE)
    assert sections == list(ids)


def test_every_rule_says_what_and_why_in_a_sentence() -> None:
    for rule in RULES:
        assert rule.summary.endswith("."), rule.id
        assert rule.why.endswith("."), rule.id
    for criterion in CRITERIA:
        assert criterion.summary.endswith("."), criterion.id


def test_every_finding_of_the_code_has_its_section() -> None:
    written = {
        id_ for folder in SPEAKING for path in (ROOT / "src/llmadvise" / folder).rglob("*.py") for id_ in _ids(path)
    }
    written |= {f"license-{kind.value}" for kind in LimitKind if kind not in {LimitKind.UNREAD, LimitKind.OTHER}}
    assert len(written) > 60
    known = {*(rule.id for rule in RULES), *BESIDE_RULES}
    assert written - known == set(), "give these a section in tests/docs/rules_page.py"
    assert known - written - {rule.id for rule in RULES} == set(), "nothing says these any more"


def _ids(path: Path) -> Iterator[str]:
    """Ids of findings in one module: what is said outright, and every word of a catalog check."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"catalog(-[a-z0-9]+)+", node.value)
        ):
            yield node.value
        if isinstance(node, ast.Call):
            yield from _said(node)
        if path.name == "judge_license.py" and isinstance(node, ast.Constant) and _is_act(node.value):
            yield str(node.value)
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["_RULE"]:
            yield ast.literal_eval(node.value)


def _is_act(value: object) -> bool:
    """Ids that stand in a table of acts, and are said from there."""
    return isinstance(value, str) and re.fullmatch(r"license-no(-[a-z]+)+", value) is not None


def _said(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    told = [keyword.value for keyword in call.keywords if keyword.arg == "rule" and name in {"Finding", "TermFinding"}]
    if name == "_unknown" and isinstance(call.args[1], ast.Constant) and isinstance(call.args[1].value, str):
        yield f"catalog-unknown-{call.args[1].value}"
    if name in SAYING and call.args:
        told.append(call.args[0])
    for argument in told:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEBAB.fullmatch(node.value):
                yield node.value
