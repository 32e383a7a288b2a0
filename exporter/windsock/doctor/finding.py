"""What a look at one thing said, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """How it stands: all is well, worth knowing, wrong, or not looked at."""

    OK = "ok"
    ADVICE = "advice"
    FINDING = "finding"
    SKIPPED = "skipped"


# Each check by its name -> what is looked at. The part before the slash is the subject.
CHECKS = {
    "airflow/settings": "Airflow's [metrics] settings are those that the mapping expects",
    "statsd/reached": "statsd_exporter answers",
    "statsd/lines": "lines of StatsD arrive at it",
    "statsd/mapping": "it runs with our mapping, for this Airflow",
    "statsd/errors": "it drops, refuses and mistakes no line",
    "database/reached": "the metadata database answers",
    "database/state": "its role, revision, indexes, limits and sizes, as `windsock db check` looks at them",
    "exporter/reached": "`windsock serve` answers and has read the database",
    "exporter/version": "it is of the same version as this command",
    "exporter/fresh": "its figures are new",
    "exporter/collectors": "every collector succeeds",
    "prometheus/reached": "Prometheus answers",
    "prometheus/targets": "it scrapes both exporters",
    "prometheus/label": "each target has the label that says which Airflow it is, and the same one",
    "prometheus/interval": "it scrapes often enough for the heartbeats",
    "prometheus/series": "what the exporter shows arrives, and what enabled alerts read is there",
    "prometheus/alertmanagers": "it knows an Alertmanager",
    "rules/loaded": "the rules are loaded as the alerts file makes them",
    "rules/evaluated": "they are evaluated without errors, and lately",
    "alertmanager/reached": "Alertmanager answers",
    "alertmanager/routes": "the pages and tickets of each team go to that team",
    "grafana/reached": "Grafana answers and lets us look",
    "grafana/dashboards": "the dashboards are there, and of this version",
}
SUBJECTS = tuple(dict.fromkeys(check.partition("/")[0] for check in CHECKS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the answer.

    Attributes:
        check: a key of `CHECKS`.
        message: what was seen.
        fix: what to do, where something is to be done.
    """

    check: str
    level: Level
    message: str
    fix: str = ""

    def __post_init__(self) -> None:
        assert self.check in CHECKS, self.check  # noqa: S101 (a misspelt name is our own mistake)
        assert bool(self.fix) == (self.level is not Level.OK), self  # noqa: S101 (no finding without a fix)


def ok(check: str, message: str) -> Finding:
    """All is well."""
    return Finding(check=check, level=Level.OK, message=message)


def advice(check: str, message: str, fix: str) -> Finding:
    """Worth knowing; it may be meant so."""
    return Finding(check=check, level=Level.ADVICE, message=message, fix=fix)


def wrong(check: str, message: str, fix: str) -> Finding:
    """It has to be put right."""
    return Finding(check=check, level=Level.FINDING, message=message, fix=fix)


def skipped(check: str, needs: str) -> Finding:
    """Not looked at: `needs` is what to give."""
    return Finding(check=check, level=Level.SKIPPED, message="not looked at", fix=f"give {needs}")
