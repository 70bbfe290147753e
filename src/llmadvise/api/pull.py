"""`pull`: a model's files on this machine, at one commit, each proved by its hash."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.bring import MakePlace, Outlook, carry, in_cache, in_folder, look
from llmadvise.api.local import LocalModel, ensure_local
from llmadvise.api.pull_choice import Chosen, choose
from llmadvise.api.pull_lock import Pinned, check_pinned, under_lock
from llmadvise.api.request import Request
from llmadvise.domain.pull import LocalFile, Progress
from llmadvise.errors import UsageError
from llmadvise.record import dataclass
from llmadvise.render.documents.pull import PullDocument, PulledFile, Store

__all__ = ["LocalModel", "PullRequest", "ensure_local", "pull"]

_PUBLIC = "https://huggingface.co"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """What to pull, and where to."""

    request: Request
    target: str | None = None
    """None: the first recommendation for this machine."""
    store: Store = "hub"
    directory: Path | None = None
    """A folder of the user's, with `store` "directory"."""
    projector: bool = True
    """Also the vision projector beside a GGUF model."""
    locked: bool = False
    """Nothing that llmadvise.lock does not pin."""
    dry_run: bool = False


def pull(wish: PullRequest, progress: Progress) -> PullDocument:
    """Fetch and prove. Raises UsageError for what cannot be meant, LLMAdviseError where it cannot be had.

    What has come by the time of a failure is kept, and the next call goes on from there.
    """
    chosen = choose(wish.request, wish.target, projector=wish.projector)
    pinned = under_lock(chosen, Path.cwd(), demanded=wish.locked)
    if wish.target is None:
        progress.say(f"Pulling {_words(chosen)}: {chosen.why}.")
    outlook = look(pinned.selection, _place(wish, chosen), may_connect=not wish.request.offline)
    if wish.locked:
        check_pinned(outlook.wanted, pinned.entry)
    if wish.store == "ollama":
        from llmadvise.api.pull_stores import check_ollama  # noqa: PLC0415 - rarely asked for

        check_ollama(outlook)
    if wish.dry_run:
        return _document(wish, chosen, pinned, outlook)
    done = replace(outlook, files=carry(outlook, progress))
    return _document(wish, chosen, pinned, done, _registered(wish, chosen, done, progress))


def _place(wish: PullRequest, chosen: Chosen) -> MakePlace:
    match wish.store:
        case "directory":
            if wish.directory is None:
                raise UsageError("no directory is given", "Give --directory FOLDER.")
            return in_folder(wish.directory)
        case "lm-studio":
            from llmadvise.api.pull_stores import in_lm_studio  # noqa: PLC0415 - rarely asked for

            return in_lm_studio(chosen.selection.reference.repo)
        case _:
            return in_cache


def _registered(wish: PullRequest, chosen: Chosen, outlook: Outlook, progress: Progress) -> str | None:
    if wish.store != "ollama":
        return None
    from llmadvise.api.pull_stores import to_ollama  # noqa: PLC0415 - rarely asked for

    return to_ollama(chosen, outlook, progress)


def _words(chosen: Chosen) -> str:
    if chosen.model is None or chosen.variant is None:
        return chosen.selection.reference.repo
    return f"{chosen.model.name} {chosen.variant.quantization} from {chosen.variant.repo}"


def _document(
    wish: PullRequest, chosen: Chosen, pinned: Pinned, outlook: Outlook, registered: str | None = None
) -> PullDocument:
    files = tuple(_file(file) for file in outlook.files)
    return PullDocument(
        schema="llmadvise.pull/1",
        version=__version__,
        model=chosen.model.id if chosen.model else None,
        quantization=chosen.variant.quantization if chosen.variant else None,
        why=chosen.why,
        repo=outlook.wanted.repo,
        revision=outlook.wanted.revision,
        endpoint=os.environ.get("HF_ENDPOINT", "").rstrip("/") or _PUBLIC,
        store=wish.store,
        place=str(outlook.folder),
        registered_as=registered,
        files=files,
        bytes=sum(file.bytes for file in files),
        transferred_bytes=sum(file.transferred_bytes for file in files),
        missing_bytes=sum(file.missing_bytes for file in files),
        free_bytes=outlook.free_bytes,
        dry_run=wish.dry_run,
        locked=pinned.entry is not None,
        findings=(*chosen.findings, *outlook.findings),
    )


def _file(file: LocalFile) -> PulledFile:
    return PulledFile(
        name=file.name,
        path=file.path,
        bytes=file.bytes,
        sha256=file.sha256,
        git_sha1=file.git_sha1,
        state=file.state,
        transferred_bytes=file.transferred,
        missing_bytes=file.missing,
    )
