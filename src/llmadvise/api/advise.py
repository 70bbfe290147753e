"""Which model to run on a machine."""

from __future__ import annotations

from llmadvise.api.request import Recommended, Request
from llmadvise.api.setting import prepare
from llmadvise.engine.recommend import recommend as rank_and_choose


def recommend(request: Request, *, curve: bool = False) -> Recommended:
    """Advise on what to run. Where nothing fits, `advice.recommendations` is empty and `relaxations` says what helps.

    `curve`: also how the memory of the first grows with its context.
    """
    setting = prepare(request)
    advice = rank_and_choose(setting.question, curve=curve)
    if advice.recommendations:
        return Recommended(setting=setting, advice=advice)
    from llmadvise.engine.relax import relaxations  # noqa: PLC0415 - only when nothing fits

    return Recommended(setting=setting, advice=advice, relaxations=relaxations(setting.question))
