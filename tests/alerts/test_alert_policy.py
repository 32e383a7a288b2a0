"""House rules that every alert keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from tests.alerts.rules_under_test import (
    ALERTS,
    DEFAULT_ALERTS,
    EACH_ALERT,
    RECORDINGS,
    ROOT,
    TESTS,
    rendered,
)
from tests.alerts.stories import stories
from windsock.cardinality import Preset
from windsock.catalog import BY_NAME
from windsock.metric import Database, Statsd
from windsock_alerts import inhibitors
from windsock_alerts.rule import Alert, Needs, RuleError, Severity
from windsock_dashboards.shapes import links as dashboards

# Series of others: Prometheus, Alertmanager and statsd_exporter about themselves.
FOREIGN = {
    "ALERTS",
    "up",
    "statsd_exporter_lines_total",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_rule_group_iterations_missed_total",
    "prometheus_notifications_dropped_total",
    "prometheus_notifications_alertmanagers_discovered",
    "alertmanager_notifications_failed_total",
}
PROMTOOL_TESTS = sorted(TESTS.glob("*.test.yaml"))
UIDS = {board.uid for board in dashboards.BOARDS}


def metrics_in(expr: str) -> set[str]:
    """Names of all series that an expression selects."""
    return set(_selected(promql_parser.parse(expr)))


def _selected(node: Any) -> Iterator[str]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node.name or "a series without a name"
    elif isinstance(node, promql_parser.MatrixSelector):
        yield from _selected(node.vector_selector)
    else:
        for name in ("lhs", "rhs", "expr", "args"):
            child = getattr(node, name, None)
            for part in child if isinstance(child, list) else [child]:
                if part is not None:
                    yield from _selected(part)


def known(name: str) -> bool:
    """Whether somebody produces the series."""
    stem = re.sub(r"_(count|sum|bucket)$", "", name)
    return (
        name in FOREIGN or name in BY_NAME or stem in BY_NAME or name in {rule.record for rule in RECORDINGS}
    )


def test_alerts_of_the_default_set_need_nothing_that_the_smallest_preset_leaves_out() -> None:
    used = {name for alert in DEFAULT_ALERTS for name in _with_recordings(alert.expr)}
    sources = {name: BY_NAME[name].source for name in used & BY_NAME.keys()}
    richer = {
        name
        for name, source in sources.items()
        if isinstance(source, Database) and source.least is not Preset.MINIMAL
    }
    assert richer == set()


@EACH_ALERT
def test_every_series_has_a_producer(alert: Alert) -> None:
    assert [name for name in metrics_in(alert.expr) if not known(name)] == []


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.record) for rule in RECORDINGS])
def test_every_recorded_series_has_a_producer(rule: Any) -> None:
    assert [name for name in metrics_in(rule.expr) if not known(name)] == []


@EACH_ALERT
def test_every_figure_in_a_text_has_a_producer(alert: Alert) -> None:
    text = json.dumps(rendered(alert)["annotations"])
    asked = set(re.findall(r"\b((?:airflow|windsock)_[a-z_]+)\{", text))
    assert [name for name in asked if not known(name)] == []


@EACH_ALERT
def test_every_alert_says_what_a_page_needs(alert: Alert) -> None:
    rule = rendered(alert)
    assert all(rule["annotations"][key] for key in ("summary", "description", "runbook_url", "dashboard_url"))
    assert alert.severities
    assert alert.team or not alert.routed or "team" in alert.expr
    uid = re.search(r"/d/([a-z-]+)\?", rule["annotations"]["dashboard_url"])
    assert uid
    assert uid[1] in UIDS


PARTS = ("Meaning", "Impact", "Diagnosis", "Mitigation", "Silence", "Tested")


def runbook(alert: Alert) -> dict[str, str]:
    """The parts of an alert's runbook by their headings."""
    text = (ROOT / "alerts" / "runbooks" / f"{alert.name}.md").read_text(encoding="utf-8")
    title, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert title.strip() == f"# {alert.name}"
    return {heading: body.strip() for heading, _, body in (part.partition("\n") for part in parts)}


@EACH_ALERT
def test_every_alert_has_a_runbook_of_six_parts(alert: Alert) -> None:
    parts = runbook(alert)
    assert tuple(parts) == PARTS
    assert all(parts.values())


@EACH_ALERT
def test_every_runbook_has_something_to_paste(alert: Alert) -> None:
    if alert.routed and alert.name != "Watchdog":
        assert "`" in runbook(alert)["Diagnosis"]


@EACH_ALERT
def test_every_runbook_silences_by_exactly_the_labels_of_the_alert(alert: Alert) -> None:
    if alert.routed and alert.name != "Watchdog":
        command = re.search(r"`amtool silence add (.*?) --duration", runbook(alert)["Silence"])
        assert command
        assert re.findall(r"(\w+)=", command[1]) == ["alertname", *alert.identity]
        assert f"alertname={alert.name} " in f"{command[1]} "


@EACH_ALERT
def test_every_runbook_says_in_which_files_the_alert_is_tested(alert: Alert) -> None:
    tested = runbook(alert)["Tested"]
    files = re.findall(r"`(tests/[\w./-]+)`", tested)
    assert files
    assert all(f"{alert.name}:" in (ROOT / file).read_text(encoding="utf-8") for file in files)


@EACH_ALERT
def test_every_alert_has_a_story(alert: Alert) -> None:
    assert alert.name in stories() or alert.name == "Watchdog"


@EACH_ALERT
def test_an_alert_reads_only_the_halves_that_it_needs(alert: Alert) -> None:
    read = {name for name in _with_recordings(alert.expr) if name in BY_NAME}
    statsd = {name for name in read if isinstance(BY_NAME[name].source, Statsd)}
    if alert.needs in {Needs.DATABASE, Needs.NEITHER}:
        assert statsd == set()
    if alert.needs is Needs.NEITHER:
        assert read == set()


def _with_recordings(expr: str) -> set[str]:
    names = metrics_in(expr)
    for rule in RECORDINGS:
        if rule.record in names:
            names |= metrics_in(rule.expr)
    return names


def test_no_runbook_is_left_over() -> None:
    files = {path.stem for path in (ROOT / "alerts" / "runbooks").glob("*.md")} - {"README"}
    assert files == {alert.name for alert in ALERTS}


@EACH_ALERT
def test_labels_never_hold_a_value_that_changes(alert: Alert) -> None:
    labels = rendered(alert).get("labels", {})
    assert "$value" not in json.dumps(labels)
    assert not {"cause", "instance", "reason"} & set(alert.identity)


@EACH_ALERT
def test_no_alert_counts_single_events(alert: Alert) -> None:
    assert "increase(" not in alert.expr


@EACH_ALERT
def test_a_bounded_team_never_waits_again_when_the_owner_changes(alert: Alert) -> None:
    if alert.team is None and alert.routed:
        assert alert.hold == 0


def test_at_most_25_alerts_are_there_by_default_of_which_10_page() -> None:
    assert len(DEFAULT_ALERTS) <= 25
    # The first severity is what it has unless a file asks for another: an SLA at risk pages where one does.
    assert len([alert for alert in DEFAULT_ALERTS if alert.severities[0] is Severity.PAGE]) <= 10


def test_every_inhibitor_is_tied_to_an_alert_that_pages() -> None:
    pages = {alert.name for alert in ALERTS if Severity.PAGE in alert.severities}
    silent = {alert.name for alert in ALERTS if Severity.INHIBITOR in alert.severities}
    assert silent == set(inhibitors.TIED_TO)
    assert {page for tied in inhibitors.TIED_TO.values() for page in tied} <= pages


def test_windsock_down_does_not_lead_to_windsock() -> None:
    stale = next(alert for alert in ALERTS if alert.name == "WindsockExporterStale")
    assert "9112" not in json.dumps(rendered(stale)["annotations"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"name": "not_camel"}, "CamelCase", id="name"),
        pytest.param({"severities": ()}, "no severity", id="no severity"),
        pytest.param({"identity": ("team",)}, "no identity", id="identity"),
        pytest.param({"opens": ("dag_id",)}, "does not have", id="dashboard"),
        pytest.param({"summary": "x" * 101}, "100 characters", id="summary"),
        pytest.param({"description": "1\n2\n3\n4\n5\n6"}, "5 lines", id="description"),
        pytest.param({"when": " "}, "when it fires", id="when"),
        pytest.param({"severities": (Severity.INHIBITOR,)}, "ends in Silent", id="inhibitor"),
    ],
)
def test_an_alert_that_breaks_a_rule_cannot_be_made(wrong: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {
        "name": "GoodAlert",
        "expr": "vector(1)",
        "severities": (Severity.PAGE,),
        "team": "default",
        "summary": "x",
        "description": "x",
        "when": "x",
    }
    with pytest.raises(RuleError, match=said):
        Alert(**(good | wrong))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PROMTOOL_TESTS])
def test_promtool_tests_feed_series_that_exist(path: Path) -> None:
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    fed = {series["series"].partition("{")[0] for test in tests for series in test.get("input_series", ())}
    assert [name for name in sorted(fed) if not known(name)] == []
