"""Parents, roles, licenses and words, as cards and tags of published repositories say them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import LICENSES

from llmadvise.domain.license import Declaration
from llmadvise.domain.model import Role
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.engine.entry_draft.card import languages, word, words
from llmadvise.engine.entry_draft.declared import declared_license
from llmadvise.engine.entry_draft.descent import base_models
from llmadvise.engine.entry_draft.read_at import read_at
from llmadvise.engine.entry_draft.role import capabilities_of, chat_template, role_of

KNOWN = {"qwen/qwen3-8b": "qwen/qwen3-8b", "org-a/one": "org-a/first"}


def repository(**facts: object) -> Repository:
    return Repository(repo="org/model", revision=None, files=(), **facts)  # type: ignore[arg-type]


def parents(
    *, quantized: bool = False, header: tuple[str, ...] = (), **facts: object
) -> tuple[list[tuple[str, str]], list[str]]:
    found, findings = base_models(repository(**facts), quantized=quantized, known=KNOWN, header=header)
    return [(item.model, item.relation) for item in found], [item.rule for item in findings]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"card": {"base_model": "Qwen/Qwen3-8B"}}, [("qwen/qwen3-8b", "finetune")]),
        ({"card": {"base_model": "Org-A/One"}}, [("org-a/first", "finetune")]),
        ({"card": {"base_model": "Org/Unheard"}, "quantized": True}, [("Org/Unheard", "quantization")]),
        ({"card": {"base_model": ["a/b", "c/d"]}}, [("a/b", "merge"), ("c/d", "merge")]),
        ({"card": {"base_model": ["a/b", "c/d"], "base_model_relation": "Quantized"}},
         [("a/b", "quantization"), ("c/d", "quantization")]),
        ({"card": {"base_model": "a/b", "base_model_relation": "no such word"}}, [("a/b", "finetune")]),
        # Tags of the Hub say the relation where the card does not.
        ({"card": {"base_model": "a/b"}, "tags": ("base_model:adapter:a/b", "base_model:a/b")}, [("a/b", "adapter")]),
        ({"tags": ("base_model:a/b", "base_model:quantized:a/b")}, [("a/b", "quantization")]),
        ({"tags": ("base_model:a/b",)}, [("a/b", "finetune")]),
        ({"tags": ("base_model:a:b:c/d", "license:mit", "base_models:a/b")}, []),
        ({"declared_bases": (("a/b", "merge"), ("c/d", None))}, [("a/b", "merge"), ("c/d", "merge")]),
        ({"declared_bases": (("a/b", "finetune"),), "quantized": True}, [("a/b", "finetune")]),
        # An adapter's own file names what it sits on; a card that names parents goes before it.
        ({"adapter": {"base_model_name_or_path": "a/b"}}, [("a/b", "adapter")]),
        ({"adapter": {"base_model_name_or_path": "a/b"}, "tags": ("base_model:c/d",)}, [("a/b", "adapter"), ("c/d", "adapter")]),
        ({"adapter": {"base_model_name_or_path": "a/b"}, "card": {"base_model": "c/d"}}, [("c/d", "adapter")]),
        ({"adapter": {"base_model_name_or_path": "a/b"}, "card": {"base_model": "c/d"}, "quantized": True}, [("c/d", "adapter")]),
        ({"header": ("a/b",)}, [("a/b", "finetune")]),
        ({"header": ("a/b",), "card": {"base_model": "c/d"}}, [("c/d", "finetune")]),
        # The same parent named twice is one.
        ({"card": {"base_model": ["Qwen/Qwen3-8B", "https://huggingface.co/Qwen/Qwen3-8B"]}}, [("qwen/qwen3-8b", "merge")]),
        ({"card": {"base_model": "https://huggingface.co/a/b/tree/main"}}, [("a/b", "finetune")]),
        ({"card": {"base_model": "hf:a/b/"}}, [("a/b", "finetune")]),
        ({}, []),
    ],
)  # fmt: skip
def test_parents_and_how_the_child_came_about(facts: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert parents(**facts) == (expected, [])  # type: ignore[arg-type]  # a table of facts


@pytest.mark.parametrize(
    "name", ["./merged", "/home/me/one", "one", "Org/Model", "a/b/c/d", "a/..", "https://example.org/a/b", "a b/c"]
)
def test_what_names_no_other_repository_is_a_finding(name: str) -> None:
    assert parents(card={"base_model": name}) == ([], ["base-model-unknown"])


TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
LLAMA, RANKER = ("LlamaForCausalLM",), ("XLMRobertaForSequenceClassification",)


@pytest.mark.parametrize(
    ("facts", "classes", "modalities", "template", "role"),
    [
        ({"pipeline": "text-generation"}, LLAMA, (), TEMPLATE, Role.INSTRUCT),
        ({"pipeline": "text-generation"}, LLAMA, (), "", Role.BASE),
        ({}, LLAMA, (), TEMPLATE + "<think>", Role.REASONING),
        ({}, LLAMA, (), "{% if enable_thinking %}", Role.REASONING),
        ({}, LLAMA, ("vision",), TEMPLATE + "<think>", Role.VISION),
        ({}, LLAMA, ("audio",), TEMPLATE, Role.INSTRUCT),
        ({"pipeline": "image-text-to-text"}, LLAMA, (), TEMPLATE, Role.VISION),
        ({"pipeline": "sentence-similarity"}, LLAMA, (), TEMPLATE, Role.EMBEDDING),
        ({"library": "sentence-transformers"}, LLAMA, (), "", Role.EMBEDDING),
        ({"library": "sentence-transformers"}, RANKER, (), "", Role.RERANKER),
        ({"pipeline": "text-ranking"}, LLAMA, (), TEMPLATE, Role.RERANKER),
        ({}, RANKER, (), TEMPLATE, Role.RERANKER),
    ],
)
def test_the_role_follows_from_what_it_is_published_for(
    *, facts: dict[str, object], classes: tuple[str, ...], modalities: tuple[str, ...], template: str, role: Role
) -> None:
    assert role_of(repository(**facts), classes, modalities, template) is role


@pytest.mark.parametrize(
    ("facts", "modalities", "template", "able"),
    [
        ({}, (), "", ()),
        ({}, (), "<think>", ("thinking",)),
        ({}, (), "{{ tools }}", ("tools",)),
        ({"tags": ("code",)}, ("audio", "vision"), "", ("vision", "code", "audio")),
        ({"pipeline": "any-to-any"}, (), "", ("vision",)),
    ],
)
def test_what_it_can_do(
    facts: dict[str, object], modalities: tuple[str, ...], template: str, able: tuple[str, ...]
) -> None:
    assert capabilities_of(repository(**facts), modalities, template) == able


@pytest.mark.parametrize(
    ("facts", "template"),
    [
        ({}, ""),
        ({"tokenizer": {"chat_template": TEMPLATE}}, TEMPLATE),
        ({"tokenizer": {"chat_template": ""}, "gguf": {"chat_template": "of the file"}}, "of the file"),
        ({"gguf": {"chat_template": "of the file"}}, "of the file"),
        ({"gguf": {"chat_template": 3}}, ""),
        (
            {"tokenizer": {"chat_template": [{"name": "default", "template": "one"}, {"template": "two"}, "x"]}},
            "one two",
        ),
    ],
)
def test_the_template_lies_in_one_of_several_places(facts: dict[str, object], template: str) -> None:
    assert chat_template(repository(**facts)) == template


def test_a_template_in_a_file_of_its_own_is_there_though_not_read() -> None:
    files = (RepositoryFile(path="chat_template.jinja", bytes=9),)
    assert chat_template(replace(repository(), files=files)) == " "
    assert chat_template(replace(repository(tokenizer={"chat_template": TEMPLATE}), files=files)) == TEMPLATE
    assert chat_template(replace(repository(), files=(RepositoryFile(path="config.json", bytes=9),))) == ""


@pytest.mark.parametrize(
    ("value", "line"),
    [("mit", "mit"), (" two\n words ", "two words"), ("a\x1bb c", "c"), ("", None), (3, None), ("x" * 300, "x" * 200)],
)
def test_a_word_of_a_card_is_one_line(value: object, line: str | None) -> None:
    assert word({"license": value}, "license") == line


def test_words_of_a_card_are_a_list_or_one() -> None:
    assert words({"a": "x"}, "a") == ("x",)
    assert words({"a": ["x", 1, "y", "x", None]}, "a") == ("x", "y")
    assert words({"a": {"x": 1}}, "a") == ()
    assert languages({"language": ["EN", "zh-Hans", "x", "a" * 12, "日本"]}) == ("en", "zh-hans")
    assert languages({"language": ["a" * 11]}) == ("a" * 11,)


def test_where_a_fact_was_read() -> None:
    assert read_at("a/b", "c0ffee", "2026-11-21") == "https://huggingface.co/a/b at c0ffee, read 2026-11-21"
    assert read_at("a/b", None, None) == "https://huggingface.co/a/b"


LICENSES_BY_TAG = {
    **{id_: replace(text, tags=(id_,)) for id_, text in LICENSES.items()},
    "other": replace(LICENSES["unread"], id="other"),
    "hard": replace(LICENSES["closed"], id="hard", declared_as=(Declaration(word="vague", owner="acme"),)),
    "soft": replace(LICENSES["open"], id="soft", declared_as=(Declaration(word="vague", owner="beta"),)),
}


@pytest.mark.parametrize(
    ("facts", "declared", "name", "rule"),
    [
        ({"card": {"license": "open"}}, "open", "open", None),
        ({"tags": ("license:open", "region:us")}, "open", "open", None),
        ({"card": {"license": "closed"}, "tags": ("license:open",)}, "closed", "closed", None),
        ({"card": {"license": ["open", "closed"]}}, None, "open, closed", "license-ambiguous"),
        ({"card": {"license": "other", "license_name": "vague"}}, None, "vague", "license-ambiguous"),
        ({"card": {"license_name": "open"}}, "open", "open", None),
        ({"card": {"license": "other", "license_name": "of our own"}}, "other", "of our own", "license-unknown"),
        ({"card": {"license": "other"}}, "other", "other", "license-unknown"),
        ({"card": {"license": "zzz-1.0"}}, None, "zzz-1.0", "license-unknown"),
        ({}, None, None, "license-undeclared"),
    ],
)
def test_the_license_as_declared(
    facts: dict[str, object], declared: str | None, name: str | None, rule: str | None
) -> None:
    found, findings = declared_license(repository(**facts), LICENSES_BY_TAG)
    assert (found.declared, found.name) == (declared, name)
    assert [item.rule for item in findings] == ([rule] if rule else [])


def test_words_about_a_license_are_the_publishers_own() -> None:
    def said(**card: str) -> str:
        return declared_license(repository(card=card), LICENSES_BY_TAG)[1][0].message

    assert said(license="other", license_name="of our own").endswith("is declared as `of our own`")
    assert said(license="other").endswith("is declared, without a name")
    assert said(license="zzz-1.0") == "the catalog has no license `zzz-1.0`"
    assert said(license="vague") == "`vague` may mean hard, soft: only the text tells which"


def test_a_catalog_without_other_leaves_it_open() -> None:
    found, _ = declared_license(repository(card={"license": "other"}), LICENSES)
    assert found.declared is None
