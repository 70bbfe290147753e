"""Mentions: what a candidate in its file becomes, and each model told once a place."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.checkout.inline_ignore import Ignore
from llmadvise.checkout.names import judge
from llmadvise.checkout.places import Candidate
from llmadvise.checkout.walk import shown
from llmadvise.domain.compliance import Mention, ReferenceState

_LONGEST_TEXT = 160


def mention_at(
    file: str, item: Candidate, rows: list[str], comments: dict[int, Ignore], *, ollama: bool
) -> Mention | None:
    """The mention that a candidate of this file is; None: it names nothing."""
    judged = judge(item.value, item.slot, ollama=ollama, hint=item.hint)
    if judged is None:
        return None
    row = rows[item.line - 1] if 0 < item.line <= len(rows) else ""
    comment = comments.get(item.line)
    return Mention(
        model=judged.model,
        file=file,
        line=item.line,
        column=max(item.column, 1),
        kind=item.kind,
        text=_short(row, item.value),
        state=judged.state,
        confidence=judged.confidence,
        revision=judged.revision or (item.revision if judged.state is not ReferenceState.NOT_A_MODEL else None),
        quantization=judged.quantization,
        via=judged.via or item.via,
        why=judged.why,
        ignored=(comment.reason or "no reason given") if comment is not None else None,
        ignored_rules=comment.rules if comment is not None else (),
    )


def _short(row: str, value: str) -> str:
    """The line, or the part of it around the name, with nothing that a terminal would act on."""
    text = row.strip() if len(row) <= _LONGEST_TEXT else value[:_LONGEST_TEXT]
    return shown(text.replace("\t", " "))[: 2 * _LONGEST_TEXT]


def once(mentions: list[Mention]) -> Iterator[Mention]:
    """The first of several mentions of one model in one place."""
    seen: set[tuple[str, int, str | None, str | None]] = set()
    repositories: dict[tuple[str, int], list[str]] = {}
    for item in mentions:
        if item.state is ReferenceState.RESOLVED and item.model is not None:
            repositories.setdefault((item.file, item.line), []).append(item.model.partition("/")[2].lower())
    for item in mentions:
        if (
            item.model is not None
            and item.model.startswith("file:")
            and item.line
            and _in_repository(item, repositories)
        ):
            continue
        key = (item.file, item.line, item.model, item.via if item.model is None else None)
        if item.line == 0 or key not in seen:
            seen.add(key)
            yield item


def _in_repository(item: Mention, repositories: dict[tuple[str, int], list[str]]) -> bool:
    """Whether a file name stands beside the repository that it is from, which is then the reference."""
    stem = (item.model or "").removeprefix("file:").lower()
    near = (name for line in range(item.line - 3, item.line + 4) for name in repositories.get((item.file, line), ()))
    return any(stem.startswith(name.removesuffix("-gguf")) for name in near)
