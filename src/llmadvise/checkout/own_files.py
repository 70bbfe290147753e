"""The JSON files that the program keeps in a checkout, read strictly."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Final, TypeVar

from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import Document, show_path
from llmadvise.strict_yaml.validate import read_as

Kind = TypeVar("Kind")
_LARGEST: Final = 64 << 20


def read_json_as(kind: type[Kind], path: Path, hint: str) -> Kind:
    """The file's content as this record. Raises InvalidFileError that says what is wrong and where."""
    label = show_path(path)
    try:
        values = json.loads(_text(path, label, hint))
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise InvalidFileError(f"{label}:{line}: not valid JSON", hint) from error
    except RecursionError as error:
        raise InvalidFileError(f"{label}:1: nested too deep", hint) from error
    if not isinstance(values, dict):
        raise InvalidFileError(f"{label}:1: the file does not hold a JSON object", hint)
    return read_as(kind, values, Document(label, values, {}))


def _text(path: Path, label: str, hint: str) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise InvalidFileError(f"{label} is no regular file of at most {_LARGEST} bytes", hint)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidFileError(f"{label}: {error.strerror or 'cannot be read'}", hint) from error
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{label}:1: not UTF-8 text", hint) from error
