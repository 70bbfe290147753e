"""One document of each kind, for the tests that go through all of them."""

from __future__ import annotations

import rendered_advice as made
import rendered_bench
import rendered_check
import rendered_fleet
import rendered_plan
import rendered_run
from rendered_pull import pulled

from llmadvise.domain.assessment import Advice, PlacementKind, RuledOut
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.errors import NothingFitsError
from llmadvise.render.documents.assessment import catalog_stamp
from llmadvise.render.documents.curation import (
    CatalogChange,
    CatalogCheckDocument,
    CatalogDiffDocument,
    CatalogRefreshDocument,
    CheckSummary,
    Drift,
)
from llmadvise.render.documents.doctor import DoctorDocument, NamedValue, doctor_document
from llmadvise.render.documents.estimate import (
    EngineDevice,
    EngineMemory,
    EstimateDocument,
    EstimateTarget,
    GridCell,
    LoggedTerm,
    estimate_document,
)
from llmadvise.render.documents.explanation import (
    ComparisonDocument,
    ExplanationDocument,
    comparison_document,
    explanation_document,
)
from llmadvise.render.documents.failure import error_document
from llmadvise.render.documents.hardware import hardware_document
from llmadvise.render.documents.hardware_profiles import HardwareProfile, hardware_profiles_document
from llmadvise.render.documents.models import Ancestor, lineage_document, model_document, models_document
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.documents.registry import schema_entries
from llmadvise.render.documents.rules import RuleEntry, rules_document
from llmadvise.render.documents.schemas import schemas_document
from llmadvise.units import GIB, MIB

RULES = (
    RuleEntry(
        id="does-not-fit",
        kind="rule",
        summary="Blocks what needs more memory than a device has to plan with.",
        why="A model that does not fit fails to load, or makes the machine swap.",
        verdicts=("block",),
        page="docs/rules.md#does-not-fit",
    ),
    RuleEntry(id="display-attached", kind="rule", summary="Warns of a desktop on the GPU.", verdicts=("warn",)),
    RuleEntry(id="quality", kind="criterion", summary="Grades how well the variant does in this use."),
)


def nothing_fits() -> RecommendationDocument:
    advice = Advice(
        requirements=made.request(),
        recommendations=(),
        ruled_out=RuledOut(count=4100, by_rule={"does-not-fit": 4000, "too-slow": 100}),
    )
    relaxations = (
        "A context of 8k tokens instead of 16k lets Qwen3 4B at Q4_K_M in",
        "5 t/s instead of 10 lets Qwen3 8B at Q4_K_M in",
    )
    return made.document(advice, relaxations)


def explanation() -> ExplanationDocument:
    return explanation_document(
        made.first(),
        made.machine(),
        made.request(),
        version=made.VERSION,
        catalog=made.IDENTITY,
        age_days=2,
        rank=1,
        use_cases=made.USE_CASES,
        prompts=made.PROMPTS,
        context_curve=made.curve(),
        changes=("With 3 GiB more, Q6_K would fit", "At 40 t/s or more, Gemma 3 12B it would lead"),
    )


def comparison() -> ComparisonDocument:
    return comparison_document(
        (made.first(), made.second(), made.third()),
        made.machine(),
        made.request(),
        version=made.VERSION,
        catalog=made.IDENTITY,
        use_cases=made.USE_CASES,
        prompts=made.PROMPTS,
    )


def estimate() -> EstimateDocument:
    judged = made.second()
    terms = {"model": 12700 * MIB, "kv": 400 * MIB, "recurrent": 0, "compute": 300 * MIB, "output": MIB}
    host = EngineDevice(device="cpu", kind="host", model=3 * GIB, kv=0, recurrent=0, compute=20 * MIB, output=MIB)
    return estimate_document(
        version=made.VERSION,
        target=EstimateTarget(
            asked="openai/gpt-oss-20b:Q4_K_M",
            kind="catalog",
            model="openai/gpt-oss-20b",
            name="gpt-oss 20B",
            repo=judged.variant.repo,
            files=("gpt-oss-20B-Q4_K_M.gguf",),
            format="gguf",
            quantization="Q4_K_M",
            bytes=judged.variant.bytes,
            bits_per_weight=4.87,
        ),
        architecture=judged.model.architecture,
        parameters=judged.model.parameters,
        runtime="llama.cpp",
        settings={"context": 16384, "kv_type": "f16", "flash_attention": True, "tensor_split": (3, 1), "seed": None},
        placement=judged.placement,
        memory=made.memory(made.device("gpu0", 11.2, 11.4, 0.4, 0.9), made.device("cpu", 24.0, 3.0, 0.0, 0.3)),
        engine=EngineMemory(**terms, by_device=(host,)),
        speed=judged.speed,
        hardware=made.machine(),
        findings=(
            Finding(rule="does-not-fit", verdict=Verdict.BLOCK, message="gpu0 is too small", evidence="1.5 GiB"),
        ),
        grid=(
            GridCell(context=8192, kv_type="f16", total_bytes=14 * GIB, fits=True, placement=PlacementKind.GPU),
            GridCell(context=8192, kv_type="q8_0", total_bytes=13 * GIB, fits=True, placement=PlacementKind.GPU),
            GridCell(context=16384, kv_type="f16", total_bytes=18 * GIB, fits=False, placement=PlacementKind.OFFLOAD),
        ),
        from_log=(
            logged(line=12, lines=(12, 13), term="model", real=3 * GIB, predicted=3 * GIB),
            logged(line=14, lines=(14,), term="copy", real=512 * MIB, predicted=None),
            logged(line=30, lines=(30,), term="compute", real=19 * MIB, predicted=20 * MIB),
        ),
    )


def logged(*, line: int, lines: tuple[int, ...], term: str, real: int, predicted: int | None) -> LoggedTerm:
    return LoggedTerm(
        line=line,
        lines=lines,
        device="host",
        term=term,
        real_bytes=real,
        predicted_bytes=predicted,
        difference_bytes=None if predicted is None else predicted - real,
        tolerance_bytes=5243 * len(lines),
    )


def doctor() -> DoctorDocument:
    return doctor_document(
        version=made.VERSION,
        python="3.13.1",
        platform="Linux 6.8 x86_64",
        packages=(NamedValue(name="rich", value="15.0.0"), NamedValue(name="pynvml", value=None)),
        environment=(NamedValue(name="HF_HOME", value=None), NamedValue(name="NO_COLOR", value="1")),
        paths=(NamedValue(name="cache", value="~/.cache/llmadvise"),),
        catalog=catalog_stamp(made.IDENTITY),
        hardware=hardware_document(made.machine(), version=made.VERSION),
    )


def catalog_check() -> CatalogCheckDocument:
    """One error and one warning."""
    return CatalogCheckDocument(
        schema="llmadvise.catalog-check/1",
        version=made.VERSION,
        findings=(
            Finding(
                rule="catalog-kv-heads",
                verdict=Verdict.BLOCK,
                message="models/acme/anvil-8b: 7 KV heads do not divide 32 heads",
                evidence="catalog/models/acme/anvil-8b.yaml:19",
            ),
            Finding(
                rule="catalog-no-source",
                verdict=Verdict.WARN,
                message="models/acme/anvil-8b-base: the entry names no source",
                evidence="catalog/models/acme/anvil-8b-base.yaml:1",
            ),
        ),
        summary=CheckSummary(errors=1, warnings=1, models=2, variants=2),
    )


def documents() -> dict[str, object]:
    """Documents by the name of their golden file."""
    version = made.VERSION
    models = [made.first().model, made.second().model, made.third().model]
    profile = HardwareProfile(
        id="rtx-3060-12gb",
        kind="gpu",
        vendor="nvidia",
        name="GeForce RTX 3060 12GB",
        memory_bytes=12 * GIB,
        memory_bandwidth=360_000_000_000,
        release_date="2021-02-25",
    )
    desktop = HardwareProfile(
        id="desktop-rtx-3060-32gb",
        kind="machine",
        vendor="desktop",
        name="Desktop with RTX 3060 12 GB, 32 GB of RAM",
        memory_bytes=12 * GIB,
        memory_bandwidth=360_000_000_000,
        ram_bytes=32 * GIB,
    )
    ancestors = (
        Ancestor(model="qwen/qwen3-14b", relation=None, depth=0, license="apache-2.0", known=True),
        Ancestor(model="Qwen/Qwen3-14B-Base", relation="finetune", depth=1, license=None, known=False),
    )
    return {
        "bench": rendered_bench.bench(),
        "recommendation": made.document(made.advice()),
        "nothing-fits": nothing_fits(),
        "fleet": rendered_fleet.fleet(),
        "explanation": explanation(),
        "comparison": comparison(),
        "estimate": estimate(),
        "plan": rendered_plan.hardware_plan(),
        "plan-layout": rendered_plan.layout_plan(),
        "recipe": rendered_plan.recipe(),
        "check": rendered_check.check(),
        "licenses": rendered_check.licenses(),
        "license": rendered_check.license_(),
        "license-comparison": rendered_check.comparison(),
        "lock": rendered_check.lock(),
        "hardware": hardware_document(made.machine(), version=version),
        "hardware-profiles": hardware_profiles_document((desktop, profile), version=version),
        "models": models_document(models, version=version),
        "model": model_document(models[0], version=version),
        "lineage": lineage_document("qwen/qwen3-14b", ancestors, version=version, effective=("apache-2.0",)),
        "catalog-check": catalog_check(),
        "pull": pulled(version),
        "catalog-diff": CatalogDiffDocument(
            schema="llmadvise.catalog-diff/1",
            version=version,
            before="0" * 64,
            after="1" * 64,
            changes=(
                CatalogChange(section="models", id="qwen/qwen3-14b", path="gated", before="false", after="true"),
                CatalogChange(section="models", id="qwen/qwen4-14b", path="", before=None, after='"qwen/qwen4-14b"'),
            ),
        ),
        "catalog-refresh": CatalogRefreshDocument(
            schema="llmadvise.catalog-refresh/1",
            version=version,
            repositories=1402,
            read=1200,
            drifts=(
                Drift(
                    kind="gated-changed",
                    model="qwen/qwen3-14b",
                    repo="Qwen/Qwen3-14B",
                    message="Qwen/Qwen3-14B is gated now",
                    before="open",
                    after="gated",
                ),
            ),
            written=("qwen/qwen3-14b",),
        ),
        "run": rendered_run.serving(),
        "run-planned": rendered_run.planned(),
        "run-failed": rendered_run.failed(),
        "run-unknown": rendered_run.unknown(),
        "rules": rules_document(RULES, version=version),
        "rule": rules_document(RULES[:1], version=version),
        "doctor": doctor(),
        "schemas": schemas_document(schema_entries(), version=version),
        "error": error_document(
            NothingFitsError("No model fits 6 GiB at 128k tokens", "llmadvise recommend --context 24k"),
            version=version,
        ),
    }
