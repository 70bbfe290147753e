"""`python -m llmadvise`, and what the installed program starts with."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the program and exit with the documented code."""
    # A run is short and its values point one way: looking for cycles takes a twentieth of its time and frees nothing.
    gc.disable()
    from llmadvise.cli.app import main as run  # noqa: PLC0415 - imported without looking for cycles

    run()


if __name__ == "__main__":
    main()
