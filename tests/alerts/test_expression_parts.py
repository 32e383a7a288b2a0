"""`alerts explain` takes every rule's expression apart: what decides, and what holds it back."""

from __future__ import annotations

from datetime import datetime, timezone

import promql_parser

from tests.alerts.rules_under_test import ALERTS, EACH_ALERT, RECORDINGS
from windsock_alerts import build, depends
from windsock_alerts.live.explain import explain
from windsock_alerts.live.expression import Selector, bare, holders, looked_at, names
from windsock_alerts.live.limits import File
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings

BY_RECORD = {recording.record: recording.expr for recording in RECORDINGS}
NAMES = {alert.name for alert in ALERTS}


@EACH_ALERT
def test_the_bare_condition_is_an_expression_in_which_no_alert_fires(alert: Alert) -> None:
    found = bare(alert.expr)
    promql_parser.parse(found)
    assert "alertname" not in found


@EACH_ALERT
def test_every_alert_looks_at_a_series_and_each_is_one(alert: Alert) -> None:
    found = looked_at(alert.expr, BY_RECORD)
    assert found or alert.name == "Watchdog"
    for selector in found:
        assert selector.name not in BY_RECORD
        promql_parser.parse(str(selector))


@EACH_ALERT
def test_what_holds_an_alert_back_is_an_alert(alert: Alert) -> None:
    found = {name for holder in holders(alert.expr, alert.name) for name in names(holder)}
    assert found <= NAMES - {alert.name}
    assert found or "ALERTS{" not in alert.expr.replace(f'alertname="{alert.name}"', "")


@EACH_ALERT
def test_every_alert_that_can_be_changed_has_a_threshold_or_a_hold(alert: Alert) -> None:
    assert alert.name == "Watchdog" or depends.uses(build.every)[alert.name]


@EACH_ALERT
def test_every_alert_is_explained_without_asking_anybody(alert: Alert) -> None:
    file = File(Settings(), None, None)
    now = datetime.now(timezone.utc)
    found = explain(file, alert, built=True, wanted={}, prometheus=None, alertmanager=None, now=now)
    assert {limit.name for limit in found.limits} == set(depends.uses(build.every)[alert.name])
    assert {limit.origin for limit in found.limits} <= {"default"}
    assert set(found.held_by) <= NAMES


def test_names_in_quotes_and_label_lists_are_no_series() -> None:
    expr = 'max by (airflow_version_max) (label_replace(up{job="airflow_dags"}, "x", "airflow_dags", "", ""))'
    assert looked_at(expr, {}) == (Selector("up", 'job="airflow_dags"'),)


def test_a_matcher_with_braces_and_quotes_is_one_matcher() -> None:
    (found,) = looked_at(r'up{job="a}\"{b"} == 0', {})
    assert found.matchers == r'job="a}\"{b"'
