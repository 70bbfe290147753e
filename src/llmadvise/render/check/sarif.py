"""SARIF 2.1.0 (OASIS): what code scanning services read.

Clause numbers are of the OASIS standard of 27 March 2020.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

from llmadvise.render.check.wording import DISCLAIMER, counts, numbered, one_line, rules_of, sentence
from llmadvise.render.documents.check import CheckDocument, CheckIssue

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ESCAPES: Final = str.maketrans({"[": "\\[", "]": "\\]", "\\": "\\\\", "{": "{{", "}": "}}"})
"""3.11.5 and 3.11.6: braces are placeholders and brackets are links, unless they are escaped."""


def write(document: CheckDocument) -> str:
    """One run with one result an issue; suppressed ones are there, with the reason."""
    rules = rules_of(document)
    run = {
        "tool": {
            "driver": {
                "name": "llmadvise",
                "version": document.version,
                "rules": [_rule(rule) for rule in rules],
                "properties": {"catalog": document.catalog.version, "catalogDigest": document.catalog.digest},
            }
        },
        "automationDetails": {"id": "llmadvise/check/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the checkout."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": document.summary.exit_code,
                "toolExecutionNotifications": [
                    {
                        "level": "warning",
                        "message": {"text": _message(item.reason)},
                        "locations": [{"physicalLocation": {"artifactLocation": _artifact(item.file)}}],
                    }
                    for item in document.scan.skipped
                ],
                "toolConfigurationNotifications": [
                    {
                        "level": "warning" if item.verdict != "note" else "note",
                        "message": {"text": _message(item.message)},
                        "descriptor": {"id": one_line(item.rule)},
                    }
                    for item in document.findings
                ],
            }
        ],
        "results": [_result(number, issue, rules) for number, issue in numbered(document)],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _rule(rule: str) -> dict[str, object]:
    return {
        "id": one_line(rule),
        "name": "".join(word.capitalize() for word in one_line(rule).split("-")),
        "shortDescription": {"text": f"License policy: {one_line(rule).replace('-', ' ')}"},
        "fullDescription": {"text": DISCLAIMER},
        "help": {"text": "docs/check.md explains each rule, and how to waive, ignore or accept a finding."},
        "properties": {"tags": ["license", "ai-model"]},
    }


def _result(number: int, issue: CheckIssue, rules: list[str]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": one_line(issue.rule),
        "ruleIndex": rules.index(issue.rule),
        "level": issue.level,
        "message": {"text": _message(f"{issue.model}: {sentence(issue)}" if issue.model else sentence(issue))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(issue.file),
                    "region": {"startLine": max(issue.line, 1), "startColumn": max(issue.column, 1)},
                }
            }
        ],
        "partialFingerprints": {
            "llmadviseIssue/v1": issue.fingerprint,
            "primaryLocationLineHash": f"{issue.fingerprint[:16]}:{number}",
        },
        "baselineState": "new" if counts(issue) else "unchanged",
    }
    if not counts(issue):
        result["suppressions"] = [_suppression(issue)]
    return result


def _suppression(issue: CheckIssue) -> dict[str, object]:
    """3.35: by a comment in the source, or by a file beside it."""
    kind = "inSource" if issue.status == "ignored" else "external"
    reason = issue.reason or ("it was there before" if issue.status == "known" else "no reason is given")
    return {"kind": kind, "status": "accepted", "justification": _message(reason)}


def _artifact(file: str) -> dict[str, object]:
    """3.4: a relative reference; everything but letters, digits and the slash is encoded, so no scheme can appear."""
    return {"uri": quote(file.encode("utf-8", "surrogatepass"), safe="/"), "uriBaseId": "SRCROOT"}


def _message(text: str) -> str:
    return one_line(text).translate(_ESCAPES)
