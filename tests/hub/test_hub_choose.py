"""Which file of a repository is meant."""

from __future__ import annotations

import pytest

from llmadvise.errors import UsageError
from llmadvise.hub.choose import choose
from llmadvise.hub.reference import HubReference, parse_reference

FILES = dict.fromkeys(
    (
        "BF16/M-BF16-00001-of-00002.gguf", "BF16/M-BF16-00002-of-00002.gguf", "M-IQ4_XS.gguf", "M-Q4_K_M.gguf",
        "M-Q4_K_S.gguf", "M-UD-Q2_K_XL.gguf", "M-UD-Q8_K_XL.gguf", "m.Q5_0.gguf", "mmproj-BF16.gguf", "README.md",
    ),
    1,
)  # fmt: skip


def chosen(wanted: str | None, files: dict[str, int] | None = None) -> str:
    return choose(HubReference(repo="org/m", wanted=wanted), FILES if files is None else files)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Q4_K_M", "M-Q4_K_M.gguf"),
        ("q4_k_s", "M-Q4_K_S.gguf"),
        ("Q5_0", "m.Q5_0.gguf"),
        ("Q2_K_XL", "M-UD-Q2_K_XL.gguf"),
        ("UD-Q8_K_XL", "M-UD-Q8_K_XL.gguf"),
        ("BF16", "BF16/M-BF16-00001-of-00002.gguf"),
        ("M-BF16-00002-of-00002.gguf", "BF16/M-BF16-00001-of-00002.gguf"),
        ("BF16/M-BF16-00002-of-00002.gguf", "BF16/M-BF16-00001-of-00002.gguf"),
        ("mmproj-BF16.gguf", "mmproj-BF16.gguf"),
    ],
)
def test_label_or_name(wanted: str, name: str) -> None:
    assert chosen(wanted) == name


@pytest.mark.parametrize("wanted", ["Q4_K", "Q2_K", "Q4_XS", "Q8_0", "gguf", ".*"])
def test_part_of_a_label_is_no_label(wanted: str) -> None:
    with pytest.raises(UsageError, match="org/m has"):
        chosen(wanted)


def test_only_model_needs_no_name() -> None:
    assert chosen(None, {"a-Q4_0.gguf": 1, "mmproj-a.gguf": 1, "x.safetensors": 1}) == "a-Q4_0.gguf"


def test_names_from_outside_are_made_visible() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(None, {"a\x1b[31m.gguf": 1, "b\u202e.gguf": 1})
    assert caught.value.message.isprintable()


def test_reference_has_all_parts() -> None:
    found = parse_reference("hf:Qwen/Qwen3-8B-GGUF@refs/pr/1:sub/Q4 K.gguf")
    assert (found.repo, found.revision, found.wanted) == ("Qwen/Qwen3-8B-GGUF", "refs/pr/1", "sub/Q4 K.gguf")
