"""Which command an answer begins with, in every format."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rendered_advice as made

from llmadvise.domain.assessment import FilledCommands
from llmadvise.render.first_command import first_command
from llmadvise.render.formats import Format, render

ALL = FilledCommands(pull="pull it", run="run it", serve="serve it")


@pytest.mark.parametrize(
    ("commands", "users", "first"),
    [
        (ALL, 1, "run it"),
        (ALL, 2, "serve it"),
        (replace(ALL, serve=None), 2, "run it"),
        (replace(ALL, run=None), 1, "serve it"),
        (replace(ALL, run=None, serve=None), 8, "pull it"),
        (FilledCommands(pull=None, run=None, serve=None), 1, None),
    ],
)
def test_first_command(commands: FilledCommands, users: int, first: str | None) -> None:
    assert first_command(commands, users) == first


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.HTML])
@pytest.mark.parametrize(("users", "program"), [(1, "llama-cli "), (4, "llama-server ")])
def test_several_users_get_a_server_in_every_format(form: Format, users: int, program: str) -> None:
    document = made.document(made.advice())
    shown = render(replace(document, requirements=replace(document.requirements, users=users)), form)
    assert shown.index(program) == min(shown.index(name) for name in ("llama-cli ", "llama-server ") if name in shown)
