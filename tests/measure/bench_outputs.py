"""Output of real runs of llama-bench, as each of its forms prints it."""

from __future__ import annotations

from typing import Final

# llama-bench b11434 on qwen2-0.5b in Q8_0, two cores of a Xeon; fields and their order are the program's own.
JSON: Final = """[
  {
    "build_commit": "unknown", "build_number": 11434, "cpu_info": "Intel(R) Xeon(R) Processor", "gpu_info": "",
    "backends": "CPU", "model_filename": "/models/qwen2-0.5b-Q8_0.gguf", "model_type": "qwen2 1B Q8_0",
    "model_size": 525120000, "model_n_params": 494032768, "n_batch": 2048, "n_ubatch": 512, "n_threads": 2,
    "cpu_mask": "0x0", "cpu_strict": false, "poll": 50, "type_k": "f16", "type_v": "f16", "n_gpu_layers": -1,
    "n_cpu_moe": 0, "split_mode": "layer", "main_gpu": 0, "no_kv_offload": false, "flash_attn": -1, "devices": "auto",
    "tensor_split": "0.00", "tensor_buft_overrides": "none", "load_mode": "auto", "lazy_mode": "auto",
    "embeddings": false, "no_op_offload": 0, "no_host": false, "repack": true, "fit_target": 0, "fit_min_ctx": 0,
    "n_prompt": 512, "n_gen": 0, "n_depth": 0, "test_time": "2026-11-21T09:18:50Z", "avg_ns": 11468235923,
    "stddev_ns": 2075529952, "avg_ts": 91.753165, "stddev_ts": 2.053606,
    "samples_ns": [ 12935857227, 10000614619 ],
    "samples_ts": [ 90.89498, 92.7992 ]
  },
  {
    "build_commit": "unknown", "build_number": 11434, "cpu_info": "Intel(R) Xeon(R) Processor", "gpu_info": "",
    "backends": "CPU", "model_filename": "/models/qwen2-0.5b-Q8_0.gguf", "model_type": "qwen2 1B Q8_0",
    "model_size": 525120000, "model_n_params": 494032768, "n_batch": 2048, "n_ubatch": 512, "n_threads": 2,
    "n_gpu_layers": -1, "no_kv_offload": false, "flash_attn": -1, "tensor_split": "0.00",
    "tensor_buft_overrides": "none", "embeddings": false, "type_k": "f16", "type_v": "f16",
    "n_prompt": 0, "n_gen": 128, "n_depth": 0, "test_time": "2026-11-21T09:19:31Z",
    "avg_ns": 17074866342, "stddev_ns": 3312699360, "avg_ts": 27.663534, "stddev_ts": 0.034083,
    "samples_ns": [ 1, 2 ], "samples_ts": [ 27.62, 27.70 ]
  }
]
"""
# The example of its README (tools/llama-bench/README.md), April 2025.
CSV: Final = (
    "build_commit,build_number,cpu_info,gpu_info,backends,model_filename,model_type,model_size,model_n_params,n_batch,"
    "n_ubatch,n_threads,cpu_mask,cpu_strict,poll,type_k,type_v,n_gpu_layers,split_mode,main_gpu,no_kv_offload,"
    "flash_attn,tensor_split,use_mmap,embeddings,n_prompt,n_gen,n_depth,test_time,avg_ns,stddev_ns,avg_ts,stddev_ts\n"
    '"8cf427ff","5163","AMD Ryzen 7 7800X3D 8-Core Processor","NVIDIA GeForce RTX 4080","CUDA",'
    '"models/Qwen2.5-7B-Instruct-Q4_K_M.gguf","qwen2 7B Q4_K - Medium","4677120000","7615616512","2048","512","8",'
    '"0x0","0","50","f16","f16","99","layer","0","0","0","0.00","1","0","512","0","0","2025-04-24T11:57:09Z",'
    '"70285660","982040","7285.676949","100.064434"\n'
)
# The fields of builds before September 2024 (examples/llama-bench): a switch for each backend, no `backends`.
OLD: Final = """{"build_commit": "3469684", "build_number": 1275, "cuda": true, "opencl": false, "metal": false,
 "gpu_blas": true, "blas": true, "cpu_info": "13th Gen Intel(R) Core(TM) i9-13900K",
 "gpu_info": "NVIDIA GeForce RTX 3090 Ti", "model_filename": "models/7B/ggml-model-q4_0.gguf",
 "model_type": "llama 7B mostly Q4_0", "model_size": 3825065984, "model_n_params": 6738415616, "n_batch": 512,
 "n_threads": 16, "f16_kv": true, "n_gpu_layers": 99, "main_gpu": 0, "mul_mat_q": true, "low_vram": false,
 "tensor_split": "0.00", "n_prompt": 0, "n_gen": 128, "test_time": "2023-09-23T12:09:01Z", "avg_ns": 968371,
 "stddev_ns": 1, "avg_ts": 132.19, "stddev_ts": 0.55}"""
TABLE: Final = """ggml_cuda_init: found 1 CUDA devices:
  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes
| model                          |       size |     params | backend    | ngl | fa |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | --: | -: | --------------: | -------------------: |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |  1 |           pp512 |    11000.00 ± 120.00 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |  1 |           tg128 |        130.00 ± 0.20 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |  1 |   tg128 @ d8192 |        110.00 ± 0.40 |
| qwen3 8B Q4_K - Medium         |   4.68 GiB |     8.19 B | CUDA       |  99 |  1 |     pp512+tg128 |        500.00 ± 1.00 |

build: a8ca18b4 (6123)
"""
