"""What a refresh has read so far: one line a repository, added as it is read, so that a run may be stopped anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.errors import InvalidFileError

_SCHEMA: Final = "llmadvise.refresh-state/1"


class RefreshState:
    """A file of lines; without a path it is kept in memory alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.standing: dict[str, Repository | None] = {}
        if path is not None and path.exists():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise InvalidFileError(f"{path}: {reason}", "Give --state another file, or remove this one.") from error
        if json_line(lines[0]).get("schema") != _SCHEMA:
            raise InvalidFileError(f"{path}:1: not the state of a refresh", "Give another file, or remove this one.")
        for line in lines[1:]:
            # The last line is cut short where a run was killed while it was written: it is read again.
            facts = json_line(line)
            # So is one that holds something else: what is not known is asked for.
            repo = facts.get("repo")
            with suppress(ValueError, TypeError, OverflowError):
                if isinstance(repo, str):
                    self.standing[repo] = _decoded(repo, facts)

    def add(self, repo: str, facts: Repository | None) -> None:
        """Remember a repository; None: it is gone."""
        self.standing[repo] = facts
        if self._path is None:
            return
        new = not self._path.exists()
        with self._path.open("ab+") as stream:
            if not new and stream.seek(0, os.SEEK_END):
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")
            lines = [{"schema": _SCHEMA}] if new else []
            text = "".join(f"{json.dumps(line)}\n" for line in [*lines, _encoded(repo, facts)])
            stream.write(text.encode())
            stream.flush()


def json_line(text: str) -> Mapping[str, object]:
    """A JSON object; empty for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _encoded(repo: str, facts: Repository | None) -> dict[str, object]:
    if facts is None:
        return {"repo": repo, "gone": True}
    card = {key: facts.card[key] for key in ("license", "license_name", "license_link") if key in facts.card}
    return {
        "repo": repo,
        "revision": facts.revision,
        "gated": facts.gated,
        "card": json.loads(json.dumps(card, default=str)),
        "tags": [tag for tag in facts.tags if tag.startswith("license:")],
        "files": [[file.path, file.bytes, file.sha256] for file in facts.files],
    }


def _decoded(repo: str, facts: Mapping[str, object]) -> Repository | None:
    if facts.get("gone") is True:
        return None
    revision, gated, card, tags, files = (facts.get(key) for key in ("revision", "gated", "card", "tags", "files"))
    return Repository(
        repo=repo,
        revision=revision if isinstance(revision, str) else None,
        gated=gated if isinstance(gated, bool) else None,
        card=card if isinstance(card, dict) else {},
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        files=tuple(
            RepositoryFile(path=str(name), bytes=int(size), sha256=None if digest is None else str(digest))
            for name, size, digest in (files if isinstance(files, list) else ())
        ),
    )
