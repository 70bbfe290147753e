"""Dimensions of models that must agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind, Model


def check_shapes(catalog: Catalog) -> Iterator[Problem]:
    """Find numbers of a model that cannot all be true."""
    for subject, model in subjects("models", catalog.models):
        yield from _counts(subject, model)
        if model.architecture is not None:
            yield from _architecture(subject, model.architecture)


def _counts(subject: Subject, model: Model) -> Iterator[Problem]:
    count, context = model.parameters, model.context_length
    at = "parameters"
    if not 0 < count.active <= count.total:
        message = f"{count.active} active of {count.total} parameters"
        yield subject.block("catalog-parameter-count", message, at, "active")
    if count.language is not None and not 0 < count.language <= count.total:
        message = f"{count.language} parameters in the language model, {count.total} in all"
        yield subject.block("catalog-parameter-count", message, at, "language")
    if context.native <= 0:
        yield subject.block(
            "catalog-context-length", f"a context of {context.native} tokens", "context_length", "native"
        )
    elif context.extended is not None and context.extended < context.native:
        message = f"the extended context ({context.extended}) is shorter than the native one ({context.native})"
        yield subject.block("catalog-context-length", message, "context_length", "extended")


def _architecture(subject: Subject, shape: Architecture) -> Iterator[Problem]:
    sizes = {
        "layers": shape.layers,
        "hidden_size": shape.hidden_size,
        "vocabulary_size": shape.vocabulary_size,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "key_size": shape.key_size,
        "value_size": shape.value_size,
    }
    for name, size in sizes.items():
        if size is not None and size <= 0:
            yield subject.block("catalog-dimension", f"{name} is {size}", "architecture", name)
    if shape.heads and shape.kv_heads and shape.heads % shape.kv_heads:
        message = f"{shape.kv_heads} KV heads do not divide {shape.heads} heads"
        yield subject.block("catalog-kv-heads", message, "architecture", "kv_heads")
    if shape.experts is not None and not 0 < shape.experts.used <= shape.experts.total:
        message = f"a token runs through {shape.experts.used} of {shape.experts.total} experts"
        yield subject.block("catalog-experts", message, "architecture", "experts", "used")
    if shape.layers > 0:
        yield from _attention(subject, shape)


def _attention(subject: Subject, shape: Architecture) -> Iterator[Problem]:
    at = ("architecture", "attention")
    for index, group in enumerate(shape.attention):
        yield from _group(subject, shape, group, index)
    if not shape.attention:
        return
    covered = {layer for group in shape.attention for layer in group.layers}
    if missing := sorted(set(range(min(shape.layers, 10_000))) - covered):
        message = f"no attention group names layer {missing[0]}" + (
            f" and {len(missing) - 1} more" if missing[1:] else ""
        )
        yield subject.block("catalog-attention-layers", message, *at)
    stateless = [
        layer for group in shape.attention if group.kind is not AttentionKind.RECURRENT for layer in group.layers
    ]
    if len(stateless) != len(set(stateless)):
        yield subject.block("catalog-attention-layers", "a layer is in two attention groups without a state", *at)


def _group(subject: Subject, shape: Architecture, group: AttentionGroup, index: int) -> Iterator[Problem]:
    at = ("architecture", "attention", index)
    layers = group.layers
    if not layers or list(layers) != sorted(set(layers)) or layers[0] < 0 or layers[-1] >= shape.layers:
        message = f"layers must ascend within 0 … {shape.layers - 1}, each once"
        yield subject.block("catalog-attention-layers", message, *at, "layers")
    if shape.heads and group.kv_heads and shape.heads % group.kv_heads:
        message = f"{group.kv_heads} KV heads of a group do not divide {shape.heads} heads"
        yield subject.warn("catalog-kv-heads", message, *at, "kv_heads")
    match group.kind:
        case AttentionKind.SLIDING | AttentionKind.CHUNKED:
            needed, value = "window", group.window
        case AttentionKind.LATENT:
            needed, value = "latent_size", group.latent_size
        case AttentionKind.RECURRENT:
            needed, value = "state_bytes", group.state_bytes
        case AttentionKind.FULL | AttentionKind.SHARED | AttentionKind.NONE:
            return
    if value is None:
        message = f"{group.kind.value} attention without {needed}: its memory cannot be computed"
        yield subject.warn("catalog-attention-unknown", message, *at)
    elif value <= 0:
        yield subject.block("catalog-dimension", f"{needed} is {value}", *at, needed)
