"""Scripts: variables, arrays, loops and functions followed to the command that uses them. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import ReferenceState

FORMS = [
    ("run.sh", 'docker build -t mine --build-arg="model=acme/small" --label=vendor=acme/large .\n', {"acme/small"}),
    ("run.sh", "lep run --env=MODEL=acme/small --set=image.repository=acme/image-7b\n", {"acme/small"}),
    ("run.sh", "huggingface-cli download --local-dir models/m --include '*.json' acme/small\n", {"acme/small"}),
    ("run.sh", "hf download --cache-dir ./m --quiet acme/small\n", {"acme/small"}),
    ("dockerfile_writer.py", 'LLM("acme/small")\n', {"acme/small"}),
    ("modelfile.ts", 'const model = "acme/small";\n', {"acme/small"}),
    ("Dockerfile.go", "FROM golang\nENV MODEL_ID=acme/small\n", {"acme/small"}),
    ("config.yaml.example", "model: acme/small\n", {"acme/small"}),
    ("compose.yml.j2", "x:\n  command: vllm serve acme/small\n", {"acme/small"}),
    ("run.sh", "BASE=Qwen/Qwen3-8B\nDIR=src/lib\nIMAGE=acme/serve\n", {"Qwen/Qwen3-8B"}),
    ("run.sh", 'MODEL=$(ask "your model" "acme/small")\n', {"acme/small"}),
    ("run.sh", 'prompt_for LLM_MODEL_ID "Enter it" acme/small false\n', {"acme/small"}),
    ("run.sh", "git clone git@hf.co:acme/small\n", {"acme/small"}),
    ("run.sh", "fetch() {\n  hf download $1\n}\nfetch acme/small\n", {"acme/small"}),
    ("run.sh", "python t.py --model_name_or_path $M --dataset_name acme/data\n", set()),
    ("run.sh", "echo move the model between acme/small and others\n", set()),
    ("run.sh", "M=acme/small\nvllm serve $M\n", {"acme/small"}),
    ("run.sh", 'M=acme/small\nvllm serve "${M}" --port 1\n', {"acme/small"}),
    (
        "run.sh",
        'M="${1:-acme/small}"\npython -m vllm.entrypoints.openai.api_server --model "$M"\n',
        {"acme/small"},
    ),
    ("run.sh", ': "${M:=acme/small}"\nvllm serve "$M"\n', {"acme/small"}),
    ("run.sh", "export BASE=acme/small\npython train.py --model_name_or_path $BASE\n", {"acme/small"}),
    (
        "run.sh",
        'f() {\n  local base="acme/small"\n  huggingface-cli download "$base"\n}\n',
        {"acme/small"},
    ),
    (
        "run.sh",
        "for m in acme/small acme/large; do\n  vllm serve $m\ndone\n",
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        'LIST=(acme/small acme/large)\nfor m in "${LIST[@]}"; do hf download "$m"; done\n',
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        'LIST=(\n  "acme/small"\n  "acme/large"\n)\nfor m in "${LIST[@]}"; do hf download "$m"; done\n',
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        "for m in llama3.2 qwen3:8b; do ollama pull $m; done\n",
        {"ollama:llama3.2", "ollama:qwen3:8b"},
    ),
    (
        "run.sh",
        'LIST="acme/small acme/large"\nfor m in $LIST; do hf download $m; done\n',
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        "case $1 in\n  a) X=acme/small ;;\n  b) X=acme/large ;;\nesac\nvllm serve $X\n",
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        'declare -A T=( [a]="acme/small" [b]="acme/large" )\nvllm serve ${T[$1]}\n',
        {"acme/large", "acme/small"},
    ),
    ("run.sh", "ORG=acme\nvllm serve $ORG/small\n", {"acme/small"}),
    ("run.sh", "ORG=acme\nNAME=small\nMODEL=${ORG}/${NAME}\nvllm serve $MODEL\n", {"acme/small"}),
    ("run.sh", "git clone https://huggingface.co/acme/small\n", {"acme/small"}),
    ("run.sh", "git lfs clone https://huggingface.co/acme/small.git models/x\n", {"acme/small"}),
    (
        "run.sh",
        "wget https://huggingface.co/acme/small-GGUF/resolve/main/small.Q4_K_M.gguf -O m.gguf\n",
        {"acme/small-GGUF"},
    ),
    (
        "run.sh",
        "docker run -e MODEL_ID=acme/small -p 8080:80 ghcr.io/huggingface/text-generation-inference:latest\n",
        {"acme/small"},
    ),
    ("run.sh", "docker run --gpus all ghcr.io/hf/tgi:1 --model-id acme/small\n", {"acme/small"}),
    ("run.sh", "text-generation-launcher --model-id acme/small\n", {"acme/small"}),
    ("run.sh", "mlx_lm.generate --model acme/small --prompt hi\n", {"acme/small"}),
    ("run.sh", "python -m mlx_lm.convert --hf-path acme/small -q\n", {"acme/small"}),
    ("run.sh", "optimum-cli export onnx --model acme/small out/\n", {"acme/small"}),
    (
        "run.sh",
        "lm_eval --model hf --model_args pretrained=acme/small,dtype=float --tasks x\n",
        {"acme/small"},
    ),
    (
        "run.sh",
        'lm-eval --model vllm --model_args "pretrained=acme/small,tensor_parallel_size=1"\n',
        {"acme/small"},
    ),
    (
        "run.sh",
        'vllm serve acme/small --speculative-config \'{"model": "acme/large", "num_speculative_tokens": 3}\'\n',
        {"acme/large", "acme/small"},
    ),
    ("run.sh", "vllm serve acme/small --lora-modules sql=acme/large\n", {"acme/large", "acme/small"}),
    (
        "run.sh",
        "python -m sglang.launch_server --model-path acme/small --speculative-draft-model-path acme/large\n",
        {"acme/large", "acme/small"},
    ),
    ("run.sh", "llama-cli -hf acme/small-GGUF:Q4_K_M\n", {"acme/small-GGUF"}),
    ("run.sh", "ollama run hf.co/acme/small-GGUF:Q4_K_M\n", {"acme/small-GGUF"}),
    ("run.sh", 'ollama run llama3.2 "hello"\n', {"ollama:llama3.2"}),
    ("run.sh", "ollama create mine -f Modelfile\n", set()),
    ("run.sh", "docker exec -it ollama ollama pull llama3.2\n", {"ollama:llama3.2"}),
    ("run.sh", "kubectl exec deploy/ollama -- ollama pull llama3.2\n", {"ollama:llama3.2"}),
    ("run.sh", "swift sft --model acme/small --dataset acme/data\n", {"acme/small"}),
    (
        "run.sh",
        "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train --model_name_or_path acme/small\n",
        {"acme/small"},
    ),
    (
        "run.sh",
        "accelerate launch train.py --teacher_model_name_or_path acme/small --student acme/large\n",
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        "python run.py --reward_model acme/small --ref-model acme/large\n",
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        "python run.py --pretrain acme/small --critic_pretrain acme/large\n",
        {"acme/large", "acme/small"},
    ),
    (
        "run.sh",
        "python run.py --tokenizer acme/small --embedding-model acme/large\n",
        {"acme/large", "acme/small"},
    ),
    ("run.sh", "python a.py --model_id=acme/small --dataset_name=acme/data-7b\n", {"acme/small"}),
    ("run.sh", "hf download acme/data --repo-type=dataset\n", set()),
    ("run.sh", "trtllm-build --checkpoint_dir x\ntrtllm-serve acme/small\n", {"acme/small"}),
    ("run.sh", "infinity_emb v2 --model-id acme/small\n", {"acme/small"}),
    ("run.sh", "openllm serve llama3.2:1b\nnerdctl run x/y:7b\n", {"ollama:llama3.2:1b"}),
    ("run.sh", "genai-perf profile -m acme/small --tokenizer acme/large\n", {"acme/large", "acme/small"}),
    (
        "run.sh",
        "python3 benchmark_serving.py --backend vllm --model acme/small --dataset-name sharegpt\n",
        {"acme/small"},
    ),
    ("run.sh", 'sed -i "s#MODEL#acme/small#" f\ncp -r a/b c/d\nrsync -a acme/small x\n', set()),
    (
        "run.ps1",
        '$model = "acme/small"\n$env:MODEL_ID = "acme/large"\nollama pull llama3.2\n',
        {"acme/large", "acme/small", "ollama:llama3.2"},
    ),
    (
        "run.bat",
        "set MODEL=acme/small\npython serve.py --model %MODEL%\nollama pull llama3.2\n",
        {"acme/small", "ollama:llama3.2"},
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
