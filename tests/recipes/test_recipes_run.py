"""The script itself: it fetches from a server that speaks as the Hub does, proves, resumes, and starts the program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from recipe_parts import gated, plain_serving, with_files

from llmadvise.domain.recipe import Form
from llmadvise.launch.recipes.forms import write
from llmadvise.launch.recipes.serving import Serving, server_words

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("curl") is None or shutil.which("sh") is None,
    reason="no POSIX shell or curl",
)
CONTENT = bytes(range(256)) * 4096
HASH = sha256(CONTENT).hexdigest()
PROGRAM = '#!/bin/sh\nfor word in "$@"; do printf \'%s\\n\' "$word"; done >"$SAID"\necho "$HF_HUB_OFFLINE" >>"$SAID"\n'


class Hub(BaseHTTPRequestHandler):
    """One file, by redirect to another path, as large files are served; the token is asked for where `token` is set."""

    content = CONTENT
    linked: str | None = HASH
    token: str | None = None
    requests: list[str]

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _answer(self, *, head: bool) -> None:
        kind = type(self)
        kind.requests.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        if kind.token and self.headers.get("Authorization") != f"Bearer {kind.token}":
            self.send_error(401)
            return
        if "/resolve/" in self.path:
            self.send_response(302)
            self.send_header("Location", "/blob")
            if kind.linked:
                self.send_header("X-Linked-Etag", f'"{kind.linked}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(kind.content) - 1}/{len(kind.content)}")
        self.send_header("Content-Length", str(len(kind.content) - start))
        self.end_headers()
        if not head:
            self.wfile.write(kind.content[start:])


@pytest.fixture
def hub() -> Iterator[tuple[type[Hub], str]]:
    kind = type("ThisHub", (Hub,), {"requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def start(serving: Serving, address: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a program that says what it was told."""
    programs = home / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "llama-server").write_text(PROGRAM, encoding="utf-8")
    (programs / "llama-server").chmod(0o755)
    script = home / "serve.sh"
    script.write_text(write(Form.SCRIPT, serving).text, encoding="utf-8")
    variables = {
        "PATH": f"{programs}:/usr/bin:/bin", "HOME": str(home), "HF_ENDPOINT": address, "SAID": str(home / "said"), **environment,
    }  # fmt: skip
    return subprocess.run(["sh", str(script)], env=variables, capture_output=True, text=True, check=False, timeout=60)


def folder(home: Path) -> Path:
    return home / ".local/share/llmadvise/models"


def test_it_fetches_proves_and_starts_what_was_planned(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    name = '$(id) it\'s "q" é.gguf'
    serving = with_files(plain_serving(form=Form.SCRIPT), name, sha256=HASH)
    done = start(serving, address, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (folder(tmp_path) / name).read_bytes() == CONTENT
    assert (tmp_path / "said").read_text().splitlines() == [*server_words(serving, ".", "127.0.0.1")[1:], "1"]
    assert any(f"/resolve/{serving.revision}/" in line for line in kind.requests)
    before = len(kind.requests)
    assert start(serving, address, tmp_path).returncode == 0
    assert len(kind.requests) == before, "what is there and proved is not fetched again"


def test_another_file_is_never_served(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    kind.content = CONTENT[:-1] + b"!"
    done = start(with_files(plain_serving(form=Form.SCRIPT), "a.gguf", sha256=HASH), address, tmp_path)
    assert done.returncode == 1
    assert "not the file that was advised" in done.stderr
    assert not (tmp_path / "said").exists()
    assert not any(path.name.startswith("a.gguf") for path in folder(tmp_path).iterdir())


def test_it_goes_on_where_it_was_stopped(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    folder(tmp_path).mkdir(parents=True)
    (folder(tmp_path) / "a.gguf.part").write_bytes(CONTENT[:1000])
    done = start(with_files(plain_serving(form=Form.SCRIPT), "a.gguf", sha256=HASH), address, tmp_path)
    assert done.returncode == 0, done.stderr
    assert any("bytes=1000-" in line for line in kind.requests)
    assert (folder(tmp_path) / "a.gguf").read_bytes() == CONTENT


def test_a_hash_that_the_catalog_lacks_is_asked_for(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    serving = with_files(plain_serving(form=Form.SCRIPT), "a.gguf", sha256=None)
    assert start(serving, address, tmp_path).returncode == 0
    kind.linked = None
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    done = start(serving, address, elsewhere)
    assert done.returncode == 1
    assert "no sha256 of a.gguf is known" in done.stderr


def test_a_gated_file_needs_the_token_and_says_so(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    kind.token = "t0ken"
    serving = gated(with_files(plain_serving(form=Form.SCRIPT), "a.gguf", sha256=HASH))
    refused = start(serving, address, tmp_path)
    assert refused.returncode == 1
    assert "is gated: accept its terms" in refused.stderr
    done = start(serving, address, tmp_path, HF_TOKEN="t0ken")
    assert done.returncode == 0, done.stderr


def test_a_missing_program_is_said_before_anything_is_fetched(hub: tuple[type[Hub], str], tmp_path: Path) -> None:
    kind, address = hub
    serving = with_files(plain_serving(form=Form.SCRIPT), "a.gguf", sha256=HASH)
    script = write(Form.SCRIPT, serving).text
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "HF_ENDPOINT": address}
    done = subprocess.run(["sh"], input=script, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "llama-server is not on the path" in done.stderr
    assert kind.requests == []


def test_the_words_are_those_of_the_plan() -> None:
    serving = plain_serving(form=Form.SCRIPT)
    words = server_words(serving, "/models", "127.0.0.1")
    assert words[words.index("-c") + 1] == str(serving.plan.context_length)
    assert replace(serving, copies=2).name == serving.name


HF = '#!/bin/sh\nprintf "%s\\n" "$*" >>"$SAID.hf"\ncase $1 in download) mkdir -p "${6}";; esac\n'


def test_a_whole_repository_is_fetched_and_proved_by_the_hubs_own_program(tmp_path: Path) -> None:
    """Once: what was proved at this commit is not fetched again; pickles and second copies stay away."""
    serving = plain_serving("vllm", Form.SCRIPT)
    assert serving.files == ()
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("hf", HF), ("vllm", PROGRAM)):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    variables = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path), "SAID": str(tmp_path / "said")}
    script = write(Form.SCRIPT, serving).text
    for _ in range(2):
        done = subprocess.run(
            ["sh"], input=script, env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
    download, verify = (tmp_path / "said.hf").read_text().splitlines()
    where = f"{folder(tmp_path)}/{serving.name}"
    pinned = f"{serving.repo} --revision {serving.revision} --local-dir {where}"
    assert download.startswith(f"download {pinned} --exclude ")
    assert "--exclude *.bin" in download
    assert verify == f"cache verify {pinned}"
    assert (tmp_path / "said").read_text().splitlines()[:2] == ["serve", f"./{serving.name}"]
