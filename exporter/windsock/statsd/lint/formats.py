"""Findings for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from windsock import __version__
from windsock.statsd.lint.codes import CODES
from windsock.statsd.lint.finding import Code, Finding, Severity

ByFile = Mapping[str, Sequence[Finding]]
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_text(found: ByFile) -> str:
    """Three lines for each finding, then a count."""
    lines = []
    for name, findings in found.items():
        for one in findings:
            lines.append(f"{name}:{one.line}: {one.code.severity.value} {one.code.id}: {one.message}")
            lines += [f"    {one.code.why}", f"    Fix: {one.code.fix}"]
    counts = [
        f"{count} {severity.value}{'s' if count != 1 and severity is not Severity.INFO else ''}"
        for severity in Severity
        if (count := sum(one.code.severity is severity for each in found.values() for one in each))
    ]
    return "\n".join([*lines, f"{', '.join(counts)}." if counts else "Nothing found."]) + "\n"


def as_json(found: ByFile) -> str:
    """A list of objects: file, line, code, severity, message, why, fix."""
    rows = [
        {
            "file": name,
            "line": one.line,
            "code": one.code.id,
            "severity": one.code.severity.value,
            "message": one.message,
            "why": one.code.why,
            "fix": one.code.fix,
        }
        for name, findings in found.items()
        for one in findings
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_sarif(found: ByFile) -> str:
    """SARIF 2.1.0, which code hosts show beside the lines."""
    used = dict.fromkeys(one.code for findings in found.values() for one in findings)
    rules = [
        {
            "id": code.id,
            "shortDescription": {"text": code.title},
            "fullDescription": {"text": code.why},
            "help": {"text": code.fix},
            "defaultConfiguration": {"level": _LEVELS[code.severity]},
        }
        for code in used
    ]
    results = [
        {
            "ruleId": one.code.id,
            "level": _LEVELS[one.code.severity],
            "message": {"text": f"{one.message}. {one.code.why}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": name},
                        "region": {"startLine": one.line},
                    }
                }
            ],
        }
        for name, findings in found.items()
        for one in findings
    ]
    driver = {"name": "windsock statsd lint", "version": __version__, "rules": rules}
    report = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_github(found: ByFile) -> str:
    """Workflow commands of GitHub Actions, one line for each finding."""
    return "".join(
        f"::{_COMMANDS[one.code.severity]} file={_property(name)},line={one.line},title={one.code.id}"
        f"::{_data(f'{one.message}. {one.code.why} Fix: {one.code.fix}')}\n"
        for name, findings in found.items()
        for one in findings
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def explain(code: Code) -> str:
    """One class of mistakes in full."""
    return f"{code.id} ({code.severity.value}): {code.title}\n\n{code.why}\n\nFix: {code.fix}\n"


def all_codes() -> str:
    """Every code with its title."""
    return "".join(f"{code.id}  {code.severity.value:<7}  {code.title}\n" for code in CODES.values())


FORMATS = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github}
