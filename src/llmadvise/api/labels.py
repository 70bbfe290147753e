"""What a model can be used for, and how it is talked to: read off the catalog's profiles and templates."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.api.request import Setting
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Model
from llmadvise.render.documents.assessment import Prompt


def use_cases(models: Iterable[Model], catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """By model id, the use cases whose profile takes its role and capabilities."""
    return {
        model.id: tuple(
            profile.id
            for profile in catalog.profiles.values()
            if model.role in profile.roles and set(profile.capabilities) <= set(model.capabilities)
        )
        for model in models
    }


def prompts(models: Iterable[Model], setting: Setting) -> dict[str, Prompt]:
    """By model id, the prompt format with the profile's example put into it."""
    example = setting.question.profile.example
    result = {}
    for model in models:
        template = setting.catalog.templates.get(model.template) if model.template else None
        result[model.id] = Prompt(
            template=template.id if template else None,
            example=template.example.replace("{prompt}", example) if template else None,
        )
    return result
