"""`catalog import` of twenty and more kinds of repositories, from a Hub of our own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_api import COMMIT, TOKEN, Content, HubApi, Repo, safetensors, sha256_of
from hub_program import HEADERS

from llmadvise.catalog import load
from llmadvise.cli.app import run
from llmadvise.hub import connection, patience, remote

PUBLISHED = {
    row["model"]: row["config"]
    for row in map(json.loads, (Path(__file__).parents[1] / "data/configs/published.jsonl").read_text().splitlines())
}
Import = Callable[..., Any]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubApi]:
    served = HubApi(page=3)
    monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(remote, "_FIRST_PAUSE", 0.0)
    yield served
    served.close()


@pytest.fixture
def entry(api: HubApi, compiled: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Import:
    """The document of one repository; a failure is its error document."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)

    def imported(repo: Repo | None, *arguments: str, name: str = "org/model") -> Any:  # noqa: ANN401 - JSON
        if repo is not None:
            api.repos[name] = repo
        capsys.readouterr()
        code = run(["catalog", "import", f"hf:{name}", "--json", "--as-of", "2026-11-20", *arguments])
        out, err = capsys.readouterr()
        return json.loads(out) if code == 0 else {"code": code, **json.loads(err)}

    return imported


def repository(model: str, *, total: int | None = None, **card: object) -> Repo:
    """A repository of two shards with a published config."""
    info: dict[str, Any] = {"cardData": card} if card else {}
    if total:
        info["safetensors"] = {"parameters": {"BF16": total}, "total": total}
    return Repo(
        info=info,
        files={
            "config.json": json.dumps(PUBLISHED[model]).encode(),
            "model-00001-of-00002.safetensors": 4_000_000_000,
            "model-00002-of-00002.safetensors": 3_000_000_000,
            "original/consolidated.00.pth": 7_000_000_000,
        },
    )


def rules(document: Any) -> set[str]:  # noqa: ANN401 - JSON
    return {finding["rule"] for finding in document["findings"]}


@pytest.mark.parametrize("model", PUBLISHED)
def test_every_published_shape_comes_through(model: str, entry: Import, compiled: bytes) -> None:
    known = load.load_catalog().models[model]
    found = entry(repository(model, total=known.parameters.total, license="apache-2.0"))
    shape = found["architecture"]
    assert found["schema"] == "llmadvise.model/1"
    assert (found["repo"], found["revision"], found["gated"]) == ("org/model", COMMIT, False)
    assert shape["layers"] > 0
    assert shape["hidden_size"] > 0
    assert shape["attention"]
    assert found["parameters"]["total"] == known.parameters.total
    if known.parameters.active != known.parameters.total:
        assert found["parameters"]["active"] == pytest.approx(known.parameters.active, rel=0.15)
    assert found["license"] == {
        "declared": "apache-2.0", "name": "apache-2.0", "link": None, "addition": None, "text_sha256": None, "candidates": [],
    }  # fmt: skip


def test_a_sharded_model_lists_each_file_with_its_hash(entry: Import) -> None:
    found = entry(repository("qwen/qwen3-8b", total=8_190_735_360, license="apache-2.0", language=["en", "zh"]))
    [variant] = found["variants"]
    name = "model-00001-of-00002.safetensors"
    assert variant["bytes"] == 7_000_000_000
    assert variant["files"][0] == {"name": name, "bytes": 4_000_000_000, "sha256": sha256_of(name, 0)}
    assert (variant["format"], variant["quantization"], variant["revision"]) == (
        "safetensors",
        "safetensors-bf16",
        COMMIT,
    )
    assert found["languages"] == ["en", "zh"]
    assert found["release_date"] == "2025-03-01"


def test_a_missing_shard_is_no_variant(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", total=8_190_735_360, license="mit")
    del repo.files["model-00002-of-00002.safetensors"]
    found = entry(repo)
    assert found["variants"] == []
    assert "file-incomplete" in rules(found)


def test_a_repository_of_gguf_files_alone(entry: Import) -> None:
    header = gzip.decompress((HEADERS / "qwen3-8b.Q4_K_M.gguf.gz").read_bytes())
    files: dict[str, Content] = {
        "Model-Q4_K_M.gguf": (header, 5_021_851_296),
        "Model-Q8_0.gguf": 8_703_585_952,
        "BF16/Model-BF16-00001-of-00002.gguf": 9_000_000_000,
        "BF16/Model-BF16-00002-of-00002.gguf": 7_000_000_000,
        "mmproj-F16.gguf": 600_000_000,
        "imatrix.dat": 5_000_000,
    }
    info = {
        "cardData": {"base_model": "Qwen/Qwen3-8B", "base_model_relation": "quantized", "license": "apache-2.0"},
        "gguf": {
            "total": 8_190_735_360,
            "architecture": "qwen3",
            "context_length": 40960,
            "chat_template": "{{ tools }}",
        },
    }
    found = entry(Repo(info=info, files=files))
    assert found["base_models"] == [{"model": "qwen/qwen3-8b", "relation": "quantization", "service": None}]
    assert found["family"] == "qwen3"
    shape = found["architecture"]
    assert [shape[key] for key in ("id", "layers", "hidden_size", "heads", "kv_heads", "vocabulary_size")] == [
        "qwen3", 36, 4096, 32, 8, 151936,
    ]  # fmt: skip
    assert found["parameters"]["total"] == pytest.approx(8_190_735_360, rel=1e-4)
    assert found["context_length"]["native"] == 40960
    sizes = {variant["quantization"]: variant["bytes"] for variant in found["variants"]}
    assert sizes == {"BF16": 16_000_000_000, "Q4_K_M": 5_021_851_296, "Q8_0": 8_703_585_952}
    assert all(variant["calibrated"] for variant in found["variants"])


def test_a_config_beside_gguf_files_may_say_next_to_nothing(entry: Import) -> None:
    header = gzip.decompress((HEADERS / "qwen3-8b.Q4_K_M.gguf.gz").read_bytes())
    for config in (b'{"model_type": "llama"}', b'{"model_type": "x"}'):
        files: dict[str, Content] = {"config.json": config, "a-Q4_K_M.gguf": (header, 5_021_851_296)}
        assert entry(Repo(files=files))["architecture"]["layers"] == 36


def test_class_defaults_are_no_dimensions_of_a_model(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", license="mit")
    repo.files["config.json"] = b'{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}'
    shape = entry(repo)["architecture"]
    assert [shape[key] for key in ("layers", "hidden_size", "heads", "vocabulary_size")] == [None] * 4


def test_a_gguf_header_that_cannot_be_read_leaves_what_the_hub_read(entry: Import) -> None:
    info = {"gguf": {"total": 8_190_735_360, "architecture": "qwen3", "context_length": 40960}}
    found = entry(Repo(info=info, files={"a-Q4_K_M.gguf": b"GGUF, but no more"}))
    assert (found["architecture"]["id"], found["architecture"]["layers"]) == ("qwen3", None)
    assert (found["parameters"]["total"], found["context_length"]["native"]) == (8_190_735_360, 40960)
    assert {"file-unreadable", "config-missing"} <= rules(found)


def test_gptq_counts_the_weights_that_are_packed(entry: Import) -> None:
    config = PUBLISHED["meta-llama/llama-3.2-1b-instruct"] | {
        "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": True}
    }
    tensors = {
        "model.embed_tokens.weight": ("F16", [128256, 2048]),
        "model.layers.0.mlp.up_proj.qweight": ("I32", [2048 // 8, 8192]),
        "model.layers.0.mlp.up_proj.qzeros": ("I32", [16, 1024]),
        "model.layers.0.mlp.up_proj.scales": ("F16", [16, 8192]),
        "model.layers.0.mlp.up_proj.g_idx": ("I32", [2048]),
    }
    files: dict[str, Content] = {
        "config.json": json.dumps(config).encode(),
        "model.safetensors": safetensors(tensors),
    }
    found = entry(
        Repo(info={"cardData": {"base_model": "meta-llama/Llama-3.2-1B-Instruct", "license": "llama3.2"}}, files=files)
    )
    assert found["parameters"]["total"] == 128256 * 2048 + 2048 * 8192
    [variant] = found["variants"]
    assert (variant["format"], variant["quantization"]) == ("gptq", "gptq-int4")
    assert variant["note"] == "group size 128, with act-order"
    assert found["base_models"] == [
        {"model": "meta-llama/llama-3.2-1b-instruct", "relation": "quantization", "service": None}
    ]
    assert found["architecture"]["tied_embeddings"] is True


QUANTIZED = {
    "awq": ({"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True}, "awq", "awq-int4"),
    "fp8": ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8", "fp8"),
    "mxfp4": ({"quant_method": "mxfp4"}, "safetensors", "safetensors-mxfp4"),
    "exl2": ({"quant_method": "exl2", "bits": 4.65}, "exl2", "exl2"),
    "auto-round": ({"quant_method": "auto-round", "bits": 4, "group_size": 128}, "gptq", "gptq-int4"),
    "bnb": ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "bnb", "bnb-4bit"),
    "w8a8": (
        {"quant_method": "compressed-tensors",
         "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int"}, "input_activations": {"num_bits": 8}}}},
        "safetensors", "int8-w8a8",
    ),
    "w4a16": (
        {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}}}},
        "gptq", "gptq-int4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", QUANTIZED)
def test_other_quantizations(name: str, entry: Import) -> None:
    given, form, scheme = QUANTIZED[name]
    repo = repository("qwen/qwen2.5-0.5b-instruct", license="apache-2.0")
    repo.files["config.json"] = json.dumps(
        PUBLISHED["qwen/qwen2.5-0.5b-instruct"] | {"quantization_config": given}
    ).encode()
    [variant] = entry(repo)["variants"]
    assert (variant["format"], variant["quantization"]) == (form, scheme)


def test_mlx_says_its_bits_in_the_config(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", license="apache-2.0")
    repo.files["config.json"] = json.dumps(
        PUBLISHED["qwen/qwen3-8b"] | {"quantization": {"group_size": 64, "bits": 4}}
    ).encode()
    repo.info["library_name"] = "mlx"
    [variant] = entry(repo)["variants"]
    assert (variant["format"], variant["quantization"], variant["note"]) == ("mlx", "mlx-4bit", "group size 64")


def test_an_adapter_has_no_shape_of_its_own(entry: Import) -> None:
    adapter = {"base_model_name_or_path": "Qwen/Qwen3-8B", "peft_type": "LORA", "r": 16}
    files: dict[str, Content] = {
        "adapter_config.json": json.dumps(adapter).encode(),
        "adapter_model.safetensors": 40_000_000,
    }
    found = entry(Repo(info={"cardData": {"license": "mit"}}, files=files))
    assert found["base_models"] == [{"model": "qwen/qwen3-8b", "relation": "adapter", "service": None}]
    assert (found["architecture"], found["parameters"]["total"], found["variants"]) == (None, None, [])
    assert "adapter-only" in rules(found)


def test_an_embedding_model_has_that_role(entry: Import) -> None:
    repo = repository("baai/bge-m3", total=567_754_752, license="mit")
    repo.info["pipeline_tag"] = "sentence-similarity"
    found = entry(repo)
    assert found["role"] == "embedding"
    assert [group["kind"] for group in found["architecture"]["attention"]] == ["none"]


def test_files_of_pickled_weights_are_no_variant(entry: Import) -> None:
    repo = Repo(
        files={"config.json": json.dumps(PUBLISHED["facebook/opt-1.3b"]).encode(), "pytorch_model.bin": 2_600_000_000}
    )
    found = entry(repo)
    assert found["variants"] == []
    assert found["parameters"]["total"] == pytest.approx(1_315_758_080, rel=0.01)
    assert {"weights-missing", "parameters-computed", "license-undeclared"} <= rules(found)


LICENSES = {
    "own": (
        {"license": "other", "license_name": "qwen-research", "license_link": "LICENSE"},
        "qwen-research",
        "qwen-research",
    ),
    "unheard": ({"license": "other", "license_name": "my-own-terms"}, "other", "my-own-terms"),
    "nameless": ({"license": "other"}, "other", "other"),
    "unknown tag": ({"license": "zzz-1.0"}, None, "zzz-1.0"),
    "list of one": ({"license": ["mit"]}, "mit", "mit"),
    "list of two": ({"license": ["mit", "apache-2.0"]}, None, "mit, apache-2.0"),
    "family": ({"license": "llama3.1"}, "llama3.1", "llama3.1"),
    "none": ({"language": "en"}, None, None),
    "nonsense": ({"license": {"a": 1}}, None, None),
}


@pytest.mark.parametrize("name", LICENSES)
def test_licenses_as_cards_declare_them(name: str, entry: Import) -> None:
    card, declared, words = LICENSES[name]
    found = entry(repository("qwen/qwen3-8b", total=8_190_735_360, **card))
    assert (found["license"]["declared"], found["license"]["name"]) == (declared, words)
    clear = name in {"own", "list of one", "family"}
    assert bool({"license-unknown", "license-ambiguous", "license-undeclared"} & rules(found)) is not clear


def test_a_tag_stands_in_where_the_card_is_silent(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", total=8_190_735_360)
    repo.info["tags"] = [
        "license:apache-2.0",
        "base_model:Qwen/Qwen3-8B-Base",
        "base_model:finetune:Qwen/Qwen3-8B-Base",
    ]
    found = entry(repo)
    assert found["license"]["declared"] == "apache-2.0"
    assert found["base_models"] == [{"model": "qwen/qwen3-8b-base", "relation": "finetune", "service": None}]


LINEAGES = {
    "merge of two": ({"base_model": ["a/one", "b/two"]}, [("a/one", "merge"), ("b/two", "merge")]),
    "said to be a finetune": ({"base_model": ["a/one"], "base_model_relation": "finetune"}, [("a/one", "finetune")]),
    "an address": ({"base_model": "https://huggingface.co/a/one"}, [("a/one", "finetune")]),
    "a path on a disk": ({"base_model": "/home/me/models/one"}, []),
    "itself": ({"base_model": "org/model"}, []),
    "nonsense": ({"base_model": [1, None, {"x": 2}]}, []),
}


@pytest.mark.parametrize("name", LINEAGES)
def test_lineage_as_cards_tell_it(name: str, entry: Import) -> None:
    card, expected = LINEAGES[name]
    found = entry(repository("qwen/qwen3-8b", total=8_190_735_360, license="mit", **card))
    assert [(base["model"], base["relation"]) for base in found["base_models"]] == expected


MALFORMED = {
    "no YAML": b"---\nlicense: [mit\n---\nwords",
    "an alias": b"---\na: &a mit\nlicense: *a\n---\n",
    "binary": b"---\n\xff\xfe\x00\n---\n",
    "no front matter": b"# A model\nlicense: mit",
    "empty": b"",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_card_says_nothing(name: str, entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", total=8_190_735_360)
    repo.files["README.md"] = MALFORMED[name]
    found = entry(repo)
    assert found["license"]["declared"] is None
    assert found["architecture"]["layers"] == 36


def test_a_card_that_only_the_file_has(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", total=8_190_735_360)
    repo.files["README.md"] = b"---\nlicense: mit\nbase_model:\n- Qwen/Qwen3-8B-Base\n---\nwords"
    found = entry(repo)
    assert found["license"]["declared"] == "mit"
    assert found["base_models"][0]["model"] == "qwen/qwen3-8b-base"


@pytest.mark.parametrize("config", [b"", b"[]", b"{", b"null", b'{"model_type": 3}'])
def test_a_config_that_is_none_leaves_the_shape_unknown(config: bytes, entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", license="mit")
    repo.files["config.json"] = config
    found = entry(repo)
    assert found["architecture"] is None or found["architecture"]["layers"] is None
    assert {"file-malformed", "config-missing", "config-incomplete", "parameters-unknown"} & rules(found)


def test_a_gated_repository_says_so_and_what_it_may(entry: Import) -> None:
    repo = repository("meta-llama/llama-3.1-8b-instruct", total=8_030_261_248, license="llama3.1")
    repo.gated = True
    found = entry(repo)
    assert found["gated"] is True
    assert (found["architecture"], found["license"]["declared"]) == (None, "llama3.1")
    assert {"repository-gated", "config-missing"} <= rules(found)


def test_a_repository_that_moved_bears_its_new_name(entry: Import) -> None:
    repo = repository("qwen/qwen3-8b", total=8_190_735_360, license="mit")
    repo.moved = "neworg/model"
    found = entry(repo)
    assert (found["id"], found["repo"]) == ("neworg/model", "neworg/model")
    assert found["variants"][0]["repo"] == "neworg/model"
    assert "repository-moved" in rules(found)


def test_a_token_opens_the_gate(entry: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    repo = repository("meta-llama/llama-3.1-8b-instruct", total=8_030_261_248, license="llama3.1")
    repo.gated = True
    assert entry(repo)["architecture"]["layers"] == 32


def test_a_hidden_repository_is_gated(entry: Import) -> None:
    failure = entry(Repo(gated=True, hidden=True))
    assert failure["code"] == 1
    assert "gated" in failure["error"]["message"]


def test_an_unknown_repository_and_revision(entry: Import) -> None:
    assert entry(None)["error"]["code"] == "usage"
    entry(repository("qwen/qwen3-8b", total=8_190_735_360))
    assert "revision" in entry(None, name="org/model@v9")["error"]["message"]
    assert entry(None, name="org/model@main")["revision"] == COMMIT


@pytest.mark.parametrize("kind", ["info", "resolve"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_passes(kind: str, status: int, entry: Import, api: HubApi) -> None:
    api.trouble[kind].statuses = [status, status]
    api.trouble[kind].headers = {"Retry-After": "0"}
    assert entry(repository("qwen/qwen3-8b", total=8_190_735_360))["architecture"]["layers"] == 36


@pytest.mark.parametrize("status", [429, 503])
def test_the_tree_is_asked_for_again(status: int, entry: Import, api: HubApi) -> None:
    api.trouble["tree"].statuses = [status, status]
    assert len(entry(repository("qwen/qwen3-8b", total=8_190_735_360))["variants"][0]["files"]) == 2
    api.trouble["tree"].statuses = [status] * 99
    assert str(status) in entry(None)["error"]["message"]
    assert len(api.trouble["tree"].statuses) > 80


def test_a_silent_hub_is_told(entry: Import, api: HubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_PATIENCE", 0.05)
    api.trouble["info"].delay = 0.2
    assert "did not answer in time" in entry(repository("qwen/qwen3-8b"))["error"]["message"]


def test_a_hub_that_stays_broken_is_told(entry: Import, api: HubApi) -> None:
    api.trouble["info"].statuses = [503] * 20
    assert "503" in entry(repository("qwen/qwen3-8b"))["error"]["message"]


def test_a_long_wait_is_left_to_the_user(entry: Import, api: HubApi) -> None:
    api.trouble["info"].statuses = [429]
    api.trouble["info"].headers = {"Retry-After": "120"}
    failure = entry(repository("qwen/qwen3-8b"))
    assert "120 seconds" in failure["error"]["hint"]
    assert len([path for path in api.requests if "expand" in path]) == 1


@pytest.mark.parametrize("kind", ["info", "tree", "resolve"])
def test_a_cut_answer_is_asked_for_again(kind: str, entry: Import, api: HubApi) -> None:
    api.trouble[kind].cut = 1
    assert entry(repository("qwen/qwen3-8b", total=8_190_735_360))["architecture"]["layers"] == 36


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"siblings": 1}'])
def test_an_answer_of_another_kind_is_refused(body: bytes, entry: Import, api: HubApi) -> None:
    api.trouble["info"].body = body
    assert entry(repository("qwen/qwen3-8b"))["code"] == 1


def test_offline_says_what_is_missing(entry: Import, api: HubApi) -> None:
    failure = entry(repository("qwen/qwen3-8b"), "--offline")
    assert "network" in failure["error"]["message"]
    assert api.requests == []


def test_only_headers_are_read(entry: Import, api: HubApi) -> None:
    entry(repository("qwen/qwen3-8b", total=8_190_735_360))
    assert not [path for path in api.requests if path.startswith("/store") and path.endswith((".safetensors", ".pth"))]


def test_the_written_entry_is_one_of_a_catalog(
    entry: Import, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry(repository("qwen/qwen3-8b", total=8_190_735_360, license="apache-2.0", base_model="Qwen/Qwen3-8B-Base"))
    assert run(["catalog", "import", "hf:org/model", "--into", str(tmp_path)]) == 0
    text = (tmp_path / "models/org/model.yaml").read_text(encoding="utf-8")
    assert text.startswith("repo: org/model\n")
    capsys.readouterr()
    assert run(["models", "show", "org/model", "--catalog", str(tmp_path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["architecture"]["layers"] == 36
    assert shown["origin"].endswith("models/org/model.yaml:1")


def test_an_entry_with_gaps_is_not_written(entry: Import, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = repository("meta-llama/llama-3.1-8b-instruct", license="llama3.1")
    repo.gated = True
    entry(repo)
    assert run(["catalog", "import", "hf:org/model", "--into", str(tmp_path)]) == 2
    assert "parameters.total" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []
