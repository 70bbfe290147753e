"""Speed formulas in the manner of two other advisors, given our bandwidths and file sizes, so that only the formula counts.

llmfit 1.1 (llmfit-core/src/fit.rs): bandwidth over active parameters at a nominal size for each quantization, x 0.55, x 0.5
where weights lie in RAM (0.8 for experts); CPU: a constant over the parameters x 0.3. Its fixed-part term for mixtures is left out.
whichllm 0.5 (engine/performance.py): bandwidth over bytes read x a factor for the quantization x one for the vendor, x 0.45 for
partial offload (0.85 where memory is shared), several GPUs x n x 0.7; CPU: 18 over billions of parameters.
"""

from __future__ import annotations

from llmadvise.domain.hardware import Backend
from speed_rows import Row

LLMFIT_BYTES = {"f16": 2.0, "q8": 1.0, "fp8": 1.0, "q56": 0.7, "q23": 0.3, "iq123": 0.3}
LLMFIT_CPU = {"x86_64": 70.0, "aarch64": 90.0}
WHICHLLM_CLASS = {
    "f16": 0.40, "q8": 0.45, "q56": 0.51, "q4": 0.55, "q23": 0.48, "iq4": 0.51, "iq123": 0.41,
}  # fmt: skip
WHICHLLM_VENDOR = {Backend.CUDA: 1.0, Backend.ROCM: 0.78, Backend.METAL: 0.82}
WHICHLLM_VENDOR_OF_VULKAN = {"nvidia": 1.0, "amd": 0.78, "apple": 0.82, "intel": 0.65}


def like_llmfit(row: Row) -> float:
    """Tokens a second as llmfit's formula has it."""
    billions = row.facts["active_parameters"] / 1e9
    size = LLMFIT_BYTES.get(row.speed_class or "", 0.5)
    device = row.traffic[0].device
    if device.backend is Backend.CPU:
        return LLMFIT_CPU[device.architecture or "x86_64"] / billions * (0.5 / size) * 0.3
    mode = (0.8 if row.mixture else 0.5) if row.group == "partial" else 1.0
    if row.facts["gpu_count"] > 1:
        mode *= 0.9
    return (device.memory_bandwidth or 0) / 1e9 / (billions * size) * 0.55 * mode


def like_whichllm(row: Row, vendors: dict[str, str]) -> float:
    """Tokens a second as whichllm's formula has it."""
    factor = WHICHLLM_CLASS.get(row.speed_class or "", 0.45)
    device, facts = row.traffic[0].device, row.facts
    if device.backend is Backend.CPU:
        return max(0.3, 18.0 / max(facts["active_parameters"] / 1e9, 0.5) * factor / 0.45)
    bandwidth = (device.memory_bandwidth or 0) / 1e9
    ratio = facts["active_parameters"] / facts["parameters"]
    if row.mixture:
        ratio = min(1.0, max(ratio, min(0.25, 0.05 * max(1.0, bandwidth / 256.0))))
    vendor = WHICHLLM_VENDOR.get(device.backend) or WHICHLLM_VENDOR_OF_VULKAN.get(
        vendors.get(device.architecture or "", ""), 0.7
    )
    speed = bandwidth * 1e9 / (facts["size_bytes"] * ratio) * factor * vendor
    if row.group == "partial":
        speed *= 0.85 if device.unified else 0.45
    return speed * facts["gpu_count"] * 0.7 if facts["gpu_count"] > 1 else speed
