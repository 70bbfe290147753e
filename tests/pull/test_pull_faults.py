"""What goes wrong on the way: whatever happens, no file under its name is another, and the next run goes on."""

from __future__ import annotations

import errno
import io
import os
import random
import threading
from pathlib import Path

import pytest
from fetching import Fetcher, check_whole, names_below
from pull_hub import COMMIT, TOKEN, Fault, PullHub

from llmadvise.domain.pull import FileState
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub import fetch as fetching_module
from llmadvise.hub import transfer
from llmadvise.hub.connection import Connection
from llmadvise.hub.places import Folder, HubCache

MODEL = "org/model-GGUF"
NAME = "model-Q4_K_M.gguf"


def blob(cache: Path, hub: PullHub) -> Path:
    found = Fetcher().wanted(MODEL, "Q4_K_M")
    return HubCache(cache, found).content(found.files[0])


def test_a_file_comes_whole_and_lies_where_engines_look(hub: PullHub, cache: Path) -> None:
    fetcher = Fetcher()
    [file] = fetcher.to_cache(cache, MODEL, "Q4_K_M")
    data = hub.repos[MODEL].files[NAME]
    path = cache / "models--org--model-GGUF" / "snapshots" / COMMIT / NAME
    assert (file.state, file.transferred, file.path) == (FileState.DOWNLOADED, len(data), str(path))
    assert path.read_bytes() == data
    assert path.is_symlink()
    assert path.resolve().name == file.sha256
    assert (fetcher.watch.total, fetcher.watch.done) == (len(data), len(data))
    [again] = Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    assert (again.state, again.transferred) == (FileState.PRESENT, 0)
    assert len(hub.downloads()) == 1


def test_cuts_at_random_bytes_cost_only_what_was_on_the_way(hub: PullHub, cache: Path) -> None:
    noise = random.Random(7)  # noqa: S311 - the same cuts on every run
    size = len(hub.repos[MODEL].files[NAME])
    for number in range(20):
        hub.faults = [Fault(cut=noise.randrange(size)) for _ in range(noise.randrange(1, 6))]
        before, folder = hub.served, cache / str(number)
        Fetcher().to_folder(folder, MODEL, "Q4_K_M")
        assert check_whole(folder, hub, MODEL) == {NAME}
        assert hub.served - before <= size + 5 * hub.piece


def test_a_server_that_never_sends_anything_ends_it_and_what_came_is_kept(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(cut=100_000), *[Fault(cut=0)] * 50]
    fetcher = Fetcher()
    with pytest.raises(LLMAdviseError, match="cut the connection"):
        fetcher.to_folder(tmp_path, MODEL, "Q4_K_M")
    assert names_below(tmp_path) == set()
    assert len(fetcher.pauses) == 6
    hub.faults = []
    [file] = Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert file.state is FileState.RESUMED
    assert file.transferred == file.bytes - 100_000
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


def test_wrong_bytes_never_get_the_name(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(alter=lambda data: data[:-1] + b"?")]
    with pytest.raises(LLMAdviseError, match="is not the file"):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert names_below(tmp_path) == set()
    assert not list(tmp_path.rglob("*.incomplete"))
    Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


def test_wrong_bytes_of_an_earlier_run_are_fetched_again(hub: PullHub, tmp_path: Path) -> None:
    """As after a power failure, when the length of a file is on the disk and its bytes are not."""
    hub.faults = [Fault(cut=100_000), *[Fault(cut=0)] * 50]
    with pytest.raises(LLMAdviseError):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    hub.faults = []
    [partial] = tmp_path.rglob("*.incomplete")
    partial.write_bytes(b"\0" * partial.stat().st_size)
    fetcher = Fetcher()
    fetcher.to_folder(tmp_path, MODEL, "Q4_K_M")
    assert "worth nothing" in fetcher.watch.said[0]
    assert fetcher.watch.done == fetcher.watch.total
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(size=17),
        Fault(alter=lambda data: data[:1000]),
        Fault(alter=lambda data: data + b"more", ignores_ranges=True),
        Fault(status=416),
    ],
)
def test_another_length_is_refused(fault: Fault, hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [fault] * 9
    with pytest.raises(LLMAdviseError, match="in the repository's list"):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert names_below(tmp_path) == set()


def test_a_length_of_thousands_of_digits_is_not_believed(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(size="9" * 5000)]  # type: ignore[arg-type]  # as it stands in the header
    Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes that have names")
def test_a_pipe_in_the_place_of_what_has_come_is_refused_before_it_blocks(hub: PullHub, tmp_path: Path) -> None:
    fetcher = Fetcher()
    found = fetcher.wanted(MODEL, "Q4_K_M")
    partial = Folder(tmp_path).partial(found.files[0])
    partial.parent.mkdir()
    os.mkfifo(partial)
    with pytest.raises(LLMAdviseError, match="is no regular file"):
        fetcher.into(Folder(tmp_path), found)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs a system that can refuse links")
def test_a_link_in_the_place_of_what_has_come_is_not_followed(hub: PullHub, tmp_path: Path) -> None:
    fetcher = Fetcher()
    found = fetcher.wanted(MODEL, "Q4_K_M")
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    partial = Folder(tmp_path / "in").partial(found.files[0])
    partial.parent.mkdir(parents=True)
    partial.symlink_to(mine)
    with pytest.raises(LLMAdviseError):
        fetcher.into(Folder(tmp_path / "in"), found)
    assert mine.read_bytes() == b"mine"


def test_a_server_without_ranges_is_read_past_what_is_there(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(cut=99_999), Fault(ignores_ranges=True, cut=200_000), Fault(ignores_ranges=True)]
    Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


def test_a_partial_file_that_is_too_long_begins_anew(hub: PullHub, tmp_path: Path) -> None:
    fetcher = Fetcher()
    found = fetcher.wanted(MODEL, "Q4_K_M")
    partial = HubCache(tmp_path, found).partial(found.files[0])
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * (found.files[0].bytes + 1))
    fetcher.into(HubCache(tmp_path, found), found)
    assert check_whole(tmp_path, hub, MODEL) == {NAME}
    assert fetcher.watch.done == fetcher.watch.total


@pytest.mark.parametrize("at", ["faults", "refusals"])
@pytest.mark.parametrize(("status", "wait"), [(429, 7), (503, None), (500, None), (502, 2), (408, None)])
def test_passing_refusals_are_waited_out(status: int, wait: int | None, at: str, hub: PullHub, tmp_path: Path) -> None:
    headers = {} if wait is None else {"Retry-After": str(wait)}
    setattr(hub, at, [Fault(status=status, headers=headers), Fault(status=status, headers=headers)])
    fetcher = Fetcher()
    fetcher.to_folder(tmp_path, MODEL, "Q4_K_M")
    assert fetcher.pauses == ([1.0, 2.0] if wait is None else [wait, 1.0, wait, 2.0])
    assert check_whole(tmp_path, hub, MODEL) == {NAME}
    assert bool(fetcher.watch.said) == (wait is not None)


@pytest.mark.parametrize(("status", "words"), [(429, "too many requests"), (503, r"the Hub failed \(503\)")])
def test_lasting_refusals_are_told(status: int, words: str, hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(status=status)] * 99
    with pytest.raises(LLMAdviseError, match=words):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert len(hub.downloads()) == 6


def test_a_wait_that_is_too_long_is_the_users(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(LLMAdviseError) as raised:
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert "in 3600 seconds" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [(401, UsageError, "private"), (403, LLMAdviseError, "gated"), (404, UsageError, "not on the Hub")],
)
def test_refusals_are_not_tried_again(
    status: int, kind: type[LLMAdviseError], words: str, hub: PullHub, tmp_path: Path
) -> None:
    hub.refusals = [Fault(status=status)] * 9
    with pytest.raises(kind, match=words):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert len(hub.refusals) == 8
    assert names_below(tmp_path) == set()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_signed_address_that_was_spoilt_is_asked_for_anew(status: int, hub: PullHub, tmp_path: Path) -> None:
    """Stores answer so when an address has expired; it says nothing about the model."""
    hub.faults = [Fault(cut=50_000), Fault(status=status), Fault(status=status)]
    Fetcher().to_folder(tmp_path / "one", MODEL, "Q4_K_M")
    assert check_whole(tmp_path / "one", hub, MODEL) == {NAME}
    hub.faults = [Fault(status=status)] * 99
    with pytest.raises(LLMAdviseError, match=rf"store that the Hub redirects to refuses the file \({status}\)"):
        Fetcher().to_folder(tmp_path / "two", MODEL, "Q4_K_M")
    assert len(hub.faults) == 93


def test_gated_files_name_the_page_and_take_the_token(
    hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos[MODEL].gated = True
    with pytest.raises(LLMAdviseError, match="is gated") as raised:
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert f"Accept them at {hub.endpoint}/{MODEL}" in str(raised.value.hint)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert check_whole(tmp_path, hub, MODEL) == {NAME}
    assert f"Bearer {TOKEN}" in hub.tokens["hub"]
    assert hub.tokens["store"] == {None}, "the store is another host: it must not see the token"


def test_another_hub_that_a_mirror_leads_to_is_believed(hub: PullHub, tmp_path: Path) -> None:
    hub.faults = [Fault(status=401, headers={"X-Error-Code": "GatedRepo"})] * 9
    with pytest.raises(LLMAdviseError, match="is gated"):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert len(hub.faults) == 8


def test_a_cache_that_cannot_be_written_is_read(hub: PullHub, cache: Path) -> None:
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    for path in sorted((cache / ".locks").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (cache / ".locks").rmdir()
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    assert not (cache / ".locks").exists()


def test_no_room_is_told_before_anything_is_fetched(
    hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching_module, "free_bytes", lambda _: 300_000)
    with pytest.raises(LLMAdviseError, match="300,004 bytes are to come, and 300,000 are free"):
        Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert hub.downloads() == []


def test_a_disk_that_fills_up_keeps_what_came(hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, data: object) -> int:
            if self.tell() >= 120_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(bytes(data)[: 120_000 - self.tell()])  # type: ignore[call-overload]

    def opened(path: Path) -> io.FileIO:
        return Full(os.open(path, os.O_RDWR | os.O_CREAT), "r+b")

    with monkeypatch.context() as patched:
        patched.setattr(transfer, "_open", opened)
        with pytest.raises(LLMAdviseError, match="no room left") as raised:
            Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert "run the same command again" in str(raised.value.hint)
    assert names_below(tmp_path) == set()
    [file] = Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
    assert (file.state, file.transferred) == (FileState.RESUMED, file.bytes - 120_000)
    assert check_whole(tmp_path, hub, MODEL) == {NAME}


def test_what_is_there_and_is_another_is_left_alone(hub: PullHub, tmp_path: Path) -> None:
    mine = tmp_path / NAME
    for content in (b"mine", b"m" * len(hub.repos[MODEL].files[NAME])):
        mine.write_bytes(content)
        with pytest.raises(LLMAdviseError, match="is there and is not that file"):
            Fetcher().to_folder(tmp_path, MODEL, "Q4_K_M")
        assert mine.read_bytes() == content
    assert hub.downloads() == []


def test_a_damaged_blob_of_the_cache_is_told(hub: PullHub, cache: Path) -> None:
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    path = blob(cache, hub)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(LLMAdviseError, match="is there and is not that file"):
        Fetcher().to_cache(cache, MODEL, "Q4_K_M")


def test_a_link_that_leads_nowhere_is_mended(hub: PullHub, cache: Path) -> None:
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    blob(cache, hub).unlink()
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    assert check_whole(cache, hub, MODEL) == {NAME}


def test_a_file_system_without_links_holds_the_file_itself(
    hub: PullHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(os, "link", refuse)
    for state in (FileState.DOWNLOADED, FileState.PRESENT):
        [file] = Fetcher().to_cache(cache, MODEL, "Q4_K_M")
        assert file.state is state
        assert not Path(file.path).is_symlink()
    assert check_whole(cache, hub, MODEL) == {NAME}


def test_several_at_once_fetch_it_once(hub: PullHub, cache: Path) -> None:
    hub.rate = 1_000_000
    states, said = list[FileState](), list[str]()

    def work() -> None:
        fetcher = Fetcher()
        [file] = fetcher.to_cache(cache, MODEL, "Q4_K_M")
        states.append(file.state)
        said.extend(fetcher.watch.said)
        assert fetcher.watch.done == fetcher.watch.total

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == [FileState.DOWNLOADED, *[FileState.PRESENT] * 3]
    assert "waiting for it to end" in said[0]
    assert len(hub.downloads()) == 1
    assert check_whole(cache, hub, MODEL) == {NAME}


def test_bytes_that_lie_elsewhere_are_copied_and_proved(hub: PullHub, cache: Path, tmp_path: Path) -> None:
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    fetcher = Fetcher()
    fetcher.elsewhere = lambda _: blob(cache, hub)
    [file] = fetcher.to_folder(tmp_path / "mine", MODEL, "Q4_K_M")
    assert (file.transferred, len(hub.downloads())) == (0, 1)
    source = blob(cache, hub)
    source.write_bytes(b"x" * source.stat().st_size)
    [file] = fetcher.to_folder(tmp_path / "other", MODEL, "Q4_K_M")
    assert file.transferred == file.bytes
    assert check_whole(tmp_path / "other", hub, MODEL) == {NAME}


def test_silence_lasts_as_long_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Connection().patience == 20
    for told, seconds in (("1", 1), ("0", 20), ("forever", 20), ("99999", 20)):
        monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", told)
        assert Connection().patience == seconds
