"""`python -m llmadvise`, and what the installed program starts with."""

from __future__ import annotations

import gc
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the program and exit with the documented code."""
    # A run is short and its values point one way: looking for cycles takes a twentieth of its time and frees nothing.
    gc.disable()
    try:
        from llmadvise.cli.app import main as run  # noqa: PLC0415 - imported without looking for cycles

        run()
    except KeyboardInterrupt:
        # Before or after the part that handles it: while modules are loaded, or on the way out.
        sys.exit(_INTERRUPTED)
    except MemoryError:
        sys.exit("Error: there is not enough memory to start.")


if __name__ == "__main__":
    main()
