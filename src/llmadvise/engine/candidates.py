"""From a model to a candidate: judged before any file is looked at."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model
from llmadvise.engine.case import Candidate
from llmadvise.engine.licensing.effective import assess_license
from llmadvise.engine.licensing.lineage import ancestors
from llmadvise.engine.memory.shape import shape_from_catalog
from llmadvise.engine.quality import model_quality
from llmadvise.engine.question import Question
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.model_subject import ModelSubject


def judge_model(model: Model, question: Question) -> tuple[Candidate, Finding | None]:
    """The candidate with every finding about it, and the first finding that blocks it, if one does."""
    catalog, profile, requirements = question.catalog, question.profile, question.requirements
    line = ancestors(model, catalog.models, catalog.lineage)
    license_ = assess_license(
        model,
        line,
        catalog.licenses,
        commercial=requirements.commercial,
        policy=question.policy,
        as_of=question.as_of,
    )
    subject = ModelSubject(
        model=model,
        license=license_,
        licenses=catalog.licenses,
        profile=profile,
        requirements=requirements,
        context_length=question.context_length,
        results_on=frozenset(
            row.group for item in model.evidence if (row := catalog.benchmarks.get(item.benchmark)) is not None
        ),
    )
    findings = tuple(finding for rule in MODEL_RULES if (finding := rule.judge(subject)))
    unquantized, evidence = model_quality(model, profile, catalog.benchmarks, catalog.calibration.quality)
    candidate = Candidate(
        model=model,
        lineage=tuple(ancestor.id for ancestor in line if ancestor.service is None),
        license=license_,
        unquantized=unquantized,
        evidence=evidence,
        shape=shape_from_catalog(model.architecture) if model.architecture else None,
        findings=findings,
    )
    return candidate, next((item for item in findings if item.verdict is Verdict.BLOCK), None)
