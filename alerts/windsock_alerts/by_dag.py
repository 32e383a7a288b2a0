"""Which limits and severities hold for a DAG, of all that the entries of `dags` in `alerts.yaml` say."""

from __future__ import annotations

from typing import NamedTuple

from windsock.catalog.alerting import OFF
from windsock.sla.rules import fits
from windsock_alerts.dag_entry import DagEntry
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import given


class Looks(NamedTuple):
    """What of a DAG decides which entries speak of it."""

    dag_id: str
    tags: tuple[str, ...] = ()
    team: str = "default"
    tiers: frozenset[str] = frozenset()


class Own(NamedTuple):
    """What a DAG has of its own.

    Attributes:
        limits: threshold and value.
        severities: alert and severity, or `off`.
    """

    limits: tuple[tuple[str, float], ...] = ()
    severities: tuple[tuple[str, str], ...] = ()


def own(settings: Settings, looks: Looks) -> Own:
    """For each threshold and alert, the first entry counts that matches the DAG and speaks of it."""
    limits: dict[str, float] = {}
    severities: dict[str, str] = {}
    for entry in settings.dags:
        if not matches(entry, looks):
            continue
        for name, value in given(entry.thresholds).items():
            limits.setdefault(name, float(value))
        for alert, choice in entry.alerts.items():
            severities.setdefault(alert, choice.severity or OFF)
    return Own(
        tuple((name, value) for name, value in limits.items() if _differs(settings, name, value)),
        tuple(severities.items()),
    )


def matches(entry: DagEntry, looks: Looks) -> bool:
    """Whether all that the entry asks for is true of the DAG."""
    return (
        (entry.dag is None or looks.dag_id == entry.dag or fits(looks.dag_id, entry.dag))
        and (entry.tag is None or any(tag == entry.tag or fits(tag, entry.tag) for tag in looks.tags))
        and (entry.team is None or looks.team == entry.team)
        and (entry.tier is None or entry.tier in looks.tiers)
    )


def _differs(settings: Settings, name: str, value: float) -> bool:
    """Whether it has to be said: the exporter does not know which Airflow in the file is its own."""
    general = {settings.thresholds_of(airflow).value(name) for airflow in ("", *settings.airflows)}
    return general != {value}
