from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.utils import floatToGoString

from windsock.exposition import Writer
from windsock.metric import Database, Kind, Metric, Unit

_AWKWARD = ("plain", 'say "hi"', "two\nlines", "back\\slash\\n", "売上", 'a{b="c"} 1', "", "50 %s")
_BOUNDS = (0.5, 30.0, 86400.0)


def _metric(kind: Kind, name: str, *labels: str) -> Metric:
    return Metric(
        name=name,
        kind=kind,
        unit=Unit.SECONDS if kind is Kind.HISTOGRAM else Unit.COUNT,
        labels=labels,
        help="What it says, with a \\ in it.",
        subject="test",
        source=Database(tables=("dag",), buckets=_BOUNDS if kind is Kind.HISTOGRAM else ()),
    )


@pytest.mark.parametrize(
    "value",
    [
        0,
        True,
        -1.5,
        0.000015,
        123456789.25,
        1795335703.382533,
        1e6,
        999999,
        1e16,
        float("nan"),
        -float("inf"),
        float("inf"),
        -1795335703.382533,
        1e7,
        12345678901.5,
    ],
)
def test_gauges_look_as_prometheus_client_writes_them(value: float) -> None:
    metric = _metric(Kind.GAUGE, "airflow_x", "pool", "dag_id")
    registry = CollectorRegistry()
    gauge = Gauge(metric.name, metric.help, metric.labels, registry=registry)
    samples: dict[tuple[str, ...], float] = {}
    for text in _AWKWARD:
        gauge.labels(text, "other").set(value)
        samples[text, "other"] = value
    assert Writer().samples(metric, metric.labels, samples).encode() == generate_latest(registry)


@given(st.floats())
def test_every_number_looks_as_prometheus_client_writes_it(value: float) -> None:
    metric = _metric(Kind.GAUGE, "airflow_x", "dag_id")
    line = Writer().samples(metric, metric.labels, {("a",): value}).splitlines()[-1]
    assert line == f'airflow_x{{dag_id="a"}} {floatToGoString(value)}'  # type: ignore[no-untyped-call]


def test_without_labels_there_are_no_braces() -> None:
    metric = _metric(Kind.GAUGE, "airflow_x")
    assert Writer().samples(metric, (), {(): 3}).splitlines()[-1] == "airflow_x 3.0"


def test_counters_look_as_prometheus_client_writes_them() -> None:
    metric = _metric(Kind.COUNTER, "airflow_x_total", "dag_id")
    registry = CollectorRegistry()
    counter = Counter(metric.name, metric.help, metric.labels, registry=registry)
    for text in _AWKWARD:
        counter.labels(text).inc(2)
    assert _without_created(generate_latest(registry)) == Writer().samples(
        metric, metric.labels, {(text,): 2 for text in _AWKWARD}
    )


def test_histograms_look_as_prometheus_client_writes_them() -> None:
    metric = _metric(Kind.HISTOGRAM, "airflow_x_seconds", "queue", "dag_id")
    registry = CollectorRegistry()
    histogram = Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=_BOUNDS)
    for text in _AWKWARD:
        for observed in (0.1, 7.25, 7.25, 1e6):
            histogram.labels(text, "a").observe(observed)
    found: dict[tuple[str, ...], tuple[list[int], float]] = {
        (text, "a"): ([*accumulate([1, 2, 0, 1])], 0.1 + 7.25 + 7.25 + 1e6) for text in _AWKWARD
    }
    assert _without_created(generate_latest(registry)) == Writer().histograms(
        metric, metric.labels, _BOUNDS, found
    )


def _without_created(page: bytes) -> str:
    """The client adds when each began, which belongs to another format."""
    return "".join(line for line in page.decode().splitlines(keepends=True) if "_created" not in line)
