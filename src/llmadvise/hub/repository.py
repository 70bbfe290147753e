"""Reads a whole repository of the Hub: description, files with sizes and hashes, and the small files that say its shape."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.repository import Repository
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.hub.connection import Connection
from llmadvise.hub.description import read_description
from llmadvise.hub.failures import GatedError
from llmadvise.hub.listing import Listing, json_of
from llmadvise.hub.reference import HubReference, parse_reference
from llmadvise.hub.tree import list_files
from llmadvise.hub.weights import read_weights

_PROPERTIES: Final = (
    "baseModels", "cardData", "createdAt", "gated", "gguf", "library_name", "pipeline_tag", "safetensors", "sha", "tags",
)  # fmt: skip
_LARGEST_JSON: Final = 32 << 20
_LARGEST_CARD: Final = 4 << 20
_LARGEST_LICENSE: Final = 1 << 20
_LICENSE_FILES: Final = (
    "LICENSE-MODEL", "LICENSE_MODEL", "MODEL_LICENSE", "LICENSE", "LICENSE.txt", "LICENSE.md", "license", "LICENCE",
)  # fmt: skip
"""In which the terms of the weights stand; those that name the model come before those that may be of the code."""


def read_repository(connection: Connection, reference: HubReference) -> Repository:
    """The repository at the commit that the reference means. Raises LLMAdviseError where it cannot be read at all.

    A small file that cannot be read, or is not what it should be, is a finding.
    """
    told = read_description(connection, reference, _PROPERTIES)
    revision = told.revision or reference.revision
    files = list_files(connection, reference, revision)
    small = _SmallFiles(connection, reference, revision, {file.path: file.bytes for file in files})
    card, config = told.card or _card(small), small.json("config.json")
    adapter = small.json("adapter_config.json")
    named = small.json("quantize_config.json") or small.json("quant_config.json") if config is not None else None
    tokenizer = small.json("tokenizer_config.json") or {}
    weights = read_weights(small, config, named) if config is not None or adapter is not None else None
    return Repository(
        repo=_name(told.repo, reference, small),
        revision=revision,
        files=files,
        card=card,
        config=config,
        adapter=adapter,
        quantization=named,
        tokenizer=tokenizer,
        tags=told.tags,
        pipeline=told.pipeline,
        library=told.library,
        gated=told.gated,
        created=told.created,
        parameters=told.parameters,
        total_parameters=told.total_parameters,
        tensor_names=weights.names if weights else None,
        tensors=weights.tensors if weights else None,
        gguf=told.gguf,
        declared_bases=told.declared_bases,
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


def _card(small: _SmallFiles) -> Mapping[str, object]:
    """The front matter as the file has it, where the Hub tells none."""
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
        data = self.whole(name, _LARGEST_JSON)
        if data is None:
            return None
        value = json_of(data)
        if not isinstance(value, dict):
            self.note("file-malformed", f"{name} is no JSON object; nothing was taken from it")
            return None
        return value

    def text(self, name: str, largest: int) -> str | None:
        """A text; None where there is none, or it cannot be read."""
        data = self.whole(name, largest)
        return None if data is None else data.decode("utf-8", "replace")

    def whole(self, name: str, largest: int) -> bytes | None:
        """All bytes; None where there is no such file, it is larger than that, or it cannot be read."""
        size = self.listing.sizes.get(name, 0)
        if size > largest:
            self.note("file-malformed", f"{name} is larger than {largest} bytes; it was not read")
            return None
        return self.bytes(name, 0, size)

    def bytes(self, name: str, offset: int, size: int) -> bytes | None:
        """A part of a file; None where there is none, or the Hub refuses it."""
        if self._refused or size <= 0:
            return None
        try:
            source = self._connection.open(self._reference, self.listing, name)
            return None if source is None else source.read_at(offset, size)
        except LLMAdviseError as error:
            self._refused = isinstance(error, GatedError)
            self.note(
                "repository-gated" if self._refused else "file-unreadable", f"{name} was not read: {error.message}"
            )
            return None
