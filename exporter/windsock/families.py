"""The catalogue as plain values, for files: what a user relies on of each metric, and what changed in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from windsock.airflow_versions import spanned
from windsock.artifact import Artifact
from windsock.catalog import METRICS
from windsock.metric import Database, Kind, Metric, Stability, Statsd
from windsock.yamlfile import Entry

PATH = "exporter/generated/metrics.json"


class Family(Entry):
    """What a user relies on of one metric.

    Attributes:
        type: counter, gauge or histogram.
        unit: what one means, in words.
        labels: in the preset `full`, without those that the scrape adds.
        stable: whether its name was promised to stay.
        event: whether it comes with an event only, such as the next line of StatsD, and not by itself.
    """

    type: str
    unit: str
    labels: tuple[str, ...] = ()
    stable: bool = True
    event: bool = False


Families = Mapping[str, Family]


def families(airflow: str | None = None) -> dict[str, Family]:
    """Every metric by name; with a version such as `3.3`, those that this Airflow can feed."""
    return {metric.name: _family(metric) for metric in METRICS if airflow is None or _fed(metric, airflow)}


def differences(before: Family, after: Family) -> list[str]:
    """What changed in one metric, each in words."""
    found = [
        f"{what} {was} → {now}"
        for what, was, now in (
            ("type", before.type, after.type),
            ("unit", before.unit, after.unit),
        )
        if was != now
    ]
    found += _labels("lost", set(before.labels) - set(after.labels))
    found += _labels("got", set(after.labels) - set(before.labels))
    if before.stable and not after.stable:
        found.append("its name is no longer promised to stay")
    return found


def read(text: str) -> dict[str, Family]:
    """What `render` wrote."""
    return {name: Family.model_validate(values) for name, values in json.loads(text).items()}


def render() -> str:
    """One line for each metric, by name."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(family.model_dump())}"
        for name, family in sorted(families().items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _family(metric: Metric) -> Family:
    return Family(
        type=metric.kind.value,
        unit=metric.unit.value,
        labels=metric.all_labels,
        stable=metric.stability is Stability.STABLE,
        event=isinstance(metric.source, Statsd) and metric.kind is not Kind.GAUGE,
    )


def _fed(metric: Metric, airflow: str) -> bool:
    match metric.source:
        case Database(versions=versions):
            return airflow in spanned(versions)
        case Statsd(lines=lines):
            return not lines or any(airflow in line.versions for line in lines)
        case _:
            return True


def _labels(verb: str, names: Iterable[str]) -> list[str]:
    found = sorted(names)
    return [f"{verb} the label{'s' if len(found) > 1 else ''} {', '.join(found)}"] if found else []


ARTIFACTS = (Artifact(PATH, render),)
