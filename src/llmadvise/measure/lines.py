"""Measurements as lines of JSON, and back."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import TypeVar

from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.measurement import (
    BandwidthMeasurement,
    DevicePart,
    KnownGpu,
    KnownMachine,
    Phase,
    SpeedMeasurement,
)
from llmadvise.measure.fields import MOST_BYTES, MOST_LAYERS, MOST_TOKENS, Fields

SPEED, BANDWIDTH = "llmadvise.measurement.speed/1", "llmadvise.measurement.bandwidth/1"
Measured = TypeVar("Measured", SpeedMeasurement, BandwidthMeasurement)
_ID_LETTERS = 10
_MOST_DEVICES = 64
_FASTEST_MEMORY = 1 << 46
_MOST_RATIO = 1e5


def with_id(item: Measured) -> Measured:
    """The measurement with the id that follows from all its other values: the same one twice is one."""
    return replace(item, id=sha256(line_of(replace(item, id="")).encode()).hexdigest()[:_ID_LETTERS])


def line_of(item: SpeedMeasurement | BandwidthMeasurement) -> str:
    """One line, without its end."""
    schema = SPEED if isinstance(item, SpeedMeasurement) else BANDWIDTH
    return json.dumps({"schema": schema, **_plain_fields(item)}, separators=(",", ":"), allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _plain_fields(value) if is_dataclass(value) else value


def _plain_fields(item: object) -> dict[str, object]:
    return {name: _plain(getattr(item, name)) for name in (field.name for field in fields(item))}  # type: ignore[arg-type]  # a record


def measurement_of(line: str) -> SpeedMeasurement | BandwidthMeasurement:
    """The measurement of a line. Raises ValueError, which says what is wrong, for any other text."""
    try:
        given = Fields(json.loads(line))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    match given.text("schema"):
        case schema if schema == SPEED:
            return _speed(given)
        case schema if schema == BANDWIDTH:
            return _bandwidth(given)
        case _:
            raise ValueError("of no known schema")


def _speed(given: Fields) -> SpeedMeasurement:
    return SpeedMeasurement(
        id=given.text("id"),
        date=given.text("date"),
        machine=_machine(given.inner("machine")),
        phase=Phase(given.text("phase")),
        rate=given.number("rate", least=1e-6),
        deviation=given.number_or_none("deviation"),
        tokens=given.count("tokens", MOST_TOKENS),
        depth=given.count("depth", MOST_TOKENS),
        batch_tokens=max(1, given.count("batch_tokens", MOST_TOKENS)),
        runtime=given.text("runtime"),
        model=given.text("model"),
        quantization=given.text_or_none("quantization"),
        speed_class=given.text_or_none("speed_class"),
        mixture=given.switch("mixture"),
        parts=tuple(_part(item) for item in given.objects("parts", _MOST_DEVICES)),
        build=given.text_or_none("build"),
        source=given.text("source"),
    )


def _part(given: Fields) -> DevicePart:
    return DevicePart(
        device=given.text("device"),
        backend=Backend(given.text("backend")),
        weight_bytes=given.count("weight_bytes", MOST_BYTES),
        kv_bytes=given.count("kv_bytes", MOST_BYTES),
        active_parameters=given.count("active_parameters", MOST_BYTES),
        layers=given.count("layers", MOST_LAYERS),
        kv_bytes_per_token=given.number("kv_bytes_per_token", most=float(MOST_BYTES)),
        expert_bytes=given.count("expert_bytes", MOST_BYTES),
        expert_ratio=given.number("expert_ratio", least=1.0, most=_MOST_RATIO),
    )


def _bandwidth(given: Fields) -> BandwidthMeasurement:
    return BandwidthMeasurement(
        id=given.text("id"),
        date=given.text("date"),
        machine=_machine(given.inner("machine")),
        rate=max(1, given.count("rate", _FASTEST_MEMORY)),
        median=max(1, given.count("median", _FASTEST_MEMORY)),
        threads=given.count("threads", MOST_LAYERS),
        bytes=given.count("bytes", MOST_BYTES),
        cache_bytes=given.count_or_none("cache_bytes", MOST_BYTES),
        method=given.text("method"),
    )


def _machine(given: Fields) -> KnownMachine:
    return KnownMachine(
        platform=Platform(given.text("platform")),
        cpu=given.text_or_none("cpu"),
        cores=given.count_or_none("cores", MOST_LAYERS),
        ram_bytes=given.count_or_none("ram_bytes", MOST_BYTES),
        gpus=tuple(
            KnownGpu(
                vendor=gpu.text("vendor"),
                name=gpu.text("name"),
                memory_bytes=gpu.count_or_none("memory_bytes", MOST_BYTES),
            )
            for gpu in given.objects("gpus", _MOST_DEVICES)
        ),
    )
