"""Python: names, attributes, tables, parameters and calls followed to the texts that they hold. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import ReferenceState

FORMS = [
    ("a.py", 'rows = [("hf", "pretrained=acme/small,dtype=float32", 3)]\n', {"acme/small"}),
    ("a.py", 'AutoModel.from_pretrained("lewtun/my-awesome-setfit-model")\n', {"lewtun/my-awesome-setfit-model"}),
    ("a.py", 'model = "acme/my-model"\nAutoModel.from_pretrained("my-org/small")\n', set()),
    ("a.py", 'RowsDatasetMetadata.create(repo_id="acme/rows", root=root)\n', set()),
    ("a.py", 'RowsDataset("acme/rows-7b-chat")\nget_dataset_names("acme/rows-7b")\n', set()),
    ("a.py", 'RowsDataset(repo_id="acme/rows", tokenizer="acme/small")\n', {"acme/small"}),
    ("a.py", 'evaluate(model="hf", model_args="pretrained=acme/small,dtype=auto")\n', {"acme/small"}),
    ("a.py", 'pretrained_weights = "acme/small"\n', {"acme/small"}),
    ("a.json", '{"x": {"repo_id": "acme/small-gguf", "filename": "other.gguf"}}\n', {"acme/small-gguf"}),
    (
        "a.json",
        '{"a": {"repo_id": "acme/small"}, "b": {"filename": "other.gguf"}}\n',
        {"acme/small", "file:other.gguf"},
    ),
    ("a.py", 'Task(name="t", hf_repo="acme/rows", hf_subset="all", evaluation_splits=["test"])\n', set()),
    ("a.py", 'Card(repo_id="acme/rows", subset="x", base_model="acme/small")\n', {"acme/small"}),
    ("a.py", 'SentenceTransformer("stsb-distilbert-base")\n', {"sentence-transformers/stsb-distilbert-base"}),
    ("a.py", 'x.transformer("distilbert-base-uncased")\n', {"distilbert/distilbert-base-uncased"}),
    ("a.py", 'snapshot_download("acme/data", repo_type="dataset")\nmodel_id = "us-east-1/mistral.large-v1"\n', set()),
    (
        "a.py",
        'def f(path):\n    open(path)\ndef g(path):\n    LLM(path)\nf("acme/file")\ng("acme/small")\n',
        {"acme/small"},
    ),
    ("a.py", "x = y = x\ny = x\nLLM(x)\nLLM(T[T[T]])\nT = T\n", set()),
    ("a.py", 'name = "acme/small"\nAutoModel.from_pretrained(name)\n', {"acme/small"}),
    (
        "a.py",
        'if x:\n    name = "acme/small"\nelse:\n    name = "acme/large"\nAutoModel.from_pretrained(name)\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'class A:\n    def __init__(self):\n        self.which = "acme/small"\n    def go(self):\n        return AutoModel.from_pretrained(self.which)\n',
        {"acme/small"},
    ),
    ("a.py", 'class C:\n    WHICH = "acme/small"\nAutoModel.from_pretrained(C.WHICH)\n', {"acme/small"}),
    (
        "a.py",
        'T = {"a": "acme/small", "b": "acme/large"}\nAutoModel.from_pretrained(T[x])\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'T = {"a": "acme/small"}\nAutoModel.from_pretrained(T.get(x))\n', {"acme/small"}),
    ("a.py", 'T = {"a": {"hub": "acme/small", "n": 3}}\nLLM(T[x]["hub"])\n', {"acme/small"}),
    (
        "a.py",
        'for name in ["acme/small", "acme/large"]:\n    AutoModel.from_pretrained(name)\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'for name, size in [("acme/small", 3), ("acme/large", 4)]:\n    AutoModel.from_pretrained(name)\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'L = ["acme/small", "acme/large"]\nfor m in L:\n    snapshot_download(m)\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        '[SentenceTransformer(m) for m in ("acme/small", "acme/large")]\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'def load(which="acme/small"):\n    return AutoModel.from_pretrained(which)\n',
        {"acme/small"},
    ),
    (
        "a.py",
        'def load(which):\n    return AutoModel.from_pretrained(which)\nload("acme/small")\nload(which="acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'size = "7b"\nLLM(f"acme/small-{size}")\n', {"acme/small-7b"}),
    ("a.py", 'import os\nLLM(os.path.join("acme", "small"))\n', {"acme/small"}),
    ("a.py", 'LLM("acme/" + "small")\n', {"acme/small"}),
    ("a.py", 'O = "acme"\nLLM("{}/small".format(O))\n', {"acme/small"}),
    ("a.py", 'O = "acme"\nLLM("%s/small" % O)\n', {"acme/small"}),
    (
        "a.py",
        '@dataclass\nclass A:\n    model_name_or_path: str = field(default="acme/small", metadata={"help": "x"})\n',
        {"acme/small"},
    ),
    (
        "a.py",
        '@pytest.mark.parametrize("model", ["acme/small", "acme/large"])\ndef test_x(model): ...\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        '@pytest.mark.parametrize("model,n", [("acme/small", 1), ("acme/large", 2)])\ndef test_x(model, n): ...\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'cfg = dict(model="acme/small", tokenizer=dict(type=X, pretrained_model_name_or_path="acme/large"))\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'cfg = Config()\ncfg.model.name = "acme/small"\ncfg["tokenizer"] = "acme/large"\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'parser.add_argument("--model", choices=["acme/small", "acme/large"])\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'p.add_argument("-m", "--model_name", nargs="+", default=["acme/small"])\n', {"acme/small"}),
    (
        "a.py",
        'model = x if x else "acme/small"\nmodel = y or "acme/large"\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'MODEL: Final[str] = "acme/small"\n', {"acme/small"}),
    ("a.py", 'MODEL = Path("acme/small")\n', {"acme/small"}),
    ("a.py", 'MODEL = (\n    "acme/"\n    "small"\n)\n', {"acme/small"}),
    (
        "a.py",
        'from enum import Enum\nclass Models(str, Enum):\n    SMALL = "acme/small"\n    LARGE = "acme/large"\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'llm = dspy.LM("huggingface/acme/small")\n', {"acme/small"}),
    ("a.py", 'litellm.completion(model="ollama/llama3.2", messages=[])\n', {"ollama:llama3.2"}),
    ("a.py", 'litellm.completion(model="openai/acme/small")\n', set()),
    ("a.py", 'litellm.completion(model="together_ai/acme/small", m=1)\n', set()),
    (
        "a.py",
        'client = OpenAI(base_url="http://localhost:8000/v1")\nclient.chat.completions.create(model="acme/small")\n',
        {"acme/small"},
    ),
    ("a.py", 'requests.post(u, json={"model": "acme/small", "messages": []})\n', {"acme/small"}),
    ("a.py", 'subprocess.run(["ollama", "pull", "llama3.2"])\n', {"ollama:llama3.2"}),
    ("a.py", 'subprocess.Popen(["vllm", "serve", NAME])\nNAME = "acme/small"\n', {"acme/small"}),
    (
        "a.py",
        'cmd = ["python", "-m", "vllm.entrypoints.api_server", "--model", "acme/small"]\nrun(cmd)\n',
        {"acme/small"},
    ),
    (
        "a.py",
        'os.environ["MODEL_NAME"] = "acme/small"\nos.environ.setdefault("EMB_MODEL", "acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'r = AutoConfig.from_pretrained(pretrained_model_name_or_path="acme/small")\n',
        {"acme/small"},
    ),
    ("a.py", 'x = evaluate.load("acme/small")\ny = load_dataset("acme/large")\n', set()),
    ("a.py", 'whisper.load_model("base")\n', set()),
    (
        "a.py",
        'p = pipeline("summarization", "acme/small")\nq = pipeline(model="acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'DiffusionPipeline.from_pretrained("acme/small").load_lora_weights("acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'PeftModel.from_pretrained(base, "acme/small")\n', {"acme/small"}),
    ("a.py", 'ControlNetModel.from_pretrained("acme/small", torch_dtype=x)\n', {"acme/small"}),
    (
        "a.py",
        'timm.create_model("hf_hub:timm/resnet50.a1_in1k", pretrained=True)\n',
        {"timm/resnet50.a1_in1k"},
    ),
    (
        "a.py",
        'open_clip.create_model_and_transforms("hf-hub:laion/CLIP-ViT-B-32")\n',
        {"laion/CLIP-ViT-B-32"},
    ),
    ("a.py", 'ort = ORTModelForX.from_pretrained("acme/small", export=True)\n', {"acme/small"}),
    ("a.py", 'm = outlines.models.transformers("acme/small")\n', {"acme/small"}),
    (
        "a.py",
        'm = models.Transformers("acme/small")\nm2 = guidance.models.Transformers("acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'KeyBERT(model="all-MiniLM-L6-v2")\nBERTopic(embedding_model="acme/small")\n',
        {"acme/small", "sentence-transformers/all-MiniLM-L6-v2"},
    ),
    ("a.py", 'Settings.embed_model = "local:acme/small"\n', {"acme/small"}),
    ("a.py", 'm = resolve_embed_model("local:acme/small")\n', {"acme/small"}),
    ("a.py", 'x = HfApi().model_info("acme/small")\n', {"acme/small"}),
    ("a.py", 'push_to_hub("acme/small")\nmodel.push_to_hub("acme/large")\n', set()),
    ("a.py", 'api.create_repo("acme/small")\nupload_file(repo_id="acme/large")\n', set()),
    ("a.py", 'deploy("acme/small-7b-chat")\n', {"acme/small-7b-chat"}),
    ("a.py", 'x = ["acme/small-7b-chat", "acme/data-10k"]\n', {"acme/small-7b-chat"}),
    (
        "a.py",
        'image = modal.Image.debian_slim()\nMODEL_REVISION = "x"\nMODEL_NAME = "acme/small"\n',
        {"acme/small"},
    ),
    ("a.py", 'chat = ChatHuggingFace(llm=HuggingFaceEndpoint(repo_id="acme/small"))\n', {"acme/small"}),
    (
        "a.py",
        'Agent(model="ollama:llama3.2")\nAgent("huggingface:acme/small")\nAgent("openai:gpt-4o")\n',
        {"acme/small", "ollama:llama3.2"},
    ),
    (
        "a.py",
        'model = OllamaLLM(model="llama3.2")\nemb = OllamaEmbeddings(model="nomic-embed-text")\n',
        {"ollama:llama3.2", "ollama:nomic-embed-text"},
    ),
    (
        "a.py",
        'ollama.chat(model="llama3.2", messages=[])\nollama.embed("nomic-embed-text", "x")\n',
        {"ollama:llama3.2", "ollama:nomic-embed-text"},
    ),
    ("a.py", 'def f(model: str = "acme/small", *, tok: str | None = None): ...\n', {"acme/small"}),
    ("a.py", 'f = lambda model="acme/small": model\n', {"acme/small"}),
    ("a.py", 'x.model_id, y = "acme/small", 3\n', {"acme/small"}),
    ("a.py", 'a, model = 1, "acme/small"\n', {"acme/small"}),
    ("a.py", 'match k:\n    case "a":\n        model_id = "acme/small"\n', {"acme/small"}),
    (
        "a.py",
        'def get_model_name():\n    if a:\n        return "acme/small"\n    return "acme/large"\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'MODELS = [{"name": "acme/small", "ctx": 4}, {"name": "acme/large"}]\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'MODELS = [ModelInfo("acme/small", 4), ModelInfo(name="acme/large")]\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.py",
        'SUPPORTED_MODELS = {"acme/small": 4096, "acme/large": 8192}\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'MODEL_MAP = {"s": ("acme/small", 3), "l": ["acme/large"]}\n', {"acme/large", "acme/small"}),
    ("a.py", 'CKPTS = {"s": "acme/small"}\nBACKBONES = ["acme/large"]\n', {"acme/large", "acme/small"}),
    (
        "a.py",
        'backbone = "acme/small"\nreward_fn = RewardModel("acme/large")\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'vae = AutoencoderKL.from_pretrained("acme/small", subfolder="vae")\n', {"acme/small"}),
    ("a.py", 'st.selectbox("Model", ["acme/small", "acme/large"])\n', {"acme/large", "acme/small"}),
    (
        "a.py",
        'gr.Dropdown(choices=["acme/small", "acme/large"], label="Model")\n',
        {"acme/large", "acme/small"},
    ),
    ("a.py", 'x = cfg.get("model", "acme/small")\n', {"acme/small"}),
    ("a.py", 'x = typer.Option("acme/small", "--model")\n', {"acme/small"}),
    (
        "a.py",
        'def main(name: Annotated[str, typer.Option("--model")] = "acme/small"): ...\n',
        {"acme/small"},
    ),
    ("a.py", 'flags.DEFINE_string("model", "acme/small", "x")\n', {"acme/small"}),
    ("a.py", 'vllm_cmd = f"vllm serve {NAME} --port 1"\nNAME = "acme/small"\n', {"acme/small"}),
    (
        "a.py",
        'x = TEMPLATE.replace("MODEL", "acme/small")\nbranch = "feature/model-7b"\npath = "src/model-7b"\n',
        set(),
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_form_is_found(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    mentions = scan([tmp_path], ScanOptions()).mentions
    found = {item.model for item in mentions if item.model and item.state is not ReferenceState.NOT_A_MODEL}
    assert {name for name in found if not name.startswith("local:")} == expected
