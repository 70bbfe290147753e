"""Writes src/llmadvise/hub/config_defaults.json: what a config.json leaves unsaid because its class says it.

transformers leaves out of a saved config what equals the class default, in nested configs above all: Gemma 3's
`text_config` names neither heads nor vocabulary. This script reads the defaults from the classes of the installed
transformers, and from a checkout of llama.cpp the name that its converter gives to each class:

    pip install transformers
    python benchmarks/config_defaults.py LLAMA_CPP_CHECKOUT

Only names and default values are taken over.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "src" / "llmadvise" / "hub" / "config_defaults.json"
KEPT = re.compile(
    r"""vocab_size|hidden_size|d_model|n_embd|dim|embed_dim|emb_dim|d_embedding|embedding_dim
    |num_hidden_layers|n_layers?|num_layers|num_decoder_layers|decoder_layers|encoder_layers
    |num_attention_heads|n_heads?|num_heads|decoder_attention_heads|encoder_attention_heads|attention_heads
    |num_key_value_heads|num_kv_heads|multi_query|new_decoder_architecture|head_dim|d_kv|kv_channels|attention_head_dim
    |intermediate_size|d_ff|n_inner|ffn_dim|ffn_hidden_size|decoder_ffn_dim|expansion_ratio|intermediate_size_mlp
    |dense_intermediate_size|shared_intermediate_size|block_\w*ff\w*|block_multiple_of|hidden_act
    |max_position_embeddings|n_positions|n_ctx|max_seq_len|model_max_length|context_length|original_max_position_embeddings
    |tie_word_embeddings|is_encoder_decoder
    |sliding_window|sliding_window_size|sliding_window_pattern|use_sliding_window|max_window_layers|attention_window_size
    |local_attention|global_attn_every_n_layers|layer_types|attention_chunk_size|no_rope_layer_interval
    |attention_bias|attention_k_eq_v|global_head_dim|num_global_key_value_heads|num_kv_shared_layers
    |hidden_size_per_layer_input|vocab_size_per_layer_input
    |kv_lora_rank|q_lora_rank|qk_nope_head_dim|qk_rope_head_dim|v_head_dim|qk_head_dim
    |num_experts|num_local_experts|n_routed_experts|moe_num_experts|num_experts_per_tok\w*|moe_k|moe_topk|top_k_experts
    |n_shared_experts|num_shared_experts|moe_num_shared_experts|moe_intermediate_size|expert_ffn_hidden_size
    |shared_expert_intermediate_size|moe_shared_expert_intermediate_size|share_expert_dim|first_k_dense_replace
    |num_dense_layers|moe_layer_start_index|interleave_moe_layer_step|decoder_sparse_step|expert_layer_\w+|enable_moe_block
    |attn_layer_\w+|mamba_\w+|n_mamba_heads|state_size|ssm_state_size|conv_kernel|expand|n_groups|conv_L_cache
    |linear_\w+|full_attention_interval|layer_group_size|short_conv_kernel_size|cross_attention_layers|lru_width|conv1d_width
    |block_types|relative_attention_\w+|type_vocab_size""".replace("\n", "").replace(" ", "")
)  # fmt: skip

LETTERS = {
    "full_attention": "F",
    "attention": "F",
    "indexed_attention": "F",
    "sliding_attention": "S",
    "chunked_attention": "C",
    "linear_attention": "R",
    "mamba": "R",
    "conv": "R",
}
SPEAKING = (
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_MAPPING_NAMES",
)


def main() -> None:
    """Read both, and write the file."""
    checkout = Path(sys.argv[1])
    warnings.simplefilter("ignore")
    import transformers  # noqa: PLC0415 - not a dependency of the project

    revision = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    document = {
        "sources": [
            f"class defaults of transformers {transformers.__version__}, src/transformers/models/*/configuration_*.py",
            f"llama.cpp {revision or 'b11434'}, conversion/*.py (ModelBase.register) and gguf-py/gguf/constants.py",
        ],
        "model_types": dict(sorted(model_types().items())),
        "llama_cpp": dict(sorted(converted(checkout).items())),
    }
    rows = json.dumps(document, ensure_ascii=False, sort_keys=False, separators=(",", ":"))
    OUTPUT.write_text(re.sub(r'(?<=[}"\]]),(?="[\w.-]+":[{"\[])', ",\n", rows) + "\n", encoding="utf-8")
    print(OUTPUT, OUTPUT.stat().st_size)


def model_types() -> dict[str, dict[str, Any]]:
    """Defaults by model type; `text` names the type of a wrapper's language model, `class` the class that speaks."""
    from transformers import CONFIG_MAPPING  # noqa: PLC0415 - see main

    spoken = _speaking_classes()
    types = {}
    for name in CONFIG_MAPPING:
        cls = CONFIG_MAPPING[name]
        fields = {item.name: item.default for item in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
        text = next((cls.sub_configs[key] for key in ("text_config", "thinker_config") if key in cls.sub_configs), None)
        if "vocab_size" not in fields and text is None:
            continue
        kept: dict[str, Any] = {
            key: value
            for key, value in fields.items()
            if KEPT.fullmatch(key) and isinstance(value, (int, float, str, bool))
        }
        if {"layer_types", "layers_block_type"} & fields.keys():
            kept["pattern"] = _pattern(cls) or "?"
        if name in spoken:
            kept["class"] = spoken[name]
        if text is not None and getattr(text, "model_type", ""):
            kept["text"] = text.model_type
        types[name] = kept
    return types


def _pattern(cls: Any) -> str | None:  # noqa: ANN401 - a class of transformers
    """How layers remember where no list says so, one letter a layer for one period; `!` after it: the last is full.

    None (written as `?`) where the default depends on more than the number of layers.
    """
    seen = []
    for layers in (24, 31):
        try:
            words = cls(num_hidden_layers=layers).layer_types
        except Exception:  # noqa: BLE001 - a class may refuse the number
            return None
        if words is None or len(words) != layers or not set(words) <= set(LETTERS):
            return None
        seen.append("".join(LETTERS[word] for word in words))
    for period in range(1, 13):
        for forced in ("", "!"):
            if all(_repeated(letters[:period], len(letters), forced) == letters for letters in seen):
                return seen[0][:period] + forced
    return None


def _repeated(period: str, layers: int, forced: str) -> str:
    letters = (period * layers)[:layers]
    return letters[:-1] + "F" if forced else letters


def _speaking_classes() -> dict[str, str]:
    """By model type the class that speaks; read from the source, since importing it needs PyTorch."""
    from importlib.util import find_spec  # noqa: PLC0415 - see main

    spec = find_spec("transformers")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parent / "models" / "auto" / "modeling_auto.py"
    tables: dict[str, ast.expr] = {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            tables[ast.unparse(node.targets[0])] = node.value.args[0]
    spoken: dict[str, str] = {}
    for table in SPEAKING:
        for name, cls in ast.literal_eval(tables[table]):
            spoken.setdefault(name, cls if isinstance(cls, str) else cls[0])
    return spoken


def converted(checkout: Path) -> dict[str, str]:
    """llama.cpp's name by class of the model, as its converter registers them."""
    sys.path.insert(0, str(checkout / "gguf-py"))
    from gguf.constants import MODEL_ARCH, MODEL_ARCH_NAMES  # noqa: PLC0415 - the checkout's own

    classes: dict[str, tuple[list[str], list[str], str | None]] = {}
    for file in sorted((checkout / "conversion").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name] = (
                    _registered(node),
                    [ast.unparse(base) for base in node.bases],
                    _architecture(node),
                )

    def architecture(name: str) -> str | None:
        _, bases, own = classes.get(name, ([], [], None))
        return own or next((found for base in bases if (found := architecture(base))), None)

    return {
        spoken: MODEL_ARCH_NAMES[MODEL_ARCH[found]]
        for name, (registered, _, _) in classes.items()
        for spoken in registered
        if (found := architecture(name)) and found != "MMPROJ"
    }


def _registered(node: ast.ClassDef) -> list[str]:
    return [
        argument.value
        for item in node.decorator_list
        if isinstance(item, ast.Call) and ast.unparse(item.func).endswith("ModelBase.register")
        for argument in item.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _architecture(node: ast.ClassDef) -> str | None:
    for item in node.body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "model_arch":
            return ast.unparse(item.value).rpartition(".")[2]
    return None


if __name__ == "__main__":
    main()
