"""Recurrent layers made up from the width inside and the bytes of their state."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind
from llmadvise.record import dataclass

_KERNEL = 4
"""Tokens that a convolution sees, in every published model but LFM2 (`ssm.conv_kernel`)."""
_SIZES = (128, 256, 64, 16)
"""Elements of state beside each of the inside, as published (`ssm.state_size`)."""
_EXPANSION = 2
"""Inside width over hidden size in Mamba and Mamba-2 as published; used where the catalog is silent."""
_STEP, _WIDEST = 128, 1 << 15
"""Widths that are tried where none is known: with a state of 128 only one fits 131 numbers of groups, and these are
powers of two."""
_HEAD = 64
"""Elements of a head in Mamba-2; how many heads there are moves the input matrix by less than 1 %."""
_GATED_DELTA = frozenset({"qwen35", "qwen35moe", "qwen3next"})
_CONVOLUTIONS = frozenset({"lfm2", "lfm2moe"})
_MAMBA = "mamba"
_MAMBA_2 = frozenset({"falcon-h1", "granitehybrid", "mamba2", "nemotron_h", "nemotron_h_moe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixer:
    """What mixes tokens in a recurrent layer."""

    kind: str
    inner: int
    state: int
    groups: int
    kernel: int

    @property
    def convolution_bytes(self) -> int:
        """Tokens that a sequence keeps for the convolution (src/llama-hparams.cpp: n_embd_r)."""
        return 4 * (self.kernel - 1) * (self.inner + self.extra)

    @property
    def extra(self) -> int:
        """Elements that the convolution carries beside `inner`."""
        return 2 * self.groups * self.state

    def tensors(self, hidden: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and extents."""
        if self.kind in _CONVOLUTIONS:
            yield "shortconv.conv.weight", (self.kernel, hidden)
            yield "shortconv.in_proj.weight", (hidden, 3 * hidden)
            yield "shortconv.out_proj.weight", (hidden, hidden)
        elif self.kind in _GATED_DELTA:
            yield from self._gated_delta(hidden)
        elif self.kind == _MAMBA:
            yield from self._mamba(hidden)
        else:
            yield from self._mamba_2(hidden)

    def _gated_delta(self, hidden: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        heads, channels = self.inner // self.state, self.inner + 2 * self.groups * self.state
        yield "attn_qkv.weight", (hidden, channels)
        yield "attn_gate.weight", (hidden, self.inner)
        yield "ssm_conv1d.weight", (self.kernel, channels)
        yield "ssm_dt.bias", (heads,)
        yield "ssm_a", (heads,)
        if self.kind == "qwen3next":
            yield "ssm_ba.weight", (hidden, 2 * heads)
        else:
            yield "ssm_beta.weight", (hidden, heads)
            yield "ssm_alpha.weight", (hidden, heads)
        yield "ssm_norm.weight", (self.state,)
        yield "ssm_out.weight", (self.inner, hidden)

    def _mamba(self, hidden: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        rank = -(-hidden // 16)
        yield "ssm_in.weight", (hidden, 2 * self.inner)
        yield "ssm_conv1d.weight", (self.kernel, self.inner)
        yield "ssm_conv1d.bias", (self.inner,)
        yield "ssm_x.weight", (self.inner, rank + 2 * self.state)
        yield "ssm_dt.weight", (rank, self.inner)
        yield "ssm_dt.bias", (self.inner,)
        yield "ssm_a", (self.state, self.inner)
        yield "ssm_d", (self.inner,)
        yield "ssm_out.weight", (self.inner, hidden)

    def _mamba_2(self, hidden: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        heads, channels = self.inner // _HEAD, self.inner + 2 * self.groups * self.state
        yield "ssm_in.weight", (hidden, self.inner + channels + heads)
        yield "ssm_conv1d.weight", (self.kernel, channels)
        yield "ssm_conv1d.bias", (channels,)
        yield "ssm_dt.bias", (heads,)
        yield "ssm_a", (1, heads)
        yield "ssm_d", (1, heads)
        if self.kind != "falcon-h1":
            yield "ssm_norm.weight", (self.inner // self.groups, self.groups) if self.groups > 1 else (self.inner,)
        yield "ssm_out.weight", (self.inner, hidden)


def inner_size(architecture: Architecture) -> int:
    """Width of the recurrent layers inside: as given, else twice the hidden size."""
    given = max((group.inner_size or 0 for group in architecture.attention), default=0)
    return given or _EXPANSION * architecture.hidden_size


def mixers(architecture: Architecture) -> tuple[Mixer | None, ...]:
    """The mixer of every recurrent layer that can be made up."""
    found: list[Mixer | None] = [None] * architecture.layers
    for group in architecture.attention:
        if group.kind is AttentionKind.RECURRENT:
            mixer = mixer_of(architecture, group)
            for layer in group.layers:
                if layer < architecture.layers:
                    found[layer] = mixer
    return tuple(found)


def mixer_of(architecture: Architecture, group: AttentionGroup) -> Mixer | None:
    """Groups and state follow from the bytes of the state: 4 × (3 × (inner + 2 × groups × state) + state × inner)."""
    kind, elements = architecture.id or "", (group.state_bytes or 0) // 4
    hidden = architecture.hidden_size
    if kind in _CONVOLUTIONS:
        kernel = elements // hidden + 1
        exact = elements % hidden == 0 and kernel > 1
        return Mixer(kind=kind, inner=hidden, state=0, groups=0, kernel=kernel) if exact else None
    if kind not in _GATED_DELTA | _MAMBA_2 and kind != _MAMBA:
        return None
    widths = (group.inner_size,) if group.inner_size else () if kind in _GATED_DELTA else (inner_size(architecture),)
    for inner in (*widths, *(range(_STEP, _WIDEST, _STEP) if not group.inner_size else ())):
        for state in _SIZES if inner in widths else _SIZES[:2]:
            extra, rest = divmod(elements - state * inner, _KERNEL - 1)
            groups, odd = divmod(extra - inner, 2 * state)
            if (
                not rest
                and not odd
                and (groups == 0 if kind == _MAMBA else _is_power_of_two(groups) and groups * state <= inner)
            ):
                return Mixer(kind=kind, inner=inner, state=state, groups=groups, kernel=_KERNEL)
    return None


def _is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
