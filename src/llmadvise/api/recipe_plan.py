"""A file that runs the layout that `plan` chose, on one node or several."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.api.machine import find_hardware
from llmadvise.api.plan import PlanRequest, nothing_runs, subject_of
from llmadvise.api.plan_machine import layout_document, layout_runtime, spread_over
from llmadvise.api.recipe import document_of, for_form
from llmadvise.api.recipe_pin import pinned
from llmadvise.api.recipe_serving import build, serving_of
from llmadvise.api.setting import ask
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.recipe import Form
from llmadvise.engine.assess import Assessor
from llmadvise.engine.distributed.spread import Spread
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.launch.recipes.findings import about_numbers
from llmadvise.launch.recipes.serving import Serving
from llmadvise.render.documents.recipe import RecipeDocument

_SPANNING = frozenset({Form.COMPOSE, Form.K8S, Form.SCRIPT, Form.LITELLM})


def planned_recipe(asked: PlanRequest, form: Form) -> RecipeDocument:
    """The recipe of a plan for the machine or the nodes that were named.

    Raises UsageError where none were, NothingFitsError where nothing runs, LLMAdviseError where it cannot be written.
    """
    request = asked.request
    if asked.nodes == 1 and not (request.hardware or request.gpus or request.ram_bytes):
        raise UsageError("--emit needs a machine", "Name one: --gpu, --hardware or --ram, and --nodes for several.")
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    catalog = load_catalog(request.catalog)
    hardware = find_hardware(request, catalog)
    question = for_form(ask(request, catalog, hardware), form)
    runtime = layout_runtime(question, asked.nodes)
    if runtime is None:
        return document_of(_of_machine(asked, question, hardware, form), form)
    question, subject, found = spread_over(asked, question, runtime)
    if found.case is None or found.chosen is None:
        raise nothing_runs(layout_document(asked, question, hardware, subject=subject, found=found))
    return document_of(_of_layout(question, found, subject.candidate.model.id, form), form)


def _of_machine(asked: PlanRequest, question: Question, hardware: Hardware, form: Form) -> Serving:
    """The preferred variant on one machine, laid out as for any advice."""
    subject = subject_of(asked, question)
    ordered = [subject.preferred, *(item for item in subject.variants if item is not subject.preferred)]
    assessor = Assessor(question)
    reasons = []
    for variant in ordered:
        case, blocked = assessor.judge(subject.candidate, variant)
        if case is not None and blocked is None:
            case, notes = pinned(question, case, offline=asked.request.offline)
            notes = (*notes, *about_numbers(hardware.findings, form))
            return serving_of(case, form, notes, gpus=question.machine.gpus)
        reasons.append(f"{variant.quantization}: {blocked.message if blocked else 'unknown'}")
    raise LLMAdviseError(
        f"{subject.candidate.model.id} cannot be served here: {'; '.join(reasons[:3])}",
        "Try another machine or variant.",
    )


def _of_layout(question: Question, found: Spread, model: str, form: Form) -> Serving:
    """One copy after another; over several nodes each copy is a group of its own."""
    if found.case is None or found.chosen is None:
        raise LLMAdviseError("nothing was chosen", None)
    variant, quantization, plan = found.case
    chosen = found.chosen
    layout, nodes = chosen.layout, chosen.nodes_per_copy
    if not variant.files:
        raise LLMAdviseError(
            f"no {variant.quantization} of {model} is published that the catalog knows", "Name a listed quantization."
        )
    if nodes > 1 and form not in _SPANNING:
        raise LLMAdviseError(
            f"{form.value} starts one machine, and this takes {nodes}", "Try --emit k8s, compose or script."
        )
    if nodes > 1 and (layout.experts or (layout.data > 1 and form is not Form.K8S)):
        raise LLMAdviseError(
            "several copies over several nodes have a recipe as k8s alone, and shared experts have none",
            "Ask for fewer --users, or start the command that `llmadvise plan` shows.",
        )
    per_node = -(-layout.replica // nodes) if nodes > 1 else layout.gpus
    told = plan
    if nodes > 1:
        told = replace(plan, options=tuple(item for item in plan.options if item[0] != "data_parallel"))
    return build(
        question.catalog.models[model],
        variant,
        quantization,
        told,
        form=form,
        notes=chosen.findings,
        gpus=tuple(range(per_node)),
        nodes=nodes,
        copies=layout.data if nodes > 1 else 1,
    )
