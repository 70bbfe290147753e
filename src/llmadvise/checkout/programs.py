"""Programs and flags: which verbs and options take a model, which take something else."""

from __future__ import annotations

from llmadvise.checkout.places import Slot

VERBS: dict[str, tuple[tuple[str, ...], Slot]] = {
    "ollama": (("pull", "run", "show", "push"), Slot.OLLAMA),
    "vllm": (("serve",), Slot.HUB),
    "huggingface-cli": (("download",), Slot.HUB),
    "hf": (("download",), Slot.HUB),
    "docker": (("model",), Slot.MODEL),
    "litgpt": (("download", "chat", "serve", "finetune", "pretrain", "evaluate", "generate"), Slot.HUB),
    "transformers-cli": (("download",), Slot.HUB),
    "transformers": (("chat", "serve"), Slot.HUB),
    "ramalama": (("run", "serve", "pull", "chat", "bench"), Slot.MODEL),
    "lms": (("get", "load"), Slot.MODEL),
    "aphrodite": (("run",), Slot.HUB),
    "trtllm-serve": (("",), Slot.HUB),
    "lemonade-server": (("pull", "run"), Slot.MODEL),
    "modelscope": (("download",), Slot.HUB),
    "tabby": (("download",), Slot.MODEL),
    "text-generation-server": (("download-weights", "quantize", "serve"), Slot.HUB),
    "tune": (("download",), Slot.HUB),
    "openllm": (("serve", "run", "start"), Slot.MODEL),
    "lmdeploy": (("api_server", "chat"), Slot.HUB),
}
HUB_FLAGS = frozenset(("-hf", "-hfr", "--hf-repo", "-hfd", "-hfrd", "--hf-repo-draft", "-hfv", "-hfrv"))
BEFORE_PROGRAMS = frozenset(("sudo", "nohup", "exec", "env", "time", "$", "@"))
OF_DATA = frozenset(("data", "dataset", "datasets", "mixer", "mix", "mixture", "corpus"))
TAKES_TEXT = frozenset(("dir", "include", "exclude", "revision", "token", "file", "filename", "cache", "host", "url", "type"))  # fmt: skip
"""Last words of flags that never stand alone: what follows is theirs."""
SERVES = frozenset(("serve", "download", "launch_server", "chat"))
NOT_MODELS = frozenset(("python", "python3", "pip", "git", "docker", "mkdir", "uname", "sh", "bash", "chmod", "useradd", "install", "curl", "uv", "pytest", "kubectl", "grep", "make", "echo", "gcloud", "df", "free"))  # fmt: skip
NOT_SERVERS = (NOT_MODELS | VERBS.keys()) - {"python", "python3", "uv"}
