"""Each rule speaks where it should, with the weight it should, and is silent about an ordinary case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import (
    CHAT,
    EMBEDS,
    FILL_IN,
    LLAMA_CPP,
    PICTURES,
    PROJECTOR,
    Q4,
    VECTORS,
    a_model,
    a_plan,
    a_variant,
    of_case,
    of_model,
    of_variant,
    split,
    under,
)

from llmadvise.domain.abilities import FillInMiddle, PictureEncoder
from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Download
from llmadvise.domain.model import ContextLength, File, Role
from llmadvise.domain.runtime import Commands
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.rules import RULES
from llmadvise.engine.rules.case_rules import CASE_RULES, CaseSubject
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.rule import block, warn
from llmadvise.engine.rules.variant_rules import VARIANT_RULES, VariantSubject

Subject = ModelSubject | VariantSubject | CaseSubject

OFFLOADED = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=10, devices=("gpu0", "cpu"))
SLOW = Range(2.0, 1.0, 3.0)

TO_VECTORS = a_model(embedding=EMBEDS)
IN_GROUP = frozenset({"embedding"})
SEES = a_model(pictures=PictureEncoder(most_tokens=256, hidden_size=1152, feed_forward_size=4304))
MARKED = a_model(fill_in_middle=FillInMiddle(prefix="<P>", suffix="<S>", middle="<M>"))
DENIED = replace(under("open", verdict="denied"), findings=(block("license-denied", "the policy denies it"),))
OPEN_QUESTION = replace(under("open", verdict="unknown"), findings=(warn("policy-fact-missing", "state use.x"),))

SPEAKS: list[tuple[str, Verdict, Subject]] = [
    ("role-cannot-serve", Verdict.BLOCK, of_model(a_model(role=Role.BASE))),
    ("role-cannot-serve", Verdict.BLOCK, of_model(a_model(role=Role.RERANKER))),
    ("capability-missing", Verdict.BLOCK, of_model(capabilities=("vision",))),
    ("family-not-asked", Verdict.BLOCK, of_model(families=("qwen3",))),
    ("architecture-unknown", Verdict.BLOCK, of_model(a_model(architecture=None))),
    ("context-too-short", Verdict.BLOCK, of_model(context_length=32769)),
    (
        "context-needs-scaling",
        Verdict.WARN,
        of_model(a_model(context_length=ContextLength(native=8192, extended=16384)), context_length=8193),
    ),
    ("no-fill-in-middle", Verdict.BLOCK, of_model(profile=FILL_IN)),
    ("embedding-unknown", Verdict.BLOCK, of_model(profile=VECTORS, results_on=IN_GROUP, context_length=512)),
    ("no-embedding-results", Verdict.BLOCK, of_model(TO_VECTORS, profile=VECTORS, context_length=512)),
    ("input-too-long", Verdict.BLOCK, of_model(TO_VECTORS, profile=VECTORS, results_on=IN_GROUP, context_length=513)),
    ("license-non-commercial", Verdict.BLOCK, of_model(license_=under("open", "closed"), commercial=True)),
    ("license-non-commercial", Verdict.NOTE, of_model(license_=under("closed"))),
    ("license-unknown", Verdict.BLOCK, of_model(license_=under("unread", verdict="unknown"), commercial=True)),
    ("license-unknown", Verdict.NOTE, of_model(license_=under(verdict="unknown", findings=("license-unknown",)))),
    ("license-conditional", Verdict.WARN, of_model(license_=under("limited"), commercial=True)),
    ("license-conflict", Verdict.NOTE, of_model(license_=under("open", findings=("license-conflict",)))),
    ("lineage-unknown", Verdict.NOTE, of_model(license_=under("open", findings=("lineage-unknown",)))),
    ("license-label", Verdict.NOTE, of_model(license_=under("open", findings=("license-label",)))),
    ("license-addition", Verdict.NOTE, of_model(license_=under("open", findings=("license-addition",)))),
    ("service-terms", Verdict.NOTE, of_model(license_=under("open", findings=("service-terms",)))),
    ("license-policy", Verdict.BLOCK, of_model(license_=DENIED, license_policy="policy.yaml")),
    ("license-policy", Verdict.WARN, of_model(license_=OPEN_QUESTION, license_policy="policy.yaml")),
    ("gated", Verdict.NOTE, of_model(a_model(gated=True))),
    ("format-not-asked", Verdict.BLOCK, of_variant(formats=("mlx",))),
    ("size-unknown", Verdict.BLOCK, of_variant(a_variant(bytes=None))),
    ("size-unknown", Verdict.BLOCK, of_variant(a_variant(bytes_basis=Basis.ASSUMED))),
    ("files-unknown", Verdict.BLOCK, of_variant(a_variant(files=()))),
    ("files-unknown", Verdict.BLOCK, of_variant(a_variant(names_verified=False))),
    ("files-unknown", Verdict.BLOCK, of_variant(a_variant(files=(File(name="*.safetensors"),)))),
    ("files-unknown", Verdict.WARN, of_variant(a_variant(files=(File(name="*.safetensors"),)), runtime="vllm")),
    ("set-incomplete", Verdict.BLOCK, of_variant(split(1, of=2))),
    ("set-incomplete", Verdict.BLOCK, of_variant(split(1, 3, of=3))),
    ("set-incomplete", Verdict.BLOCK, of_variant(split(1, 1, of=2))),
    ("too-few-bits", Verdict.BLOCK, of_variant(minimum_bits=5.0)),
    ("too-few-bits", Verdict.BLOCK, of_variant(profile=replace(CHAT, minimum_bits=5.0))),
    (
        "too-few-bits",
        Verdict.BLOCK,
        of_variant(quantization=replace(Q4, trained=True), minimum_bits=8.0, asked=("minimum_bits",)),
    ),
    ("no-projector", Verdict.BLOCK, of_variant(profile=PICTURES, model=a_model())),
    (
        "no-projector",
        Verdict.BLOCK,
        of_variant(profile=PICTURES, model=a_model(projectors=(replace(PROJECTOR, bytes=None),))),
    ),
    (
        "no-projector",
        Verdict.BLOCK,
        of_variant(profile=PICTURES, model=a_model(projectors=(replace(PROJECTOR, repo="acme/other-gguf"),))),
    ),
    ("runtime-cannot-serve-use", Verdict.BLOCK, of_variant(refusal="runtime-cannot-serve-use")),
    ("quantization-unknown", Verdict.BLOCK, of_variant(quantization=None)),
    ("no-runtime-here", Verdict.BLOCK, of_variant(refusal="no-runtime-here")),
    ("runtime-not-asked", Verdict.BLOCK, of_variant(refusal="runtime-not-asked")),
    ("runtime-cannot-load-architecture", Verdict.BLOCK, of_variant(refusal="runtime-cannot-load-architecture")),
    ("runtime-lacks-kv-type", Verdict.BLOCK, of_variant(refusal="runtime-lacks-kv-type")),
    ("kernel-needs-compute-capability", Verdict.BLOCK, of_variant(refusal="kernel-needs-compute-capability")),
    ("does-not-fit", Verdict.BLOCK, of_case(a_plan(fits=False))),
    ("too-slow", Verdict.BLOCK, of_case(a_plan(decode=SLOW), minimum_speed=4.0)),
    # 900 tokens at 900 a second and 32 at 30 a second: 2.07 s, or 15.5 tokens a second over all.
    ("too-slow", Verdict.BLOCK, of_case(profile=FILL_IN, prompt_tokens=900, minimum_speed=16.0)),
    ("too-slow", Verdict.BLOCK, of_case(profile=VECTORS, minimum_speed=901.0)),
    ("speed-unknown", Verdict.WARN, of_case(a_plan(prefill=None), profile=VECTORS)),
    ("picture-tokens", Verdict.NOTE, of_case(model=SEES, profile=PICTURES)),
    ("picture-tokens", Verdict.WARN, of_case(profile=PICTURES)),
    ("slow-first-token", Verdict.WARN, of_case(a_plan(prefill=SLOW), prompt_tokens=512)),
    ("speed-unknown", Verdict.WARN, of_case(a_plan(decode=None))),
    ("partly-in-ram", Verdict.NOTE, of_case(a_plan(placement=OFFLOADED))),
    ("partly-in-ram", Verdict.NOTE, of_case(a_plan(placement=replace(OFFLOADED, cpu_moe_layers=3)))),
    ("quantization-loss", Verdict.WARN, of_case(kept=0.9)),
    ("no-evidence", Verdict.WARN, of_case(evidence=False)),
    ("runtime-not-installed", Verdict.NOTE, of_case(installed=frozenset({"ollama"}))),
    ("plan-not-said", Verdict.NOTE, of_case(a_plan(runtime=replace(LLAMA_CPP, commands=Commands(serve="serve"))))),
    (
        "plan-not-said",
        Verdict.NOTE,
        of_case(a_plan(runtime=replace(LLAMA_CPP, commands=Commands(serve="serve {context_length}"))), users=2),
    ),
    (
        "needs-newer-runtime",
        Verdict.WARN,
        replace(
            of_case(a_plan(runtime=replace(LLAMA_CPP, architectures={"llama": "1041"}))), installed_version="b1000"
        ),
    ),
    (
        "needs-newer-runtime",
        Verdict.WARN,
        replace(
            of_case(a_plan(runtime=replace(LLAMA_CPP, since={"Q4": "6096"}))), quantization=Q4, installed_version="6095"
        ),
    ),
    (
        "smaller-cache",
        Verdict.NOTE,
        of_case(a_plan(settings=EngineSettings(context_length=8192, kv_type_k="q8_0", kv_type_v="q8_0"))),
    ),
    ("already-downloaded", Verdict.NOTE, replace(of_case(), download=Download(store="hub", name="x.gguf", bytes=1))),
    ("default-context", Verdict.NOTE, of_case(a_plan(runtime=replace(LLAMA_CPP, default_context=4096)))),
]

SILENT: list[Subject] = [
    replace(of_case(a_plan(runtime=replace(LLAMA_CPP, architectures={"llama": "1041"}))), installed_version="1041"),
    replace(of_case(a_plan(runtime=replace(LLAMA_CPP, architectures={"llama": None}))), installed_version="1"),
    of_case(a_plan(runtime=replace(LLAMA_CPP, architectures={"llama": "1041"}))),
    of_model(),
    of_model(commercial=True),
    of_model(families=("anvil",)),
    of_model(a_model(capabilities=("vision",)), capabilities=("vision",)),
    of_model(context_length=32768),
    of_model(license_=under("limited")),
    of_model(TO_VECTORS, profile=VECTORS, results_on=IN_GROUP, context_length=512),
    of_model(MARKED, profile=FILL_IN),
    of_variant(),
    of_variant(profile=PICTURES, model=a_model(projectors=(PROJECTOR,))),
    of_variant(a_variant(format="awq"), profile=PICTURES, model=a_model()),
    of_case(profile=FILL_IN, prompt_tokens=900, minimum_speed=15.0),
    of_case(a_plan(decode=None), profile=VECTORS, minimum_speed=900.0),
    of_variant(formats=("gguf", "mlx")),
    of_variant(split(1, 2, of=2)),
    of_variant(minimum_bits=4.8),
    of_variant(profile=replace(CHAT, minimum_bits=6.0), minimum_bits=0.0),
    of_variant(profile=replace(CHAT, minimum_bits=4.8)),
    of_variant(quantization=replace(Q4, trained=True), minimum_bits=8.0),
    of_variant(a_variant(bytes_basis=Basis.COMPUTED)),
    of_case(),
    of_case(a_plan(decode=SLOW), minimum_speed=2.0),
    of_case(a_plan(decode=SLOW), minimum_speed=0.0),
    of_case(installed=frozenset({"llama.cpp"})),
    of_case(a_plan(runtime=replace(LLAMA_CPP, default_context=8192))),
]


def judged(subject: Subject) -> list[Finding]:
    """What all rules about this kind of subject say."""
    match subject:
        case ModelSubject():
            found = [rule.judge(subject) for rule in MODEL_RULES]
        case VariantSubject():
            found = [rule.judge(subject) for rule in VARIANT_RULES]
        case CaseSubject():
            found = [rule.judge(subject) for rule in CASE_RULES]
    return [finding for finding in found if finding is not None]


@pytest.mark.parametrize(("rule", "verdict", "subject"), SPEAKS, ids=[f"{row[0]}-{row[1]}" for row in SPEAKS])
def test_it_speaks(rule: str, verdict: Verdict, subject: Subject) -> None:
    """And it alone: the subject is ordinary in all else."""
    assert [(finding.rule, finding.verdict) for finding in judged(subject)] == [(rule, verdict)]


@pytest.mark.parametrize("subject", SILENT)
def test_nothing_is_said_of_the_ordinary(subject: Subject) -> None:
    assert judged(subject) == []


def test_every_rule_is_tested() -> None:
    assert {rule.id for rule in RULES} == {rule for rule, _, _ in SPEAKS}
