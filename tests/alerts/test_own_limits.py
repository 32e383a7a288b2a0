"""A DAG's own limits and severities are joined in the rules, and a join loses no alert."""

from __future__ import annotations

import re
from pathlib import Path

from tests.alerts.own_rules import Story, settings
from tests.alerts.rules_under_test import ALERTS, RECORDINGS
from windsock_alerts.thresholds import OF_A_DAG

OVERDUE = "AirflowDagOverdue"
FAILED = "AirflowDagLastRunFailed"
LONG = "AirflowDagRunLong"


def of(metric: str, dag_id: str, more: str = "", *, replica: str = "a") -> str:
    extra = f", {more}" if more else ""
    return f'{metric}{{airflow="prod", instance="{replica}:9112", dag_id="{dag_id}"{extra}}}'


def late(dag_id: str, *, replica: str = "a") -> str:
    return of("airflow_dag_schedule_overdue_seconds", dag_id, replica=replica)


def limit(dag_id: str, *, replica: str = "a") -> str:
    return of("airflow_alert_threshold_seconds", dag_id, 'threshold="dag_overdue"', replica=replica)


def severity(dag_id: str, value: str, *, alert: str = OVERDUE, replica: str = "a") -> str:
    return of("airflow_alert_severity_info", dag_id, f'alert="{alert}", severity="{value}"', replica=replica)


def fires(dag_id: str, severity: str = "ticket") -> str:
    return f'dag_id="{dag_id}", severity="{severity}"'


def test_a_dag_is_held_to_its_own_limit_and_every_other_to_the_general_one(tmp_path: Path) -> None:
    story = Story()
    for dag_id in ("strict", "lax", "usual"):
        story.given(late(dag_id), "0+15x400")
    story.given(limit("strict"), "300x400").given(limit("lax"), "3600x400")
    story.firing("5m", OVERDUE).firing("5m15s", OVERDUE, fires("strict"))
    story.firing("15m15s", OVERDUE, fires("strict"), fires("usual"))
    story.firing("60m15s", OVERDUE, fires("strict"), fires("usual"), fires("lax"))
    story.holds(settings("{}"), tmp_path)


def test_replicas_that_disagree_about_a_limit_give_one_alert_by_the_stricter(tmp_path: Path) -> None:
    story = Story().given(late("x"), "0+15x100").given(late("x", replica="b"), "0+15x100")
    story.given(limit("x"), "300x100").given(limit("x", replica="b"), "600x100")
    story.firing("5m", OVERDUE).firing("5m15s", OVERDUE, fires("x"))
    story.holds(settings("{}"), tmp_path)


def test_without_its_series_a_dag_falls_back_to_the_general_limit(tmp_path: Path) -> None:
    story = Story().given(late("x"), "0+15x200").given(limit("x"), "86400x40 stale")
    story.firing("9m", OVERDUE).firing("15m15s", OVERDUE, fires("x"))
    story.holds(settings("{}"), tmp_path)


def test_a_limit_of_another_airflow_changes_nothing(tmp_path: Path) -> None:
    other = limit("x").replace("prod", "test")
    story = Story().given(late("x"), "0+15x100").given(other, "60x100")
    story.firing("10m", OVERDUE).firing("15m15s", OVERDUE, fires("x"))
    story.holds(settings("{}"), tmp_path)


def test_a_time_factor_divides_limits_of_dags_too(tmp_path: Path) -> None:
    story = Story().given(late("x"), "0+15x100").given(limit("x"), "3600x100")
    story.firing("6m", OVERDUE).firing("6m15s", OVERDUE, fires("x"))
    story.holds(settings("{}").divided(10), tmp_path)


def test_a_count_of_its_own_makes_the_first_failure_a_ticket(tmp_path: Path) -> None:
    story = Story()
    for dag_id in ("strict", "usual"):
        story.given(of("airflow_dag_last_finished_success", dag_id), "0x100")
        story.given(of("airflow_dag_consecutive_failures", dag_id), "1x100")
    story.given(of("airflow_alert_threshold", "strict", 'threshold="failures_in_a_row"'), "1x100")
    story.firing("5m", FAILED, fires("strict"), fires("usual", "info"))
    story.holds(settings("{}"), tmp_path)


def test_a_dag_has_its_own_severity_and_one_that_is_off_is_silent(tmp_path: Path) -> None:
    story = Story()
    for dag_id in ("vital", "toy", "usual"):
        story.given(late(dag_id), "1000x100")
    story.given(severity("vital", "page"), "1x100").given(severity("toy", "off"), "1x100")
    story.firing("5m", OVERDUE, fires("vital", "page"), fires("usual"))
    story.holds(settings("{}"), tmp_path)


def test_replicas_that_disagree_about_a_severity_give_one_alert(tmp_path: Path) -> None:
    story = Story().given(late("x"), "1000x100").given(late("y"), "1000x100")
    story.given(severity("x", "page"), "1x100").given(severity("x", "info", replica="b"), "1x100")
    story.given(severity("y", "off"), "1x100").given(severity("y", "page", replica="b"), "1x100")
    story.firing("5m", OVERDUE, 'dag_id="x"', 'dag_id="y"', by="dag_id")
    story.holds(settings("{}"), tmp_path)


def test_a_page_of_its_own_goes_on_as_a_page_while_the_exporter_is_gone(tmp_path: Path) -> None:
    story = Story().given(late("x"), "1000x20 stale").given(severity("x", "page"), "1x20 stale")
    story.given('windsock_snapshot_timestamp_seconds{airflow="prod", instance="a:9112"}', "0+15x20 stale")
    story.firing("4m", OVERDUE, fires("x", "page")).firing("30m", OVERDUE, fires("x", "page"))
    story.holds(settings("{}"), tmp_path)


def test_staging_caps_the_severity_of_a_dag_at_ticket(tmp_path: Path) -> None:
    story = Story().given(late("x"), "1000x100").given(severity("x", "page"), "1x100")
    story.firing("5m", OVERDUE, fires("x", "ticket"))
    story.holds(settings("environment: staging"), tmp_path)


def test_a_general_severity_leaves_a_dag_its_own(tmp_path: Path) -> None:
    story = Story().given(late("x"), "1000x100").given(late("usual"), "1000x100")
    story.given(severity("x", "page"), "1x100")
    story.firing("5m", OVERDUE, fires("x", "page"), fires("usual", "info"))
    story.holds(settings(f"alerts: {{{OVERDUE}: {{severity: info}}}}"), tmp_path)


def test_optional_alerts_of_dags_have_limits_and_severities_of_their_own_too(tmp_path: Path) -> None:
    story = Story()
    for dag_id in ("strict", "usual", "toy"):
        story.given(of("airflow_dag_run_overrun_ratio", dag_id), "1.5x200")
    for dag_id in ("strict", "toy"):
        story.given(of("airflow_alert_threshold", dag_id, 'threshold="overrun_factor"'), "1.2x200")
    story.given(severity("strict", "page", alert=LONG), "1x200").given(
        severity("toy", "off", alert=LONG), "1x200"
    )
    story.firing("14m", LONG).firing("20m", LONG, fires("strict", "page"))
    story.holds(settings(f"alerts: {{{LONG}: {{enabled: true}}}}"), tmp_path)


def test_rules_ask_for_all_limits_that_a_dag_may_have_and_no_others() -> None:
    texts = [*(alert.expr for alert in ALERTS), *(recording.expr for recording in RECORDINGS)]
    assert {name for text in texts for name in re.findall(r'threshold="(\w+)"', text)} == set(OF_A_DAG)
