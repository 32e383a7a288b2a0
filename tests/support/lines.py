"""Every line of the catalogue as Airflow would send it, and the series that it must become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from windsock.airflow_versions import AIRFLOW_2
from windsock.catalog.statsd import DROPS, METRICS
from windsock.metric import Kind, Metric, Statsd
from windsock.statsd.options import Options, kept
from windsock.statsd.rules import WIRES
from windsock.wire import PLACEHOLDER, Form, Line, Profile, Timing, Wire

# What ids look like in real installations, label by label. A dot in any id but the last of a name is for
# tags alone: before 3.3 such a name cannot be split, and 3.3 writes two underscores.
_AWKWARD = {
    "dag_id": "team-a_etl-daily--2",
    "task_id": "group.sub-group.copy",
    "hostname": "worker-1.prod.example",
    "pool_name": "a.b-c",
    "file_name": "etl.daily-v2",
    "bundle_name": "dags-folder_1",
    "queue": "gpu-large",
    "operator_name": "_PythonDecoratedOperator",
    "worker_name": "edge-7.plant.example",
    "executor_class_name": "company.executors.OwnExecutor",
}
_DOTTED_TAGS = {
    **_AWKWARD,
    "dag_id": "team.sales.daily",
    "queue": "gpu.large",
    "file_path": "/opt/dags/a b/c.py",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A line as Airflow sends it, and its series: name, labels, value; None where there must be none."""

    text: str
    series: tuple[str, dict[str, str], float] | None


def every_line(options: Options) -> Iterator[Sent]:
    """Each line of this Airflow in both of its names, with plain, awkward and long ids."""
    value = 0
    for metric, line, form, name in _names(options):
        for ids in _id_sets(line, form, name, options.profile):
            value += 1
            yield _one(metric, line, form, name, ids, value, options)
    for drop in DROPS:
        if options.version in drop.versions:
            labels = PLACEHOLDER.findall(drop.name)
            for ids in (
                {label: _plain_ids(label) for label in labels},
                {**dict.fromkeys(labels, "x"), **_AWKWARD},
            ):
                name = drop.name.format(**ids)
                yield Sent(f"{options.prefix}.{name}:1|{drop.wire.value}", None)


def _names(options: Options) -> Iterator[tuple[Metric, Line, Form, str]]:
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        for line in metric.source.lines:
            if options.version in line.versions:
                for form, name in ((Form.PLAIN, line.name), (Form.LEGACY, line.legacy)):
                    if name:
                        yield metric, line, form, name


def _plain_ids(label: str) -> str:
    return f"{label}_1"


def _id_sets(line: Line, form: Form, name: str, profile: Profile) -> Iterator[Mapping[str, str]]:
    labels = dict.fromkeys((*line.tags, *line.legacy_tags, *line.placeholders))
    yield {label: _plain_ids(label) for label in labels}
    if not labels:
        return
    yield {label: _AWKWARD.get(label, f"{label}-{'x' * 40}_1") for label in labels}
    yield {label: f"{label}_" + "y" * (200 - len(label)) for label in labels}
    in_tags = line.tags if form is Form.PLAIN else line.legacy_tags
    if profile.tagged and in_tags and not set(PLACEHOLDER.findall(name)) - set(in_tags):
        yield {label: _DOTTED_TAGS.get(label, f"{label}.{'z' * 40}") for label in labels}


def _one(
    metric: Metric, line: Line, form: Form, name: str, ids: Mapping[str, str], value: int, options: Options
) -> Sent:
    tags: tuple[str, ...] = ()
    if options.profile.tagged:
        tags = tuple(dict.fromkeys((*line.tags, *line.legacy_tags)))
    wire = WIRES[metric.kind]
    number = _as_client_sends(value, line.timing, options) if wire is Wire.TIMER else value
    full = f"{options.prefix}.{PLACEHOLDER.sub(lambda found: ids[found[1]], name)}"
    text = _format(full, f"{number:g}|{wire.value}", {tag: ids[tag] for tag in tags}, options.profile)
    labels = kept(metric, options.cardinality)
    if form not in line.forms(options.profile) or labels is None:
        return Sent(text, None)
    known = (*tags, *PLACEHOLDER.findall(name))
    shown = {label: ids[label] for label in known if label in labels}
    shown |= {label: text for label, text in line.fixed.items() if label in labels}
    family = f"{metric}_sum" if metric.kind is Kind.HISTOGRAM else metric.name
    return Sent(text, (family, shown, float(value)))


def _format(name: str, value: str, tags: Mapping[str, str], profile: Profile) -> str:
    if profile is Profile.DOGSTATSD:
        # In a container its client adds the section `c:`, which statsd_exporter takes behind tags alone.
        section = "|#" + ",".join(f"{tag}:{one}" for tag, one in tags.items()) + "|c:ci-0a1b2c"
        return f"{name}:{value}{section if tags else ''}"
    return name + "".join(f",{tag}={one}" for tag, one in tags.items()) + f":{value}"


def _as_client_sends(seconds: float, timing: Timing, options: Options) -> float:
    """The number on the wire for a time, as the clients' code computes it."""
    on = options.timer_unit_consistency
    if timing is Timing.MILLISECONDS:
        return seconds * 1000
    if timing is Timing.SECONDS and not on:
        return seconds
    if options.profile is not Profile.DOGSTATSD:
        return seconds * 1000
    if timing is Timing.TIMER:
        return seconds
    return seconds if options.version in AIRFLOW_2 and not on else seconds * 1000
