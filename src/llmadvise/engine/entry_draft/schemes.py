"""How the weights of a repository are stored, as its configs say it: a format and a scheme of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from llmadvise.domain.repository import Repository
from llmadvise.engine.config_architecture.keys import as_count, as_mapping

_BY_TYPE: Final = {"BF16": "safetensors-bf16", "F16": "safetensors-bf16", "F32": "safetensors-f32"}
"""Half precision of either kind is one scheme of the catalog: 16 bits."""
_DEFAULT_BITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What the weight files hold."""

    format: str
    quantization: str
    """Id of a scheme, or what its id would be."""
    bits: int | None
    """Bits of a packed weight; None: every element is a weight."""
    method: str | None = None
    group_size: int | None = None
    act_order: bool | None = None
    note: str | None = None


def storage_of(repository: Repository) -> Storage | None:
    """The storage of safetensors files; None where nothing says it."""
    config = repository.config or {}
    text = as_mapping(config.get("text_config"))
    given = as_mapping(config.get("quantization_config")) or as_mapping(text.get("quantization_config"))
    if repository.quantization and not given:
        given = repository.quantization
    if mlx := as_mapping(config.get("quantization")):
        return _mlx(mlx)
    method = given.get("quant_method")
    if not given:
        return _mlx_plain(repository) if "mlx" in repository.tags or repository.library == "mlx" else _plain(repository)
    return _quantized(given, method if isinstance(method, str) else _guess(given))


def _guess(given: Mapping[str, object]) -> str:
    """The method of files from before configs named it: AutoGPTQ's and AutoAWQ's."""
    if "w_bit" in given or "zero_point" in given:
        return "awq"
    return "gptq" if "desc_act" in given or "bits" in given else ""


def _quantized(given: Mapping[str, object], method: str) -> Storage | None:
    bits = as_count(given.get("bits")) or as_count(given.get("w_bit")) or _DEFAULT_BITS
    group = as_count(given.get("group_size")) or as_count(given.get("q_group_size"))
    order = given.get("desc_act")
    act_order = order if isinstance(order, bool) else None
    wide = given.get("load_in_8bit") is True or given.get("_load_in_8bit") is True
    eight = str(given.get("quant_algo", "")).upper() == "FP8"
    match method.lower():
        case "gptq" | "awq" as named:
            found = Storage(
                format=named,
                quantization=f"{named}-int{bits}",
                bits=bits,
                method=named,
                group_size=group,
                act_order=act_order,
                note=_made(group, act_order),
            )
        case "bitsandbytes" | "bnb":
            found = Storage(format="bnb", quantization=f"bnb-{8 if wide else 4}bit", bits=None if wide else 4)
        case "auto-round" | "auto_round":
            found = Storage(
                format="gptq", quantization=f"gptq-int{bits}", bits=bits, group_size=group, note=_made(group, None)
            )
        case "exl2" | "exl3" as named:
            found = Storage(format=named, quantization=named, bits=None)
        case "mxfp4":
            found = Storage(format="safetensors", quantization="safetensors-mxfp4", bits=4)
        case "modelopt" | "nvfp4" if not eight:
            found = Storage(format="nvfp4", quantization="nvfp4", bits=4)
        case "fp8" | "fbgemm_fp8" | "modelopt":
            found = Storage(format="fp8", quantization="fp8", bits=None)
        case "compressed-tensors":
            return _compressed(given)
        case _:
            return None
    return found


def _compressed(given: Mapping[str, object]) -> Storage | None:
    """compressed-tensors says number of bits and kind of number for each group of layers."""
    for group in as_mapping(given.get("config_groups")).values():
        weights = as_mapping(as_mapping(group).get("weights"))
        bits, kind = as_count(weights.get("num_bits")), weights.get("type")
        size = as_count(weights.get("group_size"))
        if kind == "float" and bits == 8:  # noqa: PLR2004 - bits
            return Storage(format="fp8", quantization="fp8", bits=None, method="compressed-tensors")
        if kind == "float" and bits == 4:  # noqa: PLR2004 - bits
            return Storage(format="nvfp4", quantization="nvfp4", bits=4, method="compressed-tensors")
        if kind == "int" and bits == 8 and as_mapping(as_mapping(group).get("input_activations")):  # noqa: PLR2004 - bits
            return Storage(format="safetensors", quantization="int8-w8a8", bits=None, method="compressed-tensors")
        if kind == "int" and bits:
            return Storage(
                format="gptq", quantization=f"gptq-int{bits}", bits=bits, method="compressed-tensors", group_size=size,
                note=_made(size, None),
            )  # fmt: skip
    return None


def _mlx(given: Mapping[str, object]) -> Storage:
    bits, mode = as_count(given.get("bits")) or _DEFAULT_BITS, given.get("mode")
    named = f"mlx-{mode}" if isinstance(mode, str) and mode not in {"affine", ""} else f"mlx-{bits}bit"
    size = as_count(given.get("group_size"))
    return Storage(format="mlx", quantization=named, bits=bits, method="mlx", group_size=size, note=_made(size, None))


def _mlx_plain(repository: Repository) -> Storage:
    plain = _plain(repository)
    half = plain is not None and plain.method == "F16"
    return Storage(format="mlx", quantization="mlx-fp16" if half else "mlx-bf16", bits=None)


def _plain(repository: Repository) -> Storage | None:
    """Unquantized weights, of the type that most elements have."""
    counts = dict(repository.parameters or {})
    if not counts and repository.tensors:
        for tensor in repository.tensors:
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + prod(tensor.shape)
    if not counts:
        config = repository.config or {}
        inner = as_mapping(config.get("text_config"))
        word = next(
            (v for c in (config, inner) for k in ("torch_dtype", "dtype") if isinstance(v := c.get(k), str)), None
        )
        counts = {{"bfloat16": "BF16", "float16": "F16", "float32": "F32"}.get(word or "", ""): 1}
    kind = max(counts, key=lambda name: (counts[name], name))
    scheme = _BY_TYPE.get(kind)
    if kind.startswith("F8"):
        return Storage(format="fp8", quantization="fp8", bits=None)
    return None if scheme is None else Storage(format="safetensors", quantization=scheme, bits=None, method=kind)


def _made(group: int | None, act_order: bool | None) -> str | None:
    """Group size and act-order in words."""
    parts = [f"group size {group}"] if group else []
    if act_order is not None:
        parts.append("with act-order" if act_order else "without act-order")
    return ", ".join(parts) or None
