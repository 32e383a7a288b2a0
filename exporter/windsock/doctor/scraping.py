"""Prometheus: does it scrape both exporters, often enough, and know which Airflow each is?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from windsock.doctor.finding import Finding, advice, ok, wrong
from windsock.duration import seconds
from windsock.remote import Prometheus

# A heartbeat older than 45 s is silence: three scrapes.
_MOST_SECONDS = 15.0
_OWN = ("airflow_", "windsock_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What should be there.

    Attributes:
        jobs: what the scrape job is of -> its name, as the alerts file has them.
        label: what the label is called that says which Airflow it is.
        airflow: its value; None for any.
        needed: alert -> names of the metrics that it reads, of those that are there when all is well.
        shown: names that the exporter shows; empty if it was not asked.
    """

    jobs: Mapping[str, str]
    label: str
    airflow: str | None
    needed: Mapping[str, Collection[str]]
    shown: Collection[str]


def look(prometheus: Prometheus, expected: Expected) -> Iterator[Finding]:
    """Targets, labels, intervals, series.

    Raises:
        BadInput: it does not answer.
    """
    try:
        targets = prometheus.get("/api/v1/targets", state="active")["data"]["activeTargets"]
        managers = prometheus.get("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    except (KeyError, TypeError) as error:
        raise prometheus.is_not(error) from error
    yield ok("prometheus/reached", f"{prometheus.url} answers")
    ours = [each for each in targets if each["labels"].get("job") in expected.jobs.values()]
    yield from _targets(ours, expected.jobs)
    yield from _labels(ours, expected)
    yield from _intervals(ours)
    yield from _series(prometheus, expected)
    yield (
        ok("prometheus/alertmanagers", f"it sends alerts to {len(managers)} Alertmanager")
        if managers
        else wrong(
            "prometheus/alertmanagers",
            "it sends alerts to nobody",
            "name one under `alerting` in prometheus.yml, or in the Prometheus object under spec.alerting",
        )
    )


def _targets(ours: list[dict[str, Any]], jobs: Mapping[str, str]) -> Iterator[Finding]:
    well = True
    for what, job in jobs.items():
        found = [each for each in ours if each["labels"]["job"] == job]
        if not found:
            well = False
            yield wrong(
                "prometheus/targets",
                f"no target of job {job!r} ({what})",
                f"scrape it, job_name {job}; or say jobs.{what} in the alerts file, if it has another name",
            )
        for each in found:
            if each["health"] != "up":
                well = False
                why = each["lastError"] or "not scraped yet"
                yield wrong(
                    "prometheus/targets",
                    f"{job}: {each['scrapeUrl']} is {each['health']}: {why}",
                    "open its port to Prometheus (NetworkPolicy, firewall), or correct the target",
                )
    if well:
        yield ok("prometheus/targets", f"{len(ours)} targets are up: {', '.join(jobs.values())}")


def _labels(ours: list[dict[str, Any]], expected: Expected) -> Iterator[Finding]:
    airflow, label = expected.airflow, expected.label
    fix = f"label the target: static_configs.labels.{label}, or a relabeling with targetLabel {label}"
    named: dict[str, set[str]] = {}
    for each in ours:
        name = each["labels"].get(label, "")
        if not name:
            yield wrong("prometheus/label", f"{each['scrapeUrl']} has no label {label}", fix)
        named.setdefault(each["labels"]["job"], set()).add(name)
    names = set().union(*named.values()) - {""}
    if airflow is not None and airflow not in names:
        known = ", ".join(sorted(names)) or "none"
        yield wrong("prometheus/label", f"no target has {label}={airflow!r} (there are: {known})", fix)
    for name in sorted(names):
        lacking = sorted(job for job, own in named.items() if name not in own)
        if lacking and (airflow is None or airflow == name):
            yield wrong(
                "prometheus/label",
                f"{label}={name!r} is on no target of {', '.join(lacking)}",
                "give both exporters of one Airflow the same value; panels and alerts join by it",
            )
            return
    if names and all("" not in own for own in named.values()) and (airflow is None or airflow in names):
        yield ok("prometheus/label", f"the label {label} is {', '.join(sorted(names))}")


def _intervals(ours: list[dict[str, Any]]) -> Iterator[Finding]:
    slow = sorted(
        {each["scrapeInterval"] for each in ours if seconds(each["scrapeInterval"]) > _MOST_SECONDS}
    )
    if slow:
        yield wrong(
            "prometheus/interval",
            f"scraped every {', '.join(slow)}",
            "set scrape_interval (ServiceMonitor: interval) to 15s; or raise the thresholds of heartbeats",
        )
    elif ours:
        yield ok("prometheus/interval", "scraped every 15 s or more often")


def _series(prometheus: Prometheus, expected: Expected) -> Iterator[Finding]:
    where = f', airflow="{expected.airflow}"' if expected.airflow else ""
    pattern = "|".join(f"{prefix}.*" for prefix in _OWN)
    rows = prometheus.query(f'count by (__name__) ({{__name__=~"{pattern}"{where}}})')
    there = {labels["__name__"] for labels, _ in rows}
    lost = sorted(name for name in expected.shown if name.startswith(_OWN) and name not in there)
    if lost:
        yield wrong(
            "prometheus/series",
            f"the exporter shows them and Prometheus has none: {_some(lost)}",
            "see metric_relabel_configs and sample_limit of the scrape job; or wait for a scrape",
        )
    blind = {alert: sorted(set(needs) - there) for alert, needs in expected.needed.items()}
    blind = {alert: needs for alert, needs in blind.items() if needs}
    if blind:
        names = sorted({name for needs in blind.values() for name in needs})
        yield advice(
            "prometheus/series",
            f"{len(blind)} enabled alerts read what is not there now: {_some(names)}; they are "
            f"{_some(sorted(blind))}",
            "fine where there is no such thing now; else docs/metrics.md says what feeds them",
        )
    if not lost and not blind:
        yield ok("prometheus/series", f"{len(there)} metrics of ours, none missing")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
