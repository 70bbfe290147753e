"""Reads a whole repository of the Hub: description, files with sizes and hashes, and the small files that say its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.hub.connection import Connection, Listing
from llmadvise.hub.patience import patiently
from llmadvise.hub.reference import HubReference, parse_reference
from llmadvise.hub.weights import read_weights

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ExpandModelProperty_T

_EXPAND: Final[list[ExpandModelProperty_T]] = [
    "author", "baseModels", "cardData", "config", "createdAt", "gated", "gguf", "lastModified", "library_name",
    "pipeline_tag", "private", "safetensors", "sha", "tags",
]  # fmt: skip
_MOST_FILES: Final = 50_000
_LARGEST_JSON: Final = 32 << 20
_LARGEST_CARD: Final = 4 << 20
_LARGEST_LICENSE: Final = 1 << 20
_LICENSE_FILES: Final = (
    "LICENSE-MODEL", "LICENSE_MODEL", "MODEL_LICENSE", "LICENSE", "LICENSE.txt", "LICENSE.md", "license", "LICENCE",
)  # fmt: skip
"""In which the terms of the weights stand; those that name the model come before those that may be of the code."""
_OLDEST: Final = "2022-03-02"
"""The Hub gives this day to every repository that is older."""


def read_repository(connection: Connection, reference: HubReference) -> Repository:
    """The repository at the commit that the reference means. Raises LLMAdviseError where it cannot be read at all.

    A small file that cannot be read, or is not what it should be, is a finding.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    headers = connection.headers()
    api = HfApi(endpoint=connection.endpoint, user_agent=headers["User-Agent"])
    info = patiently(
        connection,
        reference,
        lambda: api.model_info(
            reference.repo, revision=reference.revision, expand=_EXPAND, timeout=connection.patience
        ),
    )
    revision = info.sha or reference.revision
    files = patiently(connection, reference, lambda: list_files(api, reference.repo, revision), asks_again=True)
    small = _SmallFiles(connection, reference, revision, {file.path: file.bytes for file in files})
    card, config = _card(info.card_data, small), small.json("config.json")
    adapter = small.json("adapter_config.json")
    named = small.json("quantize_config.json") or small.json("quant_config.json") if config is not None else None
    tokenizer = small.json("tokenizer_config.json") or {}
    safetensors = info.safetensors
    weights = read_weights(small, config, named) if config is not None or adapter is not None else None
    return Repository(
        repo=_name(str(info.id), reference, small),
        revision=revision,
        files=tuple(files),
        card=card,
        config=config,
        adapter=adapter,
        quantization=named,
        tokenizer=tokenizer,
        tags=tuple(map(str, info.tags or ())),
        pipeline=info.pipeline_tag if isinstance(info.pipeline_tag, str) else None,
        library=info.library_name if isinstance(info.library_name, str) else None,
        gated=None if info.gated is None else bool(info.gated),
        created=_created(info),
        parameters=_counts(safetensors.parameters) if safetensors else None,
        total_parameters=safetensors.total if safetensors and isinstance(safetensors.total, int) else None,
        tensor_names=weights.names if weights else None,
        tensors=weights.tensors if weights else None,
        gguf=info.gguf if isinstance(info.gguf, Mapping) else {},
        declared_bases=parents(info.base_models),
        license_sha256=_license_sha256(small),
        findings=tuple(small.findings),
    )


def _license_sha256(small: _SmallFiles) -> str | None:
    """The hash of the license file; None where there is none, or it cannot be read whole."""
    name = next((name for name in _LICENSE_FILES if 0 < small.listing.sizes.get(name, 0) <= _LARGEST_LICENSE), None)
    data = small.bytes(name, 0, small.listing.sizes[name]) if name else None
    return None if data is None else sha256(data).hexdigest()


def _name(name: str, reference: HubReference, small: _SmallFiles) -> str:
    """The repository as the Hub spells it; another name than was asked for is where it moved to."""
    if name.lower() == reference.repo.lower():
        return name
    try:
        moved = parse_reference(f"hf:{name}").repo
    except UsageError:
        return reference.repo
    small.note("repository-moved", f"{reference.repo} is {moved} now")
    return moved


def list_files(api: Any, repo: str, revision: str | None) -> list[RepositoryFile]:  # noqa: ANN401 - HfApi is imported late
    """All files of a commit, page by page. Raises LLMAdviseError where there are too many to be a model."""
    found = []
    for item in api.list_repo_tree(repo, recursive=True, revision=revision):
        size, path = getattr(item, "size", None), item.path
        if isinstance(size, int) and isinstance(path, str) and 0 <= size < 1 << 50:
            digest = item.lfs.sha256 if item.lfs else None
            found.append(RepositoryFile(path=path, bytes=size, sha256=digest if _is_sha256(digest) else None))
        if len(found) > _MOST_FILES:
            raise LLMAdviseError(f"{repo} has more than {_MOST_FILES} files", "It is not a repository of one model.")
    return sorted(found, key=lambda file: file.path)


def _is_sha256(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)  # noqa: PLR2004


def _created(info: Any) -> str | None:  # noqa: ANN401 - ModelInfo is imported late
    day = info.created_at.date().isoformat() if info.created_at else None
    return None if day is None or day <= _OLDEST else day


def _counts(parameters: object) -> dict[str, int] | None:
    if not isinstance(parameters, Mapping):
        return None
    return {str(name): count for name, count in parameters.items() if isinstance(count, int) and count >= 0}


def parents(listed: object) -> tuple[tuple[str, str | None], ...]:
    """`baseModels` of the Hub: a relation, and the models it holds to."""
    if not isinstance(listed, Mapping):
        return ()
    relation, models = listed.get("relation"), listed.get("models")
    found = (
        [item.get("id") if isinstance(item, Mapping) else item for item in models] if isinstance(models, list) else []
    )
    word = relation if isinstance(relation, str) else None
    return tuple((item, word) for item in found if isinstance(item, str))


def _card(parsed: object, small: _SmallFiles) -> Mapping[str, object]:
    """The front matter, as the Hub parsed it or else as the file has it."""
    if given := plain_card(parsed):
        return given
    text = small.text("README.md", _LARGEST_CARD)
    if text is None or not text.lstrip("\ufeff \r\n").startswith("---"):
        return {}
    from llmadvise.strict_yaml.read import parse_document  # noqa: PLC0415 - only where the Hub could not parse it

    front = text.lstrip("\ufeff \r\n").removeprefix("---").split("\n---", 1)[0]
    try:
        return parse_document(front, "README.md").values
    except InvalidFileError:
        small.note("card-malformed", "the front matter of README.md is no plain YAML; nothing was taken from it")
        return {}


def plain_card(parsed: object) -> dict[str, object]:
    """The front matter as the Hub parsed it, without what is not said."""
    from huggingface_hub import ModelCardData  # noqa: PLC0415 - see read_repository

    if not isinstance(parsed, ModelCardData):
        return {}
    return {key: value for key, value in vars(parsed).items() if value is not None}


class _SmallFiles:
    """The small files of one commit, each read once; what fails is a finding."""

    def __init__(
        self, connection: Connection, reference: HubReference, revision: str | None, sizes: Mapping[str, int]
    ) -> None:
        self._connection, self._reference = connection, reference
        self.listing = Listing(revision=revision, sizes=sizes)
        self.findings: list[Finding] = []
        self._refused = False

    def note(self, rule: str, message: str) -> None:
        """Remember what could not be read."""
        self.findings.append(Finding(rule=rule, verdict=Verdict.WARN, message=message))

    def json(self, name: str) -> Mapping[str, object] | None:
        """A JSON object; None where there is none, or it cannot be read."""
        text = self.text(name, _LARGEST_JSON)
        if text is None:
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self.note("file-malformed", f"{name} is no JSON object; nothing was taken from it")
            return None
        return value

    def text(self, name: str, largest: int) -> str | None:
        """A text; None where there is none, or it cannot be read."""
        data = self.bytes(name, 0, min(self.listing.sizes.get(name, 0), largest + 1))
        if data is not None and len(data) > largest:
            self.note("file-malformed", f"{name} is larger than {largest} bytes; it was not read")
            return None
        return None if data is None else data.decode("utf-8", "replace")

    def bytes(self, name: str, offset: int, size: int) -> bytes | None:
        """A part of a file; None where there is none, or the Hub refuses it."""
        source = self._connection.open(self._reference, self.listing, name)
        if source is None or self._refused or size <= 0:
            return None
        try:
            return source.read_at(offset, size)
        except LLMAdviseError as error:
            self._refused = "gated" in error.message
            self.note(
                "repository-gated" if self._refused else "file-unreadable", f"{name} was not read: {error.message}"
            )
            return None
