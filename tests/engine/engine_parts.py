"""Models, variants, licenses and machines made to order, each the plainest of its kind unless said otherwise."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.abilities import EmbeddingFacts, Pooling, Projector
from llmadvise.domain.assessment import LicenseAssessment, Placement, PlacementKind, QualityEvidence
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.license import License, Permission
from llmadvise.domain.model import (
    Architecture,
    AttentionGroup,
    AttentionKind,
    BaseModel,
    ContextLength,
    DeclaredLicense,
    File,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.domain.profile import Profile, SpeedMeasure, SpeedNeeds, Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.domain.runtime import Commands, Runtime, RuntimeBackend
from llmadvise.engine.case import Candidate, DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.rules.case_rules import CaseSubject
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.rule import block, note
from llmadvise.engine.rules.variant_rules import VariantSubject
from llmadvise.engine.runtimes import RuntimeChoice
from llmadvise.units import GIB

OPEN = License(id="open", name="Open", category="permissive", commercial_use=Permission.YES)
CLOSED = License(id="closed", name="Closed", category="non-commercial", commercial_use=Permission.NO)
LIMITED = License(id="limited", name="Limited", category="use-restricted", commercial_use=Permission.CONDITIONAL)
TEACHER = License(
    id="teacher",
    name="Teacher",
    category="use-restricted",
    commercial_use=Permission.CONDITIONAL,
    output_training=Permission.CONDITIONAL,
)
UNREAD = License(id="unread", name="Unread", category="unknown", commercial_use=Permission.UNKNOWN)
LICENSES = {text.id: text for text in (OPEN, CLOSED, LIMITED, TEACHER, UNREAD)}

ARCHITECTURE = Architecture(
    id="llama",
    layers=2,
    hidden_size=64,
    heads=4,
    kv_heads=2,
    key_size=16,
    value_size=16,
    feed_forward_size=128,
    vocabulary_size=1000,
    tied_embeddings=False,
    attention=(AttentionGroup(kind=AttentionKind.FULL, layers=(0, 1), kv_heads=2, key_size=16, value_size=16),),
)
CHAT = Profile(
    id="chat",
    name="Chat",
    summary="Talk.",
    roles=(Role.INSTRUCT,),
    context_length=8192,
    speed=SpeedNeeds(usable=4.0, comfortable=20.0),
    weights={"quality": 1.0},
    evidence={"chat": 1.0},
)
PICTURES = replace(CHAT, id="vision", name="Vision", task=Task.PICTURES, picture_tokens=1024)
FILL_IN = replace(
    CHAT,
    id="autocomplete",
    name="Autocomplete",
    task=Task.FILL_IN,
    speed=SpeedNeeds(usable=10.0, comfortable=80.0, measure=SpeedMeasure.ANSWER, answer_tokens=32),
    prompt_tokens=900,
)
VECTORS = replace(
    CHAT,
    id="embedding",
    name="Embedding",
    task=Task.EMBEDDING,
    context_length=512,
    speed=SpeedNeeds(usable=100.0, comfortable=5000.0, measure=SpeedMeasure.READING),
    evidence={"embedding": 1.0},
)
EMBEDS = EmbeddingFacts(dimensions=768, pooling=Pooling.MEAN, largest_input=512)
PROJECTOR = Projector(repo="acme/anvil-gguf", name="mmproj-F16.gguf", bytes=GIB)
Q4 = Quantization(id="Q4", format="gguf", bits_per_weight=4.8, method="k_quant")
LLAMA_CPP = Runtime(
    id="llama.cpp",
    name="llama.cpp",
    formats=("gguf",),
    backends=(
        RuntimeBackend(backend=Backend.CUDA, platforms=(Platform.LINUX,)),
        RuntimeBackend(backend=Backend.CPU, platforms=(Platform.LINUX,)),
    ),
    engine="llama.cpp",
    commands=Commands(run="llama-cli -hf {repo}"),
)


def a_model(id_: str = "acme/anvil", *, license_: str | None = "open", **changes: object) -> Model:
    """An ordinary instruct model with one variant."""
    org, _, name = id_.partition("/")
    model = Model(
        id=id_,
        repo=f"{org.title()}/{name.title()}",
        name=name,
        org=org,
        family=name,
        role=Role.INSTRUCT,
        parameters=Parameters(total=8 * 10**9, active=8 * 10**9),
        context_length=ContextLength(native=32768),
        license=DeclaredLicense(declared=license_),
        architecture=ARCHITECTURE,
        variants=(a_variant(),),
        release_date="2026-01-01",
    )
    return replace(model, **changes)  # type: ignore[arg-type]  # the tests name fields of Model


def child(id_: str, parent: Model, relation: str = "finetune", *, license_: str | None = "open") -> Model:
    """A model made from another."""
    return a_model(id_, license_=license_, base_models=(BaseModel(model=parent.id, relation=relation),))


def a_variant(**changes: object) -> Variant:
    """One GGUF file of known name and size."""
    variant = Variant(
        id="acme/anvil-gguf:Q4",
        format="gguf",
        quantization="Q4",
        repo="acme/anvil-gguf",
        files=(File(name="anvil-Q4.gguf", bytes=5 * GIB),),
        bytes=5 * GIB,
        bytes_basis=Basis.DECLARED,
    )
    return replace(variant, **changes)  # type: ignore[arg-type]  # the tests name fields of Variant


def split(*numbers: int, of: int) -> Variant:
    """A variant in parts, of which these are listed."""
    return a_variant(files=tuple(File(name=f"anvil-Q4-{number:05}-of-{of:05}.gguf") for number in numbers))


def of_model(
    model: Model | None = None,
    *,
    license_: LicenseAssessment | None = None,
    context_length: int = 8192,
    capabilities: tuple[str, ...] = (),
    profile: Profile = CHAT,
    results_on: frozenset[str] = frozenset(),
    **asked: object,
) -> ModelSubject:
    """What rules about a model look at."""
    return ModelSubject(
        model=model or a_model(),
        license=license_ or under("open"),
        licenses=LICENSES,
        profile=replace(profile, capabilities=capabilities),
        requirements=replace(Requirements(), **asked),  # type: ignore[arg-type]  # the tests name fields
        context_length=context_length,
        results_on=results_on,
    )


def under(*ids: str, verdict: str = "allowed", findings: tuple[str, ...] = ()) -> LicenseAssessment:
    """A license assessment with these licenses in force and findings of these rules."""
    found = tuple(note(rule, "said by the assessment") for rule in findings)
    return LicenseAssessment(
        declared=ids[0] if ids else None, effective=ids, verdict=verdict, obligations=(), findings=found
    )


def of_variant(
    variant: Variant | None = None,
    quantization: Quantization | None = Q4,
    *,
    refusal: str | None = None,
    profile: Profile = CHAT,
    model: Model | None = None,
    **asked: object,
) -> VariantSubject:
    """What rules about a variant look at."""
    return VariantSubject(
        variant=variant or a_variant(),
        quantization=quantization,
        profile=profile,
        requirements=replace(Requirements(), **asked),  # type: ignore[arg-type]  # the tests name fields
        choice=RuntimeChoice(usable=(), refusal=block(refusal, "refused") if refusal else None),
        model=model,
    )


def a_plan(**changes: object) -> Plan:
    """5 of 20 GiB on one GPU, at 30 tokens a second."""
    device = Device(id="gpu0", backend=Backend.CUDA, budget_bytes=20 * GIB, memory_bandwidth=10**12)
    size = float(5 * GIB)
    plan = Plan(
        runtime=LLAMA_CPP,
        placement=Placement(kind=PlacementKind.GPU, gpu_layers=3, devices=("gpu0",)),
        context_length=8192,
        options=(("slots", "1"),),
        memory=(DeviceBytes(device, 5 * GIB, 0, 0, Range(0.0, 0.0, 0.0), Range(size, size, size)),),
        fits=True,
        decode=Range(30.0, 20.0, 40.0),
        prefill=Range(900.0, 800.0, 1000.0),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]  # the tests name fields of Plan


def a_candidate(model: Model | None = None, *, evidence: bool = True) -> Candidate:
    """A judged model."""
    results = (QualityEvidence(benchmark="arena", score=70.0, weight=1.0, independent=True, date=None, source=None),)
    return Candidate(
        model=model or a_model(),
        lineage=(),
        license=under("open"),
        unquantized=Range(80.0, 75.0, 85.0),
        evidence=results if evidence else (),
        shape=None,
        findings=(),
    )


def of_case(
    plan: Plan | None = None,
    *,
    kept: float = 0.99,
    evidence: bool = True,
    installed: frozenset[str] | None = None,
    model: Model | None = None,
    profile: Profile | None = None,
    **asked: object,
) -> CaseSubject:
    """What rules about a case look at."""
    return CaseSubject(
        candidate=a_candidate(model, evidence=evidence),
        plan=plan or a_plan(),
        kept=Range(kept, kept - 0.01, min(1.0, kept + 0.01)),
        requirements=replace(Requirements(), **asked),  # type: ignore[arg-type]  # the tests name fields
        installed=installed,
        profile=profile,
    )
