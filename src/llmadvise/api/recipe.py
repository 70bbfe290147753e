"""A file that runs what was advised: the pick, pinned, in the form that was asked for."""

from __future__ import annotations

from dataclasses import replace

from llmadvise import __version__
from llmadvise.api.recipe_pin import pinned
from llmadvise.api.recipe_serving import serving_of
from llmadvise.api.request import Recommended, Request
from llmadvise.api.setting import prepare
from llmadvise.domain.assessment import Advice
from llmadvise.domain.hardware import Platform
from llmadvise.domain.recipe import Form
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.launch.recipes.findings import about_numbers
from llmadvise.launch.recipes.forms import IN_CONTAINERS, write
from llmadvise.launch.recipes.serving import Serving
from llmadvise.render.documents.recipe import RecipeDocument, recipe_document

_OLLAMA = "ollama"
_SERVERS = {
    Form.SYSTEMD: ("llama.cpp", "vllm", "sglang"),
    Form.SCRIPT: ("llama.cpp", "vllm", "sglang", "mlx-lm"),
    Form.ENV: ("llama.cpp", _OLLAMA),
    Form.LITELLM: ("llama.cpp", "vllm", "sglang", "mlx-lm", _OLLAMA),
    Form.MODELFILE: (_OLLAMA,),
}
"""Runtimes whose command line, variables or files a form knows; containers: those with an image."""


def form_named(name: str) -> Form:
    """The form of that name. Raises UsageError with the known ones."""
    try:
        return Form(name.strip().lower())
    except ValueError:
        raise UsageError(f"unknown recipe {name[:40]!r}", f"Known ones: {', '.join(Form)}.") from None


def recommended_recipe(request: Request, form: Form) -> RecipeDocument:
    """The recipe of the first recommendation that the form can run.

    Raises NothingFitsError where there is none, LLMAdviseError where it cannot be pinned or written.
    """
    setting = prepare(request)
    question = for_form(setting.question, form)
    ranking = rank(question, 1)
    if not ranking.cases:
        from llmadvise.api.relax import nothing_fits  # noqa: PLC0415 - only when nothing fits

        advice = Advice(requirements=question.requirements, recommendations=(), ruled_out=ranking.ruled_out)
        raise nothing_fits(Recommended(setting=replace(setting, question=question), advice=advice))
    case, notes = pinned(question, ranking.cases[0], offline=request.offline)
    notes = (*notes, *about_numbers(setting.hardware.findings, form))
    return document_of(serving_of(case, form, notes, gpus=question.machine.gpus), form)


def document_of(serving: Serving, form: Form) -> RecipeDocument:
    """`llmadvise.recipe/1`."""
    recipe = write(form, serving)
    return recipe_document(
        recipe,
        version=__version__,
        model=serving.model.id,
        quantization=serving.variant.quantization,
        runtime=serving.plan.runtime.id,
        repo=serving.repo,
        revision=serving.revision,
        files=serving.files,
        nodes=serving.nodes * serving.copies if serving.nodes > 1 else 1,
    )


def for_form(question: Question, form: Form) -> Question:
    """The question with those runtimes alone that the form can start. Raises LLMAdviseError where there are none."""
    if form in IN_CONTAINERS:
        if question.machine.platform is Platform.MACOS:
            raise LLMAdviseError(
                "a container on macOS cannot use the GPU",
                "Try --emit script, env or modelfile, or --cpu-only elsewhere.",
            )
        backends = {backend for gpu in question.machine.gpus for backend in gpu.backends[:1]}
        known = [
            item
            for item in question.runtimes
            if any(not backends or set(image.backends) & backends for image in item.images)
        ]
    else:
        known = [item for item in question.runtimes if item.id in _SERVERS[form]]
    if form is Form.SYSTEMD and question.machine.platform is not Platform.LINUX:
        raise LLMAdviseError("systemd is of Linux alone", "Try --emit script or env.")
    asked = question.requirements.runtime
    if asked is not None and asked not in {item.id for item in known}:
        names = ", ".join(item.id for item in known) or "none here"
        raise LLMAdviseError(f"{asked} has no recipe as {form.value}", f"As {form.value} there are: {names}.")
    if not known:
        raise LLMAdviseError(f"no runtime has a recipe as {form.value} here", "Try --emit script or systemd.")
    return replace(question, runtimes=tuple(known))
