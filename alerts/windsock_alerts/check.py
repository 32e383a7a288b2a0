"""What is wrong with `alerts.yaml` that no key shows alone: names of alerts, and wishes that contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from windsock.airflow_label import USUAL
from windsock.yamlfile import Lines
from windsock_alerts.choice import unknown
from windsock_alerts.depends import Uses
from windsock_alerts.durations import prometheus
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Choice, Settings
from windsock_alerts.thresholds import DAG_LEVEL

# Labels that Prometheus itself gives to targets; rules aggregate them away.
OF_TARGETS = ("job", "instance")
Place = tuple[str | int, ...]
Alerts = Mapping[str, Alert]


def check(settings: Settings, lines: Lines, alerts: tuple[Alert, ...], uses: Callable[[], Uses]) -> None:
    """Whether the alerts can be built so.

    Args:
        settings: the file.
        lines: where its keys stand.
        alerts: every alert there is, with default settings.
        uses: tells which thresholds decide about which alert.

    Raises:
        BadInput: one line `file:line: key: what is wrong` for the first mistake in the file.
    """
    found = _problems(settings, {alert.name: alert for alert in alerts}, uses)
    first = min(found, key=lambda problem: lines.line(*problem[0]), default=None)
    if first is not None:
        raise lines.wrong(*first[0], why=first[1])


def _problems(settings: Settings, alerts: Alerts, uses: Callable[[], Uses]) -> Iterator[tuple[Place, str]]:
    yield from _of_choices(("alerts",), settings.alerts, alerts, uses)
    for name, own in settings.airflows.items():
        if not name or not name.isprintable():
            yield ("airflows", name), "an Airflow is named by the value of its label, printable text"
        yield from _of_choices(("airflows", name, "alerts"), own.alerts, alerts, uses)
        for alert in own.alerts:
            if alert in alerts and "airflow" not in alerts[alert].identity:
                yield ("airflows", name, "alerts", alert), "it is not about one Airflow: say it in alerts"
        if wrong := settings.thresholds_of(name).out_of_order():
            yield ("airflows", name, "thresholds"), wrong
    yield from _of_labels(settings, alerts)
    yield from _of_dags(settings, alerts)


def _of_labels(settings: Settings, alerts: Alerts) -> Iterator[tuple[Place, str]]:
    ours = {"alertname", "severity", "team", *(name for alert in alerts.values() for name in alert.identity)}
    if settings.airflow_label in ours - {USUAL} or settings.airflow_label in OF_TARGETS:
        yield ("airflow_label",), "it has a meaning of its own; take e.g. cluster or deployment"
    for name in settings.labels:
        if name in ours | {settings.airflow_label}:
            yield ("labels", name), f"it has a meaning of its own; take none of {', '.join(sorted(ours))}"


def _of_choices(
    place: Place, choices: Mapping[str, Choice], alerts: Alerts, uses: Callable[[], Uses]
) -> Iterator[tuple[Place, str]]:
    for name, choice in choices.items():
        alert = alerts.get(name)
        if alert is None:
            yield (*place, name), unknown(name, alerts)
            continue
        if choice.hold is not None and not alert.hold:
            yield (
                (*place, name, "hold"),
                (f"its time is part of its condition: change {' or '.join(uses()[name])}"),
            )
        if not alert.routed:
            yield (
                (*place, name),
                "it holds others back and reaches nobody: it goes with the alert it belongs to",
            )
        elif choice.severity is not None and "sla" in alert.identity:
            yield (*place, name, "severity"), "the severity of an SLA stands in slas.yaml"


def _of_dags(settings: Settings, alerts: Alerts) -> Iterator[tuple[Place, str]]:
    choosable = [name for name, alert in alerts.items() if alert.by_dag]
    for index, entry in enumerate(settings.dags):
        for name in entry.alerts:
            if name not in alerts:
                yield ("dags", index, "alerts", name), unknown(name, alerts)
            elif name not in choosable:
                yield (
                    ("dags", index, "alerts", name),
                    f"its severity is not by DAG; that of {', '.join(choosable)} is",
                )
            elif not settings.enabled(name, optional=alerts[name].optional):
                yield (
                    ("dags", index, "alerts", name),
                    "it is not built: set enabled: true in alerts, and enabled: false here for other DAGs",
                )
        if entry.thresholds is None:
            continue
        silent = max(settings.thresholds.component_silent, settings.thresholds.platform_silent)
        why = (
            f"must be above {prometheus(silent)} (component_silent, platform_silent), "
            "or DAGs make noise before what holds them back"
        )
        for name in DAG_LEVEL:
            value = getattr(entry.thresholds, name, None)
            if value is not None and value <= silent:
                yield ("dags", index, "thresholds", name), why
