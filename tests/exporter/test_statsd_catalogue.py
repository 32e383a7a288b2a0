"""Rules for metrics that come over StatsD, checked when one is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from windsock.airflow_versions import until
from windsock.catalog import METRICS as ALL
from windsock.catalog.statsd import METRICS
from windsock.metric import Kind, Metric, MetricError, Statsd, Unit
from windsock.reference import render
from windsock.wire import Line

_LINE = Line(name="ti.start", tags=("dag_id",))
_COUNTER: Mapping[str, Any] = {
    "name": "airflow_examples_total",
    "kind": Kind.COUNTER,
    "unit": Unit.COUNT,
    "labels": ("dag_id",),
    "help": "An example.",
    "subject": "Examples",
    "source": Statsd(lines=(_LINE,), full=("dag_id",)),
}
_GAUGE = {
    **_COUNTER,
    "name": "airflow_examples",
    "kind": Kind.GAUGE,
    "source": Statsd(lines=(_LINE,), ttl="1m", full=("dag_id",)),
}
_TIMER = {
    **_COUNTER,
    "name": "airflow_example_seconds",
    "kind": Kind.HISTOGRAM,
    "unit": Unit.SECONDS,
    "source": Statsd(lines=(_LINE,), buckets=(1, 2), full=("dag_id",)),
}


@pytest.mark.parametrize("good", [_COUNTER, _GAUGE, _TIMER], ids=["counter", "gauge", "timer"])
def test_a_good_metric_is_taken(good: Mapping[str, Any]) -> None:
    assert str(Metric(**good)) == good["name"]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        pytest.param(
            {**_COUNTER, "source": Statsd(lines=(_LINE,), ttl="1m")}, "only gauges, have a ttl", id="ttl"
        ),
        pytest.param({**_GAUGE, "source": Statsd(lines=(_LINE,))}, "gauges, and only gauges", id="no ttl"),
        pytest.param({**_TIMER, "source": Statsd(lines=(_LINE,))}, "only histograms", id="no buckets"),
        pytest.param(
            {**_TIMER, "source": Statsd(lines=(_LINE,), buckets=(2, 1))}, "do not rise", id="buckets fall"
        ),
        pytest.param({**_GAUGE, "name": "airflow_example_count"}, "refuses _count", id="suffix"),
        pytest.param(
            {**_COUNTER, "labels": ("task_id",), "source": Statsd(lines=(_LINE,), full=("task_id",))},
            "no line brings the label task_id",
            id="label",
        ),
        pytest.param(
            {**_COUNTER, "source": Statsd(lines=(_LINE, Line(name="ti.end", fixed={"state": "x"})))},
            "a line fixes state",
            id="fixed label",
        ),
        pytest.param(
            {**_COUNTER, "source": Statsd(lines=(_LINE,))}, "from minimal over default to full", id="presets"
        ),
    ],
)
def test_a_broken_rule_is_named(metric: Mapping[str, Any], said: str) -> None:
    with pytest.raises(MetricError, match=re.escape(said)):
        Metric(**metric)


def test_versions_are_those_of_the_lines_in_order() -> None:
    lines = (Line(name="new", versions=("3.3",)), Line(name="old", versions=("2.11",)))
    assert Statsd(lines=lines).versions == "2.11, 3.3"
    assert Statsd(lines=(Line(name="a", versions=until("2.9")), *lines)).versions == "2.7 to 2.9, 2.11, 3.3"
    assert Statsd(lines=()).versions == "all"


def test_no_statsd_family_is_called_like_a_histogram_series_of_another() -> None:
    histograms = {metric.name for metric in ALL if metric.kind is Kind.HISTOGRAM}
    series = {f"{name}{suffix}" for name in histograms for suffix in ("_count", "_sum", "_bucket")}
    assert series & {metric.name for metric in ALL} == set()


def test_help_differs_from_family_to_family() -> None:
    texts = [metric.help for metric in METRICS]
    assert sorted(texts) == sorted(set(texts))


def test_every_metric_can_be_a_member_of_a_set() -> None:
    assert len(set(METRICS)) == len(METRICS)


def test_the_reference_names_the_lines_of_a_metric() -> None:
    page = render()
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)
        row = next(line for line in page.splitlines() if line.startswith(f"| `{metric}` |"))
        assert [str(line) for line in metric.source.lines if f"`{line}`" not in row] == []
