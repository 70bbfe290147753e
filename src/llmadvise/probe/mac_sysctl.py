"""The values of sysctl by macOS' C library, without starting a program."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterable

_TEXTS = frozenset({"machdep.cpu.brand_string", "kern.osproductversion"})
_LONGEST = 256
_NUMBER_SIZES = frozenset({4, 8})


def read_all(names: Iterable[str]) -> dict[str, str]:
    """Values by name; names that the system does not have are left out. Raises NotImplementedError elsewhere."""
    if sys.platform == "darwin":
        function = ctypes.CDLL("/usr/lib/libSystem.B.dylib").sysctlbyname
        function.restype = ctypes.c_int
        function.argtypes = (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        return read_names(names, function)
    raise NotImplementedError


def read_names(names: Iterable[str], function: Callable[..., int]) -> dict[str, str]:
    """The values that `function` gives, which is sysctlbyname: text, or a number of 4 or 8 bytes in this machine's order."""
    values: dict[str, str] = {}
    for name in names:
        buffer = ctypes.create_string_buffer(_LONGEST)
        size = ctypes.c_size_t(_LONGEST)
        if function(name.encode(), ctypes.addressof(buffer), ctypes.addressof(size), None, 0):
            continue
        raw = buffer.raw[: min(size.value, _LONGEST)]
        if name in _TEXTS:
            values[name] = raw.partition(b"\0")[0].decode("utf-8", "replace")
        elif len(raw) in _NUMBER_SIZES:
            values[name] = str(int.from_bytes(raw, sys.byteorder))
    return values
