"""Which form is written by which function, and what it is usually called."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from llmadvise.domain.recipe import Form, Recipe
from llmadvise.launch.recipes.serving import Serving

_FORMS: Final = {
    Form.COMPOSE: ("compose", "compose", "compose.yaml"),
    Form.K8S: ("kubernetes", "kubernetes", "{name}.yaml"),
    Form.SYSTEMD: ("systemd", "systemd", "{name}.service"),
    Form.MODELFILE: ("modelfile", "modelfile", "Modelfile"),
    Form.LITELLM: ("litellm", "litellm", "litellm.yaml"),
    Form.ENV: ("env_file", "env_file", "{name}.env"),
    Form.SCRIPT: ("script", "script", "{name}.sh"),
}
"""Module, function and file name."""
IN_CONTAINERS: Final = frozenset({Form.COMPOSE, Form.K8S})


def write(form: Form, serving: Serving) -> Recipe:
    """Write the recipe. Raises LLMAdviseError where the model, the runtime or the machine has none of this form."""
    module, function, file_name = _FORMS[form]
    text: str = getattr(import_module(f"llmadvise.launch.recipes.{module}"), function)(serving)
    image = None
    if form in IN_CONTAINERS:
        from llmadvise.launch.recipes.containers import image_name  # noqa: PLC0415 - only containers have one

        image = image_name(serving)
    return Recipe(
        form=form,
        file_name=file_name.format(name=serving.name),
        text=text,
        endpoint=None if form is Form.MODELFILE else serving.endpoint,
        image=image,
        findings=serving.findings,
    )
