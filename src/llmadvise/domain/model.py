"""Models and the files they come in. Sizes in bytes, counts in units, lengths in tokens."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from llmadvise.domain.abilities import EmbeddingFacts, FillInMiddle, PictureEncoder, Projector
from llmadvise.domain.estimate import Basis
from llmadvise.record import dataclass

ALL_WEIGHTS: Final = "*.safetensors"
"""The name of a `File` that stands for all weight files of a repository that is loaded whole."""


class Role(StrEnum):
    """What a model is made for. Only some roles can hold a conversation."""

    BASE = "base"
    INSTRUCT = "instruct"
    REASONING = "reasoning"
    CODER = "coder"
    VISION = "vision"
    EMBEDDING = "embedding"
    RERANKER = "reranker"
    JUDGE = "judge"
    DRAFT = "draft"
    DIFFUSION = "diffusion"


class AttentionKind(StrEnum):
    """How a layer remembers the context, which decides what it caches."""

    FULL = "full"
    """Keys and values of every token."""
    SLIDING = "sliding"
    """Keys and values of the last `window` tokens."""
    CHUNKED = "chunked"
    """Keys and values of the current chunk of `window` tokens (Llama 4)."""
    LATENT = "latent"
    """One compressed vector of `latent_size` elements a token (MLA)."""
    SHARED = "shared"
    """Reads the cache of an earlier layer and keeps none (Gemma 3n, Gemma 4 E)."""
    RECURRENT = "recurrent"
    """A state of `state_bytes` a sequence, whatever the context length (SSM, linear attention, convolution)."""
    NONE = "none"
    """No attention and no state (a pure feed-forward layer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionGroup:
    """Layers that remember alike. Together the groups of a model name every layer once (a hybrid layer that has
    both attention and a state is named in two groups).
    """

    kind: AttentionKind
    layers: tuple[int, ...]
    """Layer indices from 0, ascending."""
    kv_heads: int | None = None
    key_size: int | None = None
    """Elements of one key head."""
    value_size: int | None = None
    window: int | None = None
    """Tokens; sliding and chunked only."""
    latent_size: int | None = None
    """Elements cached a token (KV LoRA rank plus rotary part); latent only."""
    state_bytes: int | None = None
    """Bytes of state a layer and sequence as the engine keeps it; recurrent only."""
    inner_size: int | None = None
    """Width inside the layer (`ssm.inner_size`, or value heads × value size); recurrent only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts:
    """The mixture of experts of a model."""

    total: int
    used: int
    """Routed experts a token runs through."""
    shared: int = 0
    feed_forward_size: int | None = None
    """Width of one routed expert."""
    shared_feed_forward_size: int | None = None
    dense_layers: int = 0
    """Leading layers with an ordinary feed-forward network instead."""
    every: int = 1
    """One layer in so many is a mixture: 2 where mixtures and ordinary layers take turns."""

    def is_mixture(self, layer: int) -> bool:
        """Whether this layer, counted from 0, is a mixture."""
        return layer >= self.dense_layers and (layer + 1) % self.every == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The shape of the network. `None` is unknown."""

    id: str | None
    """llama.cpp's name (`general.architecture`), None where llama.cpp has none."""
    layers: int
    hidden_size: int
    heads: int | None
    kv_heads: int | None
    key_size: int | None
    value_size: int | None
    feed_forward_size: int | None
    vocabulary_size: int
    tied_embeddings: bool
    attention: tuple[AttentionGroup, ...]
    experts: Experts | None = None
    per_layer_embedding_size: int | None = None
    """Width of the embedding that every layer adds by itself (Gemma 3n, Gemma 4 E); None: there is none."""
    draft_layers: int = 0
    """Next-token-prediction layers that a file holds beyond `layers`; engines skip them unless asked to draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How many weights there are, and how many one token uses."""

    total: int
    """All parameters of the published repository, with vision tower and draft layers."""
    active: int
    """Those that one token is multiplied with; equals `total` for a dense model."""
    language: int | None = None
    """The language model alone: what a GGUF of it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextLength:
    """How many tokens the model can attend to."""

    native: int
    """As trained."""
    extended: int | None = None
    """With the RoPE scaling that the card describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLicense:
    """What the publisher says the license is."""

    declared: str | None
    """Id of a file in catalog/licenses; None if nothing is declared."""
    name: str | None = None
    """The publisher's own words (`license_name`, or the tag)."""
    link: str | None = None
    addition: str | None = None
    """A condition that the card sets beside the license that it names."""
    text_sha256: str | None = None
    """Of the license file that comes with the model, byte by byte."""
    candidates: tuple[str, ...] = ()
    """Ids of the texts that the words may mean, where they do not tell which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """One parent in the line of descent."""

    model: str
    """Catalog id where the parent is in the catalog, else the Hub id, or what of a hosted service was used."""
    relation: str
    """finetune, quantization, merge, adapter, pruning, conversion, mirror, distillation, trained-on-outputs-of."""
    service: str | None = None
    """Id of a row in catalog/licenses/services.yaml: the parent is a hosted service that only gave outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One published result of this very model."""

    benchmark: str
    """Id of a row in catalog/benchmarks.yaml."""
    score: float
    setting: str | None = None
    date: str | None = None
    """ISO 8601, of the run or of its publication."""
    independent: bool = False
    """True when someone other than the publisher ran it."""
    source: str | None = None
    of: str | None = None
    """Catalog id of the model that was tested, where it is one tuned from this very model: tests that ask for code in
    words say little of a model that was never taught to follow words. None: this model itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a variant."""

    name: str
    """Path inside the repository; `*.safetensors` stands for all weight files of a repository that is loaded whole."""
    bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One loadable set of files of a model."""

    id: str
    """Unique within the model: `repo:quantization`."""
    format: str
    """gguf, gptq, awq, mlx, fp8 … (open set; the runtimes say what they load)."""
    quantization: str
    """Id of a row in catalog/quantizations.yaml."""
    repo: str
    revision: str | None = None
    """Commit, 40 hex digits, where it is known."""
    files: tuple[File, ...] = ()
    bytes: int | None = None
    """All files together; None if unknown."""
    bytes_basis: Basis | None = None
    """declared: read from the Hub; computed: from dimensions, within 0.5 %; assumed: a median or a rounded figure."""
    bits_per_weight: float | None = None
    names_verified: bool = True
    """False where the file name follows the publisher's custom and was not seen."""
    calibrated: bool | None = None
    """Made with calibration data (importance matrix, GPTQ, AWQ); None if unknown."""
    note: str | None = None
    source: str | None = None

    @property
    def is_split(self) -> bool:
        """Whether one model comes as several GGUF files, which some runtimes refuse."""
        return self.format == "gguf" and len(self.files) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One published model: what is true of it whatever file it comes in."""

    id: str
    """`org/name` in lower case: the path of its file in catalog/models."""
    repo: str
    """Hub id as spelled there."""
    name: str
    org: str
    family: str
    role: Role
    parameters: Parameters
    context_length: ContextLength
    license: DeclaredLicense
    capabilities: tuple[str, ...] = ()
    """thinking, vision, tools, code, audio: what it can do beside holding its role."""
    languages: tuple[str, ...] = ()
    release_date: str | None = None
    revision: str | None = None
    base_models: tuple[BaseModel, ...] = ()
    gated: bool | None = None
    architecture: Architecture | None = None
    template: str | None = None
    """Id of a row in catalog/templates.yaml."""
    evidence: tuple[Evidence, ...] = ()
    variants: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    """Ids of entries to use in its place, where the runtimes that people have do not load it."""
    pictures: PictureEncoder | None = None
    """How it sees; None: it does not, or the encoder is not known."""
    projectors: tuple[Projector, ...] = ()
    """Files with the encoder of pictures, one a repository of GGUF files."""
    embedding: EmbeddingFacts | None = None
    """How it makes vectors of texts; None: it does not, or how is not known."""
    fill_in_middle: FillInMiddle | None = None
    """None: nobody says that it was trained to fill in the middle of code."""
