"""Compiles the catalog into the wheel, so that an installed llmadvise starts without reading YAML, and writes what other
programs read of it: the man page, and the words that shells complete.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _shared(compiled: bytes) -> dict[str, str]:
    """The man page and the completion scripts, by their place below the prefix of an installation."""
    from llmadvise.catalog.opened import open_compiled  # noqa: PLC0415 - importable by now
    from llmadvise.cli.manual.commands import commands  # noqa: PLC0415
    from llmadvise.cli.manual.completion import script  # noqa: PLC0415
    from llmadvise.cli.manual.man_page import man_page  # noqa: PLC0415

    told, catalog = commands(), open_compiled(compiled, "compiled")
    return {
        "share/man/man1/llmadvise.1": man_page(told),
        "share/bash-completion/completions/llmadvise": script("bash", told, catalog),
        "share/zsh/site-functions/_llmadvise": script("zsh", told, catalog),
        "share/fish/vendor_completions.d/llmadvise.fish": script("fish", told, catalog),
    }


class CatalogBuildHook(BuildHookInterface[Any]):
    """Puts `llmadvise/catalog/compiled.jsonl` and `share/` into the wheel; nothing is written into the sources."""

    PLUGIN_NAME = "custom"
    _scratch: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the install is editable: that one reads the YAML files of the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        sys.dont_write_bytecode = True
        try:
            from llmadvise.catalog.build import compile_catalog  # noqa: PLC0415 - importable from here on
            from llmadvise.catalog.load import COMPILED_NAME  # noqa: PLC0415

            content = compile_catalog(root / "catalog", "catalog")
            shared = _shared(content)
        finally:
            sys.path.remove(str(root / "src"))
        self._scratch = tempfile.TemporaryDirectory(prefix="llmadvise-build-")
        compiled = Path(self._scratch.name) / COMPILED_NAME
        compiled.write_bytes(content)
        build_data["force_include"][str(compiled)] = f"llmadvise/catalog/{COMPILED_NAME}"
        for place, text in shared.items():
            file = Path(self._scratch.name) / place.replace("/", "-")
            file.write_text(text, encoding="utf-8", newline="\n")
            build_data["shared_data"][str(file)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hook
        """Remove the compiled file once it is in the wheel."""
        if self._scratch is not None:
            self._scratch.cleanup()
