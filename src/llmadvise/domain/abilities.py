"""What a model can do beside continuing text, each with what an engine must know to let it: facts, never guessed from names."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.estimate import Basis
from llmadvise.record import dataclass


class Pooling(StrEnum):
    """How the vectors of all tokens become one."""

    MEAN = "mean"
    CLS = "cls"
    """That of the first token."""
    LAST = "last"
    """That of the last token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projector:
    """The file beside a GGUF with the encoder of pictures (llama.cpp's mmproj). It serves every file of its repository."""

    repo: str
    name: str
    revision: str | None = None
    """Commit, 40 hex digits, where it is known."""
    bytes: int | None = None
    bytes_basis: Basis | None = None
    """declared: read from the Hub; assumed: a figure rounded by whoever published it."""
    sha256: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEncoder:
    """The network that turns pictures into tokens of the context."""

    most_tokens: int
    """Tokens of the context that one picture takes at most as llama.cpp scales pictures by itself."""
    least_tokens: int | None = None
    """Tokens that it takes at least; equal to the most where every picture is scaled to one size."""
    patches_a_token: int = 1
    """Patches that are merged into one token."""
    hidden_size: int | None = None
    feed_forward_size: int | None = None
    gated: bool = False
    """The feed-forward network has a gate beside its widening matrix."""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingFacts:
    """How a text becomes one vector."""

    dimensions: int
    """Elements of the vector."""
    pooling: Pooling
    largest_input: int
    """Tokens of one text."""
    shorter: tuple[int, ...] = ()
    """Lengths that the vector may be cut to (Matryoshka); empty: none are named."""
    query_prefix: str | None = None
    """What stands before a question; None: nothing."""
    document_prefix: str | None = None
    gated: bool = False
    """The feed-forward networks have a gate beside their widening matrix."""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillInMiddle:
    """The marks that a model was trained to complete code between: before and after the cursor."""

    prefix: str
    suffix: str
    middle: str
    source: str | None = None
