"""Which license text a declaration stands for: one id, or the candidates among which only the text decides.

What a tag or a name may mean is said by the catalog's license files: `tags` settle it alone, `declared_as` only together
with the owner, the repository's name, the link or the hash of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmadvise.domain.license import Declaration, License
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a publisher says of the license."""

    tag: str | None = None
    name: str | None = None
    """`license_name`: it counts where the tag names no text."""
    repo: str | None = None
    """`owner/name`, or a name alone where the owner is not known."""
    link: str | None = None
    text_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a declaration stands for."""

    id: str | None
    """None: unknown without candidates, ambiguous with them."""
    candidates: tuple[str, ...] = ()


NAMES_NO_TEXT = frozenset({"other", "unknown", "none"})
"""Words that the Hub offers for a license that it has no tag for, and for none."""
_UNKNOWN = Resolved(id=None)


def resolve(said: Said, licenses: Mapping[str, License]) -> Resolved:
    """The license that is meant. The hash of a known text decides alone."""
    by_text = _by_text(said.text_sha256, licenses)
    if by_text is not None:
        return Resolved(id=by_text)
    word = _word(said)
    fitting = _best(_fitting(word, said, licenses))
    if len(fitting) == 1:
        return Resolved(id=fitting[0])
    if fitting:
        return Resolved(id=None, candidates=fitting)
    if word in NAMES_NO_TEXT:
        return _UNKNOWN
    return Resolved(id=None, candidates=tuple(sorted(_possible(word, licenses))))


def _by_text(digest: str | None, licenses: Mapping[str, License]) -> str | None:
    if digest is None:
        return None
    found = {id_ for id_, text in licenses.items() if any(item.text_sha256 == digest for item in text.declared_as)}
    return found.pop() if len(found) == 1 else None


def _word(said: Said) -> str:
    """The word that counts, in lower case; `other` where none names a text."""
    for text in (said.tag, said.name):
        word = (text or "").strip().lower().removeprefix("licenseref-")
        if word and word not in NAMES_NO_TEXT:
            return word
    return "other"


def _fitting(word: str, said: Said, licenses: Mapping[str, License]) -> Iterator[tuple[int, str]]:
    """Texts of which a way of declaring them fits wholly, each with how much it asks for."""
    for id_ in _plainly(word, licenses):
        yield 1, id_
    for id_, text in licenses.items():
        for item in text.declared_as:
            if item.word == word and (asked := _asks(item, said)) is not None:
                yield 1 + asked, id_


def _plainly(word: str, licenses: Mapping[str, License]) -> tuple[str, ...]:
    """Texts that the word alone means: by a tag, or by its id or SPDX id where it is not open to doubt."""
    if word in NAMES_NO_TEXT:
        return ()
    tagged = tuple(id_ for id_, text in licenses.items() if any(tag.lower() == word for tag in text.tags))
    if tagged or _possible(word, licenses):
        return tagged
    if word in licenses:
        return (word,)
    return tuple(id_ for id_, text in licenses.items() if (text.spdx or "").lower() == word)


def _best(fitting: Iterator[tuple[int, str]]) -> tuple[str, ...]:
    """Those that ask for most."""
    found = list(fitting)
    most = max((asked for asked, _ in found), default=0)
    return tuple(sorted({id_ for asked, id_ in found if asked == most}))


def _asks(item: Declaration, said: Said) -> int | None:
    """How many things beside the word fit; None where one does not."""
    owner, _, name = (said.repo or "").lower().rpartition("/")
    link = (said.link or "").lower()
    tests = (
        None if item.owner is None else item.owner == owner,
        None if item.repo is None else _matches(item.repo, name),
        None if item.link is None else item.link in link,
        None if item.text_sha256 is None else item.text_sha256 == said.text_sha256,
    )
    if any(test is False for test in tests):
        return None
    return sum(test is True for test in tests)


def _matches(pattern: str, name: str) -> bool:
    """Whether the name fits a pattern in which `*` stands for anything."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    if not name.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(name) - place >= len(rest[-1]) and name.endswith(rest[-1])


def _possible(word: str, licenses: Mapping[str, License]) -> set[str]:
    """Texts that the word may mean, though what else they ask for does not fit, or is not known."""
    return {id_ for id_, text in licenses.items() if any(item.word == word for item in text.declared_as)}
