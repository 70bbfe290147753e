"""What the real engine is asked to load, and to time: published dimensions, and the options that llmadvise prints."""

from __future__ import annotations

from dataclasses import dataclass

from llmadvise.engine.memory.settings import EngineSettings
from real_llama_cpp_models import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One way to start the server."""

    context: int
    slots: int = 1
    kv_type: str = "f16"
    flash: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The options as llmadvise prints them."""
        said = ["-c", str(self.context), "-np", str(self.slots)]
        if self.kv_type != "f16":
            said += ["-ctk", self.kv_type, "-ctv", self.kv_type]
        if self.flash:
            said += ["-fa", self.flash]
        return tuple(said)

    @property
    def settings(self) -> EngineSettings:
        """The same for the memory engine; a number of slots without `-kvu` gives each a cache of its own."""
        return EngineSettings(
            context_length=self.context,
            slots=self.slots,
            kv_unified=self.slots == 1,
            kv_type_k=self.kv_type,
            kv_type_v=self.kv_type,
            flash_attention={"on": True, "off": False, None: None}[self.flash],
        )


OPTIONS = (
    Options(context=4096),
    Options(context=8000, flash="off"),
    Options(context=32768, kv_type="q8_0", flash="on"),
    Options(context=16384, slots=4),
)

MEMORY = (
    Source(header="llama-3.2-1b.Q4_K_M"),
    Source(header="qwen2-0.5b.Q8_0"),
    Source(header="qwen3-8b.Q4_K_M", blocks=8),
    Source(header="phi-3-mini-4k.Q4_K_M"),
    Source(header="gemma-3-4b.Q4_K_M"),
    Source(header="gemma-4-e4b.Q4_K_M"),
    Source(header="olmo-3-7b.Q4_K_M", blocks=8),
    Source(header="gpt-oss-20b.MXFP4_MOE", blocks=6),
    Source(header="qwen3-30b-a3b.Q4_K_M", blocks=6),
    Source(header="deepseek-v2-lite.Q4_K_M"),
    Source(header="granite-4.0-h-tiny.Q4_K_M"),
    Source(header="lfm2-1.2b.Q4_K_M"),
    Source(header="nemotron-nano-9b-v2.Q4_K_M", blocks=16),
    Source(header="qwen3.5-35b-a3b.Q4_K_M", blocks=8),
    Source(header="qwen3-next-80b-a3b.Q4_K_M", blocks=4),
    Source(header="mamba2-2.7b.Q8_0"),
)

SPEED = (
    (Source(header="qwen2-0.5b.Q8_0"), "q8"),
    (Source(header="llama-3.2-1b.Q8_0"), "q8"),
    (Source(header="llama-3.2-1b.Q4_K_M"), "q4"),
    (Source(header="llama-3.2-1b.Q8_0", type="Q4_0"), "q4"),
    (Source(header="llama-3.2-1b.Q8_0", type="Q5_K"), "q56"),
    (Source(header="llama-3.2-1b.Q8_0", type="Q6_K"), "q56"),
    (Source(header="llama-3.2-1b.Q8_0", type="IQ4_XS"), "iq4"),
    (Source(header="tinyllama-1.1b.F16"), "f16"),
    (Source(header="lfm2-1.2b.Q4_K_M"), "q4"),
    (Source(header="gemma-3-4b.Q4_K_M"), "q4"),
    (Source(header="qwen3-8b.Q4_K_M"), "q4"),
    (Source(header="granite-4.0-h-tiny.Q4_K_M"), "q4"),
    (Source(header="qwen3-30b-a3b.Q4_K_M", blocks=5), "q4"),
    (Source(header="qwen3-30b-a3b.Q8_0", blocks=5), "q8"),
    (Source(header="gpt-oss-20b.MXFP4_MOE", blocks=12), "fp4"),
)
