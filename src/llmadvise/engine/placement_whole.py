"""Layouts of engines that hold a model whole on GPUs: vLLM and what schedules alike, and MLX."""

from __future__ import annotations

from llmadvise.engine.case import Plan
from llmadvise.engine.plan_parts import Task


def plan_vllm(task: Task) -> Plan | None:
    return None


def plan_mlx(task: Task) -> Plan | None:
    return None
