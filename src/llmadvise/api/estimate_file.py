"""What a model file says of itself, read from a disk: the header alone, whichever of its shards is given."""

from __future__ import annotations

from pathlib import Path

from llmadvise.domain.model import File
from llmadvise.engine.estimate_read import FileFacts
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.split import ModelFile, read_model
from llmadvise.shown import shown

IMPOSSIBLE = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""What computing with dimensions that no network has may end in."""
_LONGEST_NAME = 200


def is_file(target: str) -> bool:
    """Whether the words on the command line name a file and not a model of the catalog."""
    return target.lower().endswith(".gguf") or Path(target).is_file()


def read_path(target: str) -> FileFacts:
    """The header of a file. Raises InvalidFileError, or UsageError if there is no such file."""
    return facts_of(read_model(target), name=target)


def facts_of(file: ModelFile, *, name: str, repo: str = "", revision: str | None = None) -> FileFacts:
    """What a header says, in the engine's words. `name` is what messages call the file."""
    where = shown(name, _LONGEST_NAME)
    return FileFacts(
        name=where,
        metadata=file.metadata,
        tensors=file.tensors,
        files=tuple(File(name=shard.name, bytes=shard.file_bytes) for shard in file.shards),
        source=f"header of {where}",
        repo=repo,
        revision=revision,
    )


def unlayable(facts: FileFacts, error: Exception) -> InvalidFileError:
    """What to say of a file whose header ended in one of IMPOSSIBLE."""
    return InvalidFileError(
        f"{facts.name}: the header describes a network that cannot be laid out ({type(error).__name__})",
        "The file is damaged or was made to mislead: download it again from its publisher.",
    )
