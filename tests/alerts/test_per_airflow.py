"""One Airflow may have thresholds, severities and holds of its own; all others keep the general ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.alerts.own_rules import Story, settings
from tests.alerts.rules_under_test import tool
from windsock.artifact import to_yaml
from windsock_alerts import build
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings

OVERDUE, POOL, BEAT = "AirflowDagOverdue", "AirflowPoolExhausted", "AirflowSchedulerSilent"
AIRFLOWS = ("prod", "dev", 'odd $1 "one"')


def rules(made: Settings, name: str) -> list[Alert]:
    return [alert for alert in build.alerts(made, "platform") if alert.name == name]


def late(airflow: str) -> str:
    quoted = airflow.replace('"', '\\"')
    return f'airflow_dag_schedule_overdue_seconds{{airflow="{quoted}", instance="a", dag_id="x"}}'


def full(airflow: str) -> list[str]:
    names = ("airflow_pool_slots_occupied", "airflow_pool_slots_limit", "airflow_pool_slots_demanded")
    return [f'{name}{{airflow="{airflow}", instance="a", pool="dwh"}}' for name in names]


def fires(airflow: str, severity: str = "ticket") -> str:
    quoted = airflow.replace('"', '\\"')
    return f'airflow="{quoted}", severity="{severity}"'


def test_thresholds_of_one_airflow_are_its_own(tmp_path: Path) -> None:
    made = settings(
        "airflows: {dev: {thresholds: {dag_overdue: 1h}}, 'odd $1 \"one\"': {thresholds: {dag_overdue: 5m}}}"
    )
    story = Story()
    for airflow in AIRFLOWS:
        story.given(late(airflow), "0+15x400")
    prod, dev, odd = map(fires, AIRFLOWS)
    for at, firing in (("5m15s", [odd]), ("15m15s", [odd, prod]), ("60m15s", [odd, prod, dev])):
        story.firing(at, OVERDUE, *firing, by="airflow, severity")
    story.holds(made, tmp_path)


def test_an_alert_is_off_in_one_airflow(tmp_path: Path) -> None:
    made = settings(f"airflows: {{dev: {{alerts: {{{OVERDUE}: {{enabled: false}}}}}}}}")
    story = Story().given(late("prod"), "1000x100").given(late("dev"), "1000x100")
    story.firing("5m", OVERDUE, fires("prod"), by="airflow, severity")
    story.holds(made, tmp_path)


def test_an_alert_is_on_in_one_airflow_only(tmp_path: Path) -> None:
    text = f"{{alerts: {{{OVERDUE}: {{enabled: false}}}}, airflows: {{dev: {{alerts: {{{OVERDUE}: %s}}}}}}}}"
    made = settings(text % "{enabled: true, severity: info}")
    story = Story().given(late("prod"), "1000x100").given(late("dev"), "1000x100")
    story.firing("5m", OVERDUE, fires("dev", "info"), by="airflow, severity")
    story.holds(made, tmp_path)


def test_a_hold_and_a_severity_of_one_airflow_are_its_own(tmp_path: Path) -> None:
    made = settings(f"airflows: {{dev: {{alerts: {{{POOL}: {{hold: 1h, severity: info}}}}}}}}")
    story = Story()
    for airflow in ("prod", "dev"):
        for series in full(airflow):
            story.given(series, "5x400")
    story.firing("20m", POOL, fires("prod"), by="airflow, severity")
    story.firing("61m", POOL, fires("prod"), fires("dev", "info"), by="airflow, severity")
    story.holds(made, tmp_path)


def test_an_inhibitor_of_one_airflow_goes_with_its_alert() -> None:
    made = settings("airflows: {dev: {alerts: {AirflowSchedulerDown: {enabled: false}}}}")
    (general,) = rules(made, BEAT)
    assert 'unless on (airflow) (label_replace(vector(1), "airflow", "dev", "", ""))' in general.expr


def test_without_airflows_of_their_own_the_rules_are_the_general_ones() -> None:
    usual = build.groups(Settings(), "platform")
    assert build.groups(settings("airflows: {dev: {environment: staging}}"), "platform") == usual
    same = "airflows: {dev: {thresholds: {dag_overdue: 15m}, alerts: {AirflowClockSkew: {enabled: true}}}}"
    assert build.groups(settings(same), "platform") == usual


def test_airflows_that_are_alike_share_a_rule() -> None:
    own = "{thresholds: {dag_overdue: 1h}}"
    made = settings(f"airflows: {{dev: {own}, test: {own}, other: {{thresholds: {{dag_overdue: 2h}}}}}}")
    general, first, second = rules(made, OVERDUE)
    assert '"dev", "", "") or label_replace(vector(1), "airflow", "test"' in first.expr
    assert "2h" in second.when
    assert "15m" in general.when


def test_a_time_factor_divides_what_airflows_have_of_their_own() -> None:
    made = settings(
        "airflows: {dev: {thresholds: {dag_overdue: 1h}, alerts: {AirflowClockSkew: {hold: 1h}}}}"
    )
    fast = made.divided(10).of("dev")
    assert fast.thresholds.dag_overdue == 360
    assert fast.alerts["AirflowClockSkew"].hold == 360
    assert fast.thresholds.component_crashed == 18


def test_prometheus_accepts_rules_of_several_airflows(tmp_path: Path) -> None:
    own = "{thresholds: {component_crashed: 5m, queue_stuck: 1h, many_overdue: 20m, memory: 1d}}"
    links = "{urls: {windsock: 'https://x.example.org'}, environment: staging, thresholds: {dag_overdue: 1h}}"
    odd = json.dumps('\U0001f6ab ü, "{{ }}" $1 \\', ensure_ascii=False)
    made = settings(
        f"airflows: {{dev: {own}, eu-1: {own}, x: {{alerts: {{{POOL}: {{hold: 1h}}}}}}, {odd}: {links}}}"
    )
    for group in build.groups(made, "platform"):
        path = tmp_path / f"{group.subject}.yaml"
        path.write_text(to_yaml(group.render(made)), encoding="utf-8")
        result = tool("promtool", "check", "rules", "--lint=none", path)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["AirflowSchedulerDown", "AirflowManyDagsOverdue"])
def test_what_pages_no_more_holds_nothing_back(name: str) -> None:
    made = settings(f"alerts: {{{name}: {{severity: ticket}}}}")
    held = {"AirflowSchedulerDown": BEAT, "AirflowManyDagsOverdue": name}[name]
    (overdue,) = rules(made, OVERDUE)
    assert rules(made, name)[0].severities == ("ticket",)
    assert (rules(made, BEAT) == []) == (held == BEAT)
    assert held == BEAT or name not in overdue.expr


def test_an_alert_is_explained_as_it_is_for_one_airflow() -> None:
    own = f"{{thresholds: {{pool_exhausted: 2h}}, alerts: {{{OVERDUE}: {{enabled: false}}}}}}"
    made = settings(f"{{alerts: {{{POOL}: {{severity: info}}}}, airflows: {{dev: {own}}}}}")
    general, dev = build.as_for(made, None), build.as_for(made, "dev")
    assert "2h" in dev[POOL][0].when
    assert "15m" in general[POOL][0].when
    assert dev[POOL][0].severities == ("info",)
    assert (general[OVERDUE][1], dev[OVERDUE][1]) == (True, False)
