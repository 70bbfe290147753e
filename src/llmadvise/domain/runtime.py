"""Runtimes: the programs that load a model and answer."""

from __future__ import annotations

from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.profile import Task
from llmadvise.record import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeBackend:
    """One backend a runtime can compute with."""

    backend: Backend
    platforms: tuple[Platform, ...]
    minimum_compute_capability: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Command templates: words, of which `{name}` becomes a value, `{options}` the plan's flags, `{model}` how the model
    is named. What stands in square brackets falls away when a value in it is unknown; `&&` parts steps; words such as
    `NAME={value}` before the program are its environment. There is no other shell syntax (docs/commands.md).
    """

    pull: str | None = None
    run: str | None = None
    serve: str | None = None
    install: str | None = None
    """A line to paste, with nothing to fill in."""
    upgrade: str | None = None
    """The same for a newer version; None: as installing."""
    model: str | None = None
    """What `{model}` is for a repository of the Hub."""
    local_model: str | None = None
    """What `{model}` is for a file or folder on this machine; None: it takes none."""
    head: str | None = None
    """Starts a cluster on the first of several nodes, before `serve`."""
    worker: str | None = None
    """Joins every other node to it; the first one's address is in HEAD_ADDRESS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How to see that the runtime is installed."""

    binaries: tuple[str, ...] = ()
    version_arguments: tuple[str, ...] = ()
    version_pattern: str | None = None
    python_package: str | None = None
    port: int | None = None
    greeting: str | None = None
    """What stands in its server's answer to `GET /`, headers included, in any letter case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTier:
    """The context length that a runtime gives where so much GPU memory is there."""

    gpu_bytes: int
    """Total of all GPUs, at least."""
    context: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTier:
    """The micro-batch that a runtime takes beyond a context length, where the GPU has room for it."""

    above_context: int
    batch: int
    gpu_share: float = 1.0
    """Only if its own rough estimate is within this part of the free GPU memory."""
    extra_bytes: int = 0
    """What it reckons that the larger batch takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How a runtime sizes what it starts when nothing is said, where that differs from the engine inside it."""

    contexts: tuple[ContextTier, ...] = ()
    """The most memory first."""
    batches: tuple[BatchTier, ...] = ()
    """The longest context first."""
    slots: int = 1
    """Requests at once."""
    gpu_margin_bytes: int | None = None
    """Left free on each GPU; None: as much as is planned with anyway."""
    one_gpu_share: float | None = None
    """One of several GPUs is used alone if a rough estimate is within this part of its free memory."""
    integrated_vulkan: bool = True
    """Whether integrated GPUs are used through Vulkan."""
    one_at_a_time: tuple[str, ...] = ()
    """Architectures that it never serves more than one request at once."""
    unknown: str | None = None
    """What its publisher does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A container image that the runtime is published in."""

    name: str
    """With its registry where that is not Docker Hub."""
    tag: str
    """A version, never one that moves."""
    backends: tuple[Backend, ...]
    """Those that it was built for."""
    version: str
    """Of the runtime in it."""
    digest: str | None = None
    """`sha256:` and 64 hex digits, of the manifest that the tag named when it was read."""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """One runtime, as data."""

    id: str
    name: str
    formats: tuple[str, ...]
    backends: tuple[RuntimeBackend, ...]
    engine: str
    """Which memory model applies: llama.cpp, vllm or mlx."""
    architectures: dict[str, str | None] = field(default_factory=dict)
    """Architectures it may load, by llama.cpp name, each with the version that added it, or the first one known to have
    it; None: that is unknown. Empty: nothing is known, and no rule fires.
    """
    since: dict[str, str] = field(default_factory=dict)
    """The same for formats and quantizations, by their ids: only those that were added late."""
    kernels: dict[str, str] = field(default_factory=dict)
    """Least NVIDIA compute capability with a kernel, by quantization or format, where this runtime has its own bounds."""
    license: str | None = None
    preference: int = 0
    """Higher goes first among runtimes that could run a variant equally well for one user."""
    batches: bool = False
    """Made for many concurrent sequences."""
    offloads: bool = False
    """Can keep part of the model in RAM beside a GPU."""
    divides_context: bool = False
    """Its context length is for all concurrent sequences together, not for each."""
    split_files: bool = True
    """Its commands can fetch a model that is split into several files."""
    kv_types: tuple[str, ...] = ("f16",)
    kv_names: dict[str, str] = field(default_factory=dict)
    """What it calls a type of the KV cache, where that differs from llama.cpp's name."""
    splits: tuple[str, ...] = ()
    """What it can part among the GPUs of one machine: layers, tensors, experts, stages. Empty: unknown or nothing."""
    several_machines: str | None = None
    """By what it runs one model on several machines; None: it does not, or that is unknown."""
    by_analogy: bool = False
    """It is no kin of its `engine`: that memory model is only the nearest there is."""
    asked_only: bool = False
    """Taken only when asked for by name: it runs models, but is no first advice for anyone."""
    default_context: int | None = None
    """What it uses when nothing is said; None: the model's own, or as `sizing` says."""
    sizing: Sizing | None = None
    """None: it is started as the engine would be."""
    surprises: tuple[str, ...] = ()
    detection: Detection = Detection()
    commands: Commands = Commands()
    flags: dict[str, str] = field(default_factory=dict)
    """How a setting of the plan is said to it: setting id to flag template with `{value}`; settings without one are
    not said. Settings: gpu_layers, cpu_moe_layers, slots, batch, ubatch, kv_type, kv_type_k, kv_type_v,
    flash_attention, tensor_split (`{values}`: its parts as words), split_mode, main_gpu, tensor_parallel,
    pipeline_parallel, data_parallel, expert_parallel, node_backend, data_backend, memory_fraction, users, projector,
    picture_tokens, pooling, cache_reuse; and, said by the placement, all_layers, backend_cuda, backend_vulkan and so
    on."""
    images: tuple[Image, ...] = ()
    """The first that serves a backend is used."""
    nodes: tuple[str, ...] = ()
    """Ways in which it spans several nodes, such as `ray`; empty: it keeps to one."""
    version: str | None = None
    """The version that these facts were read from."""
    url: str | None = None
    sources: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = (Task.TEXT,)
    """What its server does with a model; what is not listed is not known to work."""
