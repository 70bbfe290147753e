"""Buffers of encoders: networks that read all of their input at once and keep nothing of it."""

from __future__ import annotations

_BYTES = 4
"""Activations are kept in 32 bits."""
_ATTENTION = 5
"""The stream, queries, keys, values and the result of attention, each as wide as the stream."""
_NETWORK = 2
"""The stream and its norm, beside the widened matrices."""


def encoder_buffer(inputs: int, *, hidden_size: int, feed_forward_size: int, gated: bool) -> int:
    """Bytes that a block of an encoder holds at most while `inputs` tokens or patches pass it together.

    Flash attention is on wherever llama.cpp has a kernel (`-fa auto`, clip.cpp since b6915), so that no matrix of
    scores is held. From the shapes alone and never held against a measurement: use with `overhead.STATED`.
    """
    attention = _ATTENTION * hidden_size
    network = _NETWORK * hidden_size + (2 if gated else 1) * feed_forward_size
    return inputs * max(attention, network) * _BYTES
