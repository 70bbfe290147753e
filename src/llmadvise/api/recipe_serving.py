"""From a judged case to what recipes are written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Final

from llmadvise import __version__
from llmadvise.api.gpu_numbers import backend_of, gpu_numbers, seeing_its_own
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, Gpu
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.recipe import Form, RecipeFile
from llmadvise.domain.runtime import Image
from llmadvise.engine.case import Case, Plan
from llmadvise.engine.newer_runtime import needed_version, older
from llmadvise.engine.picture import projector_of
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.findings import about_files, about_image, without_limit, without_ray
from llmadvise.launch.recipes.forms import IN_CONTAINERS
from llmadvise.launch.recipes.serving import Serving
from llmadvise.units import GIB

_PROGRAM: Final = 2 * GIB
"""RAM for the program itself, its libraries and the drivers' buffers, which the plan does not count; a choice."""


def serving_of(case: Case, form: Form, notes: tuple[Finding, ...] = (), *, gpus: Sequence[Gpu] = ()) -> Serving:
    """The case of one machine, which has these GPUs."""
    return build(
        case.candidate.model,
        case.variant,
        case.quantization,
        _as_seen(case.plan, form),
        form=form,
        notes=(*notes, *(item for item in case.findings if item.verdict is Verdict.WARN)),
        gpus=gpu_numbers(case.plan, gpus),
    )


def build(
    model: Model,
    variant: Variant,
    quantization: Quantization,
    plan: Plan,
    *,
    form: Form,
    notes: tuple[Finding, ...],
    gpus: tuple[int, ...],
    nodes: int = 1,
    copies: int = 1,
) -> Serving:
    """What a recipe is written from, with what is worth knowing of it."""
    encoder, plan = _encoder(model, variant, plan)
    files = (*_files(variant), *([] if encoder is None else [encoder]))
    backend = backend_of(plan)
    image = _image(plan, backend) if form in IN_CONTAINERS else None
    _check_version(model, quantization, plan, image)
    ram = _ram(plan)
    about = (*_about(plan, image, files), *_about_machine(ram, form, nodes))
    return Serving(
        model=model,
        variant=variant,
        quantization=quantization,
        plan=plan,
        files=files,
        encoder=None if encoder is None else encoder.name,
        backend=backend,
        gpus=gpus,
        copies=copies,
        nodes=nodes,
        image=image,
        ram_bytes=ram,
        disk_bytes=variant.bytes,
        version=__version__,
        findings=tuple(dict.fromkeys((*notes, *about))),
    )


def _files(variant: Variant) -> tuple[RecipeFile, ...]:
    """Those that are fetched by name; none of a repository that is fetched whole."""
    if any(file.name.startswith("*") for file in variant.files):
        return ()
    return tuple(RecipeFile(name=file.name, sha256=file.sha256, bytes=file.bytes) for file in variant.files)


def _encoder(model: Model, variant: Variant, plan: Plan) -> tuple[RecipeFile | None, Plan]:
    """The file that sees pictures, fetched and proved as the others are, instead of an address that is told."""
    if "projector" not in dict(plan.options):
        return None, plan
    found = projector_of(model, variant)
    if found is None:
        return None, plan
    told = tuple(item for item in plan.options if item[0] != "projector")
    return RecipeFile(name=found.name, sha256=found.sha256, bytes=found.bytes), replace(plan, options=told)


def _check_version(model: Model, quantization: Quantization, plan: Plan, image: Image | None) -> None:
    """Raise LLMAdviseError where the image is too old for the model."""
    architecture = model.architecture.id if model.architecture else None
    need = needed_version(plan.runtime, architecture, quantization)
    if image is not None and need is not None and older(image.version, need.version):
        raise LLMAdviseError(
            f"the image that is known of {plan.runtime.name} holds {image.version}, and {need.what} needs {need.version}",
            "Try --emit script or systemd, or another model.",
        )


def _as_seen(plan: Plan, form: Form) -> Plan:
    """The plan as it is told to a program that sees no other GPUs than its own: the only one is then the first."""
    backend = backend_of(plan)
    hidden = {Backend.CUDA: {Form.COMPOSE, Form.SYSTEMD}, Backend.ROCM: {Form.SYSTEMD}}.get(backend, set())
    if form is not Form.K8S and form not in hidden:
        return plan
    return seeing_its_own(plan)


def _image(plan: Plan, backend: Backend) -> Image | None:
    return next((image for image in plan.runtime.images if backend in image.backends), None)


def _ram(plan: Plan) -> int | None:
    """The most that the server takes of the RAM; None where the plan does not count it."""
    if plan.runtime.engine != "llama.cpp":
        return None
    host = [item for item in plan.memory if item.device.backend is Backend.CPU]
    return ceil(sum(item.total.high for item in host)) + _PROGRAM


def _about(plan: Plan, image: Image | None, files: tuple[RecipeFile, ...]) -> Iterator[Finding]:
    yield from about_image(plan.runtime, image)
    yield from about_files(files)


def _about_machine(ram: int | None, form: Form, nodes: int) -> Iterator[Finding]:
    if ram is None and form in {*IN_CONTAINERS, Form.SYSTEMD}:
        yield without_limit()
    if nodes > 1 and form in IN_CONTAINERS:
        yield without_ray()
