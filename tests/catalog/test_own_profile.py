"""Use cases in files of users: whole, or as changes, and every mistake with its line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from llmadvise.api.schemas import schema_text
from llmadvise.catalog.load import load_catalog
from llmadvise.catalog.own_profile import read_profile
from llmadvise.domain.model import Role
from llmadvise.domain.profile import Profile, SpeedMeasure, Task
from llmadvise.errors import InvalidFileError

GROUPS = frozenset({"chat", "code", "general"})
WHOLE = """\
name: Minutes
roles: [instruct]
context_length: 16384
speed: {usable: 5, comfortable: 25.5}
weights: {quality: 3, speed: 1}
evidence: {chat: 1, general: 0.5}
"""


@pytest.fixture(scope="module")
def known() -> dict[str, Profile]:
    return dict(load_catalog().profiles)


def read(tmp_path: Path, text: str, known: dict[str, Profile]) -> Profile:
    file = tmp_path / "Mine.yaml"
    file.write_text(text, encoding="utf-8")
    return read_profile(file, known, GROUPS)


def test_a_whole_one_stands_alone(tmp_path: Path, known: dict[str, Profile]) -> None:
    profile = read(tmp_path, WHOLE, known)
    assert (profile.id, profile.name, profile.roles) == ("mine", "Minutes", (Role.INSTRUCT,))
    assert (profile.speed.usable, profile.speed.comfortable) == (5.0, 25.5)
    assert profile.weights == {"quality": 3, "speed": 1}
    assert (profile.minimum_bits, profile.prompt_tokens, profile.task) == (None, 512, Task.TEXT)


def test_an_extension_changes_what_it_says_and_nothing_else(tmp_path: Path, known: dict[str, Profile]) -> None:
    coding = known["coding"]
    profile = read(tmp_path, "extends: Coding\nspeed: {usable: 1}\nweights: {speed: 0, quality: 0.9}\n", known)
    assert profile.weights == {**{k: v for k, v in coding.weights.items() if k != "speed"}, "quality": 0.9}
    assert (profile.speed.usable, profile.speed.comfortable) == (1, coding.speed.comfortable)
    assert (profile.evidence, profile.roles, profile.example) == (coding.evidence, coding.roles, coding.example)
    assert (profile.context_length, profile.minimum_bits) == (coding.context_length, coding.minimum_bits)


def test_an_extension_that_says_nothing_is_its_parent(tmp_path: Path, known: dict[str, Profile]) -> None:
    for id_, parent in known.items():
        profile = read(tmp_path, f"extends: {id_}\n", known)
        assert (profile.weights, profile.evidence, profile.speed) == (parent.weights, parent.evidence, parent.speed)
        assert (profile.task, profile.picture_tokens) == (parent.task, parent.picture_tokens)


def test_no_bits_are_too_few_where_none_are_asked_for(tmp_path: Path, known: dict[str, Profile]) -> None:
    assert read(tmp_path, "extends: coding\nminimum_bits: 0\n", known).minimum_bits is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("extends: codng\n", ":1: there is no use case 'codng'", "coding"),
        ('extends: "chat\'s"\n', """:1: there is no use case "chat's\"""", "Did you mean chat?"),
        ("extends: chat\nweight: {quality: 1}\n", ":2: weight: unknown key", "weights"),
        ("extends: chat\nweights:\n  qualty: 1\n", ":3: there is no criterion `qualty`", "schema use-case"),
        ("extends: chat\nweights: {quality: -1}\n", ":2: the weight of quality is negative", "schema"),
        ("extends: chat\nevidence: {chats: 1}\n", ":2: no benchmark tests 'chats'", "chat"),
        ("extends: chat\nevidence: {chat: 2}\n", ":2: chat counts 2", "schema"),
        ("extends: chat\nspeed: {usable: 50, comfortable: 5}\n", ":2: speeds must be", "schema"),
        ("extends: chat\nspeed: {measure: answer}\n", ":2: an answer is timed as a whole", "schema"),
        ("extends: chat\ntask: pictures\n", ":2: picture_tokens must say", "schema"),
        ("extends: chat\nroles: []\n", ":2: no role can serve", "schema"),
        ("extends: chat\nroles: [wizard]\n", ":2: roles[0]:", "schema"),
        ("extends: chat\ncontext_length: 0\n", ":2: context_length is 0", "schema"),
        ("extends: chat\nample_headroom: 3\n", ":2: ample_headroom must be", "schema"),
        ("name: X\n", ":1: missing: roles, context_length, speed, weights, evidence", "extends"),
        (WHOLE.replace("usable: 5, ", ""), ":4: usable and comfortable are needed", "speed:"),
        ("", ":1: the file does not hold a mapping", "key: value"),
        ("extends: chat\nname: a\nname: b\n", ":3: the key 'name' is given twice", "Remove one"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, known: dict[str, Profile], text: str, message: str, hint: str
) -> None:
    with pytest.raises(InvalidFileError) as error:
        read(tmp_path, text, known)
    assert message in str(error.value)
    assert hint in (error.value.hint or "")


def test_the_schema_takes_what_the_reader_takes(known: dict[str, Profile]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("use-case")))
    validator.validate(yaml.safe_load(WHOLE))
    validator.validate({"extends": "autocomplete", "speed": {"measure": SpeedMeasure.ANSWER.value}})
    assert not validator.is_valid({"extends": "chat", "wieght": {}})
    assert not validator.is_valid({"extends": "chat", "speed": {"usable": "fast"}})
