"""Which license a repository declares: the id of a text that the catalog knows, and the publisher's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import License
from llmadvise.domain.model import DeclaredLicense
from llmadvise.domain.repository import Repository
from llmadvise.engine.entry_draft.card import word, words
from llmadvise.engine.licensing.resolve import NAMES_NO_TEXT, Said, resolve

_OTHER = "other"
_TAG = "license:"


def declared_license(
    repository: Repository, licenses: Mapping[str, License]
) -> tuple[DeclaredLicense, tuple[Finding, ...]]:
    """The license as declared; what it means is for the catalog's license files to say."""
    card = repository.card
    tags = words(card, "license") or tuple(tag.removeprefix(_TAG) for tag in repository.tags if tag.startswith(_TAG))
    name, link = word(card, "license_name"), word(card, "license_link")
    if not tags and name is None:
        message = "no license is declared: neither in the card nor as a tag"
        return DeclaredLicense(declared=None, link=link), (_finding("license-undeclared", message),)
    if len(tags) > 1:
        message = f"{len(tags)} licenses are declared ({', '.join(tags)[:120]}); which one holds is not said"
        return DeclaredLicense(declared=None, name=", ".join(tags), link=link), (
            _finding("license-ambiguous", message),
        )
    tag = tags[0] if tags else None
    said = Said(tag=tag, name=name, repo=repository.repo, link=link, text_sha256=repository.license_sha256)
    return find_license(said, licenses)


def find_license(said: Said, licenses: Mapping[str, License]) -> tuple[DeclaredLicense, tuple[Finding, ...]]:
    """The license that is meant, and what is unclear about it.

    Its id is None where the catalog cannot tell, and `other` where the publisher says no more than that it has terms of
    its own.
    """
    found = resolve(said, licenses)
    known = DeclaredLicense(
        declared=found.id,
        name=said.name or said.tag or _OTHER,
        link=said.link,
        text_sha256=said.text_sha256,
        candidates=found.candidates,
    )
    if found.id is not None:
        return known, ()
    given = next((text for text in (said.tag, said.name) if text and text.lower() not in NAMES_NO_TEXT), None)
    if found.candidates:
        message = f"`{given}` may mean {', '.join(found.candidates)}: only the text tells which"
        return known, (_finding("license-ambiguous", message),)
    if given is not None and (said.tag or "").lower() == given.lower():
        return known, (_finding("license-unknown", f"the catalog has no license `{given}`"),)
    message = "a license of the publisher's own is declared" + (f" as `{given}`" if given else ", without a name")
    other = replace(known, declared=_OTHER if _OTHER in licenses else None)
    return other, (_finding("license-unknown", message),)


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message)
