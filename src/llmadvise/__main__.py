"""`python -m llmadvise`."""

from __future__ import annotations

from llmadvise.cli.app import main

if __name__ == "__main__":
    main()
