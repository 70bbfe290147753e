"""A POSIX shell script: fetch, prove, serve; over several nodes it starts the Ray cluster that the server needs."""

from __future__ import annotations

from shlex import join
from typing import Final

from llmadvise.engine.distributed.commands import across_nodes
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.download import download_script
from llmadvise.launch.recipes.serving import LOCALHOST, Serving, comments, server_words

_FOLDER: Final = '"${LLMADVISE_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/llmadvise/models}"'
_CLUSTER: Final = """\
case ${1:-} in
head)
  ray start --head --port=6379
  ;;
worker)
  [ -n "${2:-}" ] || { echo "usage: $0 worker HEAD_ADDRESS" >&2; exit 2; }
  exec ray start --address="$2:6379" --block
  ;;
*)
  echo "usage: $0 head, on the first of %(nodes)d machines; $0 worker HEAD_ADDRESS on each other" >&2
  exit 2
  ;;
esac
until [ "$(ray list nodes --filter state=ALIVE --limit 1000 2>/dev/null | grep -c ALIVE)" -ge %(nodes)d ]; do
  echo "waiting for %(nodes)d machines" >&2
  sleep 5
done
"""


def script(serving: Serving) -> str:
    """The script. Raises LLMAdviseError where the runtime serves no file, or does not span nodes."""
    program = server_words(serving, "folder", LOCALHOST)[0]
    needed = ["curl"] if serving.files else ["hf"]
    head = [f"# {line}".rstrip() for line in (*comments(serving), "", f"Then: {serving.endpoint}")]
    tools = [program, *needed, *(("ray",) if serving.nodes > 1 else ())]
    missing = 'command -v {0} >/dev/null 2>&1 || {{ echo "{0} is not on the path" >&2; exit 1; }}\n'
    return "".join(
        [
            "#!/bin/sh\n",
            "\n".join(head) + "\n",
            download_script(serving, _FOLDER).replace(
                "umask 022\n", "umask 022\n" + "".join(missing.format(tool) for tool in tools)
            ),
            _cluster(serving),
            'cd "$folder"\n',
            f"exec env HF_HUB_OFFLINE=1 {_line(serving)}\n",
        ]
    )


def _cluster(serving: Serving) -> str:
    if serving.nodes == 1:
        return ""
    if not serving.plan.runtime.nodes or serving.plan.runtime.commands.head is None:
        raise LLMAdviseError(f"{serving.plan.runtime.name} is not started over several nodes", "Try --runtime vllm.")
    return _CLUSTER % {"nodes": serving.nodes}


def _line(serving: Serving) -> str:
    """The server's words; the model lies in the folder that the script is in by then."""
    told = serving
    if serving.nodes > 1:
        from dataclasses import replace  # noqa: PLC0415 - only for several nodes

        told = replace(serving, plan=across_nodes(serving.plan))
    return join(server_words(told, ".", LOCALHOST))
