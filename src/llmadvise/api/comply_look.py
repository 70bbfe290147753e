"""A checkout looked at: which models it refers to, and what the policy makes of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llmadvise.api.comply_judge import Judge, judge_under
from llmadvise.api.comply_models import Named, named_models
from llmadvise.api.comply_texts import with_locked_texts
from llmadvise.checkout.root import BASELINE_NAME, LOCK_NAME, POLICY_NAME, find_root
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention, Scan
from llmadvise.record import dataclass
from llmadvise.render.documents.check import CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What to check, and what counts."""

    paths: tuple[Path, ...]
    policy: Path | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    diff: str | None = None
    locked: bool = False
    markdown_code: bool = False
    online: bool = False
    catalog: Path | None = None
    as_of: str | None = None
    processes: int = 1
    """That read a large checkout side by side. More than one only from a program whose main module is guarded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A checkout that was looked at, and its models judged."""

    root: Path
    catalog: Catalog
    scan: Scan
    judge: Judge
    named: Mapping[str, Named]
    """Every model, by the name that references use."""
    results: Mapping[str, CheckResult]

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Every place, in ascending order."""
        return self.scan.mentions


def look(request: CheckRequest) -> Seen:
    """Read the checkout, find out which models are meant, and judge each once."""
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    root, asked = find_root(request.paths)
    catalog = load_catalog(request.catalog)
    judge = judge_under(request.policy, root, catalog, request.as_of)
    scan = _scan(root, asked, request)
    named = named_models(scan.mentions, catalog, online=request.online, root=root, clarified=judge.clarified)
    named = with_locked_texts(named, root)
    results = {name: judge.judged(item) for name, item in sorted(named.items())}
    return Seen(root=root, catalog=catalog, scan=scan, judge=judge, named=named, results=results)


def _scan(root: Path, asked: tuple[Path, ...], request: CheckRequest) -> Scan:
    """The places below `asked`, with file names relative to the root."""
    from llmadvise.checkout.scan import ScanOptions, scan  # noqa: PLC0415 - the readers are many

    # The program's own files name models too, and are no use of them.
    own = {POLICY_NAME, LOCK_NAME, BASELINE_NAME}
    inside = [path.relative_to(root).as_posix() for path in asked]
    whole = "." in inside

    def wanted(name: str) -> bool:
        if name in own:
            return False
        return whole or any(name == item or name.startswith(f"{item}/") for item in inside)

    from llmadvise.api.comply_models import read_gguf  # noqa: PLC0415 - only called for such a file

    options = ScanOptions(
        markdown=request.markdown_code, only=wanted, read_header=read_gguf, processes=request.processes
    )
    return scan((root,), options)
