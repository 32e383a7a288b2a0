"""The record and the reasoning as JSON; `windsock sla explain --url` reads it too."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any

from windsock.errors import BadInput
from windsock.pages.api import acknowledged, answer, prediction
from windsock.pages.here import iso
from windsock.sla.entries import Entry
from windsock.sla.explaining import explain
from windsock.sla.explanation import Explanation
from windsock.sla.record import Reader
from windsock.view import View
from windsock.web import Request, Response

_DAYS = 30


def record(reader: Reader, request: Request, now: datetime) -> Response:
    """`/api/v1/slas/{dag_id}/record?days=30`: what is recorded of one DAG."""
    dag_id, days = request.params["dag_id"], request.query.get("days", str(_DAYS))
    if not days.isdecimal() or not 1 <= int(days) <= 366:
        return answer({"error": "days is a number from 1 to 366"}, HTTPStatus.BAD_REQUEST)
    since = now - timedelta(days=int(days))
    try:
        entries = reader.of_dag(dag_id, since)
        began = reader.began()
        outcomes = {
            sla: [
                {"deadline": iso(one.deadline), "met": one.met, "finish": one.finish and iso(one.finish)}
                for one in reader.outcomes(dag_id, sla, since)
            ]
            for sla in sorted({entry.sla for entry in entries})
        }
        conditions = [
            {**asdict(each), "at": iso(each.at)}
            for each in (reader.conditions(since, now) if entries else ())
        ]
    except BadInput as error:
        return answer({"error": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
    return answer(
        {
            "dag_id": dag_id,
            "began": began and iso(began),
            "entries": [of_entry(entry) for entry in entries],
            "outcomes": outcomes,
            "conditions": conditions,
        }
    )


def explanation(reader: Reader, view: View, request: Request, now: datetime) -> Response:
    """`/api/v1/slas/{dag_id}/explanation?sla=…&at=…`: why its SLAs stand as they do, or stood as they did."""
    try:
        found = explain(
            reader,
            request.params["dag_id"],
            now=now,
            sla=request.query.get("sla") or None,
            at=_moment(request.query.get("at", "")),
            statuses=view.statuses,
        )
    except BadInput as error:
        return answer({"error": str(error)}, HTTPStatus.NOT_FOUND)
    return answer({"explanations": [of_explanation(each) for each in found]})


def of_explanation(found: Explanation) -> dict[str, Any]:
    """As JSON; `windsock sla explain --format json` prints the same."""
    return {**of_entry(found.entry), "explained_at": iso(found.at), "sentences": list(found.sentences)}


def of_entry(entry: Entry) -> dict[str, Any]:
    """As JSON: times are ISO 8601 in UTC, what there is not is null."""
    return {
        "sla": entry.sla,
        "dag_id": entry.dag_id,
        "kind": entry.kind,
        "team": entry.team,
        "severity": entry.severity,
        "deadline_text": entry.deadline_text,
        "timezone": entry.timezone,
        "at": iso(entry.at),
        "until": entry.until and iso(entry.until),
        "since": iso(entry.since),
        "standing": entry.standing.value if entry.standing else "removed",
        "cause": entry.cause.value if entry.cause else None,
        "evidence": {name: text or None for name, text in asdict(entry.evidence).items()},
        "deadline": entry.deadline and iso(entry.deadline),
        "prediction": prediction(entry.prediction),
        "acknowledged": acknowledged(entry.acknowledged),
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(f"at={text} is no time; write it like 2026-03-02T06:30:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
