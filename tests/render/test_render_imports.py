"""What writing JSON must never import, because its import costs more than the answer."""

from __future__ import annotations

import subprocess
import sys


def test_json_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "import llmadvise.render.documents.recommendation, llmadvise.render.formats\n"
        "print(*sorted({'rich', 'pydantic', 'yaml', 'typer', 'csv'} & sys.modules.keys()))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
