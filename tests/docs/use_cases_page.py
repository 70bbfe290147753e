"""The text of docs/use_cases.md: the profiles as they stand in the catalog, and how to write one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from llmadvise.domain.profile import Profile, SpeedMeasure
from llmadvise.engine.criteria import CRITERIA

_INTRODUCTION = """\
# Use cases

A use case says what a good answer is for: how long a context, how fast, which models can serve at all, which published
results count, and how much each criterion weighs. `--use-case NAME` picks one of these, `--use-case FILE.yaml` one of
your own. Generated from `catalog/profiles`; `LLMADVISE_UPDATE=1 pytest tests/docs` writes it anew.
"""

_MEASURES = {
    SpeedMeasure.DECODE: "tokens a second of the answer",
    SpeedMeasure.READING: "tokens a second of the text that is read",
    SpeedMeasure.ANSWER: "tokens of a short answer over all of its time, reading the prompt included",
}

_OWN = """\
## Your own

A file changes one of these with `extends`, or says everything itself. Of `weights` and `evidence` only the keys that are
given change; 0 takes one away.

```yaml
# night.yaml: long documents at night, nobody waits
extends: rag
name: Night shift
context_length: 131072
speed: {usable: 0.5, comfortable: 10}
weights: {quality: 0.8, speed: 0.03}
minimum_bits: 4
```

```text
llmadvise recommend --use-case night.yaml
```

A file without `extends` must say `name`, `roles`, `context_length`, `speed` (`usable` and `comfortable`), `weights` and
`evidence`. Every mistake is an error with its file and line (exit code 12); `llmadvise schema use-case` prints the JSON
Schema, for editors and checks. Options of the command line (`--context`, `--min-speed`, `--min-bits`, `--prompt`) come
before what the file says, and `--prefer` shifts its weights.

`speed.measure` says what the two rates are rates of: `decode` (the answer, once it has begun), `reading` (the prompt) or
`answer` (a short answer of `answer_tokens` over the whole wait). `task` says what the program must do with the model:
`text`, `pictures` (then `picture_tokens` bounds what one picture may take), `embedding` or `fill-in`.

## What the tasks need

- **Pictures.** A GGUF file sees only with the encoder beside it (`mmproj`), so a file is advised for pictures only where
  its repository is known to hold one. The encoder's bytes and the buffer of its network are counted on the device that
  the model is loaded to first; the command names it with `--mmproj-url`. Where a model would make more tokens of a picture
  than the profile allows, the command says `--image-max-tokens`. The time to encode a picture is not estimated.
- **Embedding.** Pooling, dimensions and the longest input of a model are facts with a source. Encoders (BERT and its
  kind) keep no KV cache; models made from chat models keep one. The micro-batch is as long as the input, because a text
  is read at once. Quality is the mean over the tasks of MTEB, its versions laid on one scale by
  `benchmarks/quality_vectors.py`; a model without such a result is not ranked.
- **Filling in.** Only models whose publisher says that they were trained to fill in the middle are advised, with a
  runtime that has an endpoint for it (`llama-server`, `POST /infill`). Between two completions most of the text around
  the cursor is still cached, and the command asks for its reuse (`--cache-reuse`); models with recurrent layers or sliding
  windows read all of it again, and are timed so. No test of filling in was published for enough of
  them, so tests of writing code stand for it; a base model counts as well as the model that was tuned from it.

Which runtime serves which task is a fact of `catalog/runtimes` (`tasks`); what is not listed there is not known to work.
"""


def page(profiles: Mapping[str, Profile]) -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_needs(profiles), *_weights(profiles), *_evidence(profiles), _OWN.rstrip(), ""])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _needs(profiles: Mapping[str, Profile]) -> Iterator[str]:
    yield "## What each needs"
    yield ""
    rows = []
    for id_, profile in profiles.items():
        speed = profile.speed
        rows.append(
            (
                f"`{id_}`",
                profile.summary,
                f"{profile.context_length:,}",
                f"{profile.prompt_tokens:,}",
                f"{speed.usable:g} to {speed.comfortable:g}",
                "any" if profile.minimum_bits is None else f"{profile.minimum_bits:g}",
                ", ".join(
                    (*(role.value for role in profile.roles), *(f"must have {name}" for name in profile.capabilities))
                ),
            )
        )
    yield from _table(("Use case", "For", "Context", "Prompt", "Speed", "Least bits", "Roles"), rows)
    yield "Speed runs from usable (slower is no advice) to comfortable (more earns nothing):"
    yield ""
    for measure, words in _MEASURES.items():
        users = [f"`{id_}`" for id_, profile in profiles.items() if profile.speed.measure is measure]
        yield f"- {words}: {', '.join(users)}"
    yield ""


def _weights(profiles: Mapping[str, Profile]) -> Iterator[str]:
    yield "## Weights of the criteria"
    yield ""
    ids = [criterion.id for criterion in CRITERIA]
    rows = [(f"`{id_}`", *(f"{profile.weights.get(name, 0):g}" for name in ids)) for id_, profile in profiles.items()]
    yield from _table(("Use case", *ids), rows)


def _evidence(profiles: Mapping[str, Profile]) -> Iterator[str]:
    yield "## How much each group of benchmarks counts"
    yield ""
    groups = sorted({name for profile in profiles.values() for name in profile.evidence})
    rows = [
        (f"`{id_}`", *(f"{profile.evidence.get(name, 0):g}" for name in groups)) for id_, profile in profiles.items()
    ]
    yield from _table(("Use case", *groups), rows)
    yield "## Where the numbers come from"
    yield ""
    for id_, profile in profiles.items():
        yield f"- `{id_}`: {'; '.join(profile.sources)}."
    yield ""
