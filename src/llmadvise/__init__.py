"""Which local LLM to run on a machine, exactly how, and whether you may."""

from __future__ import annotations

__version__ = "0.1.0"
