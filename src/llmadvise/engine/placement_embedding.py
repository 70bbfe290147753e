"""Layouts of models that make vectors, and what each use adds to a plan.

An embedding model sees a whole text at once, so that the micro-batch must hold it. Encoders keep no cache; models that
were made from chat models keep one as those do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.model import Architecture, Model, Variant
from llmadvise.domain.profile import Profile
from llmadvise.domain.profile import Task as Use
from llmadvise.engine.case import Plan
from llmadvise.engine.device import Device
from llmadvise.engine.memory.encoder import encoder_buffer
from llmadvise.engine.memory.overhead import STATED
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.picture import is_bounded, projector_of
from llmadvise.engine.plan_options import ALL_LAYERS
from llmadvise.engine.plan_parts import Task, device_bytes, excess, finish
from llmadvise.engine.speed.traffic import OPERATIONS_PER_BYTE
from llmadvise.engine.traffic import ActiveBytes, Share, traffic
from llmadvise.record import replace

_HUB = "https://huggingface.co"
_REUSED = 256
"""Tokens from which on llama.cpp reuses a piece of its cache that has moved; what llama.vim and llama.vscode ask for."""


def whole_inputs(options: EngineOptions, length: int) -> EngineOptions:
    """Batches that hold the longest text: llama.cpp refuses longer ones. Every token of a batch is put out."""
    return replace(
        options,
        batch=length if options.batch is None else options.batch,
        ubatch=length if options.ubatch is None else options.ubatch,
        outputs=0 if options.outputs is None else options.outputs,
    )


def plan_embedding(task: Task, *, lay_out: Callable[[Task], Plan | None]) -> Plan | None:
    """The plan of an embedding model; one with a cache is laid out as others are, by `lay_out`."""
    architecture = task.candidate.model.architecture
    encodes = not task.shape.has_attention and not any(task.shape.states)
    if not encodes or architecture is None or task.usable.runtime.engine != "llama.cpp":
        return lay_out(task)
    plans = list(_encoder_plans(task, architecture))
    return next((plan for plan in plans if plan.fits), None) or min(plans, key=excess, default=None)


def for_use(
    plan: Plan | None, model: Model, variant: Variant, profile: Profile | None, shape: Shape | None = None
) -> Plan | None:
    """The plan with what the use asks of the runtime: the encoder of pictures, or the pooling of vectors."""
    if plan is None or profile is None or profile.task is Use.TEXT:
        return plan
    options, files = list(plan.options), list[str]()
    projector = projector_of(model, variant)
    if profile.task is Use.PICTURES and projector is not None and plan.runtime.engine == "llama.cpp":
        at = f"{_HUB}/{projector.repo}/resolve/{projector.revision or 'main'}/{projector.name}"
        options.append(("projector", at))
        files.append(projector.name)
        if is_bounded(model, profile):
            options.append(("picture_tokens", str(profile.picture_tokens)))
    reuses = profile.task is Use.FILL_IN and _can_shift(shape)
    if reuses and "cache_reuse" in plan.runtime.flags:
        options.append(("cache_reuse", str(_REUSED)))
    embeds = profile.task is Use.EMBEDDING
    if embeds and model.embedding is not None:
        options.append(("pooling", model.embedding.pooling.value))
    # Nothing is written after a text that becomes a vector.
    decode = None if embeds else plan.decode
    rereads = profile.task is Use.FILL_IN and not reuses
    return replace(
        plan, options=tuple(options), more_files=tuple(files), task=profile.task, decode=decode, rereads=rereads
    )


def _can_shift(shape: Shape | None) -> bool:
    """Whether llama.cpp can move what it has cached: neither a state nor a window of a cache can be cut and joined."""
    if shape is None or any(shape.states):
        return False
    return all(cache is None or cache.window is None for cache in shape.caches)


def _encoder_plans(task: Task, architecture: Architecture) -> Iterator[Plan]:
    """Whole on each GPU, then on the CPU: an encoder is small, and nothing of it is worth a split."""
    for gpu in task.gpus:
        yield _on(task, gpu, architecture, PlacementKind.GPU)
    if task.usable.cpu:
        yield _on(task, task.host, architecture, PlacementKind.CPU)


def _on(task: Task, device: Device, architecture: Architecture, kind: PlacementKind) -> Plan:
    settings, layout, model = task.context.settings, task.layout, task.candidate.model
    buffer = encoder_buffer(
        min(settings.ubatch, settings.context_length),
        hidden_size=architecture.hidden_size,
        feed_forward_size=architecture.feed_forward_size or 0,
        gated=model.embedding is not None and model.embedding.gated,
    )
    # The table of words is looked up, not multiplied, and there is no output.
    table = architecture.vocabulary_size * architecture.hidden_size
    layers = len(layout.layer_bytes)
    on_gpu = kind is PlacementKind.GPU
    beside = layout.token_embedding_bytes if on_gpu else 0
    part = device_bytes(task, device, layout.loaded_bytes - beside, 0, buffer, spread=STATED)
    memory = (part, device_bytes(task, task.host, beside, 0, 0)) if on_gpu else (part,)
    nothing = (0,) * (layers + 1)
    seen = tuple(_attention(architecture) * layer for layer in range(layers + 1))
    said = [("gpu_layers", ALL_LAYERS)] if task.gpus and on_gpu else []
    if task.gpus and not on_gpu:
        said = [("gpu_layers", "0")]
    return finish(
        task,
        placement=Placement(kind=kind, gpu_layers=layers + 1 if on_gpu else 0, devices=(device.id,)),
        memory=memory,
        traffic=traffic(
            _without_tables(task.active, layout.loaded_bytes - layout.token_embedding_bytes),
            [Share(device=device, first=0, last=layers)],
            task.host,
            max(1, model.parameters.active - table),
            (nothing, seen),
        ),
        options=(
            *said,
            ("slots", str(settings.slots)),
            ("batch", str(settings.batch)),
            ("ubatch", str(settings.ubatch)),
        ),
    )


def _attention(architecture: Architecture) -> int:
    """Bytes of cache that attention would be timed by if it took as many operations as an encoder's layer.

    Four a pair of tokens and element; every token sees all others, where a decoder sees half of them.
    """
    return round(2 * 4 * architecture.hidden_size / OPERATIONS_PER_BYTE)


def _without_tables(active: ActiveBytes, counted: int) -> ActiveBytes:
    return replace(active, output=0, counted=counted)
