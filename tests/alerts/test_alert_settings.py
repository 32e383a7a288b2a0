"""alerts.yaml: thresholds, expected components, base URLs and environments reach the rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.alerts.rules_under_test import tool
from windsock.artifact import to_yaml
from windsock.errors import BadInput
from windsock.yamlfile import parse
from windsock_alerts import build, durations
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings


def settings(text: str) -> Settings:
    return parse(text, Settings, name="alerts.yaml")


def rule(name: str, text: str) -> dict[str, Any]:
    made = settings(text)
    alert: Alert = next(alert for alert in build.alerts(made, "platform") if alert.name == name)
    return alert.render(made)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45s"), (600, "10m"), (7.5, "7500ms"), (604800, "7d"), (0, "0s"), (100 / 6, "16667ms")],
)
def test_durations_are_written_exactly(seconds: float, text: str) -> None:
    assert durations.prometheus(seconds) == text


@pytest.mark.parametrize("text", ["45", "1 h", "-5m", "", "5x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"alerts.yaml:1: thresholds.dag_overdue: .* is not a duration"):
        settings(f"thresholds: {{dag_overdue: '{text}'}}")


def test_an_unknown_threshold_is_named_with_its_line() -> None:
    with pytest.raises(
        BadInput, match=r"alerts.yaml:2: thresholds.dag_overdu: unknown key; did you mean dag_overdue"
    ):
        settings("thresholds:\n  dag_overdu: 5m")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{component_silent: 2m}", "sla_breached must be above component_silent", id="late"),
        pytest.param("{queue_stuck: 40s}", "queue_stuck must be above component_silent", id="early"),
        pytest.param("{keep_firing: 5m}", "keep_firing must be above recovery_grace", id="orphans"),
    ],
)
def test_thresholds_that_break_inhibition_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=f"alerts.yaml:1: thresholds: {said}"):
        settings(f"thresholds: {text}")


def test_a_threshold_reaches_its_rule() -> None:
    made = settings("thresholds: {dag_overdue: 1h}")
    assert "> 3600" in json.dumps([group.render(made) for group in build.groups(made, "platform")])


def test_the_time_factor_divides_holds_and_thresholds_but_keeps_heartbeats_plausible() -> None:
    fast = settings("{}").divided(6)
    assert fast.thresholds.component_crashed == 30
    assert fast.thresholds.keep_firing == 100
    assert fast.thresholds.component_silent == 20
    assert fast.thresholds.memory == 604800
    assert fast.thresholds.sla_breached > fast.thresholds.component_silent


def test_the_time_factor_leaves_components_the_time_to_start_and_alerts_the_time_to_resolve() -> None:
    fast = settings("{}").divided(10).thresholds
    assert fast.recovery_grace == 45
    assert fast.keep_firing == fast.recovery_grace + fast.group_interval + 1


def test_rules_with_a_time_factor_are_valid(tmp_path: Any) -> None:
    fast = settings("{}").divided(7)
    for group in build.groups(fast, "platform"):
        path = tmp_path / f"{group.subject}.yaml"
        path.write_text(to_yaml(group.render(fast)), encoding="utf-8")
        assert tool("promtool", "check", "rules", path).returncode == 0


def test_a_component_set_to_zero_is_not_expected() -> None:
    everywhere = rule("AirflowDagProcessorDown", "expected_components: {dag_processor: 0}")
    assert "< 0" in everywhere["expr"]
    one = rule("AirflowDagProcessorDown", "airflows: {dev: {expected_components: {dag_processor: 0}}}")
    assert 'airflow!~"dev"' in one["expr"]


def test_a_listed_component_is_expected_even_if_never_seen() -> None:
    listed = rule("AirflowDagProcessorDown", "airflows: {prod: {expected_components: {dag_processor: 1}}}")
    assert 'airflow_metadb_up{airflow=~"prod"} offset 10m' in listed["expr"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        pytest.param("{}", "page", id="production"),
        pytest.param("environment: staging", "ticket", id="staging"),
        pytest.param(
            "airflows: {dev: {environment: staging}}",
            '{{ if match "^(?:dev)$" $labels.airflow }}ticket{{ else }}page{{ end }}',
            id="one is staging",
        ),
        pytest.param(
            "{environment: staging, airflows: {prod: {environment: production}}}",
            '{{ if match "^(?:prod)$" $labels.airflow }}page{{ else }}ticket{{ end }}',
            id="all but one are staging",
        ),
    ],
)
def test_staging_pages_nobody(text: str, severity: str) -> None:
    assert rule("AirflowSchedulerDown", text)["labels"]["severity"] == severity


def test_staging_caps_the_severity_that_an_sla_asks_for() -> None:
    assert rule("AirflowSlaBreached", "environment: staging")["labels"]["severity"] == (
        '{{ if eq $labels.severity "page" }}ticket{{ else }}{{ $labels.severity }}{{ end }}'
    )


def test_each_airflow_may_have_its_own_links() -> None:
    text = """
    airflows:
      eu: {urls: {windsock: "https://eu.example.org/"}}
    """
    url = rule("AirflowSchedulerDown", text)["annotations"]["runbook_url"]
    assert re.match(
        r'\{\{ if eq \$labels.airflow "eu" \}\}https://eu.example.org/runbooks/AirflowSchedulerDown'
        r"\{\{ else \}\}http://127.0.0.1:9112/runbooks/AirflowSchedulerDown\{\{ end \}\}$",
        url,
    )


def test_a_busy_queue_can_be_left_out() -> None:
    made = settings("ignore_queues: [heavy]")
    assert 'queue!~\\"heavy\\"' in json.dumps(
        [group.render(made) for group in build.groups(made, "platform")]
    )
