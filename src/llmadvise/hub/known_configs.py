"""The defaults that configs leave unsaid, from the file beside this module (written by benchmarks/config_defaults.py)."""

from __future__ import annotations

import json
from importlib.resources import files

from llmadvise.engine.config_architecture.text_config import ConfigDefaults


def known_configs() -> ConfigDefaults:
    """Class defaults of transformers and class names of llama.cpp's converter."""
    table = json.loads(files("llmadvise.hub").joinpath("config_defaults.json").read_text(encoding="utf-8"))
    return ConfigDefaults(
        model_types=table["model_types"], llama_cpp=table["llama_cpp"], sources=tuple(table["sources"])
    )
