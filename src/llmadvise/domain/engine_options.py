"""Settings of the engine that a user fixes; what is left open follows from the plan or the engine's default."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What the user said of llama.cpp's own options; None: nothing."""

    gpu_layers: int | None = None
    """Blocks plus one for the output, counted from the end."""
    cpu_moe_layers: int | None = None
    """Leading blocks whose routed experts stay on the host."""
    batch: int | None = None
    ubatch: int | None = None
    slots: int | None = None
    kv_unified: bool | None = None
    outputs: int | None = None
    """Tokens of a batch that return logits; 0: all."""
    flash_attention: bool | None = None
    swa_full: bool = False
    kv_offload: bool = True
    tensor_split: tuple[float, ...] | None = None
    split_mode: str | None = None
    """none, layer or row."""
    engine_build: str | None = None

    @property
    def placed(self) -> bool:
        """Whether the user said where the layers go."""
        return self.gpu_layers is not None or self.cpu_moe_layers is not None

    @property
    def spread(self) -> bool:
        """Whether the user said that the layers go to several GPUs."""
        return self.tensor_split is not None or (self.split_mode or "none").lower() != "none"
