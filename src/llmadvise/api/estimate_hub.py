"""What a model file on the Hub says of itself: the header alone, by range requests."""

from __future__ import annotations

from llmadvise.api.estimate_file import facts_of
from llmadvise.engine.estimate_read import FileFacts
from llmadvise.gguf.source import ByteSource
from llmadvise.gguf.split import read_shards
from llmadvise.hub.choose import choose
from llmadvise.hub.connection import Connection, forbids_network
from llmadvise.hub.failures import offline
from llmadvise.hub.reference import parse_reference


def read_hub(target: str, *, may_connect: bool) -> FileFacts:
    """The header of the file that `hf:org/repo[@revision][:file-or-quantization]` means.

    Raises UsageError where it means none or several, LLMAdviseError where the Hub cannot be asked, InvalidFileError for
    a file that cannot be read.
    """
    reference = parse_reference(target)
    if not may_connect or forbids_network():
        raise offline(target)
    connection = Connection()
    listing = connection.files(reference)
    chosen = choose(reference, listing.sizes)

    def opener(name: str) -> ByteSource | None:
        return connection.open(reference, listing, name)

    file = read_shards(chosen, opener)
    name = f"hf:{reference.repo}:{chosen}"
    return facts_of(file, name=name, repo=reference.repo, revision=listing.revision)
