"""Rules about a case: a variant laid out on this machine."""

from __future__ import annotations

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Download
from llmadvise.domain.profile import Profile, SpeedMeasure, Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.felt_speed import felt_speed, told
from llmadvise.engine.newer_runtime import needed_version, older
from llmadvise.engine.picture import picture_tokens
from llmadvise.engine.plan_context import kv_text
from llmadvise.engine.rules.rule import Rule, block, note, warn
from llmadvise.engine.unsaid import unsaid
from llmadvise.engine.words import gib, two_digits
from llmadvise.record import dataclass

_VISIBLE_LOSS = 0.95
"""Below this part of the full score users notice the difference (docs/quality.md, damage words)."""
_PATIENCE_SECONDS = 30
"""A program that says nothing for longer seems to hang; a choice."""
_STORES = {
    "hub": "the Hub's cache",
    "llama.cpp": "llama.cpp's cache",
    "lm-studio": "LM Studio's folder",
    "ollama": "Ollama's store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSubject:
    """One case in the light of one request."""

    candidate: Candidate
    plan: Plan
    kept: Range
    requirements: Requirements
    installed: frozenset[str] | None
    """Ids of the runtimes found on the machine; None when it is not this machine that is planned for."""
    download: Download | None = None
    """The file as it lies on the machine already."""
    installed_version: str | None = None
    """Of the plan's runtime, where it was found; None: not known."""
    quantization: Quantization | None = None
    profile: Profile | None = None
    """The use; None: the speed of decoding counts, and nothing else of it is known."""

    @property
    def speed(self) -> Range | None:
        """The rate that the use feels."""
        if self.profile is None:
            return self.plan.decode
        return felt_speed(self.plan, self.profile, self.requirements.prompt_tokens)


def _does_not_fit(subject: CaseSubject) -> Finding | None:
    if subject.plan.fits:
        return None
    worst = max(subject.plan.memory, key=lambda item: item.total.high - item.device.budget_bytes)
    needed, budget, where = worst.total.high, worst.device.budget_bytes, f"on {worst.device.id}"
    pool = subject.plan.pool_bytes
    if pool is not None and subject.plan.together_bytes - pool > needed - budget:
        needed, budget, where = subject.plan.together_bytes, pool, "of the memory that CPU and GPU share"
    return block(
        "does-not-fit",
        f"needs up to {gib(needed)} {where}, {gib(budget)} may be used: {gib(needed - budget)} too much",
        f"{round(needed)} of {budget} bytes",
    )


def _too_slow(subject: CaseSubject) -> Finding | None:
    speed, least = subject.speed, subject.requirements.minimum_speed
    if speed is None or not least or speed.value >= least:
        return None
    if subject.profile is None or subject.profile.speed.measure is SpeedMeasure.DECODE:
        return block("too-slow", f"decodes about {two_digits(speed.value)} tokens/s; at least {least:g} are asked for")
    is_, need = told(speed.value, subject.profile), told(least, subject.profile)
    return block("too-slow", f"about {is_}; the use needs {need}")


def _speed_unknown(subject: CaseSubject) -> Finding | None:
    if subject.speed is not None:
        return None
    return warn("speed-unknown", "the memory bandwidth is unknown, so no speed can be given")


def _slow_prompt(subject: CaseSubject) -> Finding | None:
    prefill, prompt = subject.plan.prefill, subject.requirements.prompt_tokens
    if prefill is None or not prompt:
        return None
    seconds = prompt / prefill.value
    if seconds <= _PATIENCE_SECONDS:
        return None
    return warn("slow-first-token", f"a prompt of {prompt} tokens takes about {two_digits(seconds)} s to read")


def _offload(subject: CaseSubject) -> Finding | None:
    placement = subject.plan.placement
    if placement.kind is not PlacementKind.OFFLOAD:
        return None
    if placement.cpu_moe_layers:
        return note("partly-in-ram", f"the experts of {placement.cpu_moe_layers} layers stay in RAM")
    return note("partly-in-ram", f"{placement.gpu_layers} layers on the GPU, the others in RAM")


def _damage(subject: CaseSubject) -> Finding | None:
    if subject.kept.value >= _VISIBLE_LOSS:
        return None
    return warn("quantization-loss", f"quantized so far that only about {subject.kept.value:.0%} of its score remains")


def _evidence(subject: CaseSubject) -> Finding | None:
    if subject.candidate.evidence:
        return None
    return warn("no-evidence", "no published result of its own: its quality is inferred from size, date and kind")


def _installed(subject: CaseSubject) -> Finding | None:
    runtime = subject.plan.runtime
    if subject.installed is None or runtime.id in subject.installed:
        return None
    how = runtime.commands.install or runtime.url
    return note("runtime-not-installed", f"{runtime.name} was not found on this machine", how)


def _newer(subject: CaseSubject) -> Finding | None:
    runtime, installed = subject.plan.runtime, subject.installed_version
    architecture = subject.candidate.model.architecture
    need = needed_version(runtime, architecture.id if architecture else None, subject.quantization)
    if installed is None or need is None or not older(installed, need.version):
        return None
    return warn(
        "needs-newer-runtime",
        f"{runtime.name} {installed} is older than {need.version}, the first version known to load {need.what}",
        runtime.commands.upgrade or runtime.commands.install or runtime.url,
    )


def _downloaded(subject: CaseSubject) -> Finding | None:
    if subject.download is None:
        return None
    store = _STORES.get(subject.download.store, subject.download.store)
    return note("already-downloaded", f"this file is already on the machine, in {store}", subject.download.path)


def _cache(subject: CaseSubject) -> Finding | None:
    settings = subject.plan.settings
    if settings is None or kv_text(settings) == subject.requirements.kv_type:
        return None
    whole = subject.plan.placement.kind is PlacementKind.GPU
    reason = "so that all of the model stays on the GPU" if whole else "so that it fits"
    return note("smaller-cache", f"the KV cache is kept in {kv_text(settings)}, {reason}")


def _default_context(subject: CaseSubject) -> Finding | None:
    default, wanted = subject.plan.runtime.default_context, subject.plan.context_length
    if default is None or default >= wanted:
        return None
    return note(
        "default-context",
        f"{subject.plan.runtime.name} uses {default} tokens unless told; start it with the command that sets {wanted}",
    )


def _unsaid(subject: CaseSubject) -> Finding | None:
    left = unsaid(subject.plan, subject.requirements.users)
    if not left:
        return None
    return note(
        "plan-not-said", f"{subject.plan.runtime.name} has no option for {' and '.join(left)}; it decides itself"
    )


def _pictures(subject: CaseSubject) -> Finding | None:
    if subject.profile is None or subject.profile.task is not Task.PICTURES:
        return None
    tokens = picture_tokens(subject.candidate.model, subject.profile)
    pictures = subject.candidate.model.pictures
    if pictures is None or tokens is None:
        return warn(
            "picture-tokens", "how many tokens a picture takes is unknown, and the encoder's buffer is not counted"
        )
    room = subject.plan.context_length // tokens
    known = "" if pictures.hidden_size else "; the encoder's buffer is unknown and not counted"
    return note(
        "picture-tokens",
        f"a picture takes up to {tokens:,} tokens: {subject.plan.context_length:,} hold {room}; "
        f"the time to encode it comes on top{known}",
    )


CASE_RULES: tuple[Rule[CaseSubject], ...] = (
    Rule(
        id="does-not-fit",
        summary="Blocks cases whose memory, at the high end of its interval, exceeds a device's budget.",
        why="The runtime would fail to start, or swap.",
        judge=_does_not_fit,
    ),
    Rule(
        id="too-slow",
        summary="Blocks cases slower than --min-speed, or than what the use case can use.",
        why="Nobody waits for half a token a second.",
        judge=_too_slow,
    ),
    Rule(
        id="speed-unknown",
        summary="Warns when no speed can be given.",
        why="The bandwidth of this memory is neither in the catalog nor measured.",
        judge=_speed_unknown,
    ),
    Rule(
        id="slow-first-token",
        summary="Warns when reading a usual prompt of this use takes more than half a minute.",
        why="Decoding may be quick and the wait before it long, on CPUs above all.",
        judge=_slow_prompt,
    ),
    Rule(
        id="partly-in-ram",
        summary="Notes that part of the weights stays in RAM beside a GPU.",
        why="It runs, but at the pace of the RAM.",
        judge=_offload,
    ),
    Rule(
        id="quantization-loss",
        summary="Warns when quantization costs more than a twentieth of the score.",
        why="A smaller model with more bits may be the better choice.",
        judge=_damage,
    ),
    Rule(
        id="no-evidence",
        summary="Warns when no published result of the model itself is known.",
        why="Its quality is then inferred with a wide interval.",
        judge=_evidence,
    ),
    Rule(
        id="runtime-not-installed",
        summary="Notes that the runtime was not found on this machine, with the line that installs it.",
        why="The command needs it.",
        judge=_installed,
    ),
    Rule(
        id="needs-newer-runtime",
        summary="Warns when the installed runtime is older than the first one known to load the architecture or scheme.",
        why="It would refuse the file; the line that upgrades it is beside the message.",
        judge=_newer,
    ),
    Rule(
        id="smaller-cache",
        summary="Notes that the plan keeps the KV cache in fewer bits than the runtime would by itself.",
        why="Only so does it fit, or stay on the GPU; the loss is in the quality shown.",
        judge=_cache,
    ),
    Rule(
        id="picture-tokens",
        summary="Notes how much of the context a picture takes.",
        why="Pictures fill the context faster than words, and encoding one takes time that no speed here counts.",
        judge=_pictures,
    ),
    Rule(
        id="already-downloaded",
        summary="Notes a file that lies in a cache or store of this machine, by hash, repository or name and size.",
        why="There is nothing to download.",
        judge=_downloaded,
    ),
    Rule(
        id="plan-not-said",
        summary="Notes settings of the plan that the runtime's command line cannot say.",
        why="The runtime decides them by itself, so memory and speed may be other than planned.",
        judge=_unsaid,
    ),
    Rule(
        id="default-context",
        summary="Notes a runtime whose default context is shorter than the plan's.",
        why="Ollama cuts long prompts silently at its default.",
        judge=_default_context,
    ),
)
