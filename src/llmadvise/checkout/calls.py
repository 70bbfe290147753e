"""Functions that take a model: what loads from the Hub, what talks to Ollama, builders, and what takes a data set."""

from __future__ import annotations

from llmadvise.checkout.places import Slot, slot_of_key, words_of

_HUB_CALLS = frozenset(
    [
        "from_pretrained",
        "SentenceTransformer",
        "CrossEncoder",
        "SparseEncoder",
        "snapshot_download",
        "hf_hub_download",
        "LLM",
        "AsyncLLM",
        "GPT4All",
        "HuggingFaceEmbeddings",
        "HuggingFaceEndpoint",
        "HuggingFacePipeline",
        "HuggingFaceEmbedding",
        "HuggingFaceLLM",
        "WhisperModel",
        "FlagModel",
        "FlagReranker",
        "BGEM3FlagModel",
        "TextEmbedding",
        "Llama",
        "InferenceClient",
        "AsyncInferenceClient",
        "AutoPipelineForText2Image",
        "hf_download",
        "load_model",
        "get_model",
        "AutoModel",
        "from_model_id",
        "from_huggingface",
        "HuggingFaceInferenceAPI",
        "HuggingFaceBgeEmbeddings",
        "HuggingFaceCrossEncoder",
        "TransformersModel",
        "get_peft_model",
        "AutoRound",
        "from_single_file",
        "load_lora_weights",
        "fromPretrained",
        "from_id",
        "hf_hub_url",
        "model_info",
        "SetFitModel",
        "RAGPretrainedModel",
        "VLLM",
        "HuggingFaceTextGenInference",
        "LateInteractionTextEmbedding",
        "SparseTextEmbedding",
        "ColBERT",
        "FlagLLMReranker",
        "NVIDIARerank",
        "HuggingfaceTransformers",
        "FastEmbedEmbeddings",
        "InfinityEmbeddings",
        "HuggingFaceModel",
        "from_hub",
        "from_repo",
        "loadModel",
    ]
)
_WRITES = frozenset(("push", "upload", "delete", "save", "move", "publish"))
_CHECKS = frozenset(("is", "has", "assert", "check", "validate", "delete", "remove", "unload", "print", "log", "to", "set", "test", "str", "encode", "tokenize", "normalize", "parse", "sanitize"))  # fmt: skip
_DATA_CALLS = frozenset(("load_dataset", "load_dataset_builder", "load_from_disk", "loadDataset"))
_DATA_WORDS = frozenset(("dataset", "datasets"))
_MODEL_WORDS = frozenset(("model", "models", "llm", "tokenizer"))
_FINDS = frozenset(("get", "load", "fetch", "download", "inspect"))
_OLLAMA_VERBS = frozenset(("pull", "push", "show", "run", "pull_model"))
_MAKERS = frozenset(("new", "builder", "with_revision", "create", "of", "from_repo", "build"))
_SETTERS = ("with_", "set_", "With", "with", "set", "Set")


def slot_of_call(name: str, dotted: str, position: int) -> Slot | None:
    """What the argument at a position of a call takes, by the name of the function."""
    if name in _DATA_CALLS or is_of_data(name):
        return Slot.DATA if position == 0 else None
    if name == "pipeline":
        return Slot.HUB if position == 1 else None
    if position > 0:
        return Slot.HUB if name == "from_pretrained" and position == 1 and "Peft" in dotted else None
    if "ollama" in dotted.lower():
        return _of_ollama(name)
    if name in _HUB_CALLS:
        return Slot.HUB
    return Slot.MODEL if _is_of_models(name, dotted) else None


def _is_of_models(name: str, dotted: str) -> bool:
    """Whether a function is named after a model that it makes or finds: `RewardModel`, `get_model`, `models.X`."""
    words = words_of(name)
    if not words or words[0] in _CHECKS:
        return False
    if words[-1] in ("path", "paths", "file", "dir", "folder"):
        return False
    if ".models." in f".{dotted}" and "." in dotted:
        return True
    if words[-1] == "factory" or words[0] == "init":
        words = words[1:] if words[0] == "init" else words[:-1]
        return slot_of_key("_".join(words)) is not None
    return (words[0] == "model" and name[0].isupper()) or slot_of_key(name) is not None


def is_of_data(name: str) -> bool:
    """Whether a function makes or finds a data set: `TextDataset`, `get_dataset_names`."""
    words = words_of(name)
    if "dataset" not in words or not _MODEL_WORDS.isdisjoint(words):
        return False
    return (name[0].isupper() and words[-1] == "dataset") or (words[0] in _FINDS and words[1] == "dataset")


def concerns_data(dotted: str) -> bool:
    """Whether a call belongs to a class or a module of data sets, so that a repository that it is given is one."""
    words = [word for part in dotted.split(".")[-2:] if part[:1].isupper() for word in words_of(part)]
    return not _DATA_WORDS.isdisjoint(words) and _MODEL_WORDS.isdisjoint(words)


def writes(name: str) -> bool:
    """Whether a function puts something there instead of taking it from there."""
    words = words_of(name)
    return bool(words) and (words[0] in _WRITES or words[:2] == ["create", "repo"])


def _of_ollama(name: str) -> Slot | None:
    """A verb of its client takes a tag; the client's class may take one, or something else."""
    if name in ("Client", "AsyncClient", "list", "ps"):
        return None
    return Slot.OLLAMA if name in _OLLAMA_VERBS else Slot.MODEL


def slot_of_builder(dotted: str, *, hub: bool) -> Slot | None:
    """What the first argument of a method takes in a language of builders: `.modelName(…)`, `ModelBuilder::new(…)`.

    `hub`: the file uses a client of the Hub, whose method is called `model`.
    """
    parts = [part for part in dotted.replace("::", ".").split(".") if part]
    if not parts or words_of(parts[-1])[-1:] in (["path"], ["file"], ["dir"]):
        return None
    name = parts[-1]
    if name in _MAKERS and len(parts) > 1:
        name = parts[-2]
        return Slot.HUB if name.endswith(("ModelBuilder", "ModelLoader")) or (hub and name == "Repo") else None
    if hub and name in ("model", "get_model"):
        return Slot.HUB
    bare = next((name.removeprefix(start) for start in _SETTERS if name.startswith(start)), name)
    slot = slot_of_key(bare)
    return Slot.MODEL if slot is Slot.HUB else slot
