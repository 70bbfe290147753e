"""Forms in which public repositories name models, each written anew: one line of input, one expectation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import Mention, ReferenceState


def mentions(folder: Path, name: str, text: str) -> tuple[Mention, ...]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return scan([folder], ScanOptions()).mentions


def notebook(*rows: str) -> str:
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": [f"{row}\n" for row in rows]}]}, indent=1, ensure_ascii=False
    )


FORMS = [
    ("compose.yml", "models:\n  chat:\n    model: ai/smollm2:360M-Q4_K_M\n", {"docker:ai/smollm2:360M-Q4_K_M"}),
    ("run.sh", "docker model pull ai/gemma3\n", {"docker:ai/gemma3"}),
    ("run.sh", "docker model run hf.co/acme/tiny-GGUF\n", {"acme/tiny-GGUF"}),
    ("isvc.yaml", "storageUri: oci://quay.io/acme/cars:granite-8b\n", {"oci:quay.io/acme/cars:granite-8b"}),
    ("model.yaml", "url: pvc://disk?model=qwen:0.5b\nengine: OLlama\n", {"ollama:qwen:0.5b"}),
    ("run.sh", 'curl localhost:11434/api/chat -d \'{"model": "llama3.2"}\'\n', {"ollama:llama3.2"}),
    ("run.sh", "python3 -c 'from x import y; y.from_pretrained(\"acme/small\")'\n", {"acme/small"}),
    ("run.sh", "cat <<EOF | kubectl apply -f -\nkind: M\nmodelId: acme/small\nEOF\n", {"acme/small"}),
    ("run.sh", "cat > app.py <<'EOF'\nLLM('acme/small')\nEOF\n", {"acme/small"}),
    ("run.sh", "cat <<EOF > Modelfile\nFROM qwen3:8b\nEOF\n", {"ollama:qwen3:8b"}),
    ("run.sh", "ssh host <<EOF\nollama pull qwen3:8b\nEOF\n", {"ollama:qwen3:8b"}),
    ("run.sh", 'FILES=( "a-7b-Q4_K_M.gguf" "b.gguf" )\n', {"file:a-7b-Q4_K_M.gguf", "file:b.gguf"}),
    ("run.sh", 'export VOICE="${DIR}/voice-Q8_0.gguf"\n', {"file:voice-Q8_0.gguf"}),
    ("run.sh", "python server.py serve acme/small --port 1\n", {"acme/small"}),
    ("Dockerfile", "FROM x\nRUN cd /w \\\n  && huggingface-cli download acme/small\n", {"acme/small"}),
    ("Makefile", "up:\n\tMODEL_NAME=acme/small \\\n\tserve\n", {"acme/small"}),
    ("main.tf", 'variable "model_id" {\n  type = string\n  default = "acme/small"\n}\n', {"acme/small"}),
    ("main.tf", 'environment = {\n  HF_MODEL_ID = "acme/small"\n}\n', {"acme/small"}),
    ("conf.toml", '[model]\nname = "acme/small"\n', {"acme/small"}),
    ("conf.toml", 'models = [\n  "acme/small",\n  "acme/large",\n]\n', {"acme/small", "acme/large"}),
    ("app.properties", "chat.options.model=${MODEL_NAME:acme/small}\n", {"acme/small"}),
    ("values.yaml", "ollama:\n  models:\n    pull:\n      - moondream\n", {"ollama:moondream"}),
    ("a.yaml", "x: &m acme/small\nmodel: *m\n", {"acme/small"}),
    ("a.rs", 'use hf_hub::Api;\nlet api = api.model("acme/small".to_string());\n', {"acme/small"}),
    ("a.rs", 'let m = TextModelBuilder::new("acme/small").build();\n', {"acme/small"}),
    ("a.java", 'Chat.builder().modelName("acme/small").build();\n', {"acme/small"}),
    ("a.cs", 'kernel.WithModel("acme/small");\n', {"acme/small"}),
    ("a.go", 'for _, m := range ids([]string{"gemma3:4b", "qwen3:8b"}) {\n', {"ollama:gemma3:4b", "ollama:qwen3:8b"}),
    ("a.ts", 'const models = [\n  "acme/small", // one\n  "acme/large",\n];\n', {"acme/small", "acme/large"}),
    ("OllamaTags.java", 'String LLAMA_3_1 = "llama3.1";\n', {"ollama:llama3.1"}),
    ("a.R", 'chat <- chat_huggingface(model = "acme/small")\n', {"acme/small"}),
    ("n.ipynb", notebook("!serve \\", "--model acme/small"), {"acme/small"}),
    ("n.ipynb", '    "model_id = \\"acme/small\\"\\n",\n', {"acme/small"}),
    ("a.py", 'import os\nM = os.getenv("X", "acme/small")\nAutoModel.from_pretrained(M)\n', {"acme/small"}),
    ("a.py", 'class C:\n    ANY = "acme/small"\nAutoModel.from_pretrained(C.ANY)\n', {"acme/small"}),
    ("a.py", 'AutoModel.from_pretrained("https://huggingface.co/acme/small/tree/v1")\n', {"acme/small"}),
    ("a.py", 'hf_hub_download(repo_id="acme/small-GGUF", filename="small.Q4_0.gguf")\n', {"acme/small-GGUF"}),
    ("a.py", 'X = """\\\nmodel: acme/small\n"""\n', {"acme/small"}),
    ("a.py", 'cmd = f"trl sft --model_name_or_path acme/small --out {x}"\n', {"acme/small"}),
    (
        "a.py",
        'register(models={"Phi 3": {Where.HUB: "microsoft/Phi-3-mini-4k-instruct"}})\n',
        {"microsoft/Phi-3-mini-4k-instruct"},
    ),
    ("config.pbtxt", 'value: { string_value: "meta-llama/Llama-2-7b-hf" }\n', {"meta-llama/Llama-2-7b-hf"}),
    ("a.js", 'const fallbackVoice = "openai/whisper-small";\n', {"openai/whisper-small"}),
    (".env", "EMBEDDING_MODEL_PREF=nomic-embed-text:latest\n", {"ollama:nomic-embed-text:latest"}),
    ("run.sh", "python bench.py rows.json Qwen/Qwen3-8B --n 3\n", {"Qwen/Qwen3-8B"}),
    ("a.py", '@click.option("--model", default="acme/small")\ndef f(model): ...\n', {"acme/small"}),
    ("a.py", 'class S(BaseModel):\n    model_id: str = Field(default="acme/small")\n', {"acme/small"}),
]

NOT_MODELS = [
    ("crd.yaml", "description: |-\n  The model hosted by huggingface, e.g., BAAI/bge-small-en-v1.5.\n  And more.\n"),
    ("a.py", 'HF_REPO_ID = "lmsys/mt-bench"\nHF_REPO_TYPE = "space"\n'),
    ("a.yaml", "image: ollama/ollama:latest\ndefault: ollama/ollama:latest\nattn: kernels-community/flash-attn2\n"),
    ("a.java", 'static final String OLLAMA_IMAGE = "ollama/ollama:latest";\n'),
    ("a.ts", 'import { x } from "ollama/browser";\nimport y from "@acme/model-7b";\nrequire("acme/model-7b");\n'),
    ("a.R", 'ProviderOllama("ollama", "model")\n'),
    ("a.py", 'dataset_name = "microsoft/orca-math-word-problems-200k"\nbranch = "langchain/langchain-people"\n'),
    ("a.json", '{"hf_hub_url": "acme/Chinese-DeepSeek-110k", "icon": "https://huggingface.co/a/b/resolve/main/i.png"}'),
    ("a.py", 'AutoModel.from_pretrained("your-username/your-model")\nmodel = "my-org/my-model"\n'),
    ("a.py", 'model = "google/gemini-2.5-flash"\nmodel = "openai/gpt-4o-mini"\n'),
    ("a.yaml", "args: [--model=/mnt/models]\nvalue: /models/x.joblib\n"),
    ("a.sh", "docker run acme/serve:7b\ncurl -H 'Accept: application/x-7b' https://github.com/acme/model-7b\n"),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_form_is_found(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    found = mentions(tmp_path, name, text)
    assert {item.model for item in found if item.model} == expected
    for item in found:
        assert 1 <= item.line <= len(text.split("\n"))


@pytest.mark.parametrize(("name", "text"), NOT_MODELS)
def test_what_looks_like_one_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    assert not [item for item in mentions(tmp_path, name, text) if item.model]


def test_what_the_environment_decides_says_its_variable(tmp_path: Path) -> None:
    (found,) = mentions(tmp_path, "a.py", 'import os\nAutoModel.from_pretrained(os.environ["MODEL_DIR"])\n')
    assert (found.state, found.via) == (ReferenceState.UNRESOLVED, "MODEL_DIR")


def test_a_constant_of_another_file_is_followed_inside_the_tree(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "settings.py").write_text('THE_ONE = "acme/small"\n')
    (tmp_path / "outside.py").write_text('AWAY = "acme/away"\n')
    (tmp_path / "pkg" / "link.py").symlink_to(tmp_path / "outside.py")
    text = (
        "from .settings import THE_ONE\nfrom .link import AWAY\nfrom ...up import UP\n"
        "LLM(THE_ONE)\nLLM(AWAY)\nLLM(UP)\nLLM(NOBODY)\n"
    )
    (tmp_path / "pkg" / "app.py").write_text(text)
    found = {item.line: (item.model, item.via) for item in scan([tmp_path / "pkg"]).mentions}
    assert found[4] == ("acme/small", "THE_ONE")
    assert {line: model for line, (model, _) in found.items()} == {4: "acme/small", 5: None, 6: None, 7: None}


def test_a_document_in_a_string_keeps_its_lines(tmp_path: Path) -> None:
    text = 'A = """\\\nmodel: acme/small\n"""\nB = """\nx: 1\nmodel: acme/large\n"""\n'
    assert {item.model: item.line for item in mentions(tmp_path, "a.py", text)} == {"acme/small": 2, "acme/large": 6}


def test_places_inside_other_documents_are_those_of_the_file(tmp_path: Path) -> None:
    text = "true\ncat <<EOF | tee a.yaml\nx: 1\nmodel_id: acme/small\nEOF\nbash -c '\n  hf download acme/large\n'\n"
    found = {item.model: item.line for item in mentions(tmp_path, "a.sh", text)}
    assert found == {"acme/small": 4, "acme/large": 7}


def test_the_column_in_a_notebook_is_that_of_the_file(tmp_path: Path) -> None:
    text = notebook('print("é"); m = LLM("acme/small")')
    (found,) = mentions(tmp_path, "n.ipynb", text)
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith('\\"acme/small')
