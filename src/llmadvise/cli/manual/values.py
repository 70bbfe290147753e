"""What options and arguments may be given, for shells to offer: closed lists, and ids of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from llmadvise.cli.manual.commands import Command, Parameter
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.recipe import Form

Words = Callable[[Catalog], tuple[str, ...]]

FILES: Final = frozenset({"fleet", "take"})
"""Parameters that take a file or a folder, and something else beside; those that take nothing else say PATH."""
SHELLS: Final = ("bash", "zsh", "fish", "powershell")


def _models(catalog: Catalog) -> tuple[str, ...]:
    return tuple(catalog.models)


def _machines(catalog: Catalog) -> tuple[str, ...]:
    return (*catalog.machines, *catalog.gpus)


_BY_NAME: Final[Mapping[str, Words]] = {
    "use_case": lambda catalog: tuple(catalog.profiles),
    "runtime": lambda catalog: tuple(catalog.runtimes),
    "family": lambda catalog: tuple(sorted({model.family.lower() for model in catalog.models.values()})),
    "model_format": lambda catalog: tuple(
        sorted({name for item in catalog.runtimes.values() for name in item.formats})
    ),
    "kv_type": lambda catalog: tuple(sorted({name for item in catalog.runtimes.values() for name in item.kv_types})),
    "hardware": _machines,
    "gpu": lambda catalog: tuple(catalog.gpus),
    "model": _models,
    "models": _models,
    "target": _models,
    "license": lambda catalog: tuple(catalog.licenses),
    "license_": lambda catalog: tuple(catalog.licenses),
    "names": lambda catalog: tuple(catalog.licenses),
    "prefer": lambda _: ("quality", "speed", "memory", "context"),
    "flash_attention": lambda _: ("on", "off", "auto"),
    "split_mode": lambda _: ("none", "layer", "row"),
    "gpu_layers": lambda _: ("all",),
    "emit": lambda _: tuple(Form),
    "quantization": lambda catalog: tuple(catalog.quantizations),
    "show_completion": lambda _: SHELLS,
    "install_completion": lambda _: SHELLS,
}


def values_of(command: Command, item: Parameter, catalog: Catalog) -> tuple[str, ...]:
    """What may stand there; empty where it is free text or a file."""
    if item.takes is None:
        return ()
    if item.name == "format_":
        return command.formats
    if command.path == ("hardware",) and not item.flags:
        return ("list", "capture")
    if command.path == ("rules",) and not item.flags:
        return ("show",)
    if command.path == ("schema",) and not item.flags:
        from llmadvise.api.schemas import schemas  # noqa: PLC0415 - pydantic

        return tuple(entry.name for entry in schemas().schemas)
    known = _BY_NAME.get(item.name)
    return () if known is None else known(catalog)


def takes_file(item: Parameter) -> bool:
    """Whether a path may stand there."""
    return item.takes is not None and (item.takes == "PATH" or item.name in FILES)
