"""Which reader takes which file, by its name; a reader is imported when the first of its files is met."""

from __future__ import annotations

from functools import cache

from llmadvise.checkout.readers.source import Reader

_ENDINGS: dict[str, tuple[str, ...]] = {
    "python": (".py", ".pyi", ".pyw"),
    "notebook": (".ipynb",),
    "yaml": (".yaml", ".yml"),
    "json": (".json", ".jsonc", ".json5", ".webmanifest"),
    "lines": (".toml", ".ini", ".cfg", ".conf", ".properties", ".tpl", ".env"),
    "shell": (".sh", ".bash", ".zsh", ".ksh", ".fish", ".ps1", ".bat", ".cmd", ".slurm", ".sbatch"),
    "make": (".mk",),
    "hcl": (".tf", ".tfvars", ".hcl", ".nomad"),
    "slashed": (".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts", ".go", ".rs", ".java", ".kt", ".kts", ".scala", ".swift", ".cs", ".cpp", ".cc", ".c", ".h", ".hpp", ".dart", ".vue", ".svelte", ".php", ".groovy", ".zig"),
    "hashed": (".rb", ".r", ".jl", ".ex", ".exs", ".nix", ".bzl", ".bazel", ".lua", ".pl", ".pbtxt", ".textproto"),
    "modelfile": (".modelfile",),
    "dockerfile": (".dockerfile", ".containerfile"),
    "livebook": (".livemd", ".rmd"),
    "markup": (".html", ".htm", ".xhtml", ".xml", ".plist"),
    "restructured": (".rst", ".rest"),
    "asciidoc": (".adoc", ".asciidoc"),
    "markdown": (".md", ".mdx", ".markdown", ".mdc", ".qmd"),
}  # fmt: skip
_KINDS = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings}
_DOCUMENTS = frozenset(("markdown", "restructured", "asciidoc"))
"""Kinds that are prose, with blocks of code in it."""
_TEMPLATES = (".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".default", ".j2", ".jinja", ".jinja2", ".gotmpl")  # fmt: skip
"""Endings of files from which another is made, of the kind that the rest of the name says."""
_STARTS = {"modelfile": "modelfile", "ollamafile": "modelfile", "dockerfile": "dockerfile", "containerfile": "dockerfile", ".env": "lines"}  # fmt: skip
_NAMES = {"env.example": "lines", "env.sample": "lines", "example.env": "lines", "env.template": "lines", "dotenv": "lines", "makefile": "make", "gnumakefile": "make", "justfile": "make", ".justfile": "make", "jenkinsfile": "slashed", "procfile": "lines"}  # fmt: skip


def reader_of(name: str, *, markdown: bool) -> Reader | None:
    """The reader for a file of this name; None: files of this kind name no models."""
    lower = name.lower()
    made = next((lower.removesuffix(end) for end in _TEMPLATES if lower.endswith(end)), lower)
    lower = made if _kind(made) is not None else lower
    kind = _kind(lower)
    if kind in _DOCUMENTS and not markdown:
        kind = "front matter" if kind == "markdown" else None
    return _reader(kind) if kind is not None else None


def _kind(lower: str) -> str | None:
    """The kind of a file, by its name in small letters."""
    ending = _KINDS.get(lower[lower.rfind(".") :] if "." in lower else "")
    start, started = next(((start, kind) for start, kind in _STARTS.items() if lower.startswith(start)), ("", None))
    # `Dockerfile.go` is one for Go; `dockerfile_writer.py` and `modelfile.ts` are programs about such files.
    program = ending is not None and (started == "modelfile" or not lower.startswith(f"{start}."))
    return _NAMES.get(lower) or (ending if started is None or program else started)


@cache
def _reader(kind: str) -> Reader:
    if kind in ("slashed", "hashed", "hcl"):
        from llmadvise.checkout.readers import lexed  # noqa: PLC0415 - each only where there is such a file

        return {"slashed": lexed.read_slashed, "hashed": lexed.read_hashed, "hcl": lexed.read_hcl}[kind]
    if kind == "make":
        from llmadvise.checkout.readers.make import read_make  # noqa: PLC0415 - as above

        return read_make
    if kind in ("markdown", "livebook", "front matter"):
        from llmadvise.checkout.readers import markdown  # noqa: PLC0415 - as above

        return markdown.read_front_matter if kind == "front matter" else markdown.read_markdown
    if kind == "markup":
        from llmadvise.checkout.readers.markup import read_markup  # noqa: PLC0415 - as above

        return read_markup
    if kind in _DOCUMENTS:
        from llmadvise.checkout.readers import restructured  # noqa: PLC0415 - as above

        return restructured.read_asciidoc if kind == "asciidoc" else restructured.read_restructured
    return _parsed(kind) if kind in ("python", "notebook", "yaml", "json") else _assigned(kind)


def _assigned(kind: str) -> Reader:
    from llmadvise.checkout.readers import assigned  # noqa: PLC0415 - as above

    return {
        "lines": assigned.read_lines,
        "shell": assigned.read_shell,
        "modelfile": assigned.read_modelfile,
        "dockerfile": assigned.read_dockerfile,
    }[kind]


def _parsed(kind: str) -> Reader:
    if kind == "python":
        from llmadvise.checkout.readers.python import read_python  # noqa: PLC0415 - as above

        return read_python
    if kind == "notebook":
        from llmadvise.checkout.readers.notebook import read_notebook  # noqa: PLC0415 - as above

        return read_notebook
    if kind == "yaml":
        from llmadvise.checkout.readers.yaml import read_yaml  # noqa: PLC0415 - as above

        return read_yaml
    from llmadvise.checkout.readers.json import read_json  # noqa: PLC0415 - as above

    return read_json
