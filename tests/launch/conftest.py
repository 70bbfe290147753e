"""A fake engine to start, and logs in a folder of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from launch_engines import FAKE, HOST, Start

from llmadvise.launch.ports import free_port
from llmadvise.launch.process import Running, start


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Start]:
    """Starts the fake engine in a mode; what is still running after the test is stopped."""
    running: list[Running] = []

    def begin(mode: str = "ok") -> tuple[Running, str]:
        port = free_port(HOST)
        argv = [sys.executable, str(FAKE), "--host", HOST, "--port", str(port)]
        one = start(argv, environment={"FAKE_ENGINE": mode}, log=tmp_path / "engine.log")
        running.append(one)
        return one, f"http://{HOST}:{port}"

    yield begin
    for one in running:
        one.stop(1.0)
