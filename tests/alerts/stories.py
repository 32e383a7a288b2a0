"""A story tells once what an alert must do; from it all kinds of promtool tests are made.

A story is an entry of `stories/<subject>.yaml`: series with their values (15 s apart, as promtool writes
them), when the alert fires and when it has ended, its labels and its text, word for word. Series of an
Airflow in good health are added. From one story come:

- *story*: not before, fires at, exact labels and annotations, goes on without a gap, resolves
- *missing data*: without any series; and when all series vanish while it fires
- *restart of the exporter*: a minute without its series before and while it fires; StatsD counters begin anew
- *two replicas*, of which one is 30 s behind
- *two Airflows*: the other one's series stay as they are at the beginning
- *StatsD alone*, *database alone*: whether it still fires, as the alert itself says
- *info missing*, *owner changed meanwhile*: for alerts of DAGs' teams
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from windsock.catalog import BY_NAME
from windsock.metric import Kind, Metric, Statsd
from windsock_alerts.rule import Alert, Needs

FOLDER = Path(__file__).parent / "stories"
STEP = 15
# What is there while all is well, one sample each 15 s.
WORLD = {
    "windsock_snapshot_timestamp_seconds": "0+15x{n}",
    "airflow_metadb_up": "1x{n}",
    'airflow_metadb_collector_success{collector="components"}': "1x{n}",
    'airflow_component_heartbeat_timestamp_seconds{job_type="SchedulerJob"}': "0+15x{n}",
    'up{job="airflow-statsd"}': "1x{n}",
    'statsd_exporter_lines_total{job="airflow-statsd"}': "0+100x{n}",
}
# Samples: a restart that nobody notices, one that does, and how far the second replica is behind.
_SHORT_GAP = 2
_GAP = 4
_LAG = 2
_AFTERWARDS = 5 * 60
# For what goes on although every series has vanished.
_LONG = 20 * 60
_TOKEN = re.compile(r"^(?P<first>-?[.\d]+|_)(?P<step>[+-][.\d]+)?(?:x(?P<times>\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one alert must do.

    Attributes:
        series: selector without `airflow` and `instance`, to values.
        fires, resolves: seconds after the start, multiples of 15.
        labels: besides alertname and airflow.
        world: what is different in good health, before, while and after it fires.
        vanished: `goes on` or `ends` when all series vanish while it fires.
        restarted: the same when the exporters restart.
        without_info: the team that hears of it without info, `nobody` where the info is what it is about.
        airflow: whether the alert carries the label `airflow`.
    """

    alert: str
    series: Mapping[str, str]
    fires: int
    resolves: int
    labels: Mapping[str, str]
    summary: str
    description: str
    links: Mapping[str, str]
    world: Mapping[str, str] = field(default_factory=dict)
    vanished: str = "goes on"
    restarted: str = "goes on"
    without_info: str = "default"
    airflow: bool = True

    @property
    def length(self) -> int:
        """Samples of each series."""
        return max(self.resolves + _AFTERWARDS, self.fires + _LONG) // STEP

    def all_series(self) -> dict[str, list[str]]:
        """All series, those of good health included, as single samples."""
        n = self.length
        told = {name: samples(text, n) for name, text in self.series.items()}
        return {name: samples(text, n) for name, text in _world(self).items()} | told


@cache
def stories() -> dict[str, Story]:
    """Alert -> its story."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for alert, told in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[alert] = Story(
                alert=alert,
                **{
                    **told,
                    "series": {name: str(values) for name, values in told["series"].items()},
                    "fires": seconds(told["fires"]),
                    "resolves": seconds(told["resolves"]),
                },
            )
    return found


def seconds(text: str) -> int:
    """`1h2m15s` in seconds."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", text))


def samples(text: str, length: int) -> list[str]:
    """promtool's shorthand written out, the last sample repeated to `length`."""
    found: list[str] = []
    for token in text.split():
        if token == "stale":
            found.append("stale")
            continue
        part = _TOKEN.match(token)
        if part is None:
            message = f"not promtool's notation: {token!r}"
            raise ValueError(message)
        times = int(part["times"] or 0)
        # promtool writes `1x3` for four samples and `_x3` for three.
        many = max(times, 1) if part["first"] == "_" else times + 1
        step = float(part["step"] or 0)
        found += [
            "_" if part["first"] == "_" else f"{float(part['first']) + step * i:.10g}" for i in range(many)
        ]
    last = found[-1]
    return (found + ["_" if last == "stale" else last] * length)[:length]


def metric_of(selector: str) -> Metric | None:
    """The metric of the catalogue, None for series of others."""
    name = selector.partition("{")[0]
    return BY_NAME.get(name) or BY_NAME.get(re.sub(r"_(count|sum|bucket)$", "", name))


def is_statsd(selector: str) -> bool:
    """Whether statsd_exporter shows the series."""
    metric = metric_of(selector)
    return isinstance(metric.source, Statsd) if metric else "statsd" in selector


def outages(story: Story) -> list[dict[str, Any]]:
    """The tests in which an inhibitor fires."""
    return [
        _test(story, "missing data, vanished meanwhile", _vanished(story), _after_vanishing(story)),
        _test(story, "restart of the exporter", _restarted(story), _after_a_restart(story)),
    ]


def quiet(story: Story, alert: Alert) -> list[dict[str, Any]]:
    """All other tests of an alert; they need no inhibitors."""
    return [
        _test(story, "story", story.all_series(), _told(story)),
        _test(story, "missing data", {}, [_count(story, story.fires + STEP, 0)]),
        _test(story, "two replicas", _twice(story), _about(story)),
        _test(story, "two Airflows", story.all_series(), _about(story), other=_good(story)),
        *_halves(story, alert),
        *_teams(story, alert),
    ]


def _test(
    story: Story,
    what: str,
    world: Mapping[str, list[str]],
    checks: list[dict[str, Any]],
    *,
    other: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    series = [
        {"series": _selector(story, name, airflow), "values": " ".join(values)}
        for airflow, each in (("prod", world), ("test", other or {}))
        for name, values in each.items()
    ]
    exact = [check for check in checks if "alertname" in check]
    return {
        "name": f"{story.alert}: {what}",
        "interval": f"{STEP}s",
        "input_series": series,
        "promql_expr_test": [check for check in checks if "alertname" not in check],
        **({"alert_rule_test": exact} if exact else {}),
    }


def _selector(story: Story, name: str, airflow: str) -> str:
    metric, _, rest = name.partition("{")
    labels = [f'airflow="{airflow}"'] if story.airflow else []
    if "instance=" not in rest:
        labels.append(f'instance="{"a" if airflow == "prod" else "c"}:9"')
    return f"{metric}{{{', '.join([*labels, rest.rstrip('}')] if rest else labels)}}}"


def _told(story: Story) -> list[dict[str, Any]]:
    labels = {**({"airflow": "prod"} if story.airflow else {}), **story.labels}
    texts = {"summary": story.summary, "description": story.description.rstrip("\n"), **story.links}
    return [
        {"alertname": story.alert, "eval_time": f"{story.fires - STEP}s", "exp_alerts": []},
        {
            "alertname": story.alert,
            "eval_time": f"{story.fires}s",
            "exp_alerts": [{"exp_labels": labels, "exp_annotations": texts}],
        },
        *_without_a_gap(story),
        _count(story, story.resolves, 0),
    ]


def _without_a_gap(story: Story) -> list[dict[str, Any]]:
    """Silent at every evaluation before, firing once at every one until the end."""
    before, firing = story.fires - STEP, story.resolves - STEP - story.fires
    number = f"(count({_firing(story)}) or vector(0))"
    return [
        _expect(f"max_over_time({number}[{before}s:{STEP}s])", before, 0),
        _expect(f"min_over_time({number}[{firing}s:{STEP}s])", story.resolves - STEP, 1),
        _expect(f"max_over_time({number}[{firing}s:{STEP}s])", story.resolves - STEP, 1),
    ]


def _after_a_restart(story: Story) -> list[dict[str, Any]]:
    before, *firing = _without_a_gap(story)
    return [before, *firing] if story.restarted == "goes on" else [before, _count(story, story.resolves, 0)]


def _about(story: Story) -> list[dict[str, Any]]:
    """As the story, give or take what a replica may be behind."""
    late = (_LAG + 1) * STEP
    return [
        _count(story, story.fires - STEP - late, 0),
        _count(story, story.fires + late, 1),
        _count(story, story.resolves + late, 0),
    ]


def _after_vanishing(story: Story) -> list[dict[str, Any]]:
    """Long after; what goes on is one alert still, what ends has ended."""
    return [
        _count(story, story.fires + STEP, 1),
        _count(story, story.fires + _LONG - STEP, story.vanished == "goes on"),
    ]


def _halves(story: Story, alert: Alert) -> Iterator[dict[str, Any]]:
    if alert.needs is Needs.NEITHER:
        return
    for half, wanted, keeps in (
        ("StatsD alone", alert.needs in {Needs.STATSD, Needs.EITHER}, is_statsd),
        ("database alone", alert.needs in {Needs.DATABASE, Needs.EITHER}, lambda name: not is_statsd(name)),
    ):
        world = {name: values for name, values in story.all_series().items() if keeps(name)}
        yield _test(story, half, world, [_count(story, story.fires, int(wanted))])


def _teams(story: Story, alert: Alert) -> Iterator[dict[str, Any]]:
    """Joins never lose an alert, and a new owner hears of it at once."""
    world = story.all_series()
    infos = {name for name in world if "_info{" in name and "team=" in name}
    if alert.team is not None or not infos:
        return
    without = {name: values for name, values in world.items() if name not in infos}
    heard = [_expect(f"count({_firing(story, team=story.without_info)}) or vector(0)", story.fires, 1)]
    if story.without_info == "nobody":
        heard = [_expect(f'count(ALERTS{{alertname="{story.alert}"}}) or vector(0)', story.fires, 0)]
    yield _test(story, "info missing", without, heard)
    at = story.fires // STEP + 2
    changed = {name: [*world[name][:at], "stale"] for name in infos}
    changed |= {_of_another_team(name): ["_"] * at + world[name][at:] for name in infos}
    soon = _expect(f"count({_firing(story, team='another')}) or vector(0)", (at + 1) * STEP, 1)
    yield _test(story, "owner changed meanwhile", {**without, **changed}, [soon])


def _of_another_team(selector: str) -> str:
    return re.sub(r'team="[^"]*"', 'team="another"', selector)


def _vanished(story: Story) -> dict[str, list[str]]:
    at = story.fires // STEP + 2
    return {
        name: values if metric_of(name) is None else [*values[:at], "stale"]
        for name, values in story.all_series().items()
    }


def _restarted(story: Story) -> dict[str, list[str]]:
    middle = (story.fires + story.resolves) // 2 // STEP
    return _each(story, lambda name, values: _gap(name, _gap(name, values, 2, _SHORT_GAP), middle, _GAP))


def _gap(name: str, values: list[str], at: int, long: int) -> list[str]:
    if metric_of(name) is None and not _is_count(name):
        return values
    later = values[at + long :]
    if _is_count(name):
        lost = next((value for value in later if _is_number(value)), "0")
        later = [f"{float(value) - float(lost):.10g}" if _is_number(value) else value for value in later]
    return [*values[:at], "stale"] + ["_"] * (long - 1) + later


def _is_count(name: str) -> bool:
    metric = metric_of(name)
    return is_statsd(name) and ("_total" in name if metric is None else metric.kind is not Kind.GAUGE)


def _is_number(value: str) -> bool:
    return value not in {"_", "stale"}


def _twice(story: Story) -> dict[str, list[str]]:
    # Two statsd_exporters count different events, so there is nothing to have twice.
    world = {name: values for name, values in story.all_series().items() if not _is_count(name)}
    behind = {
        f'{name.rstrip("}")}{", " if "{" in name else "{"}instance="b:9"}}': values[:1] * _LAG
        + values[:-_LAG]
        for name, values in world.items()
    }
    return {**story.all_series(), **behind}


def _good(story: Story) -> dict[str, list[str]]:
    """Each series goes on as it began."""
    begun = {name: text.split()[0] for name, text in story.series.items()}
    text = {name: re.sub(r"x\d+$", "", token) + f"x{story.length}" for name, token in begun.items()}
    world = {name: samples(each, story.length) for name, each in _world(story).items()}
    return world | {name: samples(each, story.length) for name, each in text.items()}


def _world(story: Story) -> dict[str, str]:
    return {name: text.format(n=story.length) for name, text in {**WORLD, **story.world}.items()}


def _each(story: Story, change: Callable[[str, list[str]], list[str]]) -> dict[str, list[str]]:
    return {name: change(name, values) for name, values in story.all_series().items()}


def _firing(story: Story, **others: str) -> str:
    labels = {"alertname": story.alert, "alertstate": "firing", **story.labels, **others}
    return f"ALERTS{{{', '.join(f'{name}={json.dumps(value)}' for name, value in labels.items())}}}"


def _count(story: Story, at: int, number: int) -> dict[str, Any]:
    return _expect(f"count({_firing(story)}) or vector(0)", at, int(number))


def _expect(expr: str, at: int, value: float) -> dict[str, Any]:
    return {"expr": expr, "eval_time": f"{at}s", "exp_samples": [{"labels": "{}", "value": value}]}
