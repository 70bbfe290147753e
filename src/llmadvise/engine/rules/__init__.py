"""Hard judgements with stable ids, all listed here, in the order in which they are asked."""

from __future__ import annotations

from typing import Any

from llmadvise.engine.rules.case_rules import CASE_RULES
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.rule import Rule
from llmadvise.engine.rules.variant_rules import VARIANT_RULES

RULES: tuple[Rule[Any], ...] = (*MODEL_RULES, *VARIANT_RULES, *CASE_RULES)
"""Every rule there is. A test sees to it that each id is unique and has its section in docs/rules.md."""
