"""`llmadvise.recipe/1`: a file that runs what was advised."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.finding import Finding
from llmadvise.domain.recipe import Form, Recipe, RecipeFile
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeDocument:
    """One file, and what it pins. As text it is the file itself, byte by byte."""

    schema: Literal["llmadvise.recipe/1"]
    version: str
    """Of the program."""
    form: Form
    file_name: str
    model: str
    """Catalog id."""
    quantization: str
    runtime: str
    repo: str
    revision: str
    """The commit, 40 hex digits."""
    files: tuple[RecipeFile, ...]
    """Those that it fetches; empty: the whole repository, whose hashes the Hub's own program compares."""
    image: str | None
    endpoint: str | None
    nodes: int
    text: str
    findings: tuple[Finding, ...]

    @property
    def verbatim(self) -> str:
        """What its text form is, byte by byte."""
        return self.text


def recipe_document(
    recipe: Recipe,
    *,
    version: str,
    model: str,
    quantization: str,
    runtime: str,
    repo: str,
    revision: str,
    files: tuple[RecipeFile, ...],
    nodes: int = 1,
) -> RecipeDocument:
    """Build the document of a recipe."""
    return RecipeDocument(
        schema="llmadvise.recipe/1",
        version=version,
        form=recipe.form,
        file_name=recipe.file_name,
        model=model,
        quantization=quantization,
        runtime=runtime,
        repo=repo,
        revision=revision,
        files=files,
        image=recipe.image,
        endpoint=recipe.endpoint,
        nodes=nodes,
        text=recipe.text,
        findings=recipe.findings,
    )
