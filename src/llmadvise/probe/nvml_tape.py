"""Keeps the calls to NVIDIA's library with their answers as plain values, and plays them back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

_STRUCTURE = ("total", "free", "used", "reserved", "pciDeviceId", "busId", "multiprocessorCount", "memorySizeMB")
_MOST_CALLS = 20_000


class TapedLibrary:
    """A library whose every call is kept: devices are written as `device 0` and `device 0 slice 1`."""

    def __init__(self, library: object) -> None:
        self._library = library
        self._handles: list[tuple[object, str]] = []
        self._known: dict[tuple[str, str], object] = {}
        self.calls: list[dict[str, object]] = []

    def __getattr__(self, name: str) -> object:
        found = getattr(self._library, name)
        if not callable(found):
            self.calls.append({"call": name, "arguments": [], "value": found if isinstance(found, int) else None})
            return found
        return lambda *arguments: self._call(name, found, arguments)

    def _call(self, name: str, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
        labels = [self._label(argument) for argument in arguments]
        if (name, str(labels)) in self._known:
            return self._known[name, str(labels)]
        entry: dict[str, object] = {"call": name, "arguments": labels}
        if len(self.calls) < _MOST_CALLS:
            self.calls.append(entry)
        try:
            answer = function(*arguments)
        except Exception as error:
            entry["error"] = type(error).__name__
            raise
        entry["answer"] = self._plain(name, arguments, answer)
        self._known[name, str(labels)] = answer
        return answer

    def _plain(self, name: str, arguments: tuple[object, ...], answer: object) -> object:
        if "HandleBy" in name:
            part = (
                f"device {arguments[-1]}"
                if len(arguments) == 1
                else f"{self._label(arguments[0])} slice {arguments[1]}"
            )
            self._handles.append((answer, part))
            return part
        return _plain(answer)

    def _label(self, argument: object) -> object:
        for handle, label in self._handles:
            if handle is argument:
                return label
        return argument if isinstance(argument, int | str) else None


def _plain(answer: object) -> object:
    if isinstance(answer, bytes):
        return answer.decode("utf-8", "replace")
    if answer is None or isinstance(answer, str | int | float | bool):
        return answer
    if isinstance(answer, list | tuple):
        return [_plain(item) for item in answer]
    return {name: _plain(getattr(answer, name)) for name in _STRUCTURE if hasattr(answer, name)}


class PlayedLibrary:
    """Answers as the tape does: the same call with the same arguments, else the error for what is not supported.

    Tapes of other hands are read too: a list of calls with `call`, `function` or `name`, their `arguments` or `args`
    and an `answer`, `result`, `return` or `value`; or an object with the functions' names as keys (with the device's number in
    brackets), and a list `devices` of such objects.
    """

    def __init__(self, tape: object) -> None:
        self._answers: dict[tuple[str, tuple[str, ...]], object] = {}
        self._read(tape)

    def _read(self, tape: object) -> None:
        if isinstance(tape, dict):
            inner = tape.get("calls")
            if isinstance(inner, list | dict):
                self._read(inner)
            self._read_object(tape)
        entries = tape if isinstance(tape, list) else []
        for entry in entries[:_MOST_CALLS]:
            if not isinstance(entry, dict):
                continue
            name = _first(entry, "call", "function", "name", "method")
            arguments = _first(entry, "arguments", "args", "params")
            if isinstance(name, str):
                given = arguments if isinstance(arguments, list) else [] if arguments is None else [arguments]
                self._keep(name, given, _outcome(entry))

    def _read_object(self, tape: dict[object, object]) -> None:
        for key, value in tape.items():
            name, _, rest = str(key).partition("(")
            if name.startswith("nvml"):
                texts = [part.strip().strip("'\"") for part in rest.rstrip(")").split(",") if part.strip()]
                self._keep(name, list(texts), _Raised.of(value))
        devices = tape.get("devices")
        for number, device in enumerate(devices if isinstance(devices, list) else ()):
            self._keep("nvmlDeviceGetHandleByIndex", [number], f"device {number}")
            self._answers.setdefault(("nvmlDeviceGetCount", ()), len(devices) if isinstance(devices, list) else 0)
            for key, value in device.items() if isinstance(device, dict) else ():
                self._keep(str(key), [f"device {number}"], _Raised.of(value))

    def _keep(self, name: str, arguments: list[object], answer: object) -> None:
        self._answers.setdefault((name, tuple(_argument(item) for item in arguments)), answer)

    def __getattr__(self, name: str) -> object:
        if not name.startswith("nvml"):
            raise AttributeError(name)
        if name == "nvmlMemory_v2":
            value = self._answers.get((name, ()))
            if not isinstance(value, int):
                raise AttributeError(name)
            return value
        return lambda *arguments: self._answer(name, arguments)

    def _answer(self, name: str, arguments: tuple[object, ...]) -> object:
        key = tuple(_argument(item) for item in arguments)
        if (name, key) not in self._answers and key:
            key = key[:1] if (name, key[:1]) in self._answers else key
        answer = self._answers.get((name, key), _MISSING)
        if answer is _MISSING and name in {"nvmlInit", "nvmlShutdown"}:
            return self._answers.get((f"{name}_v2", ()))
        if answer is _MISSING and name == "nvmlDeviceGetCount":
            return len([1 for known, _ in self._answers if known == "nvmlDeviceGetHandleByIndex"])
        if answer is _MISSING and name == "nvmlDeviceGetHandleByIndex":
            return f"device {arguments[0]}"
        if answer is _MISSING:
            raise _error("NVMLError_NotSupported")
        if isinstance(answer, _Raised):
            raise _error(answer.name)
        return SimpleNamespace(**{str(k): v for k, v in answer.items()}) if isinstance(answer, dict) else answer


_MISSING = object()


class _Raised:
    """An answer that is an error."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def of(cls, value: object) -> object:
        """The value, or the error that its text names."""
        text = value.get("error") if isinstance(value, dict) else value
        if isinstance(text, str) and text.startswith("NVMLError"):
            return cls(text.partition("(")[0].partition(":")[0])
        return value


def _first(entry: dict[object, object], *names: str) -> object:
    return next((entry[name] for name in names if name in entry), None)


def _outcome(entry: dict[object, object]) -> object:
    error = _first(entry, "error", "exception", "raises")
    if isinstance(error, str):
        return _Raised(error.partition("(")[0].partition(":")[0].strip() or "NVMLError")
    return _Raised.of(_first(entry, "answer", "result", "return", "returns", "value"))


def _argument(item: object) -> str:
    """Devices by their number alone, however they are written: `device 0`, `device:0`, `0`, `handle0`."""
    text = str(item).lower().replace("index", "").replace("handle", "").replace("device", "").replace("gpu", "")
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text).split())


def _error(name: str) -> Exception:
    """An error of a class of that name, as the binding makes them at run time."""
    kind: type[Exception] = type(name if name.isidentifier() else "NVMLError", (Exception,), {})
    return kind(name)
