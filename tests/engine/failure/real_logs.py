"""What engines printed when they failed, from public reports, with what has to be read from it."""

from __future__ import annotations

from typing import NamedTuple

from llmadvise.engine.failure.kinds import FailureKind as Kind

LLAMA, OLLAMA, VLLM = "ggml-org/llama.cpp", "ollama/ollama", "vllm-project/vllm"


class RealLog(NamedTuple):
    """An excerpt of a log."""

    source: str
    text: str
    kind: Kind
    says: str
    """Stands in the message."""
    details: tuple[tuple[str, str], ...] = ()


LOGS = (
    RealLog(
        f"{LLAMA}#20431",
        """load_tensors: loading model tensors, this can take a while... (mmap = true, direct_io = false)
ggml_backend_cuda_buffer_type_alloc_buffer: allocating 144817.04 MiB on device 0: cudaMalloc failed: out of memory
alloc_tensor_range: failed to allocate CUDA0 buffer of size 151851674624
llama_model_load: error loading model: unable to allocate CUDA0 buffer""",
        Kind.OUT_OF_GPU_MEMORY,
        "CUDA0 had no room for the weights, 141.4 GiB",
        (("device", "CUDA0"), ("bytes", "151851674624"), ("purpose", "weights")),
    ),
    RealLog(
        f"{OLLAMA}#6860",
        """llama_new_context_with_model: pipeline parallelism enabled (n_copies=4)
ggml_backend_cuda_buffer_type_alloc_buffer: allocating 144.00 MiB on device 4: cudaMalloc failed: out of memory
ggml_gallocr_reserve_n: failed to allocate CUDA4 buffer of size 150995968
llama_new_context_with_model: failed to allocate compute buffers""",
        Kind.OUT_OF_GPU_MEMORY,
        "CUDA4 had no room for the compute buffers, 144 MiB",
        (("device", "CUDA4"), ("purpose", "compute")),
    ),
    RealLog(
        "ikawrakow/ik_llama.cpp#749",
        """ggml_backend_cuda_buffer_type_alloc_buffer: allocating 279356.51 MiB on device 0: cudaMalloc failed: out of memory
ggml_gallocr_reserve_n: failed to allocate CUDA0 buffer of size 292926534144""",
        Kind.OUT_OF_GPU_MEMORY,
        "272.8 GiB",
    ),
    RealLog(
        f"{LLAMA}#15256",
        """ggml_vulkan: Device memory allocation of size 118497280 failed.
ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory
double free or corruption (out)""",
        Kind.OUT_OF_GPU_MEMORY,
        "113 MiB",
        (("bytes", "118497280"),),
    ),
    RealLog(
        f"{LLAMA}#9701",
        """ggml_metal_graph_compute: command buffer 0 failed with status 5
error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)""",
        Kind.OUT_OF_GPU_MEMORY,
        "used up while it computed",
    ),
    RealLog(
        f"{LLAMA}#8101",
        """llama_new_context_with_model: n_ctx      = 1048576
ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 137438953504
llama_kv_cache_init: failed to allocate buffer for kv cache
llama_new_context_with_model: llama_kv_cache_init() failed for self-attention cache""",
        Kind.CONTEXT_TOO_LARGE,
        "main memory had no room for the KV cache, 128.0 GiB",
        (("purpose", "kv-cache"),),
    ),
    RealLog(
        f"{OLLAMA}#15546",
        """llama_model_load: error loading model: error loading model architecture: unknown model architecture: 'gemma4'
llama_model_load_from_file_impl: failed to load model""",
        Kind.UNKNOWN_ARCHITECTURE,
        "gemma4",
        (("architecture", "gemma4"),),
    ),
    RealLog(
        "meta-llama/llama-models#496",
        "Error: 500 Internal Server Error: llama-server process has terminated: exit status 1: error loading model: "
        "unknown model architecture: 'mllama'",
        Kind.UNKNOWN_ARCHITECTURE,
        "mllama",
    ),
    RealLog(
        f"{LLAMA}#28050",
        """0.00.151.204 E llama_model_load: error loading model: unknown model architecture: ''
0.00.151.211 E llama_model_load_from_file_impl: failed to load model""",
        Kind.UNKNOWN_ARCHITECTURE,
        "architecture",
    ),
    RealLog(
        f"{LLAMA}#11975",
        """gguf_init_from_file_impl: tensor 'blk.25.ffn_down.weight' has invalid ggml type 42 (NONE)
gguf_init_from_file_impl: failed to read tensor info
llama_model_load: error loading model: llama_model_loader: failed to load model from /mnt/model/x.gguf""",
        Kind.ENGINE_TOO_OLD,
        "ggml type 42",
        (("tensor", "blk.25.ffn_down.weight"),),
    ),
    RealLog(
        f"{LLAMA}#3905",
        "gguf_init_from_file: invalid magic characters tjgg9☺.",
        Kind.FILE_DAMAGED,
        "begins with tjgg9",
    ),
    RealLog(
        "moly-ai/moly-local#13",
        "llama_model_load: error loading model: tensor 'blk.3.attn_qkv.weight' data is not within the file bounds, "
        "model is corrupted or incomplete",
        Kind.FILE_DAMAGED,
        "ends before blk.3.attn_qkv.weight",
    ),
    RealLog(
        "mozilla-ai/llamafile#219",
        """error loading model: create_tensor: tensor 'blk.0.attn_qkv.weight' not found
llama_load_model_from_file: failed to load model""",
        Kind.FILE_DAMAGED,
        "no tensor blk.0.attn_qkv.weight",
    ),
    RealLog(
        f"{LLAMA}#10378",
        """llama_new_context_with_model: V cache quantization requires flash_attn
common_init_from_params: failed to create context with model '/home/x.guff'
main: error: unable to load model""",
        Kind.FLASH_ATTENTION_NEEDED,
        "needs flash attention",
    ),
    RealLog(
        f"{LLAMA}#28524",
        "failed to initialize the context: quantized V cache was requested, but this requires Flash Attention",
        Kind.FLASH_ATTENTION_NEEDED,
        "needs flash attention",
    ),
    RealLog(
        f"{OLLAMA}#15043",
        """llama_init_from_model: flash_attn is not compatible with Grok - forcing off
llama_init_from_model: V cache quantization requires flash_attn
panic: unable to create llama context""",
        Kind.FLASH_ATTENTION_NEEDED,
        "needs flash attention",
    ),
    RealLog(
        "neavo/OneClickLLAMA#10",
        "main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080",
        Kind.PORT_IN_USE,
        "port 8080",
        (("port", "8080"),),
    ),
    RealLog(
        "mozilla-ai/llamafile#96",
        "couldn't bind to server socket: hostname=33.206.101.72 port=8898",
        Kind.PORT_IN_USE,
        "port 8898",
    ),
    RealLog("ggml-org/llama.vim#36", "error: invalid argument: -hf", Kind.ENGINE_TOO_OLD, "option -hf"),
    RealLog("ggml-org/llama.vscode#37", "error: unknown argument: -hf", Kind.ENGINE_TOO_OLD, "option -hf"),
    RealLog(
        "oobabooga/textgen#7237",
        """error while handling argument "--flash-attn": error: unkown value for --flash-attn: '--numa'
usage:
-fa,   --flash-attn [on|off|auto]       set Flash Attention use""",
        Kind.ENGINE_TOO_OLD,
        "--flash-attn",
    ),
    RealLog(
        "ZengboJamesWang/Qwen3.5-35B-A3B-openclaw-dgx-spark#3",
        """opt/llama.cpp/ggml/src/ggml-cuda/ggml-cuda.cu:97: CUDA error
ggml_cuda_compute_forward: SCALE failed
CUDA error: no kernel image is available for execution on the device""",
        Kind.GPU_TOO_OLD,
        "without code for this GPU",
    ),
    RealLog(
        "agentscope-ai/QwenPaw#3211",
        "/app/working/local_models/bin/llama-server: /lib/aarch64-linux-gnu/libm.so.6: version `GLIBC_2.38' not found "
        "(required by /app/working/local_models/bin/llama-server)",
        Kind.LIBRARY_MISSING,
        "GLIBC_2.38",
    ),
    RealLog(
        f"{OLLAMA}#602",
        "error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory",
        Kind.LIBRARY_MISSING,
        "libcudart.so.12",
        (("library", "libcudart.so.12"),),
    ),
    RealLog(
        "abetlen/llama-cpp-python#1169",
        "Failed to load shared library 'llama_cpp/libllama.so': libcuda.so.1: cannot open shared object file: "
        "No such file or directory",
        Kind.LIBRARY_MISSING,
        "libcuda.so.1",
    ),
    RealLog(
        f"{OLLAMA}#516",
        "2023/09/26 23:40:47 llama.go:320: llama runner exited with error: signal: illegal instruction",
        Kind.ILLEGAL_INSTRUCTION,
        "processor instructions",
    ),
    RealLog(
        f"{VLLM}#2418",
        "ValueError: The model's max seq len (4096) is larger than the maximum number of tokens that can be stored in KV "
        "cache (3664). Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.",
        Kind.CONTEXT_TOO_LARGE,
        "room for 3664",
        (("tokens", "3664"),),
    ),
    RealLog(
        f"{VLLM}#34076",
        "(EngineCore_DP0 pid=1094) ValueError: To serve at least one request with the models's max seq len (262144), "
        "(24.0 GiB KV cache is needed, which is larger than the available KV cache memory (3.18 GiB). Based on the "
        "available memory, the estimated maximum model length is 34736. Try increasing `gpu_memory_utilization`",
        Kind.CONTEXT_TOO_LARGE,
        "262144 tokens needs 24.0 GiB",
        (("tokens", "34736"),),
    ),
    RealLog(
        f"{VLLM}#16118",
        "ERROR 04-05 01:12:55 [core.py:390] ValueError: To serve at least one request with the models's max seq len "
        "(1048576), (24.00 GiB KV cache is needed, which is larger than the available KV cache memory (9.97 GiB). Try",
        Kind.CONTEXT_TOO_LARGE,
        "9.97 GiB are left",
    ),
    RealLog(
        f"{VLLM}#10439",
        "vllm-1  | ERROR 11-18 18:07:28 engine.py:366] ValueError: No available memory for the cache blocks. Try "
        "increasing `gpu_memory_utilization` when initializing the engine.",
        Kind.OUT_OF_GPU_MEMORY,
        "no room for any cache",
    ),
    RealLog(
        f"{VLLM}#12030",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 11.53 GiB "
        "of which 187.75 MiB is free. Including non-PyTorch memory, this process has 11.",
        Kind.OUT_OF_GPU_MEMORY,
        "224.00 MiB",
        (("total", "11.53 GiB"), ("free", "187.75 MiB")),
    ),
    RealLog(
        f"{VLLM}#2652",
        "ValueError: Total number of attention heads (52) must be divisible by tensor parallel size (8).",
        Kind.HEADS_NOT_DIVISIBLE,
        "52 attention heads",
        (("heads", "52"), ("parts", "8")),
    ),
    RealLog(
        f"{VLLM}#4327",
        "ValueError: The quantization method fp8 is not supported for the current GPU. Minimum capability: 90. "
        "Current capability: 86",
        Kind.GPU_TOO_OLD,
        "needs compute capability 90, and this GPU has 86",
    ),
    RealLog(
        f"{VLLM}#22231",
        "ValueError: Model architectures ['Qwen3ForCausalLM'] are not supported for now. Supported architectures: "
        "['AquilaModel', 'AquilaForCausalLM']",
        Kind.UNKNOWN_ARCHITECTURE,
        "Qwen3ForCausalLM",
    ),
    RealLog(
        "sgl-project/sglang#4330",
        "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.",
        Kind.OUT_OF_GPU_MEMORY,
        "no room for any cache",
    ),
    RealLog(
        "madroidmaq/mlx-omni-server#59",
        "libc++abi: terminating due to uncaught exception of type std::runtime_error: [METAL] Command buffer execution "
        "failed: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
        Kind.OUT_OF_GPU_MEMORY,
        "used up",
    ),
    RealLog(
        "ml-explore/mlx-lm#2",
        "ERROR:root:Model type gemma3 not supported.",
        Kind.UNKNOWN_ARCHITECTURE,
        "gemma3",
    ),
    RealLog(
        f"{OLLAMA}#10920",
        "Error: model requires more system memory (164.8 GiB) than is available (13.4 GiB)",
        Kind.OUT_OF_MEMORY,
        "needs 164.8 GiB of main memory, and 13.4 GiB are free",
    ),
    RealLog(
        f"{OLLAMA}#9685",
        'time=2025-03-12T12:14:22.015Z level=ERROR source=sched.go:456 msg="error loading llama server" '
        'error="llama runner process has terminated: signal: killed"',
        Kind.KILLED_FOR_MEMORY,
        "killed the process that holds the model",
    ),
    # Printed by llama.cpp b11434 on Linux for files and settings that were made to fail (benchmarks/real_serve.py).
    RealLog(
        "llama.cpp b11434, a context of 40,000,000 tokens",
        """0.04.907.407 E ggml_aligned_malloc: insufficient memory (attempted to allocate 468750.00 MB)
0.04.907.436 E ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 491520000000
0.04.907.437 E ggml_backend_buft_alloc_buffer_n_default: failed to allocate CPU buffer of size 491520000000
0.04.947.902 E llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache""",
        Kind.CONTEXT_TOO_LARGE,
        "457.8 GiB",
    ),
    RealLog(
        "llama.cpp b11434, ulimit -v 600000",
        """0.00.334.261 E llama_model_load: error loading model: mmap failed: Cannot allocate memory
0.00.334.327 E llama_model_load_from_file_impl: failed to load model""",
        Kind.OUT_OF_MEMORY,
        "would not give the memory",
    ),
    RealLog(
        "llama.cpp b11434, ulimit -v 1200000",
        """0.00.490.905 E ggml_gallocr_reserve_n_impl: failed to allocate CPU buffer of size 72632352
0.00.490.906 E graph_reserve: failed to allocate compute buffers
0.00.498.120 E llama_init_from_model: failed to initialize the context: failed to allocate compute pp buffers""",
        Kind.OUT_OF_MEMORY,
        "the compute buffers, 69 MiB",
    ),
    RealLog(
        "llama.cpp b11434, a tensor renamed",
        "0.00.325.002 E llama_model_load: error loading model: check_tensor_dims: tensor 'blk.3.ffn_up.weight' not found",
        Kind.FILE_DAMAGED,
        "blk.3.ffn_up.weight",
    ),
    RealLog(
        "llama.cpp b11434, no such file",
        "0.00.003.494 E gguf_init_from_file: failed to open GGUF file 'nope.gguf' (No such file or directory)",
        Kind.FILE_MISSING,
        "No such file or directory",
    ),
)

CONCERNS = (
    RealLog(
        f"{LLAMA}#15946",
        """warning: no usable GPU found, --gpu-layers option will be ignored
warning: one possible reason is that llama.cpp was compiled without GPU support
main: HTTP server is listening, hostname: 127.0.0.1, port: 8002, http threads: 31""",
        Kind.NO_GPU,
        "sees no GPU",
    ),
    RealLog(
        f"{OLLAMA}#7666",
        "ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version",
        Kind.DRIVER_TOO_OLD,
        "CUDA driver version is insufficient",
    ),
    RealLog(
        f"{LLAMA}#9153",
        "warning: not compiled with GPU offload support, --gpu-layers option will be ignored",
        Kind.NO_GPU,
        "without any GPU backend",
    ),
)
