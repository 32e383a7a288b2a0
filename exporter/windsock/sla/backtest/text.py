"""A backtest for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from windsock.sla.backtest.incident import Incident
from windsock.sla.backtest.report import SEVERITIES, Report, began
from windsock.spoken import span

_MOST_LINES = 200
_WIDEST = 40


def table(report: Report) -> Iterator[str]:
    """Lines: what was replayed, every incident, the weeks, what could not be seen."""
    days = (report.until - report.since) / timedelta(days=1)
    yield (
        f"{report.file}: {_count(report.slas, 'SLA')} of {_count(_replayed(report), 'DAG')},"
        f" {_count(report.runs, 'run')}, {days:.0f} days until {_at(report.until)} UTC"
    )
    met, missed = report.kept
    if met or missed:
        share = 100 * met / (met + missed)
        yield f"deadlines of finish_by: {met:,} kept, {missed:,} missed ({share:.1f} % kept)"
    yield ""
    yield from _incidents(report)
    yield ""
    yield from _weeks(report)
    yield ""
    yield "What the past does not tell:"
    for spot in report.blind_spots():
        yield f"  {spot.count:>7} {spot.what}: {spot.meaning}"


def document(report: Report) -> str:
    """The same as JSON, times in ISO 8601 and UTC."""
    found = {
        "file": report.file,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "slas": report.slas,
        "dags": _replayed(report),
        "runs": report.runs,
        "finish_by": dict(zip(("met", "missed"), report.kept, strict=True)),
        "weeks": [
            {
                "begins": week.begins.isoformat(),
                "team": week.team,
                **{severity: week.notified[severity] for severity in SEVERITIES},
                "at_risk": dict(sorted(week.announced.items())),
                "false_alarms": week.false,
            }
            for week in report.weeks
        ],
        "incidents": [_as_json(each) for each in report.incidents],
        "broken_before": [
            _as_json(each) for outcome in report.outcomes for each in outcome.incidents if each.from_before
        ],
        "blind_spots": [
            {"what": spot.what, "count": spot.count, "meaning": spot.meaning} for spot in report.blind_spots()
        ],
        "unknown": list(report.unknown),
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _as_json(each: Incident) -> dict[str, Any]:
    ahead = each.ahead
    return {
        "dag_id": each.dag_id,
        "sla": each.sla,
        "kind": each.kind,
        "team": each.team,
        "severity": each.severity,
        "at_risk_severity": each.at_risk_severity,
        "tier": each.tier,
        "place": each.place,
        "deadline": _iso(each.deadline),
        "deadline_text": each.deadline_text,
        "announced": _iso(each.announced),
        "announced_ahead_seconds": None if ahead is None else ahead.total_seconds(),
        "broken": _iso(each.broken),
        "notified": _iso(each.notified),
        "ended": _iso(each.ended),
        "false_alarm": each.false_alarm,
        "cause": None if each.cause is None else each.cause.value,
        "doubtful": each.doubtful,
    }


def _incidents(report: Report) -> Iterator[str]:
    every = report.incidents
    if not every:
        yield "Nothing would have been at risk or broken."
        return
    rows = [_row(each, report.until) for each in every[-_MOST_LINES:]]
    head = ("seen (UTC)", "told", "team", "DAG", "SLA", "deadline (UTC)", "late", "announced", "cause")
    yield from _aligned([head, *rows])
    if len(every) > _MOST_LINES:
        yield f"… and {len(every) - _MOST_LINES} before these: --format json has all of them"


def _row(each: Incident, now: datetime) -> tuple[str, ...]:
    if each.broken is not None:
        told = each.severity if each.notified is not None else "-"
        until = each.ended or now
        late = "" if each.deadline is None else span((until - each.deadline).total_seconds())
        late += "" if each.ended else " and on"
    else:
        told, late = f"({each.at_risk_severity})", "kept" if each.false_alarm else "open"
    ahead = each.ahead
    announced = "" if each.announced is None else _at(each.announced)
    if each.broken is not None:
        announced = "no" if ahead is None else f"{span(ahead.total_seconds())} ahead"
    return (
        _at(began(each)),
        told + (" ?" if each.doubtful else ""),
        each.team,
        _cut(each.dag_id),
        _cut(each.sla),
        "" if each.deadline is None else _at(each.deadline),
        late,
        announced,
        "" if each.cause is None else each.cause.text,
    )


def _weeks(report: Report) -> Iterator[str]:
    if not report.weeks:
        return
    head = ("week of", "team", "pages", "tickets", "info", "at risk", "kept after all")
    rows = [
        (
            week.begins.isoformat(),
            week.team,
            *(str(week.notified[severity]) for severity in SEVERITIES),
            str(sum(week.announced.values())),
            str(week.false),
        )
        for week in report.weeks
    ]
    yield from _aligned([head, *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _replayed(report: Report) -> int:
    return sum(outcome.began is not None for outcome in report.outcomes)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
