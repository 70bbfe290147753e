"""What is on the machine already, and which of several uploads is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import a_variant

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Download
from llmadvise.domain.model import File, Variant
from llmadvise.engine.downloaded import Downloaded
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.units import GIB

HERE = Download(store="hub", name="anvil-Q4.gguf", bytes=5 * GIB, repo="Acme/Anvil-GGUF")


def found(variant: Variant, *downloads: Download) -> Download | None:
    return Downloaded(downloads).of(variant)


def test_a_hash_is_sure_whatever_the_name() -> None:
    here = replace(HERE, name="renamed.gguf", repo=None, bytes=1, sha256="ab")
    assert found(a_variant(files=(File(name="anvil-Q4.gguf", bytes=5 * GIB, sha256="ab"),)), here) is here
    assert found(a_variant(files=(File(name="anvil-Q4.gguf", bytes=5 * GIB, sha256="cd"),)), here) is None


def test_a_repository_and_a_name_are_enough_unless_the_size_is_another() -> None:
    assert found(a_variant(), HERE) is HERE
    assert found(a_variant(files=(File(name="sub/anvil-Q4.gguf"),)), HERE) is HERE
    assert found(a_variant(files=(File(name="anvil-Q4.gguf", bytes=6 * GIB),)), HERE) is None
    assert found(a_variant(repo="other/anvil-gguf", files=(File(name="anvil-Q4.gguf"),), bytes=None), HERE) is None


def test_elsewhere_a_name_needs_its_size() -> None:
    plain = replace(HERE, repo=None)
    assert found(a_variant(), plain) is plain
    assert found(a_variant(files=(File(name="anvil-Q4.gguf"),)), plain) is plain, "one file has the variant's size"
    assert found(a_variant(), replace(plain, bytes=5 * GIB + 1)) is None
    flat = replace(plain, name="acme_anvil-gguf_anvil-Q4.gguf")
    assert found(a_variant(), flat) is flat


def test_a_split_variant_is_here_where_all_of_it_is() -> None:
    parts = tuple(File(name=f"anvil-{number}.gguf", bytes=number) for number in (1, 2))
    here = [Download(store="hub", name=file.name, bytes=file.bytes or 0) for file in parts]
    assert found(a_variant(files=parts), *here) is here[0]
    assert found(a_variant(files=parts), here[0]) is None
    assert found(a_variant(files=()), *here) is None
    unsized = tuple(replace(file, bytes=None) for file in parts)
    assert found(a_variant(files=unsized, bytes=1), *here) is None


def test_the_first_of_equals_is_named() -> None:
    copy = replace(HERE, store="llama.cpp")
    assert found(a_variant(), HERE, copy) is HERE
    assert bool(Downloaded([HERE]))
    assert not Downloaded([])


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"names_verified": False}, {"bytes": None}),
        ({"names_verified": False}, {"bytes_basis": Basis.ASSUMED}),
        ({"bytes_basis": Basis.COMPUTED}, {"names_verified": False}),
        ({"calibrated": False}, {"bytes_basis": Basis.COMPUTED}),
        ({"calibrated": True}, {"calibrated": None, "revision": "1"}),
        ({"revision": "1"}, {"revision": None}),
        ({"id": "a:Q4"}, {"id": "b:Q4"}),
    ],
)
def test_of_several_uploads_the_one_that_is_known_best(better: dict[str, object], worse: dict[str, object]) -> None:
    one, other = a_variant(**{"id": "z:Q4", **better}), a_variant(**{"id": "y:Q4", **worse})
    assert list(most_trusted([one, other])) == list(most_trusted([other, one])) == [one]


def test_what_is_here_is_taken_before_better_facts_but_not_before_sure_names() -> None:
    here = a_variant(id="b", bytes_basis=Basis.COMPUTED)
    elsewhere = a_variant(id="a", repo="else/where", files=(File(name="other.gguf", bytes=1),))
    assert list(most_trusted([elsewhere, here], Downloaded([HERE]))) == [here]
    assert list(most_trusted([elsewhere, here])) == [elsewhere]
    guessed = replace(here, names_verified=False)
    assert list(most_trusted([elsewhere, guessed], Downloaded([HERE]))) == [elsewhere]


def test_every_scheme_of_every_format_is_kept() -> None:
    one, two, three = a_variant(), a_variant(quantization="Q8"), a_variant(format="mlx")
    assert list(most_trusted([one, two, three])) == [one, two, three]
