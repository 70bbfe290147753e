"""Configurations, templates, workflows, infrastructure, Makefiles and notebooks. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import ReferenceState

FORMS = [
    ("n.livemd", '# A\n\n```elixir\nrepo = {:hf, "acme/small"}\n```\n', {"acme/small"}),
    (
        "v.yaml",
        'env:\n  MODELS: >\n    [\n      { "id": "acme/small" },\n      { "id": "acme/large" }\n    ]\n',
        {"acme/small", "acme/large"},
    ),
    ("d.yml", "env:\n- BASE=acme/small\ncommands:\n- python t.py\n  --model_name_or_path $BASE\n", {"acme/small"}),
    ("a.yaml", "hub_model_id: Qwen/Qwen3-8B-mine\n", set()),
    ("k.yaml", "args: [--model=$(MODEL_ID)]\nenv:\n- name: MODEL_ID\n  value: acme/small\n", {"acme/small"}),
    ("conf.toml", 'base = "acme/small-7b-v1"\n', {"acme/small-7b-v1"}),
    ("n.json", '{"text": "see https://example.com/model.gguf", "uri": "https://example.com/m.gguf"}', set()),
    ("m.tf", 'variable "model" {\n  default     = "acme/small"\n  description = "x"\n}\n', {"acme/small"}),
    (
        "m.tf",
        'locals {\n  model_id = "acme/small"\n}\nresource "x" "y" {\n  env = { HF_MODEL_ID = local.model_id }\n}\n',
        {"acme/small"},
    ),
    ("m.tf", 'env {\n  name  = "MODEL_ID"\n  value = "acme/small"\n}\n', {"acme/small"}),
    (
        "m.tf",
        'variable "models" {\n  default = {\n    a = "acme/small"\n    b = { id = "acme/large" }\n  }\n}\n',
        {"acme/large", "acme/small"},
    ),
    (
        "m.tf",
        'variable "models" {\n  type = list(string)\n  default = ["acme/small", "acme/large"]\n}\n',
        {"acme/large", "acme/small"},
    ),
    ("x.tfvars", 'model_name = "acme/small"\n', {"acme/small"}),
    ("m.tf", 'command = ["vllm", "serve", "acme/small"]\n', {"acme/small"}),
    ("values.yaml", "model:\n  name: acme/small\n", {"acme/small"}),
    (
        "values.yaml",
        'servingEngineSpec:\n  modelSpec:\n  - name: "x"\n    modelURL: "acme/small"\n',
        {"acme/small"},
    ),
    ("values.yaml", 'modelArtifacts:\n  uri: "hf://acme/small"\n  name: acme/small\n', {"acme/small"}),
    ("values.yaml", "vllm:\n  LLM_MODEL_ID: acme/small\n", {"acme/small"}),
    (
        "templates/d.yaml",
        'args:\n  - --model={{ .Values.model | default "acme/small" }}\n',
        {"acme/small"},
    ),
    (
        "templates/d.yaml",
        'env:\n  - name: MODEL_ID\n    value: {{ .Values.m | default "acme/small" | quote }}\n',
        {"acme/small"},
    ),
    (
        "templates/d.yaml",
        '{{- if .Values.x }}\nargs: ["--model", "acme/small", "--port", "80"]\n{{- end }}\n',
        {"acme/small"},
    ),
    (
        "templates/d.yaml",
        '{{- if .Values.x }}\nenv:\n  - name: MODEL_ID\n    value: "acme/small"\n{{- end }}\n',
        {"acme/small"},
    ),
    (
        "templates/d.yaml",
        "{{ if a }}\ncommand:\n  - vllm\n  - serve\n  - acme/small\n{{ end }}\n",
        {"acme/small"},
    ),
    ("k.yaml", 'command: ["vllm", "serve", "acme/small"]\n', {"acme/small"}),
    ("k.yaml", 'command: ["/bin/sh","-c"]\nargs: ["vllm serve acme/small --x"]\n', {"acme/small"}),
    ("k.yaml", 'args:\n- "--model"\n- "acme/small"\n', {"acme/small"}),
    ("k.yaml", "args:\n- |\n  exec vllm serve \\\n    acme/small \\\n    --x\n", {"acme/small"}),
    (
        "kustomization.yaml",
        "configMapGenerator:\n- name: c\n  literals:\n  - MODEL_ID=acme/small\n",
        {"acme/small"},
    ),
    (
        "kustomization.yaml",
        "patches:\n- patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/args/1\n      value: --model=acme/small\n",
        {"acme/small"},
    ),
    (
        "k.yaml",
        'spec:\n  preset:\n    name: "x"\n  source:\n    modelHub:\n      modelId: acme/small\n',
        {"acme/small"},
    ),
    ("k.yaml", "spec:\n  predictor:\n    model:\n      storageUri: hf://acme/small\n", {"acme/small"}),
    ("k.yaml", 'inference:\n  adapters:\n  - source:\n      name: x\n      image: "acme/img:1"\n', set()),
    (
        ".github/workflows/a.yml",
        "jobs:\n  a:\n    strategy:\n      matrix:\n        model: [acme/small, acme/large]\n    steps:\n    - run: python t.py --model ${{ matrix.model }}\n",
        {"acme/large", "acme/small"},
    ),
    (
        ".github/workflows/a.yml",
        "jobs:\n  a:\n    strategy:\n      matrix:\n        include:\n        - model: acme/small\n          x: ${{ y }}\n        - model: acme/large\n",
        {"acme/large", "acme/small"},
    ),
    (".github/workflows/a.yml", "env:\n  MODEL_ID: ${{ inputs.model || 'acme/small' }}\n", {"acme/small"}),
    (
        ".github/workflows/a.yml",
        'on:\n  workflow_dispatch:\n    inputs:\n      model:\n        description: x\n        default: "acme/small"\n',
        {"acme/small"},
    ),
    (
        ".github/workflows/a.yml",
        "on:\n  workflow_dispatch:\n    inputs:\n      model:\n        type: choice\n        options:\n        - acme/small\n        - acme/large\n",
        {"acme/large", "acme/small"},
    ),
    (
        ".github/workflows/a.yml",
        "steps:\n- run: |\n    A=1 MODEL_ID=acme/small bash x.sh ${{ a.b }}\n",
        {"acme/small"},
    ),
    (
        ".github/workflows/a.yml",
        "steps:\n- uses: ai-action/ollama-action@v1\n  with:\n    model: llama3.2\n    x: ${{ y }}\n",
        {"ollama:llama3.2"},
    ),
    ("justfile", 'model := "acme/small"\nserve:\n    vllm serve {{model}}\n', {"acme/small"}),
    ("justfile", 'serve model="acme/small":\n    vllm serve {{model}}\n', {"acme/small"}),
    ("justfile", "pull:\n    ollama pull llama3.2\n", {"ollama:llama3.2"}),
    ("Makefile", "BASE ?= acme/small\nrun:\n\tvllm serve $(BASE)\n", {"acme/small"}),
    ("Makefile", "run:\n\tpython -m x \\\n\t  --model acme/small\n", {"acme/small"}),
    (
        "Taskfile.yml",
        "vars:\n  BASE: acme/small\ntasks:\n  a:\n    cmds:\n    - vllm serve {{.BASE}}\n",
        {"acme/small"},
    ),
    (".env", 'LLM=acme/small\nEMB="acme/large"\nIMAGE=acme/img\n', {"acme/small"}),
    (".env", "MODEL_ID=acme/small # the one\n", {"acme/small"}),
    (".env.local", "NEXT_PUBLIC_MODEL=acme/small\n", {"acme/small"}),
    ("compose.yml", 'services:\n  a:\n    command: ["--model", "${MODEL:-acme/small}"]\n', {"acme/small"}),
    ("compose.yml", "services:\n  a:\n    command: --model ${MODEL:-acme/small} --x\n", {"acme/small"}),
    (
        "compose.yml",
        "services:\n  a:\n    command: >\n      --model acme/small\n      --x 1\n",
        {"acme/small"},
    ),
    (
        "compose.yml",
        "services:\n  a:\n    environment:\n      - LLM_MODEL_ID=${LLM_MODEL_ID:-acme/small}\n",
        {"acme/small"},
    ),
    (
        "compose.yml",
        "x-model: &m acme/small\nservices:\n  a:\n    environment:\n      LLM: *m\n",
        {"acme/small"},
    ),
    (
        "compose.yml",
        'services:\n  a:\n    image: ollama/ollama\n    entrypoint: sh -c "ollama serve & sleep 3 && ollama pull llama3.2"\n',
        {"ollama:llama3.2"},
    ),
    (
        "compose.yml",
        'services:\n  a:\n    healthcheck:\n      test: ["CMD-SHELL", "ollama list | grep llama3.2"]\n    post_start:\n    - command: ollama pull qwen3\n',
        {"ollama:qwen3"},
    ),
    ("c.yaml", "base_model: acme/small\ntokenizer: acme/large\n", {"acme/large", "acme/small"}),
    ("c.yaml", "draft_model: acme/small\nembedding_model: acme/large\n", {"acme/large", "acme/small"}),
    ("c.yaml", "teacher: acme/small\nstudent: acme/large\n", {"acme/large", "acme/small"}),
    ("c.yaml", "pretrained_model_name_or_path: acme/small\n", {"acme/small"}),
    ("c.yaml", "llm:\n  provider: ollama\n  model: llama3.2\n", {"ollama:llama3.2"}),
    ("c.yaml", "embeddings:\n  provider: huggingface\n  name: acme/small\n", {"acme/small"}),
    ("c.yaml", "model:\n  _component_: torchtune.x\n  path: acme/small\n", {"acme/small"}),
    ("c.yaml", "checkpointer:\n  checkpoint_dir: /tmp/Llama-3.2-1B\n", set()),
    (
        "c.yaml",
        "model_list:\n- model_name: x\n  litellm_params:\n    model: huggingface/acme/small\n",
        {"acme/small"},
    ),
    ("c.yaml", "models:\n- acme/small\n- acme/large\n", {"acme/large", "acme/small"}),
    ("c.yaml", "models:\n  acme/small:\n    ctx: 3\n  acme/large: {}\n", {"acme/large", "acme/small"}),
    (
        "c.yaml",
        "models:\n  - model: acme/small\n    parameters:\n      weight: 1\nmerge_method: ties\nbase_model: acme/large\n",
        {"acme/large", "acme/small"},
    ),
    ("c.yaml", "datasets:\n- path: acme/small\n  type: alpaca\nbase_model: acme/large\n", {"acme/large"}),
    ("c.yaml", "reward_model: acme/small\nref: {model_path: acme/large}\n", {"acme/large", "acme/small"}),
    (
        "c.json",
        '{"_name_or_path": "acme/small", "base_model_name_or_path": "acme/large"}',
        {"acme/large", "acme/small"},
    ),
    ("c.json", '{"models": [{"id": "acme/small"}, {"id": "acme/large"}]}', {"acme/large", "acme/small"}),
    ("c.json", '{"models": {"acme/small": {"a": 1}}}', {"acme/small"}),
    (
        "c.json",
        '{"default": {"llm": "acme/small", "embedder": "acme/large"}}',
        {"acme/large", "acme/small"},
    ),
    ("c.json", '{"args": ["serve", "acme/small", "--port", "1"], "command": "vllm"}', {"acme/small"}),
    (
        "c.json",
        '{"scripts": {"serve": "vllm serve acme/small", "pull": "ollama pull llama3.2"}}',
        {"acme/small", "ollama:llama3.2"},
    ),
    (
        "c.toml",
        "[tool.x]\nmodel = \"acme/small\"\n[embeddings]\nmodel_name = 'acme/large'\n",
        {"acme/large", "acme/small"},
    ),
    ("c.toml", '[[models]]\nid = "acme/small"\n', {"acme/small"}),
    ("c.toml", '[models.small]\nmodel_name = "acme/small"\nprovider = "vllm"\n', {"acme/small"}),
    (
        "c.toml",
        'models = ["acme/small", "acme/large"]\nx = { model = "acme/mid" }\n',
        {"acme/large", "acme/mid", "acme/small"},
    ),
    ("c.ini", "[llm]\nmodel = acme/small\n", {"acme/small"}),
    ("c.properties", "spring.ai.ollama.chat.options.model=llama3.2\n", {"ollama:llama3.2"}),
    (
        "application.yml",
        "spring:\n  ai:\n    ollama:\n      chat:\n        options:\n          model: llama3.2\n      embedding:\n        model: nomic-embed-text\n",
        {"ollama:llama3.2", "ollama:nomic-embed-text"},
    ),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "source": [\n    "!ollama pull llama3.2\\n",\n    "%pip install x\\n",\n    "m = \'acme/small\'\\n",\n    "LLM(m)\\n"\n   ]\n  }\n ]\n}',
        {"acme/small", "ollama:llama3.2"},
    ),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "source": [\n    "%env MODEL=acme/small\\n",\n    "!vllm serve $MODEL\\n"\n   ]\n  }\n ]\n}',
        {"acme/small"},
    ),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "source": [\n    "NAME = \'acme/small\'\\n",\n    "!python x.py --model {NAME}\\n"\n   ]\n  }\n ]\n}',
        {"acme/small"},
    ),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "source": [\n    "%%writefile c.yaml\\n",\n    "model: acme/small\\n"\n   ]\n  }\n ]\n}',
        {"acme/small"},
    ),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "source": [\n    "%%bash\\n",\n    "vllm serve acme/small\\n"\n   ]\n  }\n ]\n}',
        {"acme/small"},
    ),
    ("Modelfile", "FROM hf.co/acme/small-GGUF:Q4_K_M\n", {"acme/small-GGUF"}),
    ("Modelfile", "FROM ./small-7b.Q4_K_M.gguf\nADAPTER ./lora\n", {"file:small-7b.Q4_K_M.gguf"}),
    (
        "Dockerfile",
        "ARG MODEL=acme/small\nENV MODEL_ID=${MODEL}\nRUN python -c \"from x import y; y.from_pretrained('acme/large')\"\n",
        {"acme/large", "acme/small"},
    ),
    (
        "Dockerfile",
        'ENV A=1 \\\n    LLM_MODEL="acme/small"\nCMD ["vllm","serve","acme/large"]\n',
        {"acme/large", "acme/small"},
    ),
    ("Dockerfile", "RUN ollama serve & sleep 5 && ollama pull llama3.2\n", {"ollama:llama3.2"}),
    ("Dockerfile", "RUN <<EOF\nhf download acme/small\nEOF\n", {"acme/small"}),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_form_is_found(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    mentions = scan([tmp_path], ScanOptions()).mentions
    found = {item.model for item in mentions if item.model and item.state is not ReferenceState.NOT_A_MODEL}
    assert {name for name in found if not name.startswith("local:")} == expected
