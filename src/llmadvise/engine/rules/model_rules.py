"""Rules about a model, whatever file it comes in."""

from __future__ import annotations

from llmadvise.domain.finding import Finding
from llmadvise.domain.profile import Task
from llmadvise.engine.rules.license_rules import LICENSE_RULES
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.rule import Rule, block, note, warn


def _role(subject: ModelSubject) -> Finding | None:
    role = subject.model.role
    if role in subject.profile.roles:
        return None
    article = "an" if role[0] in "aeiou" else "a"
    return block("role-cannot-serve", f"{article} {role} model is not made for {subject.profile.name.lower()}")


def _capabilities(subject: ModelSubject) -> Finding | None:
    missing = [name for name in subject.profile.capabilities if name not in subject.model.capabilities]
    if not missing:
        return None
    return block("capability-missing", f"{subject.profile.name} needs {', '.join(missing)}")


def _family(subject: ModelSubject) -> Finding | None:
    families = subject.requirements.families
    if not families or subject.model.family.lower() in families:
        return None
    return block("family-not-asked", f"family {subject.model.family} was not asked for")


def _architecture(subject: ModelSubject) -> Finding | None:
    if subject.model.architecture is not None:
        return None
    return block("architecture-unknown", "its layers are not in the catalog, so its memory cannot be computed")


def _context_too_short(subject: ModelSubject) -> Finding | None:
    length = subject.model.context_length
    longest = max(length.native, length.extended or 0)
    if subject.context_length <= longest:
        return None
    return block("context-too-short", f"it attends to {longest} tokens, {subject.context_length} were asked for")


def _context_needs_scaling(subject: ModelSubject) -> Finding | None:
    length = subject.model.context_length
    if not length.native < subject.context_length <= (length.extended or length.native):
        return None
    return warn(
        "context-needs-scaling",
        f"trained for {length.native} tokens; {subject.context_length} need the RoPE scaling that its card describes",
        f"up to {length.extended}",
    )


def _fill_in(subject: ModelSubject) -> Finding | None:
    if subject.profile.task is not Task.FILL_IN or subject.model.fill_in_middle is not None:
        return None
    return block(
        "no-fill-in-middle", "nobody says that it was trained to write what is missing between two pieces of code"
    )


def _embedding(subject: ModelSubject) -> Finding | None:
    if subject.profile.task is not Task.EMBEDDING or subject.model.embedding is not None:
        return None
    return block("embedding-unknown", "how it makes one vector of a text (pooling, dimensions) is not in the catalog")


def _embedding_results(subject: ModelSubject) -> Finding | None:
    if subject.profile.task is not Task.EMBEDDING or subject.results_on & set(subject.profile.evidence):
        return None
    return block("no-embedding-results", "no result on MTEB is known, and the size of an embedding model tells little")


def _input(subject: ModelSubject) -> Finding | None:
    facts = subject.model.embedding
    if subject.profile.task is not Task.EMBEDDING or facts is None or subject.context_length <= facts.largest_input:
        return None
    longest = facts.largest_input
    return block("input-too-long", f"it takes texts of up to {longest} tokens, {subject.context_length} were asked for")


def _gated(subject: ModelSubject) -> Finding | None:
    if not subject.model.gated:
        return None
    return note(
        "gated", "the original repository asks you to accept its terms first; requantized copies do not lift them"
    )


MODEL_RULES: tuple[Rule[ModelSubject], ...] = (
    Rule(
        id="role-cannot-serve",
        summary="Blocks models whose role (base, embedding, reranker, draft …) cannot serve the use case.",
        why="A base model continues text instead of answering; a reranker does not talk at all.",
        judge=_role,
    ),
    Rule(
        id="capability-missing",
        summary="Blocks models that lack a capability that the use case needs.",
        why="A text model cannot see pictures.",
        judge=_capabilities,
    ),
    Rule(
        id="family-not-asked",
        summary="Blocks models outside the families given with --family.",
        why="The user asked for certain families only.",
        judge=_family,
    ),
    Rule(
        id="architecture-unknown",
        summary="Blocks models whose layers are not in the catalog.",
        why="Without them the KV cache would be a guess.",
        judge=_architecture,
    ),
    Rule(
        id="context-too-short",
        summary="Blocks models that cannot attend to the context asked for, even with RoPE scaling.",
        why="Beyond its context a model loses the thread.",
        judge=_context_too_short,
    ),
    Rule(
        id="context-needs-scaling",
        summary="Warns when the context asked for is longer than the trained one and needs RoPE scaling.",
        why="Scaling has to be switched on, and costs some quality.",
        judge=_context_needs_scaling,
    ),
    Rule(
        id="no-fill-in-middle",
        summary="Blocks models of which nobody says that they were trained to fill in the middle, where the use needs it.",
        why="Without the training a model writes on after the cursor as if nothing followed.",
        judge=_fill_in,
    ),
    Rule(
        id="embedding-unknown",
        summary="Blocks models whose pooling and dimensions are not in the catalog, for use as an embedding model.",
        why="The wrong pooling gives wrong vectors without a word.",
        judge=_embedding,
    ),
    Rule(
        id="no-embedding-results",
        summary="Blocks embedding models without any published result on MTEB.",
        why="What chat models show of size and date says nothing about embeddings, so there is nothing to rank by.",
        judge=_embedding_results,
    ),
    Rule(
        id="input-too-long",
        summary="Blocks embedding models that take shorter texts than asked for.",
        why="They cut longer ones, or refuse them.",
        judge=_input,
    ),
    *LICENSE_RULES,
    Rule(
        id="gated",
        summary="Notes models whose original repository asks for acceptance of terms.",
        why="The download fails until you do, and the terms bind copies too.",
        judge=_gated,
    ),
)
