"""Which license a repository declares: the id of a text that the catalog knows, and the publisher's own words."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import License
from llmadvise.domain.model import DeclaredLicense
from llmadvise.domain.repository import Repository
from llmadvise.engine.entry_draft.card import word, words

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
    tag = tags[0] if tags else _OTHER
    if tag.lower() != _OTHER:
        found = find_license(tag, licenses)
        message = f"the catalog has no license `{tag}`"
        return DeclaredLicense(declared=found, name=name or tag, link=link), (
            () if found else (_finding("license-unknown", message),)
        )
    found = find_license(name, licenses) if name else None
    if found is not None and found != _OTHER:
        return DeclaredLicense(declared=found, name=name, link=link), ()
    message = "a license of the publisher's own is declared" + (f" as `{name}`" if name else ", without a name")
    known = _OTHER if _OTHER in licenses else None
    return DeclaredLicense(declared=known, name=name or tag, link=link), (_finding("license-unknown", message),)


def find_license(name: str, licenses: Mapping[str, License]) -> str | None:
    """The id of the license that a tag or a name means; None where the catalog knows none."""
    wanted = name.strip().lower()
    if wanted in licenses:
        return wanted
    return next(
        (id_ for id_, text in licenses.items() if any(tag.lower() == wanted for tag in text.tags)),
        None,
    )


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message)
