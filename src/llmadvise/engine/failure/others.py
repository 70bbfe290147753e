"""Messages of vLLM, SGLang, MLX, Ollama and the system's loader that say why an engine ended; the most telling first."""

from __future__ import annotations

from typing import Final

from llmadvise.engine.failure.kinds import FailureKind as Kind
from llmadvise.engine.failure.kinds import Pattern

_VLLM: Final = "vLLM 0.33.0"
_SMALLER: Final = "A shorter context, a smaller quantization or more GPUs take less of each."
_UPDATE: Final = "Install a newer version of the engine, or another runtime."

PYTHON_ENGINES: Final[tuple[Pattern, ...]] = (
    Pattern(
        kind=Kind.HEADS_NOT_DIVISIBLE,
        needle="attention heads",
        expression=r"[Tt]otal number of attention heads \((?P<heads>\d+)\) must be divisible by tensor parallel size \((?P<parts>\d+)\)",
        message="{heads} attention heads cannot be shared equally among {parts} GPUs",
        hint="Split them among a number that divides the heads, or place whole layers (pipeline parallel).",
        source=f"{_VLLM} vllm/config/model.py",
    ),
    Pattern(
        kind=Kind.GPU_TOO_OLD,
        needle="is not supported for the current GPU",
        expression=r"quantization method (?P<method>\S{1,40}) is not supported for the current GPU\. Minimum capability: (?P<needed>\d+)(?:\. Current capability: (?P<have>\d+))?",
        message="the quantization {method} needs compute capability {needed}, and this GPU has {have}",
        hint="Take another quantization, or a GGUF file with llama.cpp.",
        source=f"{_VLLM} vllm/config/vllm.py",
    ),
    Pattern(
        kind=Kind.CONTEXT_TOO_LARGE,
        needle="larger than the available KV",
        expression=r"max seq len \((?P<asked>\d+)\).{0,40}?(?P<needed>\d+(?:\.\d+)?) ?Gi?B KV cache is ?needed, which is larger than the available KV [Cc]ache memory \((?P<have>-?\d+(?:\.\d+)?) ?Gi?B\)(?:.{0,60}estimated maximum model length is (?P<tokens>\d+))?",
        message="one request of {asked} tokens needs {needed} GiB of cache, and {have} GiB are left beside the weights",
        hint="Ask for a shorter context.",
        source=f"{_VLLM} vllm/v1/core/kv_cache_planning.py",
    ),
    Pattern(
        kind=Kind.CONTEXT_TOO_LARGE,
        needle="that can be stored in KV cache",
        expression=r"max seq len \((?P<asked>\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((?P<tokens>\d+)\)",
        message="a context of {asked} tokens was asked for, and the cache has room for {tokens} beside the weights",
        hint="Ask for a shorter context.",
        source="vLLM 0.2.7 to 0.8 vllm/worker/worker.py",
    ),
    Pattern(
        kind=Kind.CONTEXT_TOO_LARGE,
        needle="is greater than the derived",
        expression=r"max_model_len \((?P<asked>\d+)\) is greater than the derived max_model_len \(.{0,60}?=(?P<tokens>\d+)",
        message="the model was trained for {tokens} tokens, and {asked} were asked for",
        hint="Ask for a shorter context.",
        source=f"{_VLLM} vllm/config/model.py",
    ),
    Pattern(
        kind=Kind.OUT_OF_GPU_MEMORY,
        needle="No available memory for the cache blocks",
        expression=r"No available memory for the cache blocks",
        message="the weights leave no room for any cache on the GPU",
        hint=_SMALLER,
        source=f"{_VLLM} vllm/v1/core/kv_cache_planning.py",
    ),
    Pattern(
        kind=Kind.OUT_OF_GPU_MEMORY,
        needle="less than desired GPU memory utilization",
        expression=r"Free memory on device (?:\S{1,12} )?\((?P<free>\d+(?:\.\d+)?)/(?P<total>\d+(?:\.\d+)?) GiB\) on startup is less than desired GPU memory utilization \((?P<part>[\d.]+), (?P<needed>\d+(?:\.\d+)?) GiB\)",
        message="{free} of {total} GiB are free on the GPU, and the engine wants to take {needed} GiB at once",
        hint="Other programs hold the rest: end them, or let the engine take a smaller part of the GPU.",
        source=f"{_VLLM} vllm/v1/worker/utils.py",
    ),
    Pattern(
        kind=Kind.OUT_OF_GPU_MEMORY,
        needle="increase --mem-fraction-static",
        expression=r"Not enough memory\. Please try to increase --mem-fraction-static",
        message="the weights leave no room for any cache in the engine's part of the GPU",
        hint=_SMALLER,
        source="SGLang 0.5 python/sglang/srt/model_executor/pool_configurator.py",
    ),
    Pattern(
        kind=Kind.OUT_OF_GPU_MEMORY,
        needle="out of memory. Tried to allocate",
        expression=r"(?:CUDA|HIP|XPU) out of memory\. Tried to allocate (?P<size>[\d.]+ [KMGT]iB)(?:\. GPU (?P<number>\d+) has a total capac\w+ of (?P<total>[\d.]+ [KMGT]iB) of which (?P<free>[\d.]+ [KMGT]iB) is free)?",
        message="the GPU had no room for {size} more",
        hint=_SMALLER,
        source="PyTorch 2.6 c10/cuda/CUDACachingAllocator.cpp",
    ),
    Pattern(
        kind=Kind.OUT_OF_GPU_MEMORY,
        needle="Insufficient Memory",
        expression=r"\[METAL\] Command buffer execution failed: Insufficient Memory",
        message="the GPU's share of the memory was used up while it computed",
        hint=_SMALLER,
        source="MLX 0.32 mlx/backend/metal (Metal's own words)",
    ),
    Pattern(
        kind=Kind.UNKNOWN_ARCHITECTURE,
        needle="are not supported for now",
        expression=r"Model architectures \[(?P<architecture>[^\]]{1,120})\] are not supported for now",
        message="this version of the engine does not know the architecture {architecture}",
        hint=_UPDATE,
        source="vLLM 0.6 to 0.33 vllm/model_executor/models/registry.py",
    ),
    Pattern(
        kind=Kind.UNKNOWN_ARCHITECTURE,
        needle="not supported",
        expression=r"Model type (?P<architecture>[\w.-]{1,60}) (?:is )?not supported",
        message="this version of the engine does not know the architecture {architecture}",
        hint=_UPDATE,
        source="mlx-lm 0.32.2 mlx_lm/utils.py",
    ),
    Pattern(
        kind=Kind.NO_GPU,
        needle="No CUDA GPUs are available",
        expression=r"No CUDA GPUs are available|Failed to infer device type",
        message="the engine sees no GPU",
        hint="Is the driver there, and does CUDA_VISIBLE_DEVICES hide the GPU? `llmadvise hardware` shows what is.",
        source="PyTorch 2.6 torch/cuda/__init__.py; vLLM 0.33.0 vllm/config/device.py",
    ),
    Pattern(
        kind=Kind.NOT_ALLOWED,
        needle="gated",
        expression=r"(?:Cannot access gated repo|You are trying to access a gated repo)",
        message="the repository is gated, and no token that may read it was found",
        hint="Accept its terms on its page on the Hub, then `hf auth login`.",
        source="huggingface_hub 1.0 utils/_http.py",
    ),
    Pattern(
        kind=Kind.PORT_IN_USE,
        needle="ddress already in use",
        expression=r"[Aa]ddress already in use(?:.{0,60}?:(?P<port>\d{2,5})\b)?",
        message="the port is taken by another program",
        hint="Leave --port out, and a free one is chosen.",
        source="the system's own words (EADDRINUSE)",
    ),
)

OLLAMA: Final[tuple[Pattern, ...]] = (
    Pattern(
        kind=Kind.OUT_OF_MEMORY,
        needle="requires more system memory",
        expression=r"model requires more system memory \((?P<needed>[\d.]+ [KMGT]iB)\) than is available \((?P<have>[\d.]+ [KMGT]iB)\)",
        message="the model needs {needed} of main memory, and {have} are free",
        hint="A shorter context, a smaller cache type or a smaller quantization take less.",
        source="Ollama 0.3 to 0.20 llm/server.go",
    ),
    Pattern(
        kind=Kind.KILLED_FOR_MEMORY,
        needle="signal: killed",
        expression=r"(?:llama runner|llama-server) process (?:has terminated|no longer running): (?:-1 )?signal: killed",
        message="the system killed the process that holds the model, most likely because memory ran out",
        hint="A shorter context, a smaller cache type or a smaller quantization take less.",
        source="Ollama 0.3 to 0.20 llm/server.go",
    ),
    Pattern(
        kind=Kind.FILE_MISSING,
        needle="not found, try pulling it first",
        expression=r'model ["\'](?P<model>[^"\']{1,120})["\'] not found',
        message="Ollama's store has no {model}",
        hint="Fetch it first: `ollama pull`.",
        source="Ollama 0.20 server/routes.go",
    ),
)

SYSTEM: Final[tuple[Pattern, ...]] = (
    Pattern(
        kind=Kind.LIBRARY_MISSING,
        needle="error while loading shared libraries",
        expression=r"error while loading shared libraries: (?P<library>[^:\s]{1,120}): (?P<reason>[^\n]{1,120})",
        message="the engine's library {library} is missing",
        hint="Install what the build needs (for libcudart and libcublas: the CUDA runtime), or take a build without it.",
        source="glibc elf/dl-open.c",
    ),
    Pattern(
        kind=Kind.LIBRARY_MISSING,
        needle="cannot open shared object file",
        expression=r"(?P<library>lib[\w.+-]{1,80}\.so[\w.]{0,12}): cannot open shared object file",
        message="the engine's library {library} is missing",
        hint="Install what the build needs (for libcuda: the GPU's driver), or take a build without it.",
        source="glibc elf/dl-load.c",
    ),
    Pattern(
        kind=Kind.LIBRARY_MISSING,
        needle="Library not loaded",
        expression=r"Library not loaded: (?P<library>\S{1,160})",
        message="the engine's library {library} is missing",
        hint="Install the engine again; its folder is not whole.",
        source="dyld on macOS",
    ),
    Pattern(
        kind=Kind.LIBRARY_MISSING,
        needle="not found (required by",
        expression=r"version `(?P<library>(?:GLIBC|GLIBCXX|CXXABI)_[\d.]{1,8})' not found",
        message="the engine was built for a newer system: it needs {library}",
        hint="Take a build for this system, or build it here.",
        source="glibc elf/dl-version.c",
    ),
    Pattern(
        kind=Kind.ILLEGAL_INSTRUCTION,
        needle="llegal instruction",
        expression=r"[Ii]llegal instruction",
        message="the engine was built for processor instructions that this processor does not have",
        hint="Take a build for this processor, or build it here with GGML_NATIVE=ON.",
        source="the shell's own words (SIGILL)",
    ),
)
