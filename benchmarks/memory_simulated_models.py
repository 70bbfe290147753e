"""Small models of architectures that the truth table does not have, with dimensions of our own making."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Extents = tuple[int, ...]
Part = tuple[str, Extents]
Block = Callable[[int], Sequence[Part]]

HIDDEN: Final = 2048
HEAD: Final = 128
QUERY: Final = 16 * HEAD
KEY: Final = 4 * HEAD
WIDE: Final = 5632
NARROW: Final = 768
EXPERTS: Final = 32
VOCABULARY: Final = 50304
_INNER: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One architecture: keys of the header without their prefix, and tensors."""

    architecture: str
    block: Block
    keys: Mapping[str, object]
    layers: int = 6
    tied: bool = False
    last_norm: str = "output_norm"
    biased_end: bool = False
    outside: Sequence[Part] = ()


def norms(*names: str, biased: bool = False) -> list[Part]:
    """Norms over the residual stream."""
    kinds = ("weight", "bias") if biased else ("weight",)
    return [(f"{name}.{kind}", (HIDDEN,)) for name in names for kind in kinds]


def attention(*, query: int = QUERY, key: int = KEY, head: int = 0, biased: bool = False) -> list[Part]:
    """Query, keys, values and output; `head`: norms of queries and keys."""
    found: list[Part] = []
    for name, width in (("q", query), ("k", key), ("v", key)):
        found.append((f"attn_{name}.weight", (HIDDEN, width)))
        if biased:
            found.append((f"attn_{name}.bias", (width,)))
    found.append(("attn_output.weight", (query, HIDDEN)))
    if head:
        found += [("attn_q_norm.weight", (head,)), ("attn_k_norm.weight", (head,))]
    return found


def dense(*, gated: bool = True, width: int = WIDE) -> list[Part]:
    """A feed-forward network."""
    names = ("up", "gate") if gated else ("up",)
    return [*((f"ffn_{name}.weight", (HIDDEN, width)) for name in names), ("ffn_down.weight", (width, HIDDEN))]


def mixture(*, shared: int = 0, bias: bool = False, gated: bool = True, count: int = EXPERTS) -> list[Part]:
    """Experts, with a shared one of that width, and a bias by which they are chosen."""
    names = ("up", "gate") if gated else ("up",)
    found: list[Part] = [("ffn_gate_inp.weight", (HIDDEN, count))]
    found += [(f"ffn_{name}_exps.weight", (HIDDEN, NARROW, count)) for name in names]
    found.append(("ffn_down_exps.weight", (NARROW, HIDDEN, count)))
    if shared:
        found += [(f"ffn_{name}_shexp.weight", (HIDDEN, shared)) for name in names]
        found.append(("ffn_down_shexp.weight", (shared, HIDDEN)))
    if bias:
        found.append(("exp_probs_b.bias", (count,)))
    return found


def mamba_2(state: int, groups: int, *, normed: bool = True) -> list[Part]:
    """The second kind of Mamba."""
    heads, channels = _INNER // 64, _INNER + 2 * groups * state
    found: list[Part] = [
        ("ssm_in.weight", (HIDDEN, _INNER + channels + heads)),
        ("ssm_conv1d.weight", (4, channels)),
        ("ssm_conv1d.bias", (channels,)),
        ("ssm_dt.bias", (heads,)),
        ("ssm_a", (1, heads)),
        ("ssm_d", (1, heads)),
        ("ssm_out.weight", (_INNER, HIDDEN)),
    ]
    return [*found, ("ssm_norm.weight", (_INNER // groups, groups))] if normed else found


def mamba_1() -> list[Part]:
    """The first kind, with Jamba's norms."""
    return [
        ("ssm_in.weight", (HIDDEN, 2 * _INNER)),
        ("ssm_conv1d.weight", (4, _INNER)),
        ("ssm_conv1d.bias", (_INNER,)),
        ("ssm_x.weight", (_INNER, 160)),
        ("ssm_dt_norm.weight", (128,)),
        ("ssm_dt.weight", (128, _INNER)),
        ("ssm_dt.bias", (_INNER,)),
        ("ssm_b_norm.weight", (16,)),
        ("ssm_c_norm.weight", (16,)),
        ("ssm_a", (16, _INNER)),
        ("ssm_d", (_INNER,)),
        ("ssm_out.weight", (_INNER, HIDDEN)),
    ]


def gated_delta() -> list[Part]:
    """Gated delta net of Qwen 3.5."""
    return [
        ("attn_qkv.weight", (HIDDEN, 2 * _INNER)),
        ("attn_gate.weight", (HIDDEN, _INNER)),
        ("ssm_conv1d.weight", (4, 2 * _INNER)),
        ("ssm_dt.bias", (32,)),
        ("ssm_a", (32,)),
        ("ssm_beta.weight", (HIDDEN, 32)),
        ("ssm_alpha.weight", (HIDDEN, 32)),
        ("ssm_norm.weight", (128,)),
        ("ssm_out.weight", (_INNER, HIDDEN)),
    ]


def convolution() -> list[Part]:
    """LFM2's short convolution."""
    return [
        ("shortconv.conv.weight", (3, HIDDEN)),
        ("shortconv.in_proj.weight", (HIDDEN, 3 * HIDDEN)),
        ("shortconv.out_proj.weight", (HIDDEN, HIDDEN)),
    ]
