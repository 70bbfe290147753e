"""Which model to run on a machine."""

from __future__ import annotations

from llmadvise.api.request import Recommended, Request
from llmadvise.api.setting import prepare
from llmadvise.engine.recommend import recommend as rank_and_choose


def recommend(request: Request) -> Recommended:
    """Advise on what to run. `advice.recommendations` is empty where nothing fits; `api.relax` then says what helps."""
    setting = prepare(request)
    return Recommended(setting=setting, advice=rank_and_choose(setting.question))
