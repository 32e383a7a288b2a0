"""What an `alerts.yaml` changes, in words, each with the place of its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from windsock_alerts.durations import prometheus
from windsock_alerts.settings import Choice, Settings
from windsock_alerts.thresholds import Thresholds, given, is_duration

Place = tuple[str | int, ...]


def changes(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Thresholds, alerts, Airflows and DAGs, in the order of the file's documentation."""
    usual = Thresholds()
    for name in Thresholds.model_fields:
        if (value := settings.thresholds.value(name)) != usual.value(name):
            yield ("thresholds", name), f"{name}: {shown(name, value)} (default {of(usual, name)})"
    yield from _choices(("alerts",), "", settings.alerts)
    for airflow, own in settings.airflows.items():
        lead = f"Airflow {airflow}: "
        if own.environment is not None:
            yield ("airflows", airflow, "environment"), f"{lead}environment {own.environment.value}"
        theirs = settings.thresholds_of(airflow)
        for name in given(own.thresholds):
            words = f"{lead}{name}: {of(theirs, name)} (all others {of(settings.thresholds, name)})"
            yield ("airflows", airflow, "thresholds", name), words
        yield from _choices(("airflows", airflow, "alerts"), lead, own.alerts)
    for index, entry in enumerate(settings.dags):
        lead = f"DAGs with {entry.subject}: "
        for name, value in given(entry.thresholds).items():
            words = f"{lead}{name}: {shown(name, value)} (all others {of(settings.thresholds, name)})"
            yield ("dags", index, "thresholds", name), words
        for alert, choice in entry.alerts.items():
            yield ("dags", index, "alerts", alert), f"{lead}{alert}: {choice.severity or 'off'}"


def _choices(place: Place, lead: str, choices: Mapping[str, Choice]) -> Iterator[tuple[Place, str]]:
    for name, choice in choices.items():
        said = [] if choice.enabled is None else ["on" if choice.enabled else "off"]
        said += [f"severity {choice.severity}"] if choice.severity else []
        said += [f"hold {prometheus(choice.hold)}"] if choice.hold else []
        yield (*place, name), f"{lead}{name}: {', '.join(said) or 'nothing'}"


def of(thresholds: Thresholds, name: str) -> str:
    """One of them as people write it."""
    return shown(name, thresholds.value(name))


def shown(name: str, value: float) -> str:
    """The value of a threshold as people write it."""
    return prometheus(value) if is_duration(name) else f"{value:g}"
