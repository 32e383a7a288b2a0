"""How an alert stands now: each series of its condition, and why it fires or does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from windsock.remote import Alertmanager, Labels, Prometheus, instant
from windsock.spoken import moment, span
from windsock_alerts.durations import prometheus as written
from windsock_alerts.live.expression import bare, holders, names
from windsock_alerts.rule import Alert

Key = tuple[str, ...]


class Standing(NamedTuple):
    """One instance of the alert.

    Attributes:
        labels: what tells it from others.
        state: firing, pending, held back, or due (with the next evaluation).
        severity: as it fires; None before.
        team: as it fires; None before.
        since: when the condition began.
        why: the reasons, sentence by sentence.
    """

    labels: Labels
    state: str
    severity: str | None
    team: str | None
    since: datetime | None
    why: tuple[str, ...]


def standings(
    alert: Alert, prometheus: Prometheus, alertmanager: Alertmanager | None, wanted: Labels, now: datetime
) -> list[Standing]:
    """Every instance whose condition holds, or that fires.

    Args:
        alert: as it would be built.
        prometheus: whose loaded rules count, not the built ones.
        alertmanager: asked what became of those that fire; None for not.
        wanted: labels that an instance must have.
        now: the time.
    """
    told = _told(alertmanager, alert.name) if alertmanager else None
    found: dict[Key, Standing] = {}
    for rule in prometheus.rules(alert.name):
        true = _keys(alert, prometheus.query(rule["query"]))
        nearly = _keys(alert, prometheus.query(bare(rule["query"])))
        held = {
            key: tuple(
                _held_by(alert, rule["query"], dict(zip(alert.identity, key, strict=True)), prometheus)
            )
            for key in nearly - true
        }
        for each in rule["alerts"]:
            labels = each["labels"]
            key = _key(alert, labels)
            why = [*_timing(rule, each, now, ended=key not in nearly, frozen=key in true - nearly)]
            if each["state"] == "firing" and told is not None:
                why += _fate(labels, told, alertmanager)
            found[key] = Standing(
                labels=dict(zip(alert.identity, key, strict=True)),
                state=each["state"],
                severity=labels.get("severity"),
                team=labels.get("team"),
                since=instant(each["activeAt"]),
                why=tuple(why),
            )
        for key, by in held.items():
            if key not in found:
                state = "held back" if by else "due"
                labels = dict(zip(alert.identity, key, strict=True))
                why_not = by or ("the condition holds since a moment; the next evaluation sees it",)
                found[key] = Standing(labels, state, None, None, None, why_not)
    return [each for _, each in sorted(found.items()) if wanted.items() <= each.labels.items()]


def _keys(alert: Alert, rows: Iterable[tuple[Labels, float]]) -> set[Key]:
    return {_key(alert, labels) for labels, _ in rows}


def _key(alert: Alert, labels: Labels) -> Key:
    return tuple(labels.get(name, "") for name in alert.identity)


def _held_by(alert: Alert, expr: str, labels: Labels, prometheus: Prometheus) -> Iterator[str]:
    for holder in holders(expr, alert.name):
        for other, _ in prometheus.query(str(holder)):
            shared = {name for name in ("airflow", "dag_id") if other.get(name) and labels.get(name)}
            if all(other[name] == labels[name] for name in shared):
                part = f" ({other['component']})" if other.get("component") else ""
                where = "DAG" if "dag_id" in shared else "Airflow"
                yield f"held back: {other['alertname']}{part} fires for this {where}"


def _timing(
    rule: dict[str, Any], each: dict[str, Any], now: datetime, *, ended: bool, frozen: bool
) -> Iterator[str]:
    since = instant(each["activeAt"])
    hold = timedelta(seconds=float(rule["duration"]))
    if each["state"] == "pending":
        lasts = span((now - since).total_seconds())
        yield f"the condition holds for {lasts} of {written(float(rule['duration']))}"
        yield f"it fires in about {span(max(0.0, (since + hold - now).total_seconds()))} if that goes on"
        return
    yield f"it fires for {span(max(0.0, (now - since - hold).total_seconds()))}"
    if frozen:
        others = ", ".join(name for each in holders(rule["query"], rule["name"]) for name in names(each))
        yield f"its condition is not true now, but it may not end while one of these fires: {others}"
    elif ended:
        yield "its condition is not true any more; it goes on for a while, against flapping"


def _told(alertmanager: Alertmanager, alert: str) -> dict[str, Any]:
    """What Alertmanager has of the alert, and the names behind its reasons."""
    everything = alertmanager.alerts()
    return {
        "alerts": [each for each in everything if each["labels"].get("alertname") == alert],
        "by_fingerprint": {each["fingerprint"]: each["labels"] for each in everything},
    }


def _fate(labels: Labels, told: dict[str, Any], alertmanager: Alertmanager | None) -> Iterator[str]:
    there = next((each for each in told["alerts"] if labels.items() <= each["labels"].items()), None)
    if there is None:
        yield "Alertmanager does not know it: is it the one that Prometheus sends to?"
        return
    status = there["status"]
    for fingerprint in status["inhibitedBy"]:
        source = told["by_fingerprint"].get(fingerprint, {})
        yield f"inhibited in Alertmanager by {source.get('alertname', 'an alert that has ended')}"
    for silence_id in status["silencedBy"]:
        silence = alertmanager.get(f"/api/v2/silence/{silence_id}") if alertmanager else {}
        until = instant(silence["endsAt"])
        yield f"silenced until {moment(until)} by {silence['createdBy']}: {silence['comment']}"
    if not status["inhibitedBy"] and not status["silencedBy"]:
        receivers = ", ".join(each["name"] for each in there["receivers"])
        yield f"Alertmanager has it: {status['state']}, receiver {receivers}"
