"""What to type on the first node, and on every other one."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Plan
from llmadvise.engine.commands import fill_commands


def first_command(plan: Plan, variant: Variant, quantization: Quantization, *, several: bool) -> str | None:
    """The serving command, after the one that starts the cluster where there is more than one node."""
    serve = fill_commands(across_nodes(plan) if several else plan, variant, quantization).serve
    head = plan.runtime.commands.head
    if serve is None or not several or head is None:
        return serve
    return f"{head} && {serve}"


def worker_command(runtime: Runtime) -> str | None:
    """What joins a node to the cluster; `HEAD_ADDRESS` stands for the first node's."""
    return runtime.commands.worker


def across_nodes(plan: Plan) -> Plan:
    """The plan with what the runtime must be told to reach other nodes."""
    if not plan.runtime.nodes:
        return plan
    way = plan.runtime.nodes[0]
    told = dict(plan.options)
    more = [("node_backend", way)]
    if "data_parallel" in told:
        more.append(("data_backend", way))
    return replace(plan, options=(*plan.options, *more))
