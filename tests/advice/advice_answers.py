"""What the tests of advice are asked about."""

from __future__ import annotations

from typing import NamedTuple

from llmadvise.domain.assessment import Advice, Assessment
from llmadvise.engine.question import Question

USE_CASES = ("agents", "chat", "coding", "extraction", "rag", "reasoning", "writing")
TOP = 10


class Answer(NamedTuple):
    """A question with its advice."""

    question: Question
    advice: Advice

    @property
    def shown(self) -> tuple[Assessment, ...]:
        """Everything that the user sees recommended."""
        return (*self.advice.recommendations, *self.advice.specialists)
