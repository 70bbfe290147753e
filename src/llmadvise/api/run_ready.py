"""From a choice to all that a start needs: the program, its words, a port, and where it will answer."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

from llmadvise.api.gpu_numbers import counted_along_the_bus
from llmadvise.api.run_request import Chosen, Ready, RunRequest
from llmadvise.domain.command import CommandStep
from llmadvise.engine.case import Plan
from llmadvise.engine.commands import fill_arguments
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.launch.logs import new_log
from llmadvise.launch.ports import address, free_port, is_loopback, refusal
from llmadvise.launch.servers import SERVERS

_HIGHEST_PORT = 65535
_USUAL_PORT = 8080
"""Of llama-server, and of the commands that `recommend` shows."""


def get_ready(asked: RunRequest, chosen: Chosen) -> Ready:
    """Fill the runtime's command. Raises UsageError for a port that is taken, LLMAdviseError for a missing program."""
    runtime = chosen.laid.plan.runtime
    server = SERVERS[runtime.id]
    port = _port(asked)
    served_as = _served_as(chosen, runtime.id)
    plan, order = counted_along_the_bus(_as_told(asked, chosen.laid.plan), chosen.setting.hardware.gpus, os.environ)
    step = _step(asked, chosen, plan, port)
    values = {"name": served_as, "host": asked.host, "port": str(port)}
    more = (*server.words, *server.by_role.get(chosen.laid.candidate.model.role.value, ()))
    words = [*step.arguments[1:], *(_filled(word, values) for word in more)]
    environment = {
        **step.environment,
        **order,
        **{name: _filled(text, values) for name, text in server.environment.items()},
    }
    if chosen.store is not None and runtime.id == "ollama":
        environment["OLLAMA_MODELS"] = chosen.store
    if asked.request.offline and server.fetches:
        environment["HF_HUB_OFFLINE"] = "1"
    return Ready(
        asked=asked,
        chosen=chosen,
        server=server,
        argv=(_program(step.arguments[0], asked, runtime.name), *words),
        environment=environment,
        url=address(asked.host, port),
        served_as=served_as,
        log=None if asked.dry_run else asked.log or new_log(runtime.id),
    )


def _step(asked: RunRequest, chosen: Chosen, plan: Plan, port: int) -> CommandStep:
    laid = chosen.laid
    filled = fill_arguments(plan, laid.variant, laid.quantization, local_path=chosen.path, port=port, host=asked.host)
    if not filled.serve:
        raise LLMAdviseError(
            f"{laid.plan.runtime.name} has no command for this model", "Another --runtime may have one."
        )
    return filled.serve[-1]


def _as_told(asked: RunRequest, plan: Plan) -> Plan:
    """The plan with what the user said of flash attention in the place of what the plan says."""
    switch = asked.options.flash_attention
    if switch is None:
        return plan
    others = tuple(item for item in plan.options if item[0] != "flash_attention")
    return replace(plan, options=(*others, ("flash_attention", "on" if switch else "off")))


def _served_as(chosen: Chosen, runtime: str) -> str:
    """What clients call the model: the catalog's id, else the file's name; Ollama knows its own names alone."""
    if runtime == "ollama":
        return (
            chosen.tag
            or f"hf.co/{chosen.laid.variant.repo}:{chosen.laid.quantization.tag or chosen.laid.quantization.id}"
        )
    model = chosen.laid.candidate.model
    name = chosen.laid.variant.files[0].name if chosen.kind == "file" else model.id
    return name.rpartition("/")[2].removesuffix(".gguf").lstrip("-") if chosen.kind == "file" else name


def _program(name: str, asked: RunRequest, runtime: str) -> str:
    found = shutil.which(name)
    if found is None and not asked.dry_run:
        raise LLMAdviseError(f"{name} is not on PATH", f"{runtime} is here, but not its server: install it whole.")
    return found or name


def _port(asked: RunRequest) -> int:
    """The one that was given if it is free, else any free one; a plan names the usual one, the same on every day."""
    if not is_loopback(asked.host) and asked.action == "run":
        raise UsageError("run answers on this host alone", "`llmadvise serve --host` opens a server to others.")
    if asked.port is not None and not 0 < asked.port <= _HIGHEST_PORT:
        raise UsageError(f"--port {asked.port} is no port", "Ports are 1 to 65535.")
    try:
        if asked.port is None:
            port = free_port(asked.host)
            return _USUAL_PORT if asked.dry_run else port
        reason = None if asked.dry_run else refusal(asked.host, asked.port)
    except OSError as error:
        raise UsageError(f"--host {asked.host[:80]!r} is no address of this machine", "Leave it out.") from error
    if reason is not None:
        raise LLMAdviseError(f"port {asked.port} {reason}", "Leave --port out, and a free one is chosen.")
    return asked.port


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
