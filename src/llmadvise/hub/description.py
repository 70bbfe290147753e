"""What the Hub's service says of a repository, taken over value by value: whatever has another type is not said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from llmadvise.errors import LLMAdviseError
from llmadvise.hub.connection import Connection
from llmadvise.hub.hashes import is_sha1
from llmadvise.hub.listing import json_of
from llmadvise.hub.patience import patiently
from llmadvise.hub.reference import HubReference
from llmadvise.record import dataclass

_OLDEST: Final = "2022-03-02"
"""The Hub gives this day to every repository that is older."""
_DAY: Final = len(_OLDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One repository, as far as it was asked about."""

    repo: str
    """As the Hub spells it; another name than was asked for is where it moved to."""
    revision: str | None
    card: Mapping[str, object]
    """The front matter as the Hub parsed it, without what is not said."""
    tags: tuple[str, ...]
    pipeline: str | None
    library: str | None
    gated: bool | None
    created: str | None
    """ISO date."""
    parameters: Mapping[str, int] | None
    """Elements by type, as counted in safetensors headers."""
    total_parameters: int | None
    gguf: Mapping[str, object]
    declared_bases: tuple[tuple[str, str | None], ...]


def read_description(
    connection: Connection, reference: HubReference, properties: Sequence[str], *, longest: float = 5.0
) -> Description:
    """These properties of a repository. Raises LLMAdviseError where they are not told.

    `longest`: seconds that the Hub may ask to wait.
    """
    address = f"{connection.about(reference)}?{urlencode({'expand': properties}, doseq=True)}"
    answer = json_of(patiently(connection, lambda: connection.read(address, reference), longest=longest).data)
    name = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(name, str):
        raise LLMAdviseError(
            f"{connection.host} answered something that does not describe {reference.repo}", "Check HF_ENDPOINT."
        )
    commit, card, tags, gguf = (answer.get(key) for key in ("sha", "cardData", "tags", "gguf"))
    gated = answer.get("gated")
    parameters, total = _counted(answer.get("safetensors"))
    return Description(
        repo=name,
        revision=commit if is_sha1(commit) else None,
        card={key: value for key, value in card.items() if value is not None} if isinstance(card, dict) else {},
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        pipeline=_text(answer.get("pipeline_tag")),
        library=_text(answer.get("library_name")),
        gated=None if gated is None else bool(gated),
        created=_day(answer.get("createdAt")),
        parameters=parameters,
        total_parameters=total,
        gguf=gguf if isinstance(gguf, dict) else {},
        declared_bases=parents(answer.get("baseModels")),
    )


def parents(listed: object) -> tuple[tuple[str, str | None], ...]:
    """`baseModels` of the Hub: a relation, and the models it holds to."""
    if not isinstance(listed, Mapping):
        return ()
    relation, models = listed.get("relation"), listed.get("models")
    found = (
        [item.get("id") if isinstance(item, Mapping) else item for item in models] if isinstance(models, list) else []
    )
    return tuple((item, _text(relation)) for item in found if isinstance(item, str))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _day(moment: object) -> str | None:
    """The day of `2025-03-01T10:00:00.000Z`; None where it is not known."""
    text = moment[:_DAY] if isinstance(moment, str) else ""
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        return None
    return day if day == text and day > _OLDEST else None


def _counted(safetensors: object) -> tuple[Mapping[str, int] | None, int | None]:
    """Elements by type, and all together."""
    if not isinstance(safetensors, dict):
        return None, None
    parameters, total = safetensors.get("parameters"), safetensors.get("total")
    counts = (
        {name: count for name, count in parameters.items() if _is_count(count)}
        if isinstance(parameters, dict)
        else None
    )
    return counts, total if _is_count(total) else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
