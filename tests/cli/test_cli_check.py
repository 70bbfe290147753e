"""`llmadvise check` and `lock`: each exit code in each format, and what does and does not change the verdict."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli_program import Ask, Program

FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab", "cyclonedx", "spdx", "notice")
ALLOWED = "Qwen/Qwen3-8B"
DENIED = "Qwen/Qwen2.5-3B-Instruct"
UNKNOWN = "nobody/model-nobody-knows-7b"
POLICY = "use:\n  commercial: true\n  distributes_weights: false\nunknown: {unknown}\n"


def checkout(folder: Path, *models: str, unknown: str = "fail", policy: str | None = None) -> Path:
    """A folder whose one script loads these models, with a policy beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'model{number} = AutoModel.from_pretrained("{name}")' for number, name in enumerate(models)]
    (folder / "app.py").write_text("from transformers import AutoModel\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / "llmadvise-policy.yaml").write_text(policy or POLICY.format(unknown=unknown), encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def document(text: str, ask: Ask, name: str = "check") -> Any:  # noqa: ANN401 - JSON of any shape
    jsonschema.Draft202012Validator(json.loads(ask("schema", name).out)).validate(json.loads(text))
    return json.loads(text)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("models", "unknown", "code"),
    [((ALLOWED,), "fail", 0), ((ALLOWED, DENIED), "fail", 10), ((UNKNOWN,), "fail", 11), ((UNKNOWN,), "warn", 0),
     ((UNKNOWN, DENIED), "warn", 10), ((), "fail", 0)],
)  # fmt: skip
def test_the_code_is_the_same_in_every_format(
    *, form: str, models: tuple[str, ...], unknown: str, code: int, ask: Ask, tmp_path: Path
) -> None:
    answer = ask("check", checkout(tmp_path, *models, unknown=unknown), "--format", form)
    assert answer.code == code
    assert answer.out
    assert bool(answer.err) == bool(code)


def test_the_document_validates_and_says_where_and_by_which_clause(ask: Ask, tmp_path: Path) -> None:
    told = document(ask("check", checkout(tmp_path, ALLOWED, DENIED, UNKNOWN), "--json").out, ask)
    verdicts = {item["model"]: item["verdict"] for item in told["results"]}
    assert verdicts == {ALLOWED: "allowed", DENIED: "denied", UNKNOWN: "unknown"}
    assert told["summary"]["exit_code"] == 10
    issue = next(item for item in told["issues"] if item["decides"] == "denied")
    assert (issue["file"], issue["line"], issue["model"]) == ("app.py", 3, DENIED)
    assert "use " in issue["fix"]
    resolved = {item["model"]: item["resolved"] for item in told["references"]}
    assert resolved[ALLOWED] == "qwen/qwen3-8b"


def test_alternatives_are_allowed_by_the_same_policy(ask: Ask, tmp_path: Path) -> None:
    told = json.loads(ask("check", checkout(tmp_path / "a", DENIED), "--json").out)
    offered = [item["model"] for item in told["results"][0]["alternatives"]]
    assert offered
    assert ask("check", checkout(tmp_path / "b", *offered)).code == 0


def test_without_a_policy_nothing_fails_and_that_is_said(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED, UNKNOWN)
    (folder / "llmadvise-policy.yaml").unlink()
    answer = ask("check", folder)
    assert answer.code == 0
    assert "No policy was found" in answer.out
    told = json.loads(ask("check", folder, "--json").out)
    assert told["policy"]["file"] is None
    assert [item["rule"] for item in told["findings"]] == ["policy-missing"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("llmadvise-policy.yaml", "unknown: maybe\n"),
        ("llmadvise-policy.yaml", "use:\n  comercial: true\n"),
        (".llmadvise-baseline.json", "{"),
        (".llmadvise-baseline.json", '{"schema": "llmadvise.baseline/1"}'),
    ],
)
def test_an_invalid_file_is_twelve(name: str, text: str, ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, ALLOWED)
    (folder / name).write_text(text, encoding="utf-8")
    answer = ask("check", folder)
    assert (answer.code, answer.out) == (12, "")
    assert name in answer.err.replace("\n", "")


def test_a_policy_that_is_named_must_exist(ask: Ask, tmp_path: Path) -> None:
    answer = ask("check", checkout(tmp_path, ALLOWED), "--policy", tmp_path / "none.yaml")
    assert answer.code == 12


def test_a_missing_path_is_wrong_usage(ask: Ask, tmp_path: Path) -> None:
    assert ask("check", tmp_path / "none").code == 2


def test_only_what_is_named_is_read(ask: Ask, tmp_path: Path) -> None:
    checkout(tmp_path / "one", DENIED)
    checkout(tmp_path / "two", ALLOWED)
    (tmp_path / "llmadvise-policy.yaml").write_text(POLICY.format(unknown="fail"), encoding="utf-8")
    for part in ("one", "two"):
        (tmp_path / part / "llmadvise-policy.yaml").unlink()
    assert ask("check", tmp_path / "two").code == 0
    assert ask("check", tmp_path / "two", tmp_path / "one" / "app.py").code == 10


WAIVER = "waivers:\n  - model: {model}\n    reason: bought\n    owner: legal@example.com\n    expires: '{day}'\n"


def test_a_waiver_holds_until_its_day(ask: Ask, tmp_path: Path) -> None:
    policy = POLICY.format(unknown="fail") + WAIVER.format(model=DENIED, day="2027-01-31")
    folder = checkout(tmp_path, DENIED, policy=policy)
    assert ask("check", folder, "--as-of", "2027-01-31").code == 0
    assert ask("check", folder, "--as-of", "2027-02-01").code == 10
    told = json.loads(ask("check", folder, "--as-of", "2027-01-31", "--json").out)
    assert told["results"][0]["verdict"] == "waived"
    assert {item["status"] for item in told["issues"]} == {"waived"}
    late = json.loads(ask("check", folder, "--as-of", "2027-02-01", "--json").out)
    assert "waiver-expired" in {item["rule"] for item in late["findings"]}


@pytest.mark.parametrize(
    ("reference", "waived", "code"),
    [
        ("ollama pull qwen2.5:3b", "qwen2.5:3b", 0),
        ("ollama pull qwen2.5:3b", "ollama:qwen2.5:3b", 0),
        ("ollama pull qwen2.5:3b", DENIED, 0),
        (f"vllm serve {DENIED}", "qwen2.5:3b", 0),
        ("ollama pull qwen2.5:3b", "qwen2.5:7b", 10),
        ("ollama pull llama3.2", "llama3.2", 0),
        ("ollama pull llama3.2", "ollama:llama3.2:latest", 0),
        ("ollama pull llama3.2", "llama3.1", 11),
        ("docker model pull ai/nobody-knows:7B-Q4_0", "docker:ai/nobody-knows:7B-Q4_0", 0),
    ],
)
def test_a_waiver_may_be_written_for_a_tag(*, reference: str, waived: str, code: int, ask: Ask, tmp_path: Path) -> None:
    policy = POLICY.format(unknown="fail") + WAIVER.format(model=f"'{waived}'", day="2027-01-31")
    checkout(tmp_path, policy=policy)
    (tmp_path / "run.sh").write_text(f"{reference}\n", encoding="utf-8")
    assert ask("check", tmp_path, "--as-of", "2026-11-21").code == code


def test_a_waiver_that_answers_for_nothing_is_told(ask: Ask, tmp_path: Path) -> None:
    policy = POLICY.format(unknown="fail") + WAIVER.format(model=DENIED, day="2027-01-31")
    told = json.loads(ask("check", checkout(tmp_path, ALLOWED, policy=policy), "--as-of", "2026-11-21", "--json").out)
    assert {item["rule"] for item in told["findings"]} == {"waiver-unused"}


def test_a_comment_with_a_reason_ignores_one_without_does_not(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED)
    line = f'model = AutoModel.from_pretrained("{DENIED}")  # llmadvise: ignore'
    (folder / "app.py").write_text(f"{line} only in a benchmark\n", encoding="utf-8")
    assert ask("check", folder).code == 0
    told = json.loads(ask("check", folder, "--json").out)
    assert {item["status"] for item in told["issues"]} == {"ignored"}
    (folder / "app.py").write_text(f"{line}\n", encoding="utf-8")
    assert ask("check", folder).code == 10


def test_a_baseline_lets_what_was_there_pass_wherever_it_moves(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED)
    assert ask("check", folder, "--write-baseline").code == 0
    baseline = folder / ".llmadvise-baseline.json"
    document(baseline.read_text(encoding="utf-8"), ask, "baseline")
    before = baseline.read_bytes()
    script = folder / "app.py"
    script.write_text("\n\n\n" + script.read_text(encoding="utf-8"), encoding="utf-8")
    assert ask("check", folder).code == 0
    assert ask("check", folder, "--write-baseline").code == 0
    assert baseline.read_bytes() == before
    (folder / "new.py").write_text(f'model = AutoModel.from_pretrained("{DENIED}")\n', encoding="utf-8")
    assert ask("check", folder).code == 10
    script.unlink()
    (folder / "new.py").unlink()
    told = json.loads(ask("check", folder, "--json").out)
    assert [item["rule"] for item in told["findings"]] == ["baseline-outdated"]


def test_diff_counts_only_what_changed(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    assert ask("check", folder).code == 10
    assert ask("check", folder, "--diff", "HEAD").code == 0
    script = folder / "app.py"
    script.write_text("# moved\n" + script.read_text(encoding="utf-8"), encoding="utf-8")
    assert ask("check", folder, "--diff", "HEAD").code == 0
    (folder / "new file.py").write_text(f'model = AutoModel.from_pretrained("{DENIED}")\n', encoding="utf-8")
    assert ask("check", folder, "--diff", "HEAD").code == 10
    (folder / "new file.py").unlink()
    script.write_text(script.read_text(encoding="utf-8").replace("model0", "renamed"), encoding="utf-8")
    assert ask("check", folder, "--diff", "HEAD").code == 10


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=/tmp/x", "HEAD; touch x"])
def test_an_unknown_revision_is_wrong_usage(revision: str, ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED)
    git(folder, "init", "-q")
    assert ask("check", folder, f"--diff={revision}").code == 2


def test_a_lock_holds_until_something_changes(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, ALLOWED)
    assert ask("check", folder, "--locked").code == 12
    assert ask("lock", folder).code == 0
    lock = folder / "llmadvise.lock"
    first = lock.read_bytes()
    locked = document(first.decode(), ask, "lock")
    assert locked["models"][0]["repo"] == ALLOWED
    assert locked["models"][0]["effective"][0]["license"] == "apache-2.0"
    assert ask("lock", folder).code == 0
    assert lock.read_bytes() == first
    assert ask("check", folder, "--locked").code == 0
    checkout(tmp_path, ALLOWED, "google/gemma-4-e4b-it")
    answer = ask("check", folder, "--locked", "--json")
    assert answer.code == 12
    assert [item["rule"] for item in json.loads(answer.out)["issues"] if item["decides"] == "drift"] == ["lock-drift"]


def test_a_violation_outweighs_a_lock_out_of_date(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, ALLOWED)
    ask("lock", folder)
    checkout(tmp_path, DENIED)
    assert ask("check", folder, "--locked").code == 10


def test_init_writes_a_policy_that_is_valid_and_never_overwrites(ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, ALLOWED)
    policy = folder / "llmadvise-policy.yaml"
    assert ask("check", folder, "--init").code == 2
    policy.unlink()
    answer = ask("check", folder, "--init")
    assert (answer.code, answer.out) == (0, "")
    assert ask("check", folder).code in {0, 11}
    assert "#" in policy.read_text(encoding="utf-8")


def test_the_same_checkout_gives_the_same_bytes_on_any_machine(program: Program, tmp_path: Path) -> None:
    folder = checkout(tmp_path, ALLOWED, DENIED)
    plain = program.run("check", folder, "--json")
    other = program.run(
        "check", ".", "--json", directory=folder, environment={"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "CI": "1"}
    )  # fmt: skip
    assert (plain.code, plain.out) == (other.code, other.out)
    assert plain.code == 10


def test_the_fast_path_reads_no_policy_code(program: Program) -> None:
    code = "import sys; import llmadvise.cli.check; assert not {'pydantic', 'yaml', 'rich'} & set(sys.modules)"
    assert program.finish([program.command()[0], "-c", code]).code == 0


def test_licenses(ask: Ask) -> None:
    listed = document(ask("licenses", "list", "--category", "permissive", "--json").out, ask, "licenses")
    assert "apache-2.0" in {item["id"] for item in listed["licenses"]}
    shown = document(ask("licenses", "show", "Apache-2.0", "--json").out, ask, "license")
    assert shown["license"]["id"] == "apache-2.0"
    assert "qwen/qwen3-8b" in shown["models"]
    compared = document(ask("licenses", "compare", "llama3.1", "llama3.2", "--json").out, ask, "license-comparison")
    assert compared["licenses"] == ["llama3.1", "llama3.2"]
    assert ask("licenses", "show", "no-such-license").code == 2
    assert ask("licenses", "compare", "mit").code == 2
    for words in (("list",), ("show", "llama3.2"), ("compare", "llama3.1", "mit")):
        assert ask("licenses", *words).code == 0


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_name_made_to_forge_a_report_comes_through_as_a_name(form: str, ask: Ask, tmp_path: Path) -> None:
    folder = checkout(tmp_path, DENIED)
    name = 'x","level":"none"}]\n::error::forged\x1b[2J]]><a|b>`.py'
    try:
        (folder / "app.py").rename(folder / name.replace("/", ""))
    except OSError:
        pytest.skip("the file system takes no such name")
    answer = ask("check", folder, "--format", form)
    assert answer.code == 10
    assert answer.out.replace("\n", "").isprintable()
    assert not [line for line in answer.out.splitlines() if line.startswith(("::error::forged", '::error::"'))]
    if form in {"json", "sarif", "gitlab", "cyclonedx", "spdx"}:
        json.loads(answer.out)


def test_a_clarification_that_cannot_be_held_against_a_text_is_told(ask: Ask, tmp_path: Path) -> None:
    policy = POLICY.format(unknown="fail") + (
        f"clarifications:\n  - model: {UNKNOWN}\n    license: mit\n    text_sha256: '{'a' * 64}'\n"
    )
    answer = ask("check", checkout(tmp_path, UNKNOWN, policy=policy), "--json")
    assert answer.code == 11
    assert {item["rule"] for item in json.loads(answer.out)["findings"]} == {"clarification-not-applied"}


def test_a_million_references_end_undecided_and_say_so(ask: Ask, tmp_path: Path) -> None:
    """Allowed models all, but nobody can say what stands after the last one that was read."""
    (tmp_path / "llmadvise-policy.yaml").write_text("use: {commercial: true}\nunknown: fail\n", encoding="utf-8")
    for number in range(10):
        rows = "- model_id: Qwen/Qwen3-8B\n" * 100_000
        (tmp_path / f"f{number}.yaml").write_text(rows, encoding="utf-8")
    answer = ask("check", tmp_path, "--json")
    document = json.loads(answer.out)
    assert answer.code == 11
    assert document["summary"]["verdict"] == "undecided"
    assert {issue["rule"] for issue in document["issues"] if issue["decides"] == "unknown"} == {"scan-incomplete"}
    assert len(document["references"]) == 50_000


def test_a_page_of_text_ends(ask: Ask, tmp_path: Path) -> None:
    names = "".join(f"- model_id: quorra/chat-{number}\n" for number in range(300))
    (tmp_path / "models.yaml").write_text(names, encoding="utf-8")
    answer = ask("check", tmp_path)
    assert "and 100 more models to act on" in answer.out
    assert answer.out.count("quorra/chat-") < 600
