"""Cross checks of a catalog: what no single file can show to be wrong."""

from __future__ import annotations
