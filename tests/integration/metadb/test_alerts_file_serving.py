"""The alerts file of a real `windsock serve` process, changed while it runs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from tests.integration.metadb.test_sla_serving import Process, started

__all__ = ["started"]
SERIES = '\nairflow_alert_threshold_seconds{dag_id="late",threshold="dag_overdue"} '


def test_thresholds_of_a_dag_follow_the_file_at_sighup(
    started: Callable[..., Process], tmp_path: Path
) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text("dags: [{dag: l*, thresholds: {dag_overdue: 5m}}]\n", encoding="utf-8")
    serving = started("--fast-interval", "1h", "--alerts-file", str(path))
    serving.until(lambda: f"{SERIES}300.0" in serving.get("/metrics"))
    path.write_text("dags: [{dag: l*, thresholds: {dag_overdue: 7}}]\n", encoding="utf-8")
    serving.process.send_signal(signal.SIGHUP)
    serving.until(lambda: "\nwindsock_alerts_file_last_reload_successful 0.0" in serving.get("/metrics"))
    assert f"{SERIES}300.0" in serving.get("/metrics")
    assert f"{path}:1: dags.0.thresholds.dag_overdue: '7' is not a duration" in serving.log()
    path.write_text("dags: [{dag: l*, thresholds: {dag_overdue: 7h}}]\n", encoding="utf-8")
    serving.process.send_signal(signal.SIGHUP)
    serving.until(lambda: f"{SERIES}25200.0" in serving.get("/metrics"))
    serving.until(lambda: "\nwindsock_alerts_file_last_reload_successful 1.0" in serving.get("/metrics"))


def test_a_dag_is_of_the_tier_and_the_tags_that_it_has_now(
    started: Callable[..., Process],
    tmp_path: Path,
) -> None:
    path = tmp_path / "alerts.yaml"
    severe = "{AirflowDagOverdue: {severity: page}}"
    path.write_text(f"dags: [{{tier: 1, tag: hour*, alerts: {severe}}}]\n", encoding="utf-8")
    serving = started(
        *("--fast-interval", "1s", "--slow-interval", "1s", "--alerts-file", str(path)), tags=("hourly",)
    )
    series = '\nairflow_alert_severity_info{alert="AirflowDagOverdue",dag_id="late",severity="page"} 1'
    assert series not in serving.get("/metrics")
    serving.file.write_text("slas: [{dag: late, max_age: 1h, tier: 1}]\n", encoding="utf-8")
    serving.until(lambda: series in serving.get("/metrics"))
    serving.file.write_text("slas: [{dag: late, max_age: 1h, tier: 2}]\n", encoding="utf-8")
    serving.until(lambda: series not in serving.get("/metrics"))
