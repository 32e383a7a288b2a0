"""`/api/v1/slas`: the board's SLAs as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime, timezone
from http import HTTPStatus

from windsock.pages import filters, links
from windsock.pages.filters import Wanted
from windsock.pages.here import iso
from windsock.sla import Status
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.view import View
from windsock.web import JSON, Response


def slas(view: View, base: str | None, wanted: Wanted) -> Response:
    """The SLAs that were asked for as they stand; times are ISO 8601 in UTC, unknown ones null.

    A team, tag or standing that is not there is an error that lists those that are.
    """
    chosen = filters.choose(view, wanted)
    if chosen.mistakes:
        wrong = {"error": " ".join(chosen.mistakes), "teams": chosen.teams, "tags": chosen.tags}
        return answer(wrong, HTTPStatus.BAD_REQUEST)
    return answer(
        {
            "at": _time(view.at),
            "facts_at": _time(view.facts.now if view.facts else None),
            "database_up": view.database_up,
            "slas": [_sla(status, view, base) for status in chosen.statuses],
            "sla_file_problem": view.sla_file_problem,
            "wrong_tags": [asdict(each) for each in chosen.wrong_tags],
        }
    )


def answer(data: object, status: int = HTTPStatus.OK) -> Response:
    """JSON that nobody keeps."""
    # Without indentation: with thousands of SLAs that takes ten times as long.
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        body=body + b"\n", status=status, content_type=JSON, headers={"Cache-Control": "no-store"}
    )


_EVIDENCE = tuple(field.name for field in fields(Evidence))


def _sla(status: Status, view: View, base: str | None) -> dict[str, object]:
    return {
        "sla": status.sla,
        "dag_id": status.dag_id,
        "kind": status.kind,
        "team": status.team,
        "scope": status.scope or None,
        "severity": status.severity,
        "standing": status.standing.value,
        "deadline": _time(status.deadline),
        "deadline_text": status.deadline_text,
        "met": status.met,
        "late_seconds": status.late,
        "prediction": prediction(status.prediction),
        "cause": status.cause.value if status.cause else None,
        "evidence": {name: getattr(status.evidence, name) or None for name in _EVIDENCE},
        "since": _time(status.since),
        "acknowledged": acknowledged(status.acknowledged),
        "tally": asdict(status.tally) if status.tally else None,
        "timezone": status.timezone,
        "dag_missing": status.missing,
        "at_risk_severity": status.at_risk_severity,
        "tier": status.tier or None,
        "runbook": status.runbook or None,
        "declared": status.place,
        "problem": status.problem.value if status.problem else None,
        "warning": status.warning,
        "dag_url": links.dag(base, view.major, status.dag_id) if base and not status.missing else None,
    }


def prediction(found: Prediction | None) -> dict[str, object] | None:
    """As JSON; null for none."""
    if found is None:
        return None
    return {
        "finish_p50": _time(datetime.fromtimestamp(found.p50, timezone.utc)),
        "finish_p90": _time(datetime.fromtimestamp(found.p90, timezone.utc)),
        "miss_probability": round(found.miss, 3),
        "runs": found.runs,
        "why": list(found.words),
    }


def acknowledged(given: Acknowledgement | None) -> dict[str, str] | None:
    """As JSON; null for none."""
    if given is None:
        return None
    return {"by": given.by, "reason": given.reason, "at": iso(given.at), "until": iso(given.until)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
