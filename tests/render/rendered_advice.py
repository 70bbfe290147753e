"""One advice, built by hand, that every format renders: figures are round and made up, and no engine is involved."""

from __future__ import annotations

from math import prod

from llmadvise.domain.assessment import (
    Advice,
    Alternative,
    Assessment,
    ContextPoint,
    DeviceMemory,
    FilledCommands,
    Grade,
    LicenseAssessment,
    MemoryEstimate,
    Placement,
    PlacementKind,
    QualityEstimate,
    QualityEvidence,
    RuledOut,
    SpeedEstimate,
)
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.estimate import Basis, Estimate, Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import (
    Backend,
    Cpu,
    Gpu,
    Hardware,
    InstalledRuntime,
    Memory,
    Platform,
    ProbeSource,
)
from llmadvise.domain.license import Obligation
from llmadvise.domain.model import (
    Architecture,
    AttentionGroup,
    AttentionKind,
    BaseModel,
    ContextLength,
    DeclaredLicense,
    Evidence,
    Experts,
    File,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.fit_chance import chance_within
from llmadvise.render.documents.assessment import Prompt
from llmadvise.render.documents.recommendation import RecommendationDocument, recommendation_document
from llmadvise.units import GIB

VERSION = "9.9.9"
IDENTITY = CatalogIdentity(version="2026.11", as_of="2026-11-18", digest="sha256:" + "ab" * 32)
USE_CASES = {"qwen/qwen3-14b": ("chat", "coding"), "openai/gpt-oss-20b": ("chat",), "google/gemma-3-12b-it": ("chat",)}
PROMPTS = {"qwen/qwen3-14b": Prompt(template="chatml", example="<|im_start|>user\nHello<|im_end|>\n")}


def computed(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, basis=Basis.COMPUTED, sources=("made up",))


def gibibytes(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(
        value=round(value * GIB),
        low=round((value if low is None else low) * GIB),
        high=round((value if high is None else high) * GIB),
        basis=Basis.COMPUTED,
        sources=("made up",),
    )


def device(name: str, budget: float, weights: float, kv_cache: float, other: float) -> DeviceMemory:
    used = weights + kv_cache + other
    return DeviceMemory(
        device=name,
        budget_bytes=round(budget * GIB),
        used=gibibytes(used, used - 0.2, used + 0.4),
        headroom_bytes=round(budget * GIB) - round(used * GIB),
        weights_bytes=round(weights * GIB),
        kv_cache_bytes=round(kv_cache * GIB),
        compute_bytes=round(other * GIB / 2),
        overhead_bytes=round(other * GIB / 2),
        fit_chance=round(
            chance_within(Range(used * GIB, (used - 0.2) * GIB, (used + 0.4) * GIB), round(budget * GIB)), 4
        ),
    )


def memory(*devices: DeviceMemory) -> MemoryEstimate:
    def total(field: str) -> float:
        return sum(float(getattr(each, field)) for each in devices) / GIB

    used = sum(float(each.used.value) for each in devices) / GIB
    return MemoryEstimate(
        total=gibibytes(used, used - 0.2, used + 0.4),
        weights=gibibytes(total("weights_bytes")),
        kv_cache=gibibytes(total("kv_cache_bytes")),
        compute=gibibytes(total("compute_bytes")),
        overhead=gibibytes(total("overhead_bytes"), 0.2, 0.6),
        by_device=devices,
        fit_chance=round(prod(each.fit_chance or 0.0 for each in devices), 4),
    )


def variant(repo: str, quantization: str, size: float, name: str) -> Variant:
    return Variant(
        id=f"{repo}:{quantization}",
        format="gguf",
        quantization=quantization,
        repo=repo,
        revision="0123456789abcdef0123456789abcdef01234567",
        files=(File(name=name, bytes=round(size * 10**9), sha256="cd" * 32),),
        bytes=round(size * 10**9),
        bytes_basis=Basis.DECLARED,
        bits_per_weight=4.87,
        source="made up",
    )


def model(org: str, name: str, total: float, license_: str, *, active: float | None = None) -> Model:
    slug = name.lower().replace(" ", "-")
    repo = f"{org.title()}/{name.replace(' ', '-')}"
    return Model(
        id=f"{org}/{slug}",
        repo=repo,
        name=name,
        org=org,
        family=slug.split("-")[0],
        role=Role.INSTRUCT,
        parameters=Parameters(total=round(total * 1e9), active=round((active or total) * 1e9)),
        context_length=ContextLength(native=40960, extended=131072),
        license=DeclaredLicense(declared=license_),
        capabilities=("thinking", "tools"),
        languages=("en", "zh"),
        release_date="2025-04-28",
        base_models=(BaseModel(model=f"{repo}-Base", relation="finetune"),),
        gated=False,
        architecture=Architecture(
            id="qwen3",
            layers=40,
            hidden_size=5120,
            heads=40,
            kv_heads=8,
            key_size=128,
            value_size=128,
            feed_forward_size=17408,
            vocabulary_size=151936,
            tied_embeddings=False,
            attention=(
                AttentionGroup(
                    kind=AttentionKind.FULL, layers=tuple(range(40)), kv_heads=8, key_size=128, value_size=128
                ),
            ),
            experts=None if active is None else Experts(total=32, used=4),
        ),
        template="chatml",
        evidence=(
            Evidence(
                benchmark="livebench", score=61.5, date="2025-06-01", independent=True, source="https://example.org/lb"
            ),
        ),
        variants=(
            variant(f"{repo}-GGUF", "Q4_K_M", total * 0.61, f"{name.replace(' ', '-')}-Q4_K_M.gguf"),
            variant(f"{repo}-GGUF", "Q8_0", total * 1.06, f"{name.replace(' ', '-')}-Q8_0.gguf"),
        ),
        notes=("Thinks before it answers unless told not to.",),
        sources=("https://example.org/card",),
    )


def quality(value: float) -> QualityEstimate:
    return QualityEstimate(
        estimate=computed(value, value - 5, value + 4),
        unquantized=computed(value / 0.994, value - 4, value + 5),
        retention=computed(0.994, 0.985, 0.999),
        evidence=(
            QualityEvidence(
                benchmark="livebench",
                score=61.5,
                weight=0.9,
                independent=True,
                date="2025-06-01",
                source="https://example.org/lb",
            ),
            QualityEvidence(benchmark="mmlu-pro", score=70.4, weight=0.4, independent=False, date=None, source=None),
        ),
    )


def grades(*points: float) -> tuple[Grade, ...]:
    whys = (
        ("quality", 40, "78 of 100 in chat, the best of what fits"),
        ("speed", 25, "31 tokens/s where 30 is comfortable"),
        ("memory-fit", 15, "9.9 of 11.2 GiB leaves room for the desktop"),
        ("license", 12, "Apache-2.0 permits commercial use"),
        ("evidence", 8, "one independent result, from 2025-06"),
    )
    return tuple(
        Grade(criterion=name, grade=given / weight, weight=weight / 100, points=given, why=why)
        for (name, weight, why), given in zip(whys, points, strict=True)
    )


def assessment(
    about: Model,
    placed: Placement,
    held: MemoryEstimate,
    *,
    decode: float,
    worth: float,
    points: tuple[float, ...],
    best_at: tuple[str, ...],
    license_: LicenseAssessment,
    findings: tuple[Finding, ...] = (),
) -> Assessment:
    chosen = about.variants[0]
    target = f"{chosen.repo}:{chosen.quantization}"
    return Assessment(
        model=about,
        variant=chosen,
        runtime="llama.cpp",
        lineage=tuple(base.model for base in about.base_models),
        context_used=16384,
        placement=placed,
        memory=held,
        speed=SpeedEstimate(
            prefill=computed(1180.4, 700, 1600),
            decode=computed(decode, decode * 0.65, decode * 1.35),
            time_to_first_token=computed(0.434, 0.3, 0.8),
        ),
        quality=quality(worth),
        license=license_,
        score=sum(points),
        grades=grades(*points),
        findings=findings,
        commands=FilledCommands(
            pull=f"hf download {chosen.repo} {chosen.files[0].name}",
            run=f"llama-cli -hf {target} -c 16384 -ngl 99 -fa on --temp 0.6 --top-p 0.95 --min-p 0 --jinja",
            serve=f"llama-server -hf {target} -c 16384 -ngl 99 -fa on",
        ),
        alternatives=(
            Alternative(
                variant=about.variants[1],
                runtime="llama.cpp",
                placement=Placement(kind=PlacementKind.OFFLOAD, gpu_layers=20, devices=("gpu0", "cpu")),
                memory_bytes=round(16.9 * GIB),
                decode=6.2,
                quality=worth + 0.4,
                score=61.0,
            ),
        ),
        best_at=best_at,
    )


APACHE = LicenseAssessment(
    declared="apache-2.0",
    effective=("apache-2.0",),
    verdict="allowed",
    obligations=(
        Obligation(id="notice", text="Keep the license text and notices when you pass it on", clause="section 4"),
    ),
    findings=(),
)
GEMMA = LicenseAssessment(
    declared="gemma",
    effective=("gemma", "gemma-prohibited-use"),
    verdict="unknown",
    obligations=(
        Obligation(id="use-policy", text="Follow the prohibited use policy", clause="section 3.2"),
        Obligation(id="pass-on-terms", text="Pass the terms on", clause="section 3.1"),
    ),
    findings=(
        Finding(
            rule="license-use-restricted",
            verdict=Verdict.WARN,
            message="The license restricts what the model may be used for",
            evidence="section 3.2",
        ),
    ),
)
GPU = Placement(kind=PlacementKind.GPU, gpu_layers=41, devices=("gpu0",))
SPLIT = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=25, cpu_moe_layers=8, devices=("gpu0", "cpu"))


def first() -> Assessment:
    return assessment(
        model("qwen", "Qwen3 14B", 14.8, "apache-2.0"),
        GPU,
        memory(device("gpu0", 11.2, 8.2, 1.3, 0.4)),
        decode=31.4,
        worth=78.2,
        points=(31.3, 25.0, 11.27, 12.0, 4.66),
        best_at=("quality",),
        license_=APACHE,
        findings=(
            Finding(rule="runtime-default-context", verdict=Verdict.NOTE, message="Ollama would use 4,096 tokens"),
            Finding(
                rule="display-attached",
                verdict=Verdict.WARN,
                message="A display is attached: the desktop may take more memory later",
                evidence="0.8 GiB in use",
            ),
        ),
    )


def second() -> Assessment:
    return assessment(
        model("openai", "gpt-oss 20B", 20.9, "apache-2.0", active=3.6),
        SPLIT,
        memory(device("gpu0", 11.2, 9.4, 0.4, 0.9), device("cpu", 24.0, 3.0, 0.0, 0.3)),
        decode=24.0,
        worth=77.1,
        points=(30.8, 20.0, 10.0, 12.0, 4.0),
        best_at=("context", "license"),
        license_=APACHE,
    )


def third() -> Assessment:
    return assessment(
        model("google", "Gemma 3 12B it", 12.2, "gemma"),
        GPU,
        memory(device("gpu0", 11.2, 7.4, 3.4, 0.3)),
        decode=34.0,
        worth=74.0,
        points=(29.6, 25.0, 9.0, 6.0, 4.0),
        best_at=("speed", "size"),
        license_=GEMMA,
    )


def machine() -> Hardware:
    return Hardware(
        platform=Platform.LINUX,
        cpu=Cpu(
            name="AMD Ryzen 7 5800X",
            architecture="x86_64",
            cores=8,
            features=("avx2", "fma"),
            memory_bandwidth=44_000_000_000,
            bandwidth_basis=Basis.ASSUMED,
            bandwidth_source="typical of two channels of DDR4-3200",
        ),
        memory=Memory(total_bytes=31 * GIB, available_bytes=24 * GIB),
        gpus=(
            Gpu(
                index=0,
                vendor="nvidia",
                name="NVIDIA GeForce RTX 3060",
                id="rtx-3060-12gb",
                memory_bytes=12 * GIB,
                free_bytes=round(11.5 * GIB),
                budget_bytes=round(11.2 * GIB),
                memory_bandwidth=360_000_000_000,
                bandwidth_basis=Basis.DECLARED,
                bandwidth_source="vendor's data sheet",
                compute_capability="8.6",
                driver="580.95",
                backends=(Backend.CUDA, Backend.VULKAN),
            ),
        ),
        runtimes=(InstalledRuntime(id="llama.cpp", version="b10488", path="/usr/local/bin/llama-server"),),
        sources=(
            ProbeSource(source="nvml", status="read"),
            ProbeSource(source="rocm-smi", status="absent"),
            ProbeSource(source="/sys/fs/cgroup/memory.max", status="denied", detail="permission denied"),
        ),
        findings=(
            Finding(
                rule="bandwidth-assumed",
                verdict=Verdict.NOTE,
                message="The RAM's bandwidth is assumed from its kind",
                evidence="DDR4-3200",
            ),
        ),
    )


def request() -> Requirements:
    return Requirements(
        use_case="chat",
        context_length=16384,
        minimum_speed=10.0,
        minimum_bits=4.0,
        prompt_tokens=512,
        asked=("context_length",),
    )


def advice() -> Advice:
    return Advice(
        requirements=request(),
        recommendations=(first(), second()),
        specialists=(third(),),
        ruled_out=RuledOut(
            count=3512,
            by_rule={
                "does-not-fit": 2900,
                "too-slow": 410,
                "runtime-cannot-load-format": 150,
                "role-unsuitable": 40,
                "license-non-commercial": 12,
            },
        ),
        bigger=Finding(
            rule="does-not-fit",
            verdict=Verdict.BLOCK,
            message="Qwen3 32B needs 21.4 GiB at Q4_K_M; at IQ2_M it fits, but quality falls to 66.",
            evidence="21.4 GiB",
        ),
        context_curve=curve(),
    )


def curve() -> tuple[ContextPoint, ...]:
    """8.2 GiB of weights, and a cache of 80 or 43 MiB for every thousand tokens; beyond 32k layers go to the RAM."""
    return tuple(
        ContextPoint(
            context=context,
            kv_type=kv_type,
            weights_bytes=round(8.2 * GIB),
            kv_cache_bytes=context * each,
            other_bytes=round(0.4 * GIB),
            budget_bytes=round((11.2 if context <= 32768 else 35.2) * GIB),
            fits=context <= 40960,
            placement=PlacementKind.GPU if context <= (16384, 32768)[kv_type == "q8_0"] else PlacementKind.OFFLOAD,
        )
        for kv_type, each in (("f16", 81_920), ("q8_0", 43_520))
        for context in (2048, 4096, 8192, 16384, 32768, 40960, 81920)
    )


def document(given: Advice, relaxations: tuple[str, ...] = ()) -> RecommendationDocument:
    return recommendation_document(
        given,
        machine(),
        version=VERSION,
        catalog=IDENTITY,
        use_cases=USE_CASES,
        prompts=PROMPTS,
        relaxations=relaxations,
    )
