"""Forms that public files showed after they had been labelled, each written anew. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan

FORMS = [
    ("a.py", 'OllamaClient()\nkwargs = {"model": "jina/small-en:latest"}\n', {"ollama:jina/small-en:latest"}),
    ("a.dart", "final e = OllamaEmbeddings(model: 'jina/small-en');\n", {"ollama:jina/small-en"}),
    ("a.dart", "final e = HubEmbeddings(model: 'jina/small-en'); // not ollama\n", {"jina/small-en"}),
    ("a.py", 'model: str = "default/not-specified"\nmodel_name = "foo/bar"\n', set()),
    (
        "a.ts",
        'import o from "ollama";\nconst EMBEDDING_MODELS: Record<string, ModelData> = {\n  "nomic-embed-text": { x: 1 },\n  "mistral": { x: 1 },\n};\n',
        {"ollama:nomic-embed-text"},
    ),
    (
        "a.ts",
        'import o from "ollama";\nconst MODEL_CONFIGS = new Map([["llama3.2", 1], ["mistral", 2]]);\n',
        {"ollama:llama3.2"},
    ),
    (
        "a.rs",
        'let t = Files { tokenizer: "openai/clip-vit-base-patch32/tokenizer.json".to_string() };\n',
        {"openai/clip-vit-base-patch32"},
    ),
    ("a.py", 'x = "google/protobuf-v3/any.proto"\ny = "facebook/react-16b/x.js"\n', set()),
    ("a.ts", 'const u = "https://huggingface.co/mlc-ai/tokenizer.model";\n', set()),
    (
        "a.yml",
        'runs:\n  steps:\n  - env:\n      OLLAMA_PULLS: ${{ inputs.models }}\n    run: |\n      for model in $OLLAMA_PULLS; do\n        ollama pull "$model"\n      done\n',
        set(),
    ),
    ("a.yaml", "checkpoint_dir: checkpoints/google/gemma-2b\nout_dir: out/google/gemma-2b\n", {"google/gemma-2b"}),
    ("a.yaml", "log_dir: logs/distilled-32b-to-4b\nwork_dir: acme/run-8b\nmodel_dir: Qwen/Qwen3-8B\n", {"Qwen/Qwen3-8B"}),
    ("a.py", 'x = "//"\ny = "github.com/openai/gpt-2"\n', set()),
    ("a.py", 'import ollama\nollama.create(model="example", from_="gemma3", system="x")\n', {"ollama:gemma3"}),
    ("a.py", 'llm = llm_factory("mistral", provider="ollama")\nb = llm_factory("gpt-4o")\n', {"ollama:mistral"}),
    ("a.py", 'init_chat_model("llama3", model_provider="ollama")\n', {"ollama:llama3"}),
    ("run.sh", "python t.py --mixer_list allenai/tulu-3-reused-8b 100 --seed 1\n", set()),
    ("run.sh", 'EVALS="allenai/Dolci-Code-7B 8 allenai/Dolci-IF-7B 8"\npython t.py --eval_list $EVALS\n', set()),
    ("run.sh", "python bench.py rows.json Qwen/Qwen3-8B --n 3\n", {"Qwen/Qwen3-8B"}),
    ("run.sh", "text-generation-server quantize acme/small /data/out\n", {"acme/small"}),
    ("run.sh", "mlc_llm chat HF://mlc-ai/Llama-3-8B-q4f16_1-MLC\n", {"mlc-ai/Llama-3-8B-q4f16_1-MLC"}),
    ("a.py", 'TABLE = {"default": 1, "acme/small": 2}\nif model_name in TABLE:\n    x = TABLE[model_name]\n', {"acme/small"}),
    ("a.py", 'TABLE = {"acme/small": 2}\nif user_name in TABLE:\n    x = TABLE[user_name]\n', set()),
    ("a.py", 'if args.model_id == "acme/small":\n    pass\nif path == "acme/large":\n    pass\n', {"acme/small"}),
    ("a.lua", '{ tokenizer = { repository = "myusername/myrepo" }, model = "yourorg/small" }\n', set()),
    ("a.ts", 'const t = `\nf(\n  repo_id="acme/rows",\n  repo_type="dataset",\n)\n`;\n', set()),
    ("a.ts", 'const t = `\nf(\n  repo_id="acme/small",\n  repo_type="model",\n)\n`;\n', {"acme/small"}),
    ("a.ts", 'm.value.startsWith("moonshotai/Kimi-K2.");\nconst model = "acme/small-";\n', set()),
    ("a.yaml", "source: oci://registry.ollama.ai/library/llama3:8b\nmodel: registry.ollama.ai/library/qwen3:8b\n", {"ollama:llama3:8b", "ollama:qwen3:8b"}),
    ("a.py", 'model = torch.hub.load("facebookresearch/dino:main", "dino_vits8")\n', set()),
    ("a.py", 'MODELS_DIR = "compiled"\nencoder_model_path = f"{MODELS_DIR}/encoder"\nload_model(encoder_model_path)\n', set()),
    ("a.py", 'ORG = "acme"\nmodel_id = f"{ORG}/small"\n', {"acme/small"}),
    ("a.yml", "env:\n  BASE: acme/small\n  LLM: ${{ env.BASE }}\nrun: vllm serve $LLM --x\n", {"acme/small"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_form_is_found(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    mentions = scan([tmp_path], ScanOptions()).mentions
    assert {item.model for item in mentions if item.model and not item.model.startswith("local:")} == expected


def test_markdown_that_a_notebook_writes_is_read_where_documents_are(tmp_path: Path) -> None:
    cell = '"%%writefile a.md\\n", "```python\\n", "LLM(\'acme/small\')\\n", "```\\n"'
    (tmp_path / "n.ipynb").write_text(f'{{"cells": [{{"cell_type": "code", "source": [{cell}]}}]}}', encoding="utf-8")
    assert [item.model for item in scan([tmp_path], ScanOptions(markdown=True)).mentions] == ["acme/small"]
    assert not scan([tmp_path], ScanOptions()).mentions
