"""A variant's files on this machine: as they lie in the Hub's cache, fetched where they do not."""

from __future__ import annotations

import os
from pathlib import Path

from llmadvise.api.bring import carry, in_cache, look
from llmadvise.api.pull_choice import selection_of
from llmadvise.domain.model import Variant
from llmadvise.domain.pull import FileState, LocalFile, Progress, Unwatched
from llmadvise.errors import LLMAdviseError
from llmadvise.hub.cached import cached_listing
from llmadvise.hub.fetch import survey
from llmadvise.hub.places import HubCache, cache_folder
from llmadvise.hub.wanted import Selection, select
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """Files that an engine can be started with."""

    model: Path
    """The file to load, the first of several; of a repository that is loaded whole, its folder."""
    projector: Path | None
    """The vision projector of a GGUF model."""
    files: tuple[Path, ...]
    folder: Path
    revision: str
    """Commit."""
    fetched_bytes: int
    """Over the network, in this call."""


def ensure_local(
    variant: Variant,
    *,
    tag: str | None = None,
    may_connect: bool = True,
    projector: bool = True,
    projector_name: str | None = None,
    progress: Progress | None = None,
) -> LocalModel:
    """The files of a variant, fetched and proved unless they are in the Hub's cache.

    `tag`: what file names call the quantization, where the catalog is not sure of the names. `projector_name`: the vision
    projector that was planned with; else the one that llama.cpp would take. What is in the cache under
    the hash it was proved by is taken at its length; `pull` proves it again. Raises LLMAdviseError.
    """
    selection = selection_of(variant, tag, projector=projector, projector_name=projector_name)
    here = _here(selection, variant) if variant.format == "gguf" else None
    if here is not None:
        return here
    outlook = look(selection, in_cache, may_connect=may_connect)
    return _model(carry(outlook, progress or Unwatched()), outlook.folder, outlook.wanted.revision)


def _here(selection: Selection, variant: Variant) -> LocalModel | None:
    """The files in the cache; None where one is missing. Only a GGUF model says itself what belongs to it."""
    lengths = {file.name: file.bytes for file in variant.files if file.bytes is not None}
    folder = cache_folder(os.environ)
    listing = cached_listing(folder, selection.reference)
    if listing is None:
        return None
    try:
        wanted = select(listing, selection, lambda _: None)
        place = HubCache(folder, wanted)
        files = survey(wanted, place)
    except LLMAdviseError:
        return None
    whole = all(file.state is FileState.PRESENT and lengths.get(file.name, file.bytes) == file.bytes for file in files)
    if not whole or not all(file.key for file in wanted.files):
        return None
    return _model(files, place.snapshot, wanted.revision)


def _model(files: tuple[LocalFile, ...], folder: Path, revision: str) -> LocalModel:
    paths = tuple(Path(file.path) for file in files)
    projector = next((path for path in paths if "mmproj" in path.name.lower()), None)
    first = next((path for path in paths if path.suffix.lower() == ".gguf" and path != projector), folder)
    return LocalModel(
        model=first,
        projector=projector,
        files=paths,
        folder=folder,
        revision=revision,
        fetched_bytes=sum(file.transferred for file in files),
    )
