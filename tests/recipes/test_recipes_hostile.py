"""Names from outside: whatever a file is called, each reader gets that very name, or nothing is written."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from recipe_parts import gated, plain_serving, unpinned, with_files
from recipe_readers import dollars, read_modelfile, unit_words

from llmadvise.domain.recipe import Form
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.forms import write
from llmadvise.launch.recipes.serving import in_image, server_words
from llmadvise.launch.recipes.systemd import word
from llmadvise.launch.recipes.yaml_text import yaml as emitted

EVERYWHERE = ".".join("0000")
HURTFUL = (
    "$(touch owned).gguf", "`id`.gguf", "a b.gguf", "it's.gguf", 'say "hi".gguf', "${HOME}.gguf", "$HOME$$.gguf",
    "%h%%.gguf", "-rf.gguf", "a;b&c|d>e<f.gguf", "back\\slash\\n.gguf", "#not a comment.gguf", "{a: b}.gguf", "é漢😀.gguf",
    "*?[a].gguf", "!bang.gguf", "a,b=c:d.gguf", "~root.gguf", "$(LWS_LEADER_ADDRESS).gguf", "- item.gguf", "'.gguf",
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(HURTFUL),
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs"), blacklist_characters="/"),
        min_size=1,
        max_size=40,
    ).map(lambda text: f"{text}.gguf"),
)


@given(NAMES)
def test_compose_hands_on_the_very_words(name: str) -> None:
    serving = with_files(plain_serving(), name)
    document = yaml.safe_load(write(Form.COMPOSE, serving).text)
    serve = document["services"]["serve"]
    words = [dollars(item) for item in (*serve["entrypoint"], *serve["command"])]
    assert words == list(in_image(server_words(serving, "/models", EVERYWHERE)))
    assert f"/models/{name}" in words
    fetched(dollars(document["services"]["download"]["command"][0]), name)


@given(NAMES)
def test_kubernetes_hands_on_the_very_words(name: str) -> None:
    serving = with_files(plain_serving(form=Form.K8S), name)
    documents = [item for item in yaml.safe_load_all(write(Form.K8S, serving).text) if item]
    pod = documents[1]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    words = [dollars(item) for item in (*container["command"], *container["args"])]
    assert words == list(in_image(server_words(serving, "/models", EVERYWHERE)))
    fetched(dollars(pod["initContainers"][0]["args"][0]), name)


@given(NAMES)
def test_systemd_hands_on_the_very_words(name: str) -> None:
    serving = with_files(plain_serving(form=Form.SYSTEMD), name)
    lines = dict(line.partition("=")[::2] for line in write(Form.SYSTEMD, serving).text.splitlines())
    expected = server_words(serving, f"/var/lib/{serving.name}", "127.0.0.1")
    assert unit_words(lines["ExecStart"])[1:] == list(expected[1:])
    fetched(unit_words(lines["ExecStartPre"])[2], name)


@given(NAMES)
def test_scripts_hand_on_the_very_words(name: str) -> None:
    serving = with_files(plain_serving(form=Form.SCRIPT), name)
    text = write(Form.SCRIPT, serving).text
    last = shlex.split(text.splitlines()[-1])
    assert last[:3] == ["exec", "env", "HF_HUB_OFFLINE=1"]
    assert last[3:] == list(server_words(serving, ".", "127.0.0.1"))
    fetched(text, name)


def fetched(script: str, name: str) -> None:
    """The call that fetches it, as a shell takes it apart."""
    calls = [shlex.split(line) for line in script.splitlines() if line.startswith("fetch ")]
    assert [call[2] for call in calls] == [name]
    assert re.fullmatch(r"[\w./%~-]+", calls[0][1], re.ASCII)
    assert calls[0][3] == "a" * 64


@given(NAMES)
def test_modelfiles_name_the_very_file(name: str) -> None:
    serving = with_files(plain_serving("ollama", Form.MODELFILE), name)
    assert ("from", f"./{name}") in read_modelfile(write(Form.MODELFILE, serving).text)


@given(st.text(st.characters(blacklist_categories=("Cs",))))
def test_any_text_survives_yaml_and_units(text: str) -> None:
    assert yaml.safe_load(emitted({"key": text, "list": [text, {"in": text}]})) == {
        "key": text,
        "list": [text, {"in": text}],
    }
    assert unit_words(word(text)) == [text]


NESTED = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-(10**6), 10**6), st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("abcXYZ019._/ -:#", min_size=1, max_size=8), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(("a", "b.c", "nvidia.com/gpu", "no", "y: x", "1")), NESTED, max_size=4))
def test_yaml_is_read_back_as_it_was_meant(document: dict[str, object]) -> None:
    assert yaml.safe_load(emitted(document)) == (document or None)  # type: ignore[arg-type]  # drawn to be of that shape


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../up.gguf",
        "/etc/passwd",
        "a/../b.gguf",
        "new\nline.gguf",
        "nul\0.gguf",
        " a",
        "a ",
        "\u202ea",
        "a" * 300,
    ],
)
@pytest.mark.parametrize("form", [Form.COMPOSE, Form.SYSTEMD, Form.SCRIPT])
def test_names_that_no_file_can_have_are_refused(name: str, form: Form) -> None:
    with pytest.raises(LLMAdviseError, match="cannot be the name of a file"):
        write(form, with_files(plain_serving(form=form), name))


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(LLMAdviseError, match="one name"):
        write(Form.COMPOSE, with_files(plain_serving(), "a/x.gguf", "b/x.gguf"))


@pytest.mark.parametrize("repo", ["x", "a/b/c", "a/b c", "-a/b", "a/..", "a/$(id)", "https://a/b", "a/b\n"])
def test_what_is_no_repository_is_refused(repo: str) -> None:
    serving = plain_serving()
    with pytest.raises(LLMAdviseError, match="no repository"):
        write(Form.SCRIPT, replace(serving, variant=replace(serving.variant, repo=repo)))


@pytest.mark.parametrize("form", Form)
def test_nothing_is_written_without_a_commit(form: Form) -> None:
    runtime = "ollama" if form is Form.MODELFILE else "llama.cpp"
    for revision in (None, "main", "v1.0", "abc", "A" * 40):
        serving = unpinned(plain_serving(runtime, form))
        serving = replace(serving, variant=replace(serving.variant, revision=revision))
        with pytest.raises(LLMAdviseError, match="nothing is written unpinned"):
            write(form, serving)


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(LLMAdviseError, match="no sha256"):
        write(Form.SCRIPT, with_files(plain_serving(), "a.gguf", sha256="'; id"))


@pytest.mark.parametrize("form", [Form.COMPOSE, Form.K8S, Form.SYSTEMD, Form.SCRIPT])
def test_a_gated_repository_asks_for_a_token_by_reference(form: Form) -> None:
    text = write(form, gated(plain_serving(form=form))).text
    reference = {
        Form.COMPOSE: "/run/secrets/hf_token",
        Form.K8S: "secretKeyRef",
        Form.SYSTEMD: "LoadCredential=hf-token:",
    }
    assert reference.get(form, "HF_TOKEN") in text
    assert "Authorization: Bearer %" in text


def test_a_comment_stays_a_comment() -> None:
    serving = plain_serving()
    model = replace(serving.model, name="Evil\nimage: owned\r\u2028x")
    text = write(Form.COMPOSE, replace(serving, model=model)).text
    assert text.splitlines()[0] == f"# Evil?image: owned??x {serving.variant.quantization} with llama.cpp"
    assert yaml.safe_load(text)["name"] == serving.name
