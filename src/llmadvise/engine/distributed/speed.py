"""Speed of a layout: that of one copy, and of all copies together where several users ask."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.assessment import ServingEstimate, SpeedEstimate
from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.case import Plan
from llmadvise.engine.distributed.weigh import Weighed
from llmadvise.engine.plan_parts import Task
from llmadvise.engine.present import speed_estimate
from llmadvise.engine.question import Question
from llmadvise.engine.words import two_digits


def speed_of(
    question: Question, task: Task, plan: Plan, best: Weighed, *, crosses: bool
) -> tuple[SpeedEstimate, tuple[Finding, ...]]:
    """The estimate, and what it leaves out.

    What a network between the GPUs of one copy costs is not known here, so no speed is given then.
    """
    own = replace(question, requirements=replace(question.requirements, users=best.users))
    speed = speed_estimate(plan, own, task.candidate, task.quantization)
    if not crosses:
        return _of_all(speed, question.requirements.users, best.layout.data), _link(best.layout.tensor, plan)
    rate = "" if plan.decode is None else f"about {two_digits(plan.decode.value)} tokens/s"
    bound = f" (on one machine with as many GPUs {rate})" if rate else ""
    note = Finding(
        rule="network-not-modelled",
        verdict=Verdict.WARN,
        message=f"every token crosses the network between nodes, whose cost is not known, so no speed is given{bound}",
    )
    return SpeedEstimate(prefill=None, decode=None, time_to_first_token=None), (note,)


def _link(tensor: int, plan: Plan) -> tuple[Finding, ...]:
    """What GPUs gain together was fitted on cards without a link of their own (docs/speed.md)."""
    if tensor == 1 or plan.decode is None:
        return ()
    message = (
        f"what {tensor} GPUs gain by sharing each layer is known from cards without a link of their own: "
        "with NVLink or the like expect more than the speed given"
    )
    return (Finding(rule="link-not-modelled", verdict=Verdict.NOTE, message=message),)


def _of_all(speed: SpeedEstimate, users: int, copies: int) -> SpeedEstimate:
    """Copies answer different users: together they give as many times as much, to each the same."""
    serving = speed.serving
    if serving is None or copies == 1:
        return speed
    return replace(
        speed,
        serving=ServingEstimate(
            users=users,
            each=serving.each,
            together=_times(serving.together, min(copies, users)),
            time_to_first_token=serving.time_to_first_token,
        ),
    )


def _times(estimate: Estimate, factor: int) -> Estimate:
    return replace(estimate, value=estimate.value * factor, low=estimate.low * factor, high=estimate.high * factor)
