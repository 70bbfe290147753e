"""Which reader takes which file, by its name."""

from __future__ import annotations

from llmadvise.checkout.readers.assigned import read_dockerfile, read_lines, read_make, read_modelfile, read_shell
from llmadvise.checkout.readers.json import read_json
from llmadvise.checkout.readers.lexed import read_hashed, read_slashed
from llmadvise.checkout.readers.markdown import read_front_matter, read_markdown
from llmadvise.checkout.readers.notebook import read_notebook
from llmadvise.checkout.readers.python import read_python
from llmadvise.checkout.readers.source import Reader
from llmadvise.checkout.readers.yaml import read_yaml

READERS: tuple[tuple[Reader, tuple[str, ...]], ...] = (
    (read_python, (".py", ".pyi", ".pyw")),
    (read_notebook, (".ipynb",)),
    (read_yaml, (".yaml", ".yml")),
    (read_json, (".json", ".jsonc", ".json5", ".webmanifest")),
    (read_lines, (".toml", ".ini", ".cfg", ".conf", ".properties", ".tf", ".tfvars", ".hcl", ".tpl", ".env")),
    (read_shell, (".sh", ".bash", ".zsh", ".ksh", ".fish", ".ps1", ".bat", ".cmd", ".slurm", ".sbatch")),
    (read_make, (".mk",)),
    (read_slashed, (".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts", ".go", ".rs", ".java", ".kt", ".kts", ".scala", ".swift", ".cs", ".cpp", ".cc", ".c", ".h", ".hpp", ".dart", ".vue", ".svelte", ".php", ".groovy", ".zig")),
    (read_hashed, (".rb", ".r", ".jl", ".ex", ".exs", ".nix", ".bzl", ".bazel", ".lua", ".pl")),
)  # fmt: skip


def reader_of(name: str, *, markdown: bool) -> Reader | None:  # noqa: PLR0911 - one case a form, flat on purpose
    """The reader for a file of this name; None: files of this kind name no models."""
    lower = name.lower()
    if lower.startswith(("modelfile", "ollamafile")) or lower.endswith(".modelfile"):
        return read_modelfile
    if lower.startswith(("dockerfile", "containerfile")) or lower.endswith((".dockerfile", ".containerfile")):
        return read_dockerfile
    if lower.startswith(".env") or lower in ("env.example", "env.sample", "example.env", "env.template", "dotenv"):
        return read_lines
    if lower in ("makefile", "gnumakefile", "justfile"):
        return read_make
    if lower == "jenkinsfile":
        return read_slashed
    if lower.endswith((".md", ".mdx", ".markdown", ".mdc", ".qmd")):
        return read_markdown if markdown else read_front_matter
    for reader, endings in READERS:
        if lower.endswith(endings):
            return reader
    return None
