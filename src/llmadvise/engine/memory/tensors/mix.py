"""The type that llama-quantize gives each tensor (llama.cpp b11434, src/llama-quant.cpp: llama_tensor_get_type)."""

from __future__ import annotations

from typing import Final

from llmadvise.record import dataclass

BLOCKS: Final = {
    "F32": (4, 1), "F16": (2, 1), "BF16": (2, 1), "Q4_0": (18, 32), "Q4_1": (20, 32), "Q5_0": (22, 32),
    "Q5_1": (24, 32), "Q8_0": (34, 32), "Q2_K": (84, 256), "Q3_K": (110, 256), "Q4_K": (144, 256), "Q5_K": (176, 256),
    "Q6_K": (210, 256), "IQ1_S": (50, 256), "IQ1_M": (56, 256), "IQ2_XXS": (66, 256), "IQ2_XS": (74, 256),
    "IQ2_S": (82, 256), "IQ3_XXS": (98, 256), "IQ3_S": (110, 256), "IQ4_NL": (18, 32), "IQ4_XS": (136, 256),
    "MXFP4": (17, 32),
}  # fmt: skip
"""Bytes of a block and elements in it (ggml-common.h)."""
_DEFAULT: Final = {
    "Q2_K": "Q2_K", "Q3_K_S": "Q3_K", "Q3_K_M": "Q3_K", "Q3_K_L": "Q3_K", "Q4_K_S": "Q4_K", "Q4_K_M": "Q4_K",
    "Q5_K_S": "Q5_K", "Q5_K_M": "Q5_K", "Q6_K": "Q6_K", "Q8_0": "Q8_0", "Q4_0": "Q4_0", "Q4_1": "Q4_1", "Q5_0": "Q5_0",
    "Q5_1": "Q5_1", "IQ1_S": "IQ1_S", "IQ1_M": "IQ1_M", "IQ2_XXS": "IQ2_XXS", "IQ2_XS": "IQ2_XS", "IQ2_S": "IQ2_XS",
    "IQ2_M": "IQ2_S", "IQ3_XXS": "IQ3_XXS", "IQ3_XS": "IQ3_S", "IQ3_S": "IQ3_S", "IQ3_M": "IQ3_S", "IQ4_NL": "IQ4_NL",
    "IQ4_XS": "IQ4_XS", "MXFP4_MOE": "MXFP4", "MXFP4": "MXFP4", "F16": "F16", "BF16": "BF16", "F32": "F32",
}  # fmt: skip
_WIDE_ENDS: Final = {"Q2_K_L": "Q2_K", "Q3_K_XL": "Q3_K_L", "Q4_K_L": "Q4_K_M", "Q5_K_L": "Q5_K_M", "Q6_K_L": "Q6_K"}
"""Publishers' names for a mix with embedding and output in Q8_0 (`--token-embedding-type`, `--output-tensor-type`)."""
_SMALLER: Final = {
    **dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_XS"), "IQ4_NL"),
    "Q2_K": "Q4_0", "Q3_K": "Q4_0", "Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0",
}  # fmt: skip
"""What is taken where the row is no multiple of the block (tensor_type_fallback)."""
_VALUES: Final = {"Q2_K": "Q3_K", "IQ3_M": "Q4_K", "Q3_K_L": "Q5_K"}
"""What the matrices of values get."""
_SHARED_VALUES: Final = {
    **dict.fromkeys(("Q2_K", "IQ3_XXS", "IQ3_XS", "IQ3_S"), "Q4_K"), "IQ4_NL": "Q5_K", "IQ4_XS": "Q5_K",
}  # fmt: skip
"""What they get where four queries or more share one."""
_DOWN: Final = {"Q2_K": "Q3_K", "Q3_K_L": "Q5_K"}
"""What the matrices out of networks get in every block."""
_DOWN_PLAIN: Final = {**_DOWN, "IQ3_XXS": "Q3_K"}
"""The same without an importance matrix."""
_EARLY: Final = {
    "IQ3_M": "Q4_K", "Q4_K_S": "Q5_K", **dict.fromkeys(("IQ2_S", "IQ2_M"), "IQ3_S"),
    **dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS"), "Q2_K"),
}  # fmt: skip
"""What they get in the first eighth of the blocks."""
_EARLY_PLAIN: Final = {"IQ4_NL": "Q5_K", "IQ4_XS": "Q5_K", "IQ3_XXS": "Q4_K"}
_EARLY_CALIBRATED: Final = {"Q4_0": "Q4_1", "Q5_0": "Q5_1"}
_MORE: Final = {"Q4_K_M": "Q6_K", "Q5_K_M": "Q6_K"}
"""What they get where more bits are due."""
_MORE_OF_EIGHT: Final = {**_MORE, "IQ3_M": "Q4_K"}
_DOWN_OF_FALCON: Final = {
    "Q3_K_M": ("Q5_K", "Q4_K", "Q3_K"), "Q3_K_L": ("Q4_K", "Q4_K", "Q4_K"), "Q4_K_M": ("Q6_K", "Q5_K", "Q4_K"),
    "Q4_K_S": ("Q4_K", "Q4_K", "Q4_K"),
}  # fmt: skip
"""Falcon: in the first sixteenth, where more bits are due, and elsewhere."""
_TINY: Final = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M"})
_KEPT: Final = (
    "_norm.weight", "ffn_gate_inp.weight", "altup", "laurel", "per_layer_model_proj", "position_embd", "ssm_conv1d",
    "shortconv.conv.weight", "attn_rel_b.weight", "inp_shexp",
)  # fmt: skip
"""Never quantized (tensor_allows_quantization); what has one dimension is not either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the rules ask of a model."""

    architecture: str | None
    layers: int
    """Blocks, those that only draft included."""
    queries_per_key: int
    experts: int
    tied: bool
    values: int
    """Tensors of the kind that holds values."""
    calibrated: bool
    """Quantized with an importance matrix."""

    @property
    def large(self) -> bool:
        """llama_quantize calls it a 70B model: the values of its eight-fold shared heads get more bits."""
        return self.layers == _LARGE and self.architecture in {"llama", "qwen2", "deci"} and self.queries_per_key > 1


_LARGE: Final = 80
_STACK: Final = 3
"""Dimensions of the matrices of all experts."""
_MIXTRAL: Final = 8
_SHARED: Final = 4


def known(scheme: str) -> bool:
    """Whether the rules of a scheme are known."""
    return scheme in _DEFAULT or scheme in _WIDE_ENDS


def size(kind: str, elements: int) -> int:
    """Bytes of so many elements."""
    block = BLOCKS[kind]
    return elements * block[0] // block[1]


class Mix:
    """Types for the tensors of one file, asked in the order in which llama-quantize visits them."""

    def __init__(self, scheme: str, network: Network) -> None:
        self._wide = scheme in _WIDE_ENDS
        self._scheme = _WIDE_ENDS.get(scheme, scheme)
        self._default = _DEFAULT[self._scheme]
        self._network = network
        self._values = self._downs = 0

    def type_of(self, name: str, shape: tuple[int, ...], layer: int) -> str:
        """The type of a tensor; `name` without its block."""
        if len(shape) < 2 or not name.endswith("weight") or any(part in name for part in _KEPT):  # noqa: PLR2004
            return "F32"
        if BLOCKS[self._default][1] == 1:
            return self._default
        if self._wide and name in {"token_embd.weight", "output.weight", "per_layer_token_embd.weight"}:
            return _fitting("Q8_0", shape[0])
        return _fitting(self._chosen(name, shape, layer), shape[0])

    def _chosen(self, name: str, shape: tuple[int, ...], layer: int) -> str:
        embedding = name in {"token_embd.weight", "per_layer_token_embd.weight"}
        if name == "output.weight" or (embedding and self._network.tied):
            return self._output(shape[0])
        if self._scheme.startswith("MXFP4"):
            return "MXFP4" if len(shape) == _STACK else "Q8_0"
        return self._embedding() if embedding else self._of_block(name, layer)

    def _of_block(self, name: str, layer: int) -> str:
        if name.startswith("ffn_down"):
            return self._down(layer)
        match name:
            case "attn_v.weight" | "attn_qkv.weight" | "attn_kv_b.weight":
                return self._value()
            case "attn_output.weight":
                return self._joined()
            case "attn_k.weight" | "attn_q.weight":
                return self._key(name)
        middle = self._eighth() <= layer < 7 * self._network.layers // 8
        if self._scheme == "IQ3_XS" and middle and name.startswith(("ffn_up", "ffn_gate")):
            return "IQ3_XXS"
        return self._default

    def _eighth(self) -> int:
        return self._network.layers // 8

    def _output(self, row: int) -> str:
        if self._scheme.startswith("MXFP4") or self._network.architecture == "falcon" or row % BLOCKS[self._default][1]:
            return "Q8_0"
        if self._scheme in _TINY or self._scheme == "IQ3_XXS":
            return "Q5_K"
        return "Q8_0" if self._default == "Q8_0" else "Q6_K"

    def _embedding(self) -> str:
        if self._scheme in {"IQ2_XXS", "IQ2_XS", "IQ1_S", "IQ1_M"}:
            return "Q2_K"
        return "IQ3_S" if self._scheme in {"IQ2_S", "IQ2_M", "IQ3_XXS"} else self._default

    def _value(self) -> str:
        network, index = self._network, self._values
        self._values += 1
        shared = network.queries_per_key >= _SHARED
        if self._scheme in _TINY:
            if shared or network.experts >= _SHARED:
                return "Q4_K"
            return "IQ3_S" if self._scheme in {"IQ2_S", "IQ2_M"} else "Q2_K"
        if network.experts == _MIXTRAL:
            return "Q8_0"
        kind = self._value_kind(index, shared=shared)
        return "Q5_K" if network.large and kind in {"Q3_K", "Q4_K"} else kind

    def _value_kind(self, index: int, *, shared: bool) -> str:
        scheme, default = self._scheme, self._default
        if shared and scheme in _SHARED_VALUES:
            return _SHARED_VALUES[scheme]
        match scheme:
            case "IQ3_XXS":
                kind = "IQ3_XXS" if self._network.calibrated else "IQ3_S"
            case "Q3_K_M":
                kind = "Q5_K" if index < 2 else "Q4_K"  # noqa: PLR2004 (as the rule says)
            case "Q4_K_M" | "Q5_K_M":
                kind = "Q6_K" if _more_bits(index, self._network.values) else default
            case "Q4_K_S":
                kind = "Q5_K" if index < _SHARED else default
            case _:
                kind = _VALUES.get(scheme, default)
        return kind

    def _key(self, name: str) -> str:
        if self._network.experts == _MIXTRAL and name == "attn_k.weight":
            return "Q4_K" if self._scheme in _TINY else "Q8_0"
        return {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}.get(self._scheme, self._default)

    def _joined(self) -> str:
        scheme = self._scheme
        if self._network.experts == _MIXTRAL:
            bumped = {"Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M"}
            return "Q5_K" if scheme in bumped or scheme.startswith(("IQ1", "IQ2", "IQ3", "IQ4")) else self._default
        if self._network.architecture == "falcon" and scheme not in _TINY:
            return "Q4_K" if scheme == "Q3_K_L" else self._default
        return {
            "IQ1_S": "IQ2_XXS", "IQ1_M": "IQ2_XXS", "IQ2_S": "IQ3_S", "IQ2_M": "IQ3_S", "Q2_K": "Q3_K",
            "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K",
        }.get(scheme, self._default)  # fmt: skip

    def _down(self, layer: int) -> str:
        network, scheme = self._network, self._scheme
        count = self._downs
        self._downs += 1
        # Files with experts are counted by block, and others one by one.
        index = layer if network.experts > 1 and scheme not in _TINY else count
        more = _more_bits(index, network.layers)
        first = index < network.layers // 16
        if network.architecture == "falcon" and scheme in _DOWN_OF_FALCON:
            kinds = _DOWN_OF_FALCON[scheme]
            return kinds[0] if first else kinds[1] if more else kinds[2]
        if scheme == "Q3_K_M":
            return "Q5_K" if first else "Q4_K"
        rules = [_DOWN if network.calibrated else _DOWN_PLAIN]
        if index < self._eighth():
            rules = [_EARLY, _EARLY_CALIBRATED if network.calibrated else _EARLY_PLAIN, *rules]
        if more:
            rules.append(_MORE_OF_EIGHT if network.experts == _MIXTRAL else _MORE)
        return next((kind for rule in rules if (kind := rule.get(scheme))), self._default)


def _more_bits(index: int, count: int) -> bool:
    """The first eighth, the last, and every third between (use_more_bits)."""
    return index < count // 8 or index >= 7 * count // 8 or (index - count // 8) % 3 == 2  # noqa: PLR2004


def _fitting(kind: str, row: int) -> str:
    """The type, or another one where the row is no multiple of its block."""
    if row % BLOCKS[kind][1]:
        kind = _SMALLER.get(kind, kind)
    return "F16" if row % BLOCKS[kind][1] else kind
