"""An entry beside its repositories as they stand now: each difference, and the entry brought up to date."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import LICENSES, a_model, a_variant

from llmadvise.domain.estimate import Basis
from llmadvise.domain.license import License
from llmadvise.domain.model import ALL_WEIGHTS, DeclaredLicense, File, Model, Parameters, Variant
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.engine.drift.compare import DriftFound, DriftKind, drifts_of, weight_files
from llmadvise.engine.drift.update import updated

OLD, NEW = "a" * 64, "b" * 64
COMMIT = "c" * 40
LICENSES_BY_TAG: dict[str, License] = {
    id_: replace(text, tags=(id_,))
    for id_, text in {**LICENSES, "other": replace(LICENSES["unread"], id="other")}.items()
}
GGUF = a_variant(files=(File(name="anvil-Q4.gguf", bytes=500, sha256=OLD),), bytes=500)
WHOLE = a_variant(
    format="awq", repo="acme/anvil-awq", files=(File(name=ALL_WEIGHTS),), bytes=700, bytes_basis=Basis.DECLARED
)


def entry(*variants: Variant, gated: bool | None = False, license_: DeclaredLicense | None = None) -> Model:
    model = a_model(variants=variants, gated=gated, parameters=Parameters(total=1000, active=1000))
    return replace(model, repo="Acme/Anvil", license=license_ or DeclaredLicense(declared="open", name="open"))


def repository(
    *files: RepositoryFile, repo: str = "acme/anvil-gguf", gated: bool | None = False, revision: str | None = COMMIT,
    **card: object,
) -> Repository:  # fmt: skip
    return Repository(repo=repo, revision=revision, files=files, gated=gated, card=card)


def file(path: str = "anvil-Q4.gguf", size: int = 500, sha256: str | None = OLD) -> RepositoryFile:
    return RepositoryFile(path=path, bytes=size, sha256=sha256)


def drifts(model: Model, **standing: Repository | None) -> list[DriftFound]:
    """Repositories by their name, `Acme/Anvil` as own."""
    names = {"own": "Acme/Anvil", "gguf": "acme/anvil-gguf", "awq": "acme/anvil-awq"}
    return list(drifts_of(model, {names[key]: value for key, value in standing.items()}, LICENSES_BY_TAG))


def kinds(model: Model, **standing: Repository | None) -> list[DriftKind]:
    return [item.kind for item in drifts(model, **standing)]


def test_what_stands_as_it_was_has_not_drifted() -> None:
    own = repository(repo="Acme/Anvil", license="open")
    assert drifts(entry(GGUF), own=own, gguf=repository(file())) == []
    assert drifts(entry(GGUF)) == [], "what was not read says nothing"


def test_a_repository_that_is_gone_is_told_once() -> None:
    found = drifts(entry(GGUF, replace(GGUF, id="two")), gguf=None, own=None)
    assert [(item.kind, item.repo) for item in found] == [
        (DriftKind.REPOSITORY_GONE, "Acme/Anvil"),
        (DriftKind.REPOSITORY_GONE, "acme/anvil-gguf"),
    ]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [(False, True, "gated"), (True, False, "open"), (True, True, None), (None, True, None), (True, None, None)],
)
def test_a_gate_that_opens_or_closes(before: bool | None, now: bool | None, told: str | None) -> None:
    found = drifts(entry(gated=before), own=repository(repo="Acme/Anvil", gated=now))
    assert [(item.kind, item.after) for item in found] == ([(DriftKind.GATED_CHANGED, told)] if told else [])
    if told:
        assert found[0].before == {"gated": "open", "open": "gated"}[told]


@pytest.mark.parametrize(
    ("known", "card", "changed"),
    [
        (DeclaredLicense(declared="open", name="open"), {"license": "closed"}, True),
        (DeclaredLicense(declared="open", name="open"), {"license": "Open"}, False),
        (DeclaredLicense(declared=None, name="Closed"), {"license": "closed"}, False),
        (DeclaredLicense(declared="limited", name="open"), {"license": "open"}, False),
        (DeclaredLicense(declared="open", name="open"), {"license": "never-heard-of"}, False),
        (DeclaredLicense(declared="open", name="open"), {"license": "other", "license_name": "of our own"}, False),
        (DeclaredLicense(declared="open", name="open"), {}, False),
    ],
)
def test_a_license_that_maps_to_another_text(known: DeclaredLicense, card: dict[str, str], changed: bool) -> None:
    found = drifts(entry(license_=known), own=repository(repo="Acme/Anvil", **card))
    assert [item.kind for item in found] == ([DriftKind.LICENSE_CHANGED] if changed else [])
    if changed:
        assert (found[0].before, found[0].after) == ("open", "closed")


@pytest.mark.parametrize(
    ("known", "now", "kind"),
    [
        (File(name="a.gguf", bytes=500, sha256=OLD), file("a.gguf"), None),
        (File(name="a.gguf", bytes=500, sha256=OLD), file("a.gguf", sha256=NEW), DriftKind.FILE_REPLACED),
        (File(name="a.gguf", bytes=500, sha256=OLD), file("a.gguf", 501), DriftKind.FILE_REPLACED),
        (File(name="a.gguf", bytes=500, sha256=OLD), file("a.gguf", sha256=None), None),
        (File(name="a.gguf", bytes=500), file("a.gguf"), DriftKind.FILE_KNOWN),
        (File(name="a.gguf", bytes=500), file("a.gguf", sha256=None), None),
        (File(name="a.gguf", bytes=500), file("a.gguf", 501), DriftKind.FILE_REPLACED),
        (File(name="a.gguf"), file("a.gguf"), DriftKind.FILE_KNOWN),
        (File(name="a.gguf"), file("a.gguf", sha256=None), DriftKind.FILE_KNOWN),
        (File(name="a.gguf", sha256=OLD), file("a.gguf"), DriftKind.FILE_KNOWN),
        (File(name="b.gguf", bytes=500, sha256=OLD), file("a.gguf"), DriftKind.FILE_GONE),
    ],
)
def test_a_file_beside_the_one_that_is_there(known: File, now: RepositoryFile, kind: DriftKind | None) -> None:
    assert kinds(entry(replace(GGUF, files=(known,))), gguf=repository(now)) == ([kind] if kind else [])


def test_a_replaced_file_is_told_by_hash_where_one_was_known() -> None:
    [by_hash] = drifts(entry(GGUF), gguf=repository(file(size=501, sha256=NEW)))
    assert (by_hash.before, by_hash.after) == (OLD, NEW)
    bare = replace(GGUF, files=(File(name="anvil-Q4.gguf", bytes=500),))
    [by_size] = drifts(entry(bare), gguf=repository(file(size=501, sha256=NEW)))
    assert (by_size.before, by_size.after) == ("500", "501")


def test_a_repository_of_which_no_files_were_read_says_nothing_of_them() -> None:
    assert drifts(entry(GGUF), gguf=repository()) == []


SHARDS = (
    file("model-1.safetensors", 300), file("model-2.safetensors", 400), file("consolidated.safetensors", 700),
    file("original/model.safetensors", 700), file("model.safetensors.index.json", 9),
)  # fmt: skip


def test_weights_of_a_whole_repository_lie_at_its_root_and_once() -> None:
    assert [item.path for item in weight_files(repository(*SHARDS))] == ["model-1.safetensors", "model-2.safetensors"]


@pytest.mark.parametrize(
    ("size", "basis", "kind"),
    [
        (700, Basis.DECLARED, None),
        (701, Basis.DECLARED, DriftKind.FILE_REPLACED),
        (701, Basis.COMPUTED, DriftKind.FILE_KNOWN),
        (None, None, DriftKind.FILE_KNOWN),
    ],
)
def test_the_sum_of_all_weights(size: int | None, basis: Basis | None, kind: DriftKind | None) -> None:
    variant = replace(WHOLE, bytes=size, bytes_basis=basis)
    found = drifts(entry(variant), awq=repository(*SHARDS, repo="acme/anvil-awq"))
    assert [item.kind for item in found] == ([kind] if kind else [])
    if kind:
        assert (found[0].before, found[0].after) == (str(size or ""), "700")


def test_weights_that_are_gone() -> None:
    there = repository(file("pytorch_model.bin"), repo="acme/anvil-awq")
    assert kinds(entry(WHOLE), awq=there) == [DriftKind.FILE_GONE]


def renewed(model: Model, *files: RepositoryFile, revision: str | None = COMMIT) -> Variant:
    there = repository(*files, repo=model.variants[0].repo, revision=revision)
    return updated(model, {model.variants[0].repo: there}, as_of="2026-11-21").variants[0]


def test_a_replaced_file_is_taken_over_with_its_commit() -> None:
    found = renewed(entry(replace(GGUF, names_verified=False, bytes_basis=Basis.ASSUMED)), file(size=600, sha256=NEW))
    assert found.files == (File(name="anvil-Q4.gguf", bytes=600, sha256=NEW),)
    assert (found.bytes, found.bytes_basis, found.revision) == (600, Basis.DECLARED, COMMIT)
    assert found.names_verified
    # 600 bytes for 1,000 weights.
    assert found.bits_per_weight == 4.8
    assert found.source == f"https://huggingface.co/acme/anvil-gguf at {COMMIT}, read 2026-11-21"


def test_an_unknown_commit_is_not_made_up() -> None:
    found = renewed(entry(replace(GGUF, revision="d" * 40)), file(size=600), revision=None)
    assert found.revision == "d" * 40
    assert found.source == "https://huggingface.co/acme/anvil-gguf, read 2026-11-21"


def test_bits_are_those_of_the_language_model() -> None:
    model = replace(entry(GGUF), parameters=Parameters(total=1000, active=1000, language=800))
    assert renewed(model, file(size=600)).bits_per_weight == 6.0


@pytest.mark.parametrize(
    "files",
    [(), (file(),), (file(sha256=None),), (file("another.gguf", 600),), (file(), file("another.gguf", 600))],
)
def test_what_stands_or_is_gone_stays_as_it_was(files: tuple[RepositoryFile, ...]) -> None:
    assert renewed(entry(GGUF), *files) == GGUF


def test_a_variant_without_files_stays_as_it_was() -> None:
    bare = replace(GGUF, files=())
    assert renewed(entry(bare), file()) == bare


def test_files_whose_sum_was_wrong_are_summed_anew() -> None:
    assert renewed(entry(replace(GGUF, bytes=499)), file()).bytes == 500


def test_a_whole_repository_keeps_its_star() -> None:
    assert renewed(entry(WHOLE), *SHARDS) == WHOLE
    found = renewed(entry(replace(WHOLE, bytes=699)), *SHARDS)
    assert (found.files, found.bytes, found.bits_per_weight) == (WHOLE.files, 700, 5.6)
    assert renewed(entry(WHOLE), file("pytorch_model.bin")) == WHOLE


@pytest.mark.parametrize(("before", "now", "after"), [(False, True, True), (True, None, True), (None, False, False)])
def test_the_gate_is_taken_over_where_it_is_known(before: bool | None, now: bool | None, after: bool) -> None:
    model = entry(gated=before)
    assert updated(model, {model.repo: repository(gated=now)}, as_of="2026-11-21").gated is after
    assert updated(model, {model.repo: None}, as_of="2026-11-21").gated is before
