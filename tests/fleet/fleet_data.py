"""Hardware documents to make fleets of."""

from __future__ import annotations

from typing import Any

GIB = 1 << 30


def machine(ram: int, gpu: str | None = None, count: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A hardware document with so many GiB of RAM."""
    return {
        "platform": "linux",
        "cpu": {"name": "AMD Ryzen 9 7950X"},
        "memory": {"total_bytes": ram * GIB},
        "gpus": [{"name": gpu}] * count if gpu else [],
        **more,
    }


DESKTOP, LAPTOP, SMALL = machine(64, "RTX 4090"), machine(16), machine(1)
FLEET = [DESKTOP, LAPTOP, DESKTOP, machine(32, "RTX 3060 12GB"), SMALL, DESKTOP]
