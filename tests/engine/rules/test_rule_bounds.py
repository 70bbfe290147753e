"""Where rules begin to speak, to the last byte and second, and the numbers that they say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import (
    CHAT,
    CLOSED,
    FILL_IN,
    LICENSES,
    LLAMA_CPP,
    PICTURES,
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

from llmadvise.domain.abilities import PictureEncoder
from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, Download
from llmadvise.domain.license import License, Obligation, Permission
from llmadvise.domain.model import ContextLength, File, Role
from llmadvise.domain.profile import Profile
from llmadvise.domain.runtime import Commands, Runtime
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.rules.case_rules import CASE_RULES, CaseSubject
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.rule import block, note, warn
from llmadvise.engine.rules.variant_rules import VARIANT_RULES, VariantSubject
from llmadvise.units import GIB


def said(rule: str, subject: ModelSubject | VariantSubject | CaseSubject) -> Finding | None:
    """What one rule says."""
    match subject:
        case ModelSubject():
            return next(item.judge(subject) for item in MODEL_RULES if item.id == rule)
        case VariantSubject():
            return next(item.judge(subject) for item in VARIANT_RULES if item.id == rule)
        case CaseSubject():
            return next(item.judge(subject) for item in CASE_RULES if item.id == rule)


def message(rule: str, subject: ModelSubject | VariantSubject | CaseSubject) -> str:
    found = said(rule, subject)
    assert found is not None
    return found.message


def on(device: str, budget: int, high: float) -> DeviceBytes:
    return DeviceBytes(
        Device(id=device, backend=Backend.CUDA, budget_bytes=budget, memory_bandwidth=None),
        0, 0, 0, Range(0.0, 0.0, 0.0), Range(high - 1, high - 2, high),
    )  # fmt: skip


def test_of_several_devices_the_one_that_lacks_most_is_named() -> None:
    """A large one may take more in all, and still lack less."""
    plan = a_plan(fits=False, memory=(on("gpu0", 20 * GIB, 21.0 * GIB), on("gpu1", 4 * GIB, 7.5 * GIB)))
    found = said("does-not-fit", of_case(plan))
    assert found is not None
    assert found.message == "needs up to 7.5 GiB on gpu1, 4.0 GiB may be used: 3.5 GiB too much"
    assert found.evidence == f"{round(7.5 * GIB)} of {4 * GIB} bytes"


def test_a_memory_that_is_shared_may_lack_more_than_any_device() -> None:
    """Six of ten on each, and ten for both."""
    both = (on("gpu0", 10 * GIB, 6.0 * GIB), on("cpu", 10 * GIB, 6.0 * GIB))
    pooled = a_plan(fits=False, memory=both, pool_bytes=10 * GIB)
    assert message("does-not-fit", of_case(pooled)) == (
        "needs up to 12.0 GiB of the memory that CPU and GPU share, 10.0 GiB may be used: 2.0 GiB too much"
    )
    # Where one lacks as much by itself, it is named.
    tight = replace(pooled, memory=(on("gpu0", 4 * GIB, 6.0 * GIB), both[1]))
    assert "6.0 GiB on gpu0, 4.0 GiB may be used: 2.0 GiB" in message("does-not-fit", of_case(tight))


def test_half_a_minute_of_silence_is_bearable() -> None:
    ten = a_plan(prefill=Range(10.0, 5.0, 20.0))
    assert said("slow-first-token", of_case(ten, prompt_tokens=300)) is None
    assert message("slow-first-token", of_case(ten, prompt_tokens=310)) == (
        "a prompt of 310 tokens takes about 31 s to read"
    )
    assert said("slow-first-token", of_case(a_plan(prefill=None), prompt_tokens=10**6)) is None
    assert said("slow-first-token", of_case(ten)) is None


def test_a_twentieth_of_the_score_may_be_lost() -> None:
    """docs/quality.md: below 0.95 users notice."""
    assert said("quantization-loss", of_case(kept=0.95)) is None
    assert "only about 94%" in message("quantization-loss", of_case(kept=0.9449))


def test_speed_is_said_in_the_words_of_the_use() -> None:
    slow = a_plan(decode=Range(2.0, 1.0, 3.0), prefill=Range(50.0, 40.0, 60.0))
    plain = "decodes about 2 tokens/s; at least 2.5 are asked for"
    assert message("too-slow", of_case(slow, minimum_speed=2.5)) == plain
    assert message("too-slow", of_case(slow, minimum_speed=2.5, profile=CHAT)) == plain
    assert message("too-slow", of_case(slow, minimum_speed=100.0, profile=VECTORS)) == (
        "about 50 tokens/s read; the use needs 100 tokens/s read"
    )
    # 32 tokens at 2 a second and 900 read at 50: 34 s.
    assert message("too-slow", of_case(slow, minimum_speed=16.0, profile=FILL_IN, prompt_tokens=900)) == (
        "about 34 s for 32 tokens; the use needs 2 s for 32 tokens"
    )


def test_where_the_rest_of_the_weights_lies() -> None:
    placed = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=10, devices=("gpu0", "cpu"))
    assert message("partly-in-ram", of_case(a_plan(placement=placed))) == "10 layers on the GPU, the others in RAM"
    experts = replace(placed, cpu_moe_layers=3)
    assert message("partly-in-ram", of_case(a_plan(placement=experts))) == "the experts of 3 layers stay in RAM"


def runtime(**commands: str | None) -> Runtime:
    return replace(LLAMA_CPP, commands=Commands(**commands), url="https://example.org")


@pytest.mark.parametrize(("commands", "line"), [({"install": "get it"}, "get it"), ({}, "https://example.org")])
def test_how_to_install_a_runtime(commands: dict[str, str], line: str) -> None:
    found = said("runtime-not-installed", of_case(a_plan(runtime=runtime(**commands)), installed=frozenset()))
    assert found is not None
    assert found.evidence == line


@pytest.mark.parametrize(
    ("commands", "line"),
    [
        ({"upgrade": "renew it", "install": "get it"}, "renew it"),
        ({"install": "get it"}, "get it"),
        ({}, "https://example.org"),
    ],
)
def test_how_to_upgrade_a_runtime(commands: dict[str, str], line: str) -> None:
    plan = a_plan(runtime=replace(runtime(**commands), architectures={"llama": "1041"}))
    found = said("needs-newer-runtime", replace(of_case(plan), installed_version="1040"))
    assert found is not None
    assert found.evidence == line
    assert "llama.cpp 1040 is older than 1041" in found.message


def test_a_model_without_architecture_needs_no_newer_runtime() -> None:
    plan = a_plan(runtime=replace(LLAMA_CPP, architectures={"llama": "1041"}))
    subject = replace(of_case(plan, model=a_model(architecture=None)), installed_version="1", quantization=Q4)
    assert said("needs-newer-runtime", subject) is None


def test_why_the_cache_is_smaller() -> None:
    eight = EngineSettings(context_length=8192, kv_type_k="q8_0", kv_type_v="q8_0")
    whole = message("smaller-cache", of_case(a_plan(settings=eight)))
    assert whole == "the KV cache is kept in q8_0, so that all of the model stays on the GPU"
    cpu = Placement(kind=PlacementKind.CPU, gpu_layers=0, devices=("cpu",))
    assert message("smaller-cache", of_case(a_plan(settings=eight, placement=cpu))).endswith("so that it fits")
    assert said("smaller-cache", of_case(a_plan(settings=eight), kv_type="q8_0")) is None


def test_how_many_pictures_a_context_holds() -> None:
    def seen(model_tokens: int, profile: Profile, **facts: int) -> str:
        model = a_model(pictures=PictureEncoder(most_tokens=model_tokens, **facts))
        return message("picture-tokens", of_case(model=model, profile=profile))

    assert "up to 256 tokens: 8,192 hold 32;" in seen(256, PICTURES)
    assert "up to 1,024 tokens: 8,192 hold 8;" in seen(4096, PICTURES)
    assert seen(256, PICTURES).endswith("unknown and not counted")
    assert seen(256, PICTURES, hidden_size=1152).endswith("the time to encode it comes on top")
    assert said("picture-tokens", of_case(model=a_model(pictures=PictureEncoder(most_tokens=1)), profile=CHAT)) is None


@pytest.mark.parametrize(
    ("store", "named"),
    [("hub", "the Hub's cache"), ("ollama", "Ollama's store"), ("elsewhere", "elsewhere")],
)
def test_where_a_file_lies_already(store: str, named: str) -> None:
    there = Download(store=store, name="x.gguf", bytes=1, path="/models/x.gguf")
    found = said("already-downloaded", replace(of_case(), download=there))
    assert found is not None
    assert (found.message, found.evidence) == (f"this file is already on the machine, in {named}", "/models/x.gguf")


@pytest.mark.parametrize(("default", "speaks"), [(8191, True), (8192, False), (8193, False)])
def test_a_default_context_that_is_long_enough(default: int, speaks: bool) -> None:
    plan: Plan = a_plan(runtime=replace(LLAMA_CPP, default_context=default))
    assert (said("default-context", of_case(plan)) is not None) is speaks


@pytest.mark.parametrize(
    ("asked", "rules"),
    [(8192, []), (8193, ["context-needs-scaling"]), (16384, ["context-needs-scaling"]), (16385, ["context-too-short"])],
)
def test_context_up_to_what_was_trained_and_what_scaling_reaches(asked: int, rules: list[str]) -> None:
    subject = of_model(a_model(context_length=ContextLength(native=8192, extended=16384)), context_length=asked)
    about = ("context-too-short", "context-needs-scaling")
    assert [rule for rule in about if said(rule, subject)] == rules


def test_a_context_that_nothing_extends() -> None:
    plain = a_model(context_length=ContextLength(native=8192))
    assert message("context-too-short", of_model(plain, context_length=8193)) == (
        "it attends to 8192 tokens, 8193 were asked for"
    )
    assert said("context-needs-scaling", of_model(plain, context_length=8193)) is None


def test_only_parts_of_one_whole_set_are_a_model() -> None:
    found = said("set-incomplete", of_variant(split(1, 3, of=3)))
    assert found is not None
    assert (found.message, found.evidence) == ("2 of 3 parts are listed", "anvil-Q4-00001-of-00003.gguf")
    assert said("set-incomplete", of_variant(split(1, 2, 3, of=3))) is None
    # A file beside a whole set belongs to something else.
    more = replace(split(1, 2, of=2), files=(*split(1, 2, of=2).files, File(name="other.gguf")))
    assert said("set-incomplete", of_variant(more)) is not None


def test_a_whole_repository_is_advised_to_who_asks_for_it() -> None:
    whole = a_variant(files=(File(name="*.safetensors"),), format="awq")
    verdicts = [
        getattr(said("files-unknown", of_variant(whole, **asked)), "verdict", None)
        for asked in ({}, {"runtime": "vllm"}, {"formats": ("awq",)}, {"runtime": "vllm", "formats": ("awq",)})
    ]
    assert verdicts == [Verdict.BLOCK, Verdict.WARN, Verdict.WARN, Verdict.WARN]


def test_a_size_from_a_median_says_where_it_was_read() -> None:
    found = said("size-unknown", of_variant(a_variant(bytes_basis=Basis.ASSUMED, source="a table")))
    assert found is not None
    assert found.evidence == "a table"


def test_the_closing_clause_is_named() -> None:
    condition = Obligation(id="non-commercial", text="no money", clause="3.2")
    licenses = {**LICENSES, "closed": replace(CLOSED, conditions=(condition,))}
    subject = replace(of_model(license_=under("open", "closed"), commercial=True), licenses=licenses)
    found = said("license-non-commercial", subject)
    assert found is not None
    assert (found.message, found.evidence) == ("Closed does not permit commercial use", "3.2")


def test_conditions_of_commercial_use_are_told() -> None:
    first = Obligation(id="user-limit", text="up to a million users", clause="2")
    limited = License(
        id="limited", name="Limited", category="use-restricted", commercial_use=Permission.CONDITIONAL,
        conditions=(first,), url="https://example.org/limited",
    )  # fmt: skip
    subject = replace(of_model(license_=under("limited"), commercial=True), licenses={"limited": limited})
    found = said("license-conditional", subject)
    assert found is not None
    assert found.message == "Limited permits commercial use under conditions: up to a million users"
    assert found.evidence == "https://example.org/limited"
    assert said("license-conditional", of_model(license_=under("open"), commercial=True)) is None


def of_policy(*findings: Finding) -> ModelSubject:
    return of_model(license_=replace(under("open"), findings=findings), license_policy="policy.yaml")


def test_the_worst_that_a_policy_finds_goes_first() -> None:
    denied, open_ = block("license-denied", "it is denied", "4.a"), warn("policy-fact-missing", "state use.x")
    found = said("license-policy", of_policy(open_, denied))
    assert found is not None
    assert (found.verdict, found.message, found.evidence) == (
        Verdict.BLOCK,
        "the license policy does not pass: it is denied",
        "4.a",
    )
    assert message("license-policy", of_policy(denied, denied, open_)).endswith("it is denied (and 1 more)")
    assert message("license-policy", of_policy(open_, open_, open_)) == (
        "the license policy leaves open: state use.x (and 2 more)"
    )


def test_what_is_told_anyway_is_not_told_as_the_policys() -> None:
    """A doubt about a label has a rule of its own; but what the policy makes a block of it does block."""
    assert said("license-policy", of_policy(warn("license-label", "two labels"))) is None
    assert said("license-policy", of_policy(note("lineage-unknown", "an ancestor"))) is None
    found = said("license-policy", of_policy(block("license-unknown", "nobody knows")))
    assert found is not None
    assert found.verdict is Verdict.BLOCK
    alone = of_policy(block("license-denied", "x")).license
    assert said("license-policy", of_model(license_=alone)) is None


@pytest.mark.parametrize(
    ("declared", "name", "evidence"),
    [("unread", "own terms", "unread"), (None, "own terms", "own terms"), (None, None, "nothing declared")],
)
def test_what_an_unknown_license_is_called(declared: str | None, name: str | None, evidence: str) -> None:
    model = a_model(license_=declared)
    model = replace(model, license=replace(model.license, name=name))
    found = said("license-unknown", of_model(model, license_=under(verdict="unknown"), commercial=True))
    assert found is not None
    assert found.evidence == evidence


@pytest.mark.parametrize(
    ("role", "kind"),
    [(Role.EMBEDDING, "an embedding model"), (Role.INSTRUCT, "an instruct model"), (Role.BASE, "a base model")],
)
def test_what_a_model_is_made_for(role: Role, kind: str) -> None:
    elsewhere = replace(CHAT, name="Reading Tea", roles=(Role.JUDGE,))
    assert message("role-cannot-serve", of_model(a_model(role=role), profile=elsewhere)) == (
        f"{kind} is not made for reading tea"
    )


def test_the_floor_of_bits() -> None:
    assert message("too-few-bits", of_variant(minimum_bits=4.9)) == "4.8 bits a weight; at least 4.9 are asked for"
    assert said("too-few-bits", of_variant(quantization=None, minimum_bits=4.9)) is None
