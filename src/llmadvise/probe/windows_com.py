"""Calls DXGI through its tables of functions (COM), with nothing but ctypes.

Places in the tables and identities: dxgi.h, dxgi1_4.h of the Windows SDK.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

_ENUM_ADAPTERS1, _GET_DESC1, _QUERY_MEMORY, _QUERY_INTERFACE, _RELEASE = 12, 10, 14, 0, 2
_FACTORY1 = "770aae78f26f4dbaa829253c83d1b387"
_ADAPTER3 = "645967a413924310a7988053ce3e93fd"
_LOCAL = 0
_MOST_ADAPTERS = 32
_FUNCTION: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
_Pointer = ctypes.c_void_p


class _Identity(ctypes.Structure):
    """GUID."""

    _fields_ = (
        ("first", ctypes.c_uint32),
        ("second", ctypes.c_uint16),
        ("third", ctypes.c_uint16),
        ("rest", ctypes.c_uint8 * 8),
    )

    @classmethod
    def of(cls, digits: str) -> _Identity:
        raw = bytes.fromhex(digits)
        numbers = (int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:6], "big"), int.from_bytes(raw[6:8], "big"))
        return cls(*numbers, (ctypes.c_uint8 * 8)(*raw[8:]))


class Description(ctypes.Structure):
    """DXGI_ADAPTER_DESC1; its text is UTF-16, whatever the width of wchar_t."""

    _fields_ = (
        ("description", ctypes.c_uint16 * 128), ("vendor_id", ctypes.c_uint32), ("device_id", ctypes.c_uint32),
        ("subsystem_id", ctypes.c_uint32), ("revision", ctypes.c_uint32), ("dedicated_video_memory", ctypes.c_size_t),
        ("dedicated_system_memory", ctypes.c_size_t), ("shared_system_memory", ctypes.c_size_t),
        ("luid_low", ctypes.c_uint32), ("luid_high", ctypes.c_int32), ("flags", ctypes.c_uint32),
    )  # fmt: skip


class VideoMemory(ctypes.Structure):
    """DXGI_QUERY_VIDEO_MEMORY_INFO."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("budget", "usage", "reservable", "reserved"))


def list_adapters(create_factory: Callable[..., int]) -> list[dict[str, object]]:
    """Every adapter that a factory lists; `create_factory` is CreateDXGIFactory1. Raises OSError where it fails."""
    factory = _Pointer()
    if create_factory(ctypes.byref(_Identity.of(_FACTORY1)), ctypes.byref(factory)) or factory.value is None:
        raise OSError("DXGI gives no factory")
    adapters: list[dict[str, object]] = []
    try:
        for number in range(_MOST_ADAPTERS):
            adapter = _Pointer()
            if _call(factory, _ENUM_ADAPTERS1, (ctypes.c_uint32, _Pointer), number, ctypes.addressof(adapter)):
                break
            try:
                adapters.append(_describe(adapter))
            finally:
                _call(adapter, _RELEASE, ())
    finally:
        _call(factory, _RELEASE, ())
    return adapters


def _describe(adapter: _Pointer) -> dict[str, object]:
    description = Description()
    if _call(adapter, _GET_DESC1, (_Pointer,), ctypes.addressof(description)):
        return {}
    text = bytes(description.description).decode("utf-16-le", "replace").partition("\0")[0]
    numbers = (
        "vendor_id", "device_id", "revision", "dedicated_video_memory", "dedicated_system_memory", "shared_system_memory",
        "flags",
    )  # fmt: skip
    values: dict[str, object] = {"description": text, **{name: int(getattr(description, name)) for name in numbers}}
    values["luid"] = (int(description.luid_high) << 32) + int(description.luid_low)
    values["budget"] = _budget(adapter)
    return values


def _budget(adapter: _Pointer) -> int | None:
    """What Windows grants of the memory on the card; None before Windows 10."""
    newer = _Pointer()
    identity = _Identity.of(_ADAPTER3)
    arguments = (ctypes.addressof(identity), ctypes.addressof(newer))
    if _call(adapter, _QUERY_INTERFACE, (_Pointer, _Pointer), *arguments) or newer.value is None:
        return None
    try:
        memory = VideoMemory()
        kinds = (ctypes.c_uint32, ctypes.c_uint32, _Pointer)
        if _call(newer, _QUERY_MEMORY, kinds, 0, _LOCAL, ctypes.addressof(memory)):
            return None
        return int(memory.budget)
    finally:
        _call(newer, _RELEASE, ())


def _call(thing: _Pointer, place: int, kinds: tuple[Any, ...], *arguments: int) -> int:
    """One function of an object's table; 0 is success."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.POINTER(_Pointer))).contents
    function = _FUNCTION(ctypes.c_int32, _Pointer, *kinds)(table[place])
    return int(function(thing, *arguments))
