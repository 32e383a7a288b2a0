"""Naming rules are checked when a metric is defined, so a bad name never reaches a panel or a rule."""

from __future__ import annotations

from typing import Any

import pytest

from windsock.catalog import BY_NAME, METRICS
from windsock.metric import Kind, Metric, MetricError, Process, Unit

_GOOD: dict[str, Any] = {
    "name": "airflow_example_age_seconds",
    "kind": Kind.GAUGE,
    "unit": Unit.SECONDS,
    "labels": ("dag_id",),
    "help": "An example.",
    "subject": "Examples",
    "source": Process(origin="a test"),
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"name": "airflow_Example_seconds"}, "lower case", id="capitals"),
        pytest.param({"name": "airflow-example_seconds"}, "lower case", id="dash"),
        pytest.param({"name": "example_age_seconds"}, "starts with", id="foreign prefix"),
        pytest.param({"kind": Kind.COUNTER}, "_total", id="counter without _total"),
        pytest.param(
            {"name": "airflow_examples_total", "unit": Unit.COUNT}, "_total", id="gauge with _total"
        ),
        pytest.param({"name": "airflow_example_age"}, "_seconds", id="seconds without suffix"),
        pytest.param({"unit": Unit.TIMESTAMP}, "_timestamp_seconds", id="timestamp without suffix"),
        pytest.param(
            {"name": "airflow_example_timestamp_seconds"}, "duration", id="duration called timestamp"
        ),
        pytest.param({"unit": Unit.INFO}, "_info", id="info without suffix"),
        pytest.param({"labels": ("x",)}, "two or more", id="one-letter label"),
        pytest.param({"labels": ("__name",)}, "two or more", id="reserved label"),
        pytest.param({"labels": ("instance",)}, "scrape", id="target label"),
        pytest.param({"labels": ("pool", "pool")}, "twice", id="label twice"),
        pytest.param({"help": "No full stop"}, "full stop", id="help is no sentence"),
        pytest.param({"help": " "}, "full stop", id="no help"),
    ],
)
def test_a_broken_naming_rule_is_refused_and_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(MetricError, match=said):
        Metric(**{**_GOOD, **change})


def test_a_metric_is_its_name_in_a_query() -> None:
    assert f"max({Metric(**_GOOD)})" == "max(airflow_example_age_seconds)"


def test_every_name_stands_once_in_the_catalogue() -> None:
    assert len(BY_NAME) == len(METRICS)


def test_no_name_is_another_one_with_a_histogram_suffix() -> None:
    suffixes = ("_count", "_sum", "_bucket")
    clashes = [
        (metric.name, metric.name + suffix)
        for metric in METRICS
        for suffix in suffixes
        if metric.name + suffix in BY_NAME
    ]
    assert clashes == []
