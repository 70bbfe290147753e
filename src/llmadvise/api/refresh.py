"""Reads again what a catalog says of the Hub: reports what changed, and brings entries up to date if asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, KeysView
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.today import today
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Model
from llmadvise.domain.repository import Repository
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.record import dataclass
from llmadvise.render.documents.curation import CatalogRefreshDocument, Drift
from llmadvise.replace_file import replace_file

_MOST_FAILURES = 5
"""Failures in a row after which the Hub counts as out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What to refresh, and how."""

    directory: Path | None = None
    """A catalog directory; None: that of the checkout."""
    state: Path | None = None
    """Where to remember what was read; None: nowhere."""
    words: tuple[str, ...] = ()
    """Each must occur in the id of a model."""
    write: bool = False
    most: int | None = None
    """Repositories to read in this run; None: all."""
    may_connect: bool = True


def refreshed(wanted: Refresh, *, quiet: bool = False) -> CatalogRefreshDocument:
    """The drift between a catalog directory and the Hub.

    Raises LLMAdviseError where the Hub cannot be asked at all; what was read by then stands in the state file. Entries
    are written one by one, each in one step, so that a catalog is whole whenever this is stopped.
    """
    from llmadvise.catalog.load import checkout_directory, load_catalog  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.refresh_state import RefreshState  # noqa: PLC0415 - see above
    from llmadvise.catalog.tree import read_tree  # noqa: PLC0415 - see above

    directory = wanted.directory or checkout_directory()
    catalog = load_catalog(wanted.directory)
    tree = read_tree(directory)
    own = [
        catalog.models[id_]
        for id_ in tree.sections.get("models", {})
        if all(word.lower() in id_ for word in wanted.words)
    ]
    repositories = _repositories(own)
    if not wanted.may_connect or _offline():
        raise LLMAdviseError(
            f"the {len(repositories)} repositories of the catalog are on the Hub: reading them needs the network, "
            "which --offline or HF_HUB_OFFLINE forbids",
            "Leave that out. Everything but `catalog import` and `catalog refresh` works without the network.",
        )
    state = RefreshState(wanted.state)
    _read(repositories, state.standing.keys(), wanted.most, quiet, state.add)
    found = [drift for model in own for drift in _drifts(model, state.standing, catalog)]
    written = tuple(_write(own, state.standing, directory)) if wanted.write else ()
    return CatalogRefreshDocument(
        schema="llmadvise.catalog-refresh/1",
        version=__version__,
        repositories=len(repositories),
        read=sum(repo in state.standing for repo in repositories),
        drifts=tuple(found),
        written=written,
    )


def _offline() -> bool:
    from llmadvise.hub.connection import forbids_network  # noqa: PLC0415 - beside the rest of it

    return forbids_network()


def _repositories(models: list[Model]) -> dict[str, bool]:
    """Every repository once, and whether files of it are wanted."""
    found: dict[str, bool] = {}
    for model in models:
        found.setdefault(model.repo, False)
        for variant in model.variants:
            found[variant.repo] = True
    return dict(sorted(found.items()))


def _read(
    repositories: dict[str, bool],
    known: KeysView[str],
    most: int | None,
    quiet: bool,
    add: Callable[[str, Repository | None], None],
) -> None:
    """Read what is not known yet, one after another."""
    from llmadvise.hub.connection import Connection  # noqa: PLC0415 - the network is needed from here on
    from llmadvise.hub.standing import read_standing  # noqa: PLC0415 - see above
    from llmadvise.render.progress import progress  # noqa: PLC0415 - see above

    pending = [repo for repo in repositories if repo not in known][:most]
    if not pending:
        return
    connection, failures = Connection(), 0
    for repo in progress(pending, total=len(pending), label="Reading the Hub", quiet=quiet):
        try:
            add(repo, read_standing(connection, repo, with_files=repositories[repo]))
            failures = 0
        except UsageError:
            add(repo, None)
        except LLMAdviseError as error:
            failures += 1
            if failures >= _MOST_FAILURES or failures >= len(pending):
                raise LLMAdviseError(
                    f"the Hub could not be read: {error.message}",
                    "Run it again with the same --state: it goes on where it stopped.",
                ) from error


def _drifts(model: Model, standing: dict[str, Repository | None], catalog: Catalog) -> Iterator[Drift]:
    from llmadvise.engine.drift.compare import drifts_of  # noqa: PLC0415 - for this command alone

    for found in drifts_of(model, standing, catalog.licenses):
        yield Drift(
            kind=found.kind.value,
            model=model.id,
            repo=found.repo,
            message=found.message,
            before=found.before,
            after=found.after,
        )


def _write(models: list[Model], standing: dict[str, Repository | None], directory: Path) -> Iterator[str]:
    """Write the entries that changed, each in one step."""
    from llmadvise.catalog.write import entry_yaml  # noqa: PLC0415 - for writing alone
    from llmadvise.engine.drift.update import updated  # noqa: PLC0415 - for this command alone

    for model in models:
        new = updated(model, standing, as_of=today())
        if new != model:
            replace_file(directory / "models" / f"{model.id}.yaml", entry_yaml(new).encode())
            yield model.id
