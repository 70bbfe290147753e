"""Compiles the catalog into the wheel, so that an installed llmadvise starts without reading YAML."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogBuildHook(BuildHookInterface[Any]):
    """Puts `llmadvise/catalog/compiled.jsonl` into the wheel; nothing is written into the sources."""

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
        finally:
            sys.path.remove(str(root / "src"))
        self._scratch = tempfile.TemporaryDirectory(prefix="llmadvise-build-")
        compiled = Path(self._scratch.name) / COMPILED_NAME
        compiled.write_bytes(content)
        build_data["force_include"][str(compiled)] = f"llmadvise/catalog/{COMPILED_NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hook
        """Remove the compiled file once it is in the wheel."""
        if self._scratch is not None:
            self._scratch.cleanup()
