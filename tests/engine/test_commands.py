"""Commands: templates split into words before they are filled, so that nothing from outside changes how many there are."""

from __future__ import annotations

import shlex
from dataclasses import replace
from itertools import chain

import pytest
from engine_parts import LLAMA_CPP, Q4, a_plan, a_variant
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.command import CommandStep, FilledArguments
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.model import File
from llmadvise.domain.profile import Task
from llmadvise.domain.runtime import Commands, Runtime
from llmadvise.engine.commands import Value, fill, fill_arguments, fill_commands, option_words, options
from llmadvise.engine.shells import posix, powershell

HOSTILE = [
    "two words", "it's", '"', "$(touch /tmp/x)", "`id`", "${IFS}", "a;b", "a&&b", "a|b", "a>b", "new\nline", "\\", "#",
    "~", "*", "{repo}", "[--evil]", "{options}", "%s", "%PATH%", "é漢", "\t", "!", "a'b\"c$d`e", "-rf", "--help", "A=b",
    "&&", "]", "[", "\u2019; id", "\r\n", "\u202e",
]  # fmt: skip
hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20),
)
PLAIN = {
    "repo": "REPO",
    "file": "FILE.gguf",
    "revision": "REVISION",
    "tag": "TAG",
    "prompt": "PROMPT",
    "template": "JINJA",
}


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("run {a}", {"a": "1"}, "run 1"),
        ("run {a}", {"a": None}, None),
        ("run {a}", {"a": ""}, None),
        ("run {a}", {}, None),
        ("run {a} [--b {b}]", {"a": "1", "b": "2"}, "run 1 --b 2"),
        ("run {a} [--b {b}]", {"a": "1", "b": None}, "run 1"),
        ("run [{b}] {a}", {"a": "1", "b": "2"}, "run 2 1"),
        ("run [--b {b}] {a}", {"a": "1", "b": None}, "run 1"),
        ("run {a} [--b {b} {c}]", {"a": "1", "b": "2", "c": None}, "run 1"),
        ("run {options} {a}", {"a": "1", "options": ()}, "run 1"),
        ("run {options} {a}", {"a": "1", "options": ("-n", "2 3")}, "run -n '2 3' 1"),
        ("run", {}, "run"),
        (None, {"a": "1"}, None),
        ("run x{a}", {"a": "{b} [--c]", "b": "2"}, "run 'x{b} [--c]'"),
        ("A={a} run", {"a": "1 2"}, "A='1 2' run"),
        ("A=1 {options} run", {"options": ("B=2",)}, "A=1 B=2 run"),
        ("run A={a}", {"a": "1"}, "run A=1"),
        ("get {a} && run {a}", {"a": "&&"}, "get '&&' && run '&&'"),
        ("get 'two words' {a}", {"a": "1"}, "get 'two words' 1"),
    ],
)
def test_fill(template: str | None, values: dict[str, Value], text: str | None) -> None:
    steps = fill(template, values)
    assert (steps and posix(steps)) == text


@pytest.mark.parametrize("value", ["-rf", "--help", "-", "a\0b"])
def test_no_value_becomes_an_option(value: str) -> None:
    assert fill("run {a}", {"a": value}) is None
    assert fill("run --b {a}", {"a": value}) is None
    assert fill("run {a}", {"a": ["b", value]}) is None
    said = fill("run hf.co/{a}", {"a": value})
    assert said is None if "\0" in value else said == (CommandStep(arguments=("run", f"hf.co/{value}")),)


def test_options_are_said_in_the_runtimes_own_flags() -> None:
    runtime = replace(LLAMA_CPP, flags={"slots": "-np {value}", "tensor_split": "-ts {value}"})
    assert options(runtime, (("slots", "2"), ("unknown", "1"), ("tensor_split", "3,1"))) == "-np 2 -ts 3,1"
    assert option_words(runtime, (("slots", "2; rm -rf /"),)) == ("-np", "2; rm -rf /")
    assert option_words(runtime, (("slots", "--evil"),)) == ()


@settings(max_examples=60, deadline=None)
@given(values=st.fixed_dictionaries(dict.fromkeys(PLAIN, hostile)))
def test_nothing_hostile_changes_the_words(catalog: Catalog, values: dict[str, str]) -> None:
    """Every process gets the very words that harmless values would give, with the hostile ones in their place, or none."""
    values["file"] = values["file"] if not values["file"].startswith("*") else f"a{values['file']}"
    values["repo"] = values["repo"].replace("/", "_")  # so that its last part is all of it
    for runtime in catalog.runtimes.values():
        for local in (False, True):
            _check(runtime, values, local=local)


def _check(runtime: Runtime, values: dict[str, str], *, local: bool) -> None:
    wanted, got = _filled(runtime, PLAIN, local=local), _filled(runtime, values, local=local)
    paths, told = {PLAIN["file"], PLAIN["template"]}, {PLAIN[name]: value for name, value in values.items()}
    for name in ("pull", "run", "serve"):
        plain: tuple[CommandStep, ...] | None = getattr(wanted, name)
        steps: tuple[CommandStep, ...] | None = getattr(got, name)
        if plain is None or steps is None:
            assert steps is None
            # What cannot be said without becoming an option is not said at all.
            assert plain is None or any(value.startswith("-") for value in values.values())
            continue
        expected = [_with(word, told, paths) for step in plain for word in _words(step)]
        assert [word for step in steps for word in _words(step)] == expected, runtime.id
        assert [len(step.arguments) for step in steps] == [len(step.arguments) for step in plain]
        if len(steps) == 1:
            assert shlex.split(posix(steps)) == list(_words(steps[0]))


def _filled(runtime: Runtime, values: dict[str, str], *, local: bool) -> FilledArguments:
    variant = a_variant(repo=values["repo"], revision=values["revision"], files=(File(name=values["file"]),))
    return fill_arguments(
        a_plan(runtime=runtime),
        variant,
        replace(Q4, tag=values["tag"]),
        local_path=values["file"] if local else None,
        prompt=values["prompt"],
        template=values["template"],
    )


def _words(step: CommandStep) -> chain[str]:
    return chain((f"{name}={value}" for name, value in step.environment.items()), step.arguments)


def _with(word: str, values: dict[str, str], paths: set[str]) -> str:
    """The word with the harmless values replaced, once each and not within one another."""
    for harmless, value in values.items():
        before, found, after = word.partition(harmless)
        if found:
            dash = value.startswith("-") and not before
            lead = ("./" if harmless in paths else " ") if dash else ""
            return _with(before, values, paths) + lead + value + _with(after, values, paths)
    return word


def test_every_part_of_a_split_model_is_fetched() -> None:
    files = tuple(File(name=f"big model-{number:05}-of-00003.gguf") for number in (1, 2, 3))
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(pull="get {repo} {files}", run="run {model_path}")))
    commands = fill_arguments(plan, a_variant(files=files), Q4)
    assert commands.pull is not None
    assert commands.run is not None
    assert commands.pull[0].arguments[2:] == tuple(file.name for file in files)
    assert commands.run[0].arguments[1:] == (files[0].name,)


def test_a_whole_repository_has_no_file_to_name() -> None:
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(pull="get {repo}", run="run {model_path}")))
    commands = fill_commands(plan, a_variant(files=(File(name="*.safetensors"),)), Q4)
    assert commands.pull == "get acme/anvil-gguf"
    assert commands.run is None


def test_a_divided_context_is_for_all_users_together() -> None:
    template = Commands(serve="serve -c {context_length}")
    each = a_plan(runtime=replace(LLAMA_CPP, commands=template), options=(("slots", "4"),))
    together = replace(each, runtime=replace(each.runtime, divides_context=True))
    assert fill_commands(each, a_variant(), Q4).serve == "serve -c 8192"
    assert fill_commands(together, a_variant(), Q4).serve == "serve -c 32768"


def test_a_model_on_this_machine_needs_no_repository(catalog: Catalog) -> None:
    """Whoever takes a local model is told where it lies, and nothing of the Hub."""
    taking = [runtime for runtime in catalog.runtimes.values() if runtime.commands.local_model]
    assert {"llama.cpp", "koboldcpp", "vllm", "sglang", "mlx-lm"} <= {runtime.id for runtime in taking}
    for runtime in taking:
        filled = fill_arguments(a_plan(runtime=runtime), a_variant(), Q4, local_path="/models/a b.gguf")
        assert filled.serve is not None
        words = filled.serve[-1].arguments
        assert "/models/a b.gguf" in words, runtime.id
        assert not any("acme" in word for word in words), runtime.id


def test_host_and_port_are_the_runtimes_own_unless_given(catalog: Catalog) -> None:
    plan = a_plan(runtime=catalog.runtimes["llama.cpp"])
    plain = fill_arguments(plan, a_variant(), Q4).serve
    told = fill_arguments(plan, a_variant(), Q4, host="::1", port=9000).serve
    assert plain is not None
    assert told is not None
    assert plain[0].arguments[-4:] == ("--host", "127.0.0.1", "--port", "8080")
    assert told[0].arguments[-4:] == ("--host", "::1", "--port", "9000")


def test_the_placement_is_said_in_flags_too(catalog: Catalog) -> None:
    """KoboldCpp is told the backend, parts of a split as words, and the cache by its own names."""
    said = (("gpu_layers", "999"), ("tensor_split", "0.60,0.40"), ("kv_type", "q8_0"), ("flash_attention", "on"))
    plan = a_plan(runtime=catalog.runtimes["koboldcpp"], options=said)
    serve = fill_arguments(plan, a_variant(), Q4).serve
    assert serve is not None
    text = posix(serve)
    assert "--gpulayers 999 --tensor_split 0.60 0.40 --quantkv 1 --flashattention --usecuda" in text


def test_a_cache_in_pages_is_rounded_up(catalog: Catalog) -> None:
    plan = a_plan(runtime=catalog.runtimes["tabbyapi"], context_length=10_000)
    serve = fill_arguments(plan, a_variant(), Q4).serve
    assert serve is not None
    assert "--max-seq-len 10000 --cache-size 10240" in posix(serve)


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((CommandStep(arguments=("run", "a-1.b")),), "run a-1.b"),
        ((CommandStep(arguments=("run", "-a.b", "-ts", "1,2")),), "run '-a.b' -ts '1,2'"),
        ((CommandStep(arguments=("run", "it's", "\u2019;$(id)")),), "run 'it''s' '\u2019\u2019;$(id)'"),
        ((CommandStep(arguments=("run",), environment={"A": "1 2"}),), "$env:A='1 2'; run"),
        ((CommandStep(arguments=("get", "a")), CommandStep(arguments=("run", "b"))), "get a; if ($?) { run b }"),
        ((CommandStep(arguments=("two words", "a")),), "& 'two words' a"),
        ((CommandStep(arguments=("run", 'a"b')),), None),
        ((CommandStep(arguments=("run", "")),), None),
    ],
)
def test_powershell(steps: tuple[CommandStep, ...], line: str | None) -> None:
    """As PowerShell's about_Quoting_Rules and about_Parsing say."""
    assert powershell(steps) == line


def test_windows_gets_lines_for_powershell(catalog: Catalog) -> None:
    plan = a_plan(runtime=catalog.runtimes["ollama"])
    serve = fill_commands(plan, a_variant(), Q4, platform=Platform.WINDOWS).serve
    assert serve is not None
    assert serve.startswith("$env:OLLAMA_HOST='127.0.0.1:11434'; $env:OLLAMA_CONTEXT_LENGTH='8192'; ")


def test_templates_hold_no_shell(catalog: Catalog) -> None:
    """Nothing but words, brackets, braces and `&&`: a process that is started without a shell gets what a shell would."""
    for runtime in catalog.runtimes.values():
        commands = runtime.commands
        texts = (commands.pull, commands.run, commands.serve, commands.model, commands.local_model)
        for text in (*filter(None, texts), *runtime.flags.values()):
            for word in shlex.split(text):
                assert word == "&&" or not set(word) & set("|&;<>()$`\\*?#~\n"), (runtime.id, word)
                assert word.count("{") == word.count("}"), (runtime.id, word)


def test_steps_can_be_kept_in_sets() -> None:
    one, other = (CommandStep(arguments=("run",), environment={"A": value}) for value in "12")
    assert len({one, other, CommandStep(arguments=("run",), environment={"A": "1"})}) == 2
    assert hash(FilledArguments(run=(one,))) == hash(FilledArguments(run=(replace(one),)))


def _told(template: str, **changes: object) -> str | None:
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(serve=template)), **changes)
    return fill_commands(plan, a_variant(), Q4).serve


@pytest.mark.parametrize(
    ("options_", "users"),
    [((), 1), ((("slots", "3"),), 3), ((("users", "2"),), 2), ((("slots", "3"), ("users", "2")), 3)],
)
def test_pages_hold_what_all_users_take(options_: tuple[tuple[str, str], ...], users: int) -> None:
    assert _told("serve --cache {context_padded} --users {users}", options=options_, context_length=1000) == (
        f"serve --cache {-(-1000 * users // 256) * 256} --users {users}"
    )


@pytest.mark.parametrize(("context", "padded"), [(256, 256), (257, 512), (1, 256), (8192, 8192)])
def test_a_page_is_256_tokens(context: int, padded: int) -> None:
    assert _told("serve {context_padded}", context_length=context) == f"serve {padded}"


def test_the_name_of_a_model_is_the_last_of_its_repository() -> None:
    assert _told("serve {name} {quantization}") == "serve anvil-gguf Q4"
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(serve="serve {quantization}")))
    assert fill_commands(plan, a_variant(), replace(Q4, tag="q4:tag")).serve == "serve q4:tag"


def test_a_runtime_without_a_port_of_its_own_needs_one() -> None:
    plan = a_plan(runtime=replace(LLAMA_CPP, commands=Commands(serve="serve --port {port}")))
    assert fill_arguments(plan, a_variant(), Q4).serve is None
    told = fill_arguments(plan, a_variant(), Q4, port=1).serve
    assert told is not None
    assert told[0].arguments[-1] == "1"


def test_vectors_and_fillings_are_not_asked_for_in_a_terminal() -> None:
    for task, run in ((Task.TEXT, True), (Task.PICTURES, True), (Task.EMBEDDING, False), (Task.FILL_IN, False)):
        assert (fill_arguments(a_plan(task=task), a_variant(), Q4).run is not None) is run


def test_what_computes_is_said_by_the_placement() -> None:
    flags = {"all_layers": "--all", "backend_cuda": "--cuda", "backend_cpu": "--cpu"}
    runtime = replace(LLAMA_CPP, commands=Commands(serve="serve {options}"), flags=flags)
    on_gpu = a_plan(runtime=runtime)
    (gpu,) = on_gpu.memory
    host = gpu._replace(device=replace(gpu.device, id="cpu", backend=Backend.CPU))
    assert fill_commands(on_gpu, a_variant(), Q4).serve == "serve --all --cuda"
    part = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=1, devices=("cpu", "gpu0"))
    assert fill_commands(replace(on_gpu, placement=part, memory=(host, gpu)), a_variant(), Q4).serve == "serve --cuda"
    none = Placement(kind=PlacementKind.CPU, gpu_layers=0, devices=("cpu",))
    assert fill_commands(replace(on_gpu, placement=none, memory=(gpu, host)), a_variant(), Q4).serve == "serve --cpu"


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((CommandStep(arguments=("run", "a b\\")),), None),
        ((CommandStep(arguments=("run", "a\\")),), "run a\\"),
        ((CommandStep(arguments=("run", "-a:b", "-ab", "a:b")),), "run '-a:b' -ab a:b"),
        (tuple(CommandStep(arguments=(name,)) for name in "abc"), "a; if ($?) { b; if ($?) { c } }"),
        ((), ""),
    ],
)
def test_powershell_nests_what_follows(steps: tuple[CommandStep, ...], line: str | None) -> None:
    assert powershell(steps) == line
