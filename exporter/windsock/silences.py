"""Maintenance of an Airflow: silences of Alertmanager that fit exactly its alerts, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from windsock.errors import BadInput
from windsock.remote import Alertmanager, instant

# Begins the comment of every silence of ours, so that others are never listed or ended.
MARK = "maintenance (windsock): "
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Silence:
    """One maintenance.

    Attributes:
        id: Alertmanager's.
        labels: what an alert must have.
        begins: when it does.
        ends: when it does.
        author: who began it.
        comment: why.
        state: active or pending.
    """

    id: str
    labels: Mapping[str, str]
    begins: datetime
    ends: datetime
    author: str
    comment: str
    state: str


def start(
    alertmanager: Alertmanager,
    labels: Mapping[str, str],
    *,
    begins: datetime,
    length: timedelta,
    author: str,
    comment: str,
) -> str:
    """Silence the alerts with these labels; the id.

    Raises:
        BadInput: Alertmanager refuses, or does not answer; it would be too long.
    """
    if length > LONGEST:
        raise BadInput("--for: at most 7d; what is never to be told is switched off in alerts.yaml")
    answer = alertmanager.silence(
        {
            "matchers": [
                {"name": name, "value": value, "isRegex": False, "isEqual": True}
                for name, value in labels.items()
            ],
            "startsAt": begins.isoformat(),
            "endsAt": (begins + length).isoformat(),
            "createdBy": author,
            "comment": MARK + comment,
        },
    )
    try:
        return str(answer["silenceID"])
    except (KeyError, TypeError) as error:
        raise alertmanager.is_not(error) from error


def under_way(alertmanager: Alertmanager, airflow: str | None = None) -> list[Silence]:
    """Maintenance that has not ended, of one Airflow or of all, the next to end first."""
    found = [_silence(each) for each in alertmanager.silences() if each["comment"].startswith(MARK)]
    here = [each for each in found if each.state != "expired"]
    return sorted(
        (each for each in here if airflow is None or each.labels.get("airflow") == airflow),
        key=lambda each: each.ends,
    )


def end(alertmanager: Alertmanager, silences: Sequence[Silence]) -> None:
    """End them now: what still fires is told at the next group interval."""
    for each in silences:
        alertmanager.delete(f"/api/v2/silence/{each.id}")


def firing(alertmanager: Alertmanager, labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Labels of alerts that fire now and somebody hears, as far as they have these labels."""
    matchers = [f'{name}="{_escaped(value)}"' for name, value in labels.items()]
    found = (each["labels"] for each in alertmanager.alerts(*matchers))
    return [each for each in found if each.get("severity") != "inhibitor"]


def _silence(found: Mapping[str, Any]) -> Silence:
    return Silence(
        id=found["id"],
        labels={each["name"]: each["value"] for each in found["matchers"]},
        begins=instant(found["startsAt"]),
        ends=instant(found["endsAt"]),
        author=found["createdBy"],
        comment=found["comment"].removeprefix(MARK),
        state=found["status"]["state"],
    )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
