"""Source code by its brackets: tables, defaults, enumerations, arguments and documents in strings. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import ReferenceState

FORMS = [
    ("a.rs", 'r("https://huggingface.co/gpt2/resolve/main/merges.txt");\n', {"openai-community/gpt2"}),
    ("a.rs", 'r("https://huggingface.co/nobody/resolve/main/x.txt", "https://huggingface.co/settings");\n', set()),
    ("a.ts", 'load("hf:acme/rows.jsonl");\n', set()),
    ("a.ts", 'const id = "acme/small";\nconst t = await AutoTokenizer.from_pretrained(id, {});\n', {"acme/small"}),
    ("a.rs", 'let model_id = match which {\n    Which::A => "acme/small".to_string(),\n};\n', {"acme/small"}),
    ("a.go", 'req.Header.Set("Content-Type", "application/json")\nmodels.Post("/api/show")\n', set()),
    ("a.go", 'f(`{"models": [{"name": "qwen3:8b"}]}`)\n', {"ollama:qwen3:8b"}),
    ("a.java", 'getTestModelPath("adapters/one.onnx_adapter");\n', set()),
    ("a.exs", 'test "x" do\n  Bumblebee.load_model({:hf, "acme/small"})\nend\n', {"acme/small"}),
    ("a.go", 'const defaultModel = "acme/small"\n', {"acme/small"}),
    ("a.go", 'const (\n\tDefaultModel = "acme/small"\n\tOther = "x/y"\n)\n', {"acme/small"}),
    (
        "a.go",
        'var models = map[string]string{\n\t"a": "acme/small",\n\t"b": "acme/large",\n}\n',
        {"acme/large", "acme/small"},
    ),
    (
        "a.go",
        'var models = []Model{\n\t{Name: "acme/small", Size: 3},\n\t{Name: "acme/large", Size: 4},\n}\n',
        {"acme/large", "acme/small"},
    ),
    ("a.go", 'flag.StringVar(&o.Model, "model", "acme/small", "the model")\n', {"acme/small"}),
    ("a.go", 'm := flag.String("model", "acme/small", "the model")\n', {"acme/small"}),
    ("a.go", 'cfg := Config{ModelName: "acme/small"}\n', {"acme/small"}),
    ("a.go", 'Env: []corev1.EnvVar{{Name: "MODEL_ID", Value: "acme/small"}}\n', {"acme/small"}),
    ("a.go", 'Args: []string{"--model", "acme/small", "--port", "80"},\n', {"acme/small"}),
    ("a.go", "x := `\nspec:\n  model: acme/small\n`\n", {"acme/small"}),
    (
        "a.go",
        'req := openai.Request{Model: "acme/small"}\nimport "github.com/acme/large-7b"\n',
        {"acme/small"},
    ),
    ("a.go", 'switch m {\ncase "acme/small":\n}\n', set()),
    ("a.rs", 'const MODEL: &str = "acme/small";\n', {"acme/small"}),
    ("a.rs", 'const MODELS: &[&str] = &["acme/small", "acme/large"];\n', {"acme/large", "acme/small"}),
    ("a.rs", '#[arg(long, default_value = "acme/small")]\nmodel_id: String,\n', {"acme/small"}),
    (
        "a.rs",
        'let repo = Repo::with_revision("acme/small".to_string(), RepoType::Model, r);\nuse hf_hub::x;\n',
        {"acme/small"},
    ),
    ("a.rs", 'Self::A => "acme/small-7b",\n', {"acme/small-7b"}),
    (
        "a.rs",
        'fn model_id(&self) -> &str {\n match self { Self::A => "acme/small", Self::B => "acme/large" }\n}\n',
        {"acme/large", "acme/small"},
    ),
    ("a.rs", 'let model_id = args.model.unwrap_or_else(|| "acme/small".to_string());\n', {"acme/small"}),
    ("a.rs", 'let model_id = args.model.as_deref().unwrap_or("acme/small");\n', {"acme/small"}),
    ("a.rs", 'let t = Tokenizer::from_pretrained("acme/small", None)?;\n', {"acme/small"}),
    ("a.ts", 'const generator = await pipeline("text-generation", "acme/small");\n', {"acme/small"}),
    ("a.ts", 'const tok = await AutoTokenizer.from_pretrained("acme/small");\n', {"acme/small"}),
    (
        "a.ts",
        'export const MODELS = {\n  small: { id: "acme/small", size: 3 },\n  large: { id: "acme/large" },\n};\n',
        {"acme/large", "acme/small"},
    ),
    ("a.ts", 'const { model = "acme/small" } = opts;\n', {"acme/small"}),
    ("a.ts", 'function f(model: string = "acme/small") {}\n', {"acme/small"}),
    ("a.ts", 'const model = process.env.MODEL ?? "acme/small";\n', {"acme/small"}),
    ("a.ts", 'const model = process.env["MODEL"] || "acme/small";\n', {"acme/small"}),
    ("a.ts", 'const model = cond ? "acme/small" : "acme/large";\n', {"acme/large", "acme/small"}),
    ("a.ts", 'new HfInference(t).textGeneration({ model: "acme/small", inputs: "x" })\n', {"acme/small"}),
    ("a.ts", 'enum Model { Small = "acme/small" }\n', {"acme/small"}),
    (
        "a.ts",
        'class A { static model = "acme/small"; private readonly modelId: string = "acme/large"; }\n',
        {"acme/large", "acme/small"},
    ),
    ("a.ts", 'generateText({ model: ollama("llama3.2") })\n', {"ollama:llama3.2"}),
    ("a.ts", 'const webllm = CreateMLCEngine("Llama-3.1-8B-Instruct-q4f32_1-MLC")\n', set()),
    ("a.ts", '<option value="acme/small">Small</option>\n', set()),
    (
        "a.ts",
        'const models = [\n  { value: "acme/small", label: "S" },\n  { value: "acme/large", label: "L" },\n];\n',
        {"acme/large", "acme/small"},
    ),
    ("a.java", 'static final String MODEL = "acme/small";\n', {"acme/small"}),
    ("a.java", 'OllamaChatModel.builder().modelName("llama3.2").build();\n', {"ollama:llama3.2"}),
    ("a.java", '@Value("${app.model:acme/small}") String m;\n', {"acme/small"}),
    (
        "a.java",
        'OllamaOptions.builder().model(OllamaModel.MISTRAL).build();\nThing.of("acme/small");\n',
        set(),
    ),
    ("a.kt", 'val model: String = "acme/small"\n', {"acme/small"}),
    ("a.cs", 'const string ModelId = "acme/small";\n', {"acme/small"}),
    ("a.cs", 'builder.AddOllamaChatCompletion("llama3.2", new Uri(x));\n', {"ollama:llama3.2"}),
    ("a.cs", 'builder.AddHuggingFaceTextGeneration(model: "acme/small");\n', {"acme/small"}),
    ("a.swift", 'let config = ModelConfiguration(id: "acme/small")\n', {"acme/small"}),
    ("a.cpp", 'params.model.hf_repo = "acme/small-GGUF";\n', {"acme/small-GGUF"}),
    ("a.rb", 'MODEL = "acme/small"\nclient.chat(model: "acme/large")\n', {"acme/large", "acme/small"}),
    ("a.php", "$model = \"acme/small\";\n['model' => 'acme/large']\n", {"acme/large", "acme/small"}),
    ("a.ex", '{:ok, model} = Bumblebee.load_model({:hf, "acme/small"})\n', {"acme/small"}),
    ("a.jl", 'model = hgf"acme/small"\n', {"acme/small"}),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_form_is_found(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    mentions = scan([tmp_path], ScanOptions()).mentions
    found = {item.model for item in mentions if item.model and item.state is not ReferenceState.NOT_A_MODEL}
    assert {name for name in found if not name.startswith("local:")} == expected
