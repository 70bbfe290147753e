"""Names that stand in for one to be filled in: `your-name/your-model`."""

from __future__ import annotations

_ANYBODY = frozenset(("username", "user", "org", "orgname", "organization", "organisation", "owner", "namespace", "yourname", "youruser", "yourorg", "account", "me", "somebody", "someuser", "hf-username", "user-name", "org-name", "repo-owner", "<user>", "default", "none", "unknown", "unspecified", "placeholder", "example", "dummy", "fake", "foo", "bar"))  # fmt: skip
_ANY_OF_MINE = frozenset(("my", "own", "custom", "private", "new", "model", "llm", "fine", "tuned", "finetuned", "finetune", "lora", "adapter", "repo", "dataset", "name", "org", "awesome", "embedding", "embeddings", "embedder", "cool", "first", "test", "trained", "project"))  # fmt: skip


def is_placeholder(owner: str, short: str, *, loads: bool = False) -> bool:
    """Whether it is an example to be filled in, as `your-name/your-model`; what `loads` a model of somebody's takes it."""
    first, second = owner.lower().replace("_", "-"), short.lower().replace("_", "-")
    whose = next((first[len(start) :] for start in ("your", "my") if first.startswith(start)), "").strip("-")
    if whose in _ANYBODY or whose in ("company", "team", "name", "repo", "project", "hf-username"):
        return True
    if first.startswith(("your-", "my-", "some-", "other-", "fake-", "dummy-", "example-")) or first in _ANYBODY:
        return True
    mine = second.startswith("my-") and not loads and _ANY_OF_MINE.issuperset(second.split("-"))
    return mine or (second.startswith("your-") and len(second.split("-")) <= len(("your", "fine", "tuned", "model")))
