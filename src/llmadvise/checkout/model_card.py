"""Model cards in the tree: what the front matter of a README says of the model beside it."""

from __future__ import annotations

from llmadvise.checkout.readers.markdown import front_matter
from llmadvise.domain.compliance import Mention, ReferenceState

_LONGEST = 100_000


def card_of(file: str, text: str) -> Mention | None:
    """The model that a README describes; None: its front matter is no model card."""
    head = front_matter(text)
    if not head or len(head) > _LONGEST or not ("license" in head or "base_model" in head):
        return None
    import yaml  # noqa: PLC0415 - only where there is a card

    try:
        facts = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts, lists and mappings
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if not isinstance(facts, dict) or not ("base_model" in facts or "pipeline_tag" in facts or "library_name" in facts):
        return None
    license_ = facts.get("license_name") or facts.get("license")
    folder = file.rpartition("/")[0].rpartition("/")[2] or "."
    return Mention(
        model=f"local:{folder}",
        file=file,
        line=1,
        column=1,
        kind="model-card",
        text="---",
        state=ReferenceState.ALIAS,
        confidence=0.6,
        declared_license=license_ if isinstance(license_, str) else None,
        base_models=_texts(facts.get("base_model")),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
