"""Names of files and folders, of which only the last part says which model they are."""

from __future__ import annotations

from llmadvise.checkout.judged import Judged, alias, no_model
from llmadvise.checkout.known_names import OTHER_FILES

WEIGHTS = (
    ".gguf",
    ".ggml",
    ".safetensors",
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".onnx",
    ".tflite",
    ".llamafile",
    ".model",
    ".task",
)
PATH_STARTS = frozenset(
    [
        "models",
        "model",
        "checkpoints",
        "checkpoint",
        "outputs",
        "output",
        "data",
        "weights",
        "ckpt",
        "ckpts",
        "results",
        "runs",
        "tmp",
        "mnt",
        "home",
        "usr",
        "opt",
        "var",
        "local",
        "app",
        "src",
        "workspace",
        "content",
        "root",
        "out",
        "saved",
        "saved_models",
        "pretrained",
        "cache",
        "artifacts",
        "assets",
        "static",
        "log",
        "logs",
        "wandb",
        "jobs",
        "reports",
        ".",
        "..",
    ]
)
"""First parts of paths that are no publisher."""


def file_of(value: str) -> Judged | None:
    """A file of weights by its name; None: a pattern of names."""
    name = value.replace("\\", "/").rpartition("/")[2].rpartition(":")[2]
    if "*" in name or name == ".gguf" or name.startswith("-"):
        return None
    return alias(f"file:{name}", 0.8)


def path_of(value: str) -> Judged | None:
    """A folder or a file of one's own; None: no weights."""
    if value.endswith(".gguf"):
        return file_of(value)
    name = value.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if value.startswith(("/path/to", "path/to", "./path/to")):
        return no_model("a placeholder")
    if not name or name.lower().endswith(OTHER_FILES) or name.lower() in PATH_STARTS or "*" in name:
        return None
    return alias(f"local:{name}", 0.4)
