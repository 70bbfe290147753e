"""The Hub's own library and this program use one cache: each finds what the other fetched, and leaves it be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fetching import Fetcher, check_whole
from huggingface_hub import hf_hub_download, scan_cache_dir, try_to_load_from_cache
from pull_hub import COMMIT, Fault, PullHub

from llmadvise.api.bring import carry, in_cache, in_folder, look
from llmadvise.api.pull_choice import selection_of
from llmadvise.domain.hardware import Platform
from llmadvise.domain.model import File, Variant
from llmadvise.domain.pull import FileState, Unwatched
from llmadvise.engine.downloaded import Downloaded
from llmadvise.errors import LLMAdviseError
from llmadvise.hub.cached import cached_listing
from llmadvise.hub.places import HubCache, cache_folder
from llmadvise.hub.reference import HubReference
from llmadvise.probe.stores import read_downloads

MODEL = "org/model-GGUF"
NAME = "model-Q4_K_M.gguf"


def by_the_library(hub: PullHub, cache: Path, repo: str, name: str, **more: object) -> str:
    return str(hf_hub_download(repo, name, cache_dir=cache, endpoint=hub.endpoint, token=False, **more))  # type: ignore[call-overload]


def test_the_library_finds_what_was_pulled(hub: PullHub, cache: Path) -> None:
    hub.repos["org/whole"].files["special_tokens_map.json"] = b""
    for repo, wanted in ((MODEL, "Q4_K_M"), ("org/whole", None)):
        found = Fetcher().wanted(repo, wanted)
        place = HubCache(cache, found)
        Fetcher().into(place, found)
        place.remember_main(found)
        for file in found.files:
            path = str(place.path(file))
            assert try_to_load_from_cache(repo, file.name, cache_dir=cache) == path
            assert by_the_library(hub, cache, repo, file.name, local_files_only=True) == path
            assert by_the_library(hub, cache, repo, file.name, revision=COMMIT) == path
    downloads = len(hub.downloads())
    assert by_the_library(hub, cache, MODEL, NAME).endswith(f"{COMMIT}/{NAME}")
    assert len(hub.downloads()) == downloads
    report = scan_cache_dir(cache)
    assert report.warnings == []
    assert {repo.repo_id for repo in report.repos} == {MODEL, "org/whole"}


def test_what_the_library_fetched_is_proved_and_taken(hub: PullHub, cache: Path) -> None:
    for repo, name in ((MODEL, NAME), ("org/whole", "config.json")):
        path = by_the_library(hub, cache, repo, name)
        downloads = len(hub.downloads())
        [file] = Fetcher().to_cache(cache, repo, "Q4_K_M" if repo == MODEL else name)
        assert (file.path, file.state) == (path, FileState.PRESENT)
        assert len(hub.downloads()) == downloads
        listing = cached_listing(cache, HubReference(repo=repo))
        assert listing is not None
        assert {**listing.sha256, **listing.git_sha1} == {name: file.sha256 or file.git_sha1}


def test_a_part_that_is_left_over_disturbs_nobody(hub: PullHub, cache: Path) -> None:
    hub.faults = [Fault(cut=1000), *[Fault(status=404)] * 9]
    with pytest.raises(LLMAdviseError):
        Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    hub.faults = []
    assert list(cache.rglob("*.incomplete"))
    scan_cache_dir(cache)
    by_the_library(hub, cache, MODEL, NAME)
    Fetcher().to_cache(cache, MODEL, "Q4_K_M")
    assert check_whole(cache, hub, MODEL) == {NAME}
    assert not list(cache.rglob("*.incomplete"))


def test_both_at_once_fetch_it_once(hub: PullHub, cache: Path) -> None:
    hub.rate = 600_000
    paths: list[str] = []
    threads = [
        threading.Thread(target=lambda: paths.append(by_the_library(hub, cache, MODEL, NAME))),
        threading.Thread(target=lambda: paths.append(Fetcher().to_cache(cache, MODEL, "Q4_K_M")[0].path)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 1
    assert check_whole(cache, hub, MODEL) == {NAME}
    assert len(hub.downloads()) == 1


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"HF_HOME": "~/x"}, str(Path.home() / "x/hub")),
        ({}, str(Path.home() / ".cache/huggingface/hub")),
    ],
)
def test_the_cache_is_where_the_library_has_it(variables: dict[str, str], wanted: str) -> None:
    assert cache_folder(variables) == Path(wanted).absolute()


def test_what_was_pulled_counts_as_downloaded(hub: PullHub, cache: Path, tmp_path: Path) -> None:
    """So `recommend` says that it is here, and `run` and `serve` start it."""
    variant = Variant(
        id="x", format="gguf", quantization="Q8_0", repo=MODEL,
        files=tuple(File(name=f"model-Q8_0-0000{number}-of-00002.gguf") for number in (1, 2)),
    )  # fmt: skip
    for make in (in_cache, in_folder(tmp_path / ".lmstudio" / "models" / MODEL, flat=True)):
        outlook = look(selection_of(variant, None, projector=True), make, may_connect=True)
        files = carry(outlook, Unwatched())
        here = read_downloads(
            {"HF_HUB_CACHE": str(cache if make is in_cache else tmp_path / "none")},
            home=str(tmp_path), platform=Platform.LINUX,
        )  # fmt: skip
        found = Downloaded(here).of(variant)
        assert found is not None
        assert found.path == files[0].path
