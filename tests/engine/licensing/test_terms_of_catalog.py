"""The terms of the catalog's licenses agree with themselves: nothing conditional without its condition."""

from __future__ import annotations

import re

import pytest

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.license import License, LimitKind, Occasion, OutputReach, Permission

LICENSES = dict(load_catalog().licenses)
READ = {"full_text", "key_clauses"}
USERS = {LimitKind.MONTHLY_USERS, LimitKind.DAILY_USERS}

every_license = pytest.mark.parametrize("text", LICENSES.values(), ids=LICENSES.keys())


@every_license
def test_what_is_conditional_has_its_conditions(text: License) -> None:
    if text.commercial_use is Permission.CONDITIONAL:
        assert text.limits
    if text.category == "permissive":
        assert not text.limits
        assert text.commercial_use is Permission.YES
    if text.category == "research-only":
        assert LimitKind.PURPOSE in {limit.kind for limit in text.limits} or text.id == "stability-ai-nc-research"


@every_license
def test_a_limit_says_all_that_it_is_held_against(text: License) -> None:
    duties = (limit for item in text.obligations for limit in item.beyond)
    for limit in (*text.limits, *duties):
        assert (limit.threshold is not None) == (limit.kind in USERS | {LimitKind.REVENUE}), limit
        if limit.kind is LimitKind.REVENUE:
            assert limit.currency
            assert limit.period
            assert limit.scope
        if limit.kind in USERS:
            assert limit.scope
        assert bool(limit.territories) == (limit.kind is LimitKind.TERRITORY)
        assert bool(limit.business) or limit.kind is not LimitKind.BUSINESS_MODEL
        if limit.counted_at is not None:
            assert limit.at_release
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", limit.counted_at)
        if limit.kind is not LimitKind.UNREAD and text.verified in READ:
            # The research agreement of Qwen was read to its definitions.
            assert limit.clause or text.id == "qwen-research", limit


@every_license
def test_what_is_said_of_outputs_agrees(text: License) -> None:
    assert text.outputs is not None
    if text.output_training is Permission.YES:
        assert text.outputs.reach in {OutputReach.ANY, OutputReach.NOT_ADDRESSED}
    if text.output_training is Permission.NO:
        assert text.outputs.reach in {OutputReach.OWN, OutputReach.NON_COMMERCIAL}
    if text.students_are_derivatives:
        assert text.outputs.reach in {OutputReach.STUDENTS_BOUND, OutputReach.OWN}
        assert "derivative-by-outputs" in {item.id for item in text.obligations}
    else:
        assert "derivative-by-outputs" not in {item.id for item in text.obligations}


@every_license
def test_what_is_due_when_weights_are_passed_on_is_due_then(text: License) -> None:
    when = {item.id: item.due for item in text.obligations}
    for id_ in ("license-copy", "notice-file", "share-alike", "no-derivatives"):
        assert when.get(id_) in {None, Occasion.DISTRIBUTION, Occasion.OFFERING}
    for id_ in ("name-prefix", "output-training", "derivative-by-outputs"):
        assert when.get(id_) in {None, Occasion.TRAINED_MODEL}
    assert when.get("acceptable-use-policy", Occasion.USE) is Occasion.USE
    for item in text.obligations:
        assert (item.literal is not None) or item.id != "name-prefix"


@every_license
def test_words_are_ready_to_compare(text: License) -> None:
    for item in text.declared_as:
        parts = (item.word, item.owner, item.repo, item.link, item.text_sha256)
        assert all(part is None or part == part.lower() for part in parts)
        assert sum(part is not None for part in parts) >= 2 or item.text_sha256


def test_each_notice_text_names_its_license() -> None:
    for id_, words in {
        "llama2": "Llama 2 is licensed under the LLAMA 2 Community License",
        "llama3.1": "Llama 3.1 is licensed under the Llama 3.1 Community License",
        "llama4": "Llama 4 is licensed under the Llama 4 Community License",
        "gemma": "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
        "qwen": "Qwen is licensed under the Qwen LICENSE AGREEMENT, Copyright (c) Alibaba Cloud. All Rights Reserved.",
    }.items():
        assert any((item.literal or "").startswith(words) for item in LICENSES[id_].obligations), id_
