"""Any sequence of troubles: whatever a server does, in whatever order, no name stands for other bytes."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from fetching import Fetcher, check_whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pull_hub import Fault, PullHub, Repo

from llmadvise.errors import LLMAdviseError
from llmadvise.hub import transfer
from llmadvise.hub.places import Folder, HubCache

DATA = b"GGUF" + bytes(range(256)) * 40
REPO = "org/small-GGUF"


def faults() -> st.SearchStrategy[Fault]:
    """What a server may do with one request."""
    place = st.integers(0, len(DATA))
    return st.one_of(
        st.builds(Fault, cut=place, ignores_ranges=st.booleans()),
        st.builds(Fault, status=st.sampled_from([200, 400, 403, 404, 416, 429, 500, 503])),
        st.builds(Fault, alter=st.builds(lambda at: lambda data: data[:at] + b"?" + data[at + 1 :], place)),
        st.builds(Fault, alter=st.builds(lambda at: lambda data: data[:at], place)),
        st.builds(Fault, alter=st.just(lambda data: data + b"more")),
        st.builds(Fault, size=place),
    )


@pytest.mark.parametrize("place", ["cache", "folder"])
@given(runs=st.lists(st.lists(faults(), max_size=4), max_size=4), broken=st.binary(max_size=40))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_stands_for_other_bytes(place: str, hub: PullHub, runs: list[list[Fault]], broken: bytes) -> None:
    hub.repos[REPO] = Repo(files={"m-Q4_0.gguf": DATA})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetcher = Fetcher()
        wanted = fetcher.wanted(REPO)
        there = HubCache(folder, wanted) if place == "cache" else Folder(folder)
        for number, trouble in enumerate(runs):
            hub.faults = list(trouble)
            with suppress(LLMAdviseError):
                fetcher.into(there, wanted)
            check_whole(folder, hub, REPO)
            partial = there.partial(wanted.files[0])
            if number == 1 and partial.exists():
                partial.write_bytes(broken)
        hub.faults = []
        fetcher.into(there, wanted)
        assert check_whole(folder, hub, REPO) == {"m-Q4_0.gguf"}
        assert not list(folder.rglob("*.incomplete"))


def test_a_large_file_is_asked_for_piece_by_piece(
    hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_LARGEST_RANGE", 3_000)
    hub.repos[REPO] = Repo(files={"m-Q4_0.gguf": DATA})
    fetcher = Fetcher()
    fetcher.to_folder(tmp_path, REPO)
    assert check_whole(tmp_path, hub, REPO) == {"m-Q4_0.gguf"}
    assert (len(hub.downloads()), fetcher.pauses) == (4, [])


def test_an_index_that_is_not_what_the_hub_lists_is_refused(hub: PullHub) -> None:
    """It says which files are wanted: it has to be proved before the others are chosen."""
    hub.faults = [Fault(alter=lambda data: data.replace(b"model-2", b"model-1"))]
    with pytest.raises(LLMAdviseError, match="is not what the Hub lists"):
        Fetcher().wanted("org/whole")
