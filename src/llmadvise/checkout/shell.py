"""Commands: what `vllm serve`, `ollama pull`, `--model` and their like are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from llmadvise.checkout.known_names import PUBLISHERS
from llmadvise.checkout.places import Candidate, Slot, slot_of_key, words_of
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.programs import (
    BEFORE_PROGRAMS,
    HUB_FLAGS,
    NOT_MODELS,
    NOT_SERVERS,
    OF_DATA,
    SERVES,
    TAKES_TEXT,
    VERBS,
)
from llmadvise.checkout.variables import Variables
from llmadvise.checkout.words import Word, split_commands
from llmadvise.record import dataclass

_DEEPEST = 3
_LONGEST_PIECE = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A word that a command takes a model from."""

    word: Word
    value: str
    slot: Slot
    kind: str
    revision: str | None = None
    hint: str | None = None
    via: str | None = None


def given_models(text: str, *, depth: int = 0, outer: Variables | None = None) -> Iterator[Given]:
    """Every word of a script that stands where a model stands, with words in quotes that are scripts themselves; a
    variable there is what it is given elsewhere in the script, and that place is told too.
    """
    commands = list(split_commands(text))
    variables = outer
    if "$" in text or "%" in text:
        variables = Variables(outer)
        variables.read(text, commands)
    for command in commands:
        for given in of_command(command, depth=depth, variables=variables):
            if variables is None or ("$" not in given.value and "%" not in given.value):
                yield given
            else:
                yield from _filled(given, variables)


def _filled(given: Given, variables: Variables) -> Iterator[Given]:
    """What a word with variables in it may be."""
    texts = variables.fill(given.value, given.word.offset)
    if not texts:
        yield given
    for filled in texts:
        yield replace(given, value=filled.text, via=filled.via)
        if filled.origin is not None:
            word = Word(text=filled.text, offset=filled.origin.offset)
            yield replace(given, word=word, value=filled.text, kind="shell-variable", revision=None)


def of_command(words: Sequence[Word], *, depth: int = 0, variables: Variables | None = None) -> Iterator[Given]:
    """What one command, as a list of words, takes models from."""
    if _is_mixture(words):
        return
    program = ""
    revision = _value_after(words, "--revision")
    data = _value_after(words, "--repo-type") in ("dataset", "space")
    for index, word in enumerate(words):
        text = word.text
        if "$(" in text and " " in text and depth < _DEEPEST and "=" in text[: text.index("$(")]:
            at = text.index("$(") + 2
            for inner in given_models(text[at:].removesuffix(")"), depth=depth + 1, outer=variables):
                yield replace(inner, word=Word(text=inner.value, offset=word.offset + at + inner.word.offset))
            continue
        if " " in text or "\n" in text or text.startswith("{"):
            python = index > 0 and words[index - 1].text == "-c" and program.startswith("python")
            yield from _quoted(word, depth, variables, python=python)
            continue
        base = text.rpartition("/")[2]
        if not program and not text.startswith("-") and "=" not in text and text not in BEFORE_PROGRAMS:
            program = base
        if base in VERBS:
            yield from _verb(words, index, base, data=data, revision=revision)
        yield from _flag(words, index, program, revision)


def _quoted(word: Word, depth: int, variables: Variables | None, *, python: bool) -> Iterator[Given]:
    """A word in quotes: a JSON document, a Python program, or a script itself."""
    if word.text.lstrip().startswith(("{", "[")):
        from llmadvise.checkout.embedded import of_json  # noqa: PLC0415 - they read each other

        yield from of_json(word)
    elif python:
        from llmadvise.checkout.embedded import of_python  # noqa: PLC0415 - as above

        yield from of_python(word)
    elif depth < _DEEPEST:
        for inner in given_models(word.text, depth=depth + 1, outer=variables):
            yield replace(inner, word=Word(text=inner.value, offset=word.offset + 1 + inner.word.offset))


def _value_after(words: Sequence[Word], flag: str) -> str | None:
    for index, word in enumerate(words):
        if word.text == flag and index + 1 < len(words):
            return words[index + 1].text
        if word.text.startswith(flag + "="):
            return word.text[len(flag) + 1 :]
    return None


def _verb(words: Sequence[Word], index: int, base: str, *, data: bool, revision: str | None) -> Iterator[Given]:
    verbs, slot = VERBS[base]
    rest = words[index + 1 :]
    if verbs != ("",):
        at = next((i for i, word in enumerate(rest[:3]) if word.text in verbs), None)
        if at is None:
            return
        rest = rest[at + 1 :]
        if base == "docker":
            if not rest or rest[0].text not in ("pull", "run", "push", "package", "inspect"):
                return
            rest = rest[1:]
    waiting: str | None = None
    for word in rest:
        text = word.text
        if text.startswith("-"):
            alone = "=" in text or text in ("-d", "-v", "--insecure", "--verbose", "--quiet", "--yes", "-y")
            waiting = None if alone else (words_of(text) or [""])[-1]
            continue
        if waiting is not None and (waiting in TAKES_TEXT or ("/" not in text and ":" not in text)):
            waiting = None
            continue
        if text.isdigit() or text.startswith((">", "<", "2>")):
            return
        yield Given(word=word, value=text, slot=Slot.DATA if data else slot, kind="shell-command", revision=revision)
        return


def _flag(words: Sequence[Word], index: int, program: str, revision: str | None) -> Iterator[Given]:
    text = words[index].text
    name, equals, value = text.partition("=")
    if text.startswith("-"):
        yield from _option(words, index, program, revision)
    elif equals and _is_name(name):
        slot = slot_of_key(_last_of(name)) or (Slot.ANY if _speaks(value) or value.count("/") == 1 else None)
        if slot is not None:
            yield Given(
                word=words[index], value=value.strip("\"'"), slot=slot, kind="shell-variable", hint=_last_of(name)
            )
    elif _speaks(text):
        # A file among others is what a command writes or removes; in an array, it is what a script is about.
        if not text.endswith(".gguf") or "://" in text or words[0].text.endswith(".gguf"):
            yield Given(word=words[index], value=text, slot=Slot.ANY, kind="shell-address")
    elif index and program not in NOT_SERVERS:
        slot = Slot.MODEL if words[index - 1].text in SERVES or _is_asked_for(words, index) else Slot.ANY
        if slot is Slot.ANY and _is_for_data(words, index):
            return
        if slot is Slot.MODEL or (text.partition("/")[0].lower() in PUBLISHERS and _is_command(words, program)):
            yield Given(word=words[index], value=text, slot=slot, kind="shell-command", revision=revision)


def _is_mixture(words: Sequence[Word]) -> bool:
    """Whether each name has a number after it, as data sets in a mixture have their share: `a/b 1.0 c/d 0.5`."""
    shares = [word.text for word in words[1::2]]
    return bool(shares) and "/" in words[0].text and all(share.replace(".", "", 1).isdigit() for share in shares)


def _is_for_data(words: Sequence[Word], index: int) -> bool:
    """Whether the flag before a word takes data: `--dataset_mixer_list a/b 100`."""
    flag = next((word.text for word in reversed(words[:index]) if word.text.startswith("--")), "")
    return not OF_DATA.isdisjoint(words_of(flag))


def _is_asked_for(words: Sequence[Word], index: int) -> bool:
    """Whether a word before names what is wanted, as a function of a script is given it: `ask MODEL_ID "…" NAME`."""
    if words[index].text.count("/") != 1 or words[index - 1].text.startswith("-"):
        return False
    asked = (word.text for word in words[max(1, index - 3) : index])
    return any(slot_of_key("_".join(words_of(text)[:8])) is not None for text in asked if " " in text or (text.isupper() and "_" in text))  # fmt: skip


def _is_name(text: str) -> bool:
    """Whether it is a variable, or a path of keys as Hydra takes them: `+trainer.model.path`."""
    return text.lstrip("+~").replace("_", "").replace(".", "").isalnum()


def _last_of(name: str) -> str:
    """A variable as it is; of a path of keys the last two."""
    return "_".join(name.lstrip("+~").split(".")[-2:]) if "." in name else name


def _is_command(words: Sequence[Word], program: str) -> bool:
    """Whether words are a command and no prose: they have flags, or run a script."""
    if any(word.text.endswith((",", ".", ":")) for word in words):
        return False
    return program.startswith("python") or program.endswith((".py", ".sh")) or any(word.text.startswith("-") and word.text != "-" for word in words)  # fmt: skip


def _option(words: Sequence[Word], index: int, program: str, revision: str | None) -> Iterator[Given]:
    """`--model NAME` and `--model=NAME`."""
    name, equals, value = words[index].text.partition("=")
    word = words[index]
    if not equals:
        if index + 1 >= len(words):
            return
        word = words[index + 1]
        value = word.text
    slot = _slot_of_flag(name, value, program)
    inner, given, rest = value.partition("=")
    if slot is None and equals and given and _is_name(inner):  # --env=MODEL=acme/small
        slot, value, name = slot_of_key(_last_of(inner)), rest, inner
    if slot is not None and not value.startswith("-") and value:
        yield Given(word=word, value=value.strip("\"'"), slot=slot, kind="shell-argument", revision=revision, hint=name.strip("-"))  # fmt: skip
    if name in ("--model_args", "--model-args", "--lm_eval_model_args"):
        yield from _pretrained(word, value)


def _speaks(text: str) -> bool:
    """Whether a word says by itself that it is an address or a file of a model."""
    return (
        "huggingface.co/" in text
        or "hf.co/" in text
        or text.startswith(("git@hf.co:", "hf://", "hf:", "ollama://", "huggingface://"))
        or ("://" in text and "model=" in text)
        or text.endswith(".gguf")
    )


def _pretrained(word: Word, value: str) -> Iterator[Given]:
    for part in value.split(","):
        key, _, given = part.partition("=")
        if key in ("pretrained", "model", "tokenizer", "peft"):
            yield Given(word=word, value=given, slot=Slot.HUB, kind="shell-argument")


def _slot_of_flag(name: str, value: str, program: str) -> Slot | None:
    if name in HUB_FLAGS:
        return Slot.HUB
    if name == "-m":
        if (
            program in NOT_MODELS
            or program.startswith("python")
            or ("/" not in value and "." not in value and ":" not in value)
        ):
            return None
        return Slot.ANY if program == "" else Slot.MODEL
    if not name.startswith("--"):
        return None
    return slot_of_key(name.removeprefix("--"))


def candidates(
    text: str, line: int, column: int, kind: str | None = None, *, variables: Variables | None = None
) -> Iterator[Candidate]:
    """Candidates of a script that begins at this line and column of its file, with the documents inside it."""
    if "<<" in text:
        from llmadvise.checkout.embedded import without_documents  # noqa: PLC0415 - they read each other

        text, found = without_documents(text)
        for item in found:
            yield replace(item, line=item.line + line - 1)
    down = 0
    for piece in _pieces(text):
        lines = Lines(piece)
        for given in given_models(piece, outer=variables):
            row, at = lines.at(given.word.offset)
            yield Candidate(
                value=given.value,
                line=line + down + row - 1,
                column=at if row > 1 or down else at + column - 1,
                kind=kind or given.kind,
                slot=given.slot,
                revision=given.revision,
                hint=given.hint,
                via=given.via,
            )
        down += piece.count("\n")


def _pieces(text: str) -> Iterator[str]:
    """A script in parts that end with a line; what a line of more than that holds is read in parts too."""
    at = 0
    while len(text) - at > _LONGEST_PIECE:
        end = text.rfind("\n", at, at + _LONGEST_PIECE) + 1 or at + _LONGEST_PIECE
        yield text[at:end]
        at = end
    yield text[at:] if at else text
