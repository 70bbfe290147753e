"""The license policy of a checkout, read strictly: every mistake is named with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from llmadvise.domain.policy import Policy
from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import Document, Location, read_document
from llmadvise.strict_yaml.validate import read_as


def read_policy(path: Path, label: str | None = None) -> Policy:
    """Read a policy. Raises InvalidFileError for anything that is not one."""
    document = read_document(path, label)
    policy = read_as(Policy, document.values, document)
    for index, waiver in enumerate(policy.waivers):
        _check_day(waiver.expires, document, ("waivers", index, "expires"))
    for key, places in (("domicile", policy.use.domicile), ("territories", policy.use.territories)):
        for index, place in enumerate(places or ()):
            _check_place(place, document, ("use", key, index))
    return policy


def _check_day(text: str, document: Document, location: Location) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InvalidFileError(f"{document.where(location)}: {text!a} is not a day", "Write it as 2027-01-31.")


def _check_place(text: str, document: Document, location: Location) -> None:
    if len(text) != len("EU") or not (text.isascii() and text.isalpha() and text.isupper()):
        raise InvalidFileError(
            f"{document.where(location)}: {text!a} is not a country code",
            "Write EU or an ISO 3166 code of two capitals, such as DE, GB, KR or US.",
        )


def template() -> str:
    """A policy to fill in: every fact is commented out, so none is assumed."""
    return _TEMPLATE


_TEMPLATE = """\
# What this checkout does with models, and what it accepts. Not legal advice.
# A fact that stays commented out is not assumed: where a clause turns on it, the check asks for it by name.
use: {}
# Or, with facts:
# use:
  # commercial: true
  # internal_only: false
  # annual_revenue: {amount: 5000000, currency: USD}
  # monthly_revenue: {amount: 400000, currency: USD}
  # group_annual_revenue: {amount: 5000000, currency: USD}
  # group_monthly_revenue: {amount: 400000, currency: USD}
  # product_annual_revenue: {amount: 900000, currency: USD}
  # product_monthly_revenue: {amount: 75000, currency: USD}
  # monthly_users: 20000
  # daily_users: 3000
  # edge_devices: 0
  # group_monthly_users: 50000
  # Users of all products in the month before the license's version was released:
  # monthly_users_at_release: [{license: llama3.1, users: 50000}]
  # Where the company sits, and where the model is used: EU or ISO 3166 codes.
  # domicile: [US]
  # territories: [US, DE]
  # distributes_weights: false
  # offers_model_as_a_service: false
  # ai_coding_or_office_product: false
  # provides_software_or_cloud_services: false
  # trains_on_outputs: false
  # Only research, testing, evaluation or teaching, and nothing in production:
  # research_only: false
  # Licenses with whose licensor's products or models yours compete; [] says none:
  # competes_with: []
  # geforce_in_datacenter: false
  # Licenses whose registration, contract or permission was obtained:
  # agreements: []
# Where allow is given, what it does not name is denied.
# allow: {licenses: [apache-2.0, mit], categories: [permissive], models: []}
# deny: {licenses: [], categories: [non-commercial], models: []}
# accepted_duties: [license-copy, attribution]
# What somebody read a model's license text to be, as long as the text stays the same (sha256sum LICENSE):
# clarifications: [{model: org/name, license: mit, text_sha256: '<64 hex digits>', reason: why}]
# waivers: [{model: org/name, rule: license-not-allowed, reason: why, owner: who, expires: '2027-01-31'}]
unknown: fail
"""
