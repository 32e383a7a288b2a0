"""`windsock alerts route` says what Alertmanager does: compared with amtool on many labels."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.alerts.rules_under_test import ALERTS, GENERATED, ROOT, tool
from tests.alerts.test_routing import WAYS, owners, settings
from windsock.cli import root
from windsock_alerts.route import Holder, route_of
from windsock_alerts.routing import TEST, alertmanager

DEMO = ROOT / "demo" / "owners.yaml"
CONFIGS = {
    "the demo's": yaml.safe_load((GENERATED / "alertmanager.yaml").read_text(encoding="utf-8")),
    "every way": alertmanager(settings(), owners(WAYS), name="owners.yaml"),
}
VALUES = {
    "alertname": st.sampled_from([*(alert.name for alert in ALERTS), TEST, "SomebodyElses"]),
    "severity": st.sampled_from(["page", "ticket", "info", "inhibitor", "critical", ""]),
    "team": st.sampled_from(["finance", "marketing", "default", "ml", "unheard-of", "Finance", "fin", ""])
    | st.text(alphabet='abé漢 "\\', max_size=5),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("configs")
    made = {}
    for number, (name, config) in enumerate(CONFIGS.items()):
        made[name] = folder / f"{number}.yaml"
        made[name].write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return made


@hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(list(CONFIGS)), labels=st.fixed_dictionaries({}, optional=VALUES))
def test_the_receiver_is_the_one_that_amtool_finds(
    files: dict[str, Path], name: str, labels: dict[str, str]
) -> None:
    texts = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in labels.items()]
    result = tool("amtool", "config", "routes", "test", f"--config.file={files[name]}", *texts)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == route_of(CONFIGS[name], labels).receiver


def test_an_incident_of_an_sla_is_its_team_and_name() -> None:
    labels = {"alertname": "AirflowSlaBreached", "severity": "page", "team": "finance", "airflow": "prod"}
    found = route_of(CONFIGS["every way"], {**labels, "sla": "morning", "dag_id": "a"})
    assert found.incident == {"airflow": "prod", "team": "finance", "sla": "morning"}
    assert found.wait == "5s"


def test_hours_are_those_of_the_route_itself() -> None:
    labels = {"alertname": "AirflowDagOverdue", "severity": "ticket"}
    config = CONFIGS["every way"]
    assert route_of(config, {**labels, "team": "finance"}).hours == ("business-hours-finance",)
    assert route_of(config, {**labels, "team": "ml"}).hours == ("business-hours",)
    assert route_of(config, {**labels, "alertname": TEST, "team": "finance"}).hours == ()


def test_what_holds_an_alert_back_is_named_with_what_must_be_the_same() -> None:
    labels = {"alertname": "AirflowDagOverdue", "severity": "ticket", "airflow": "prod", "dag_id": "a"}
    held: tuple[Holder, ...] = route_of(CONFIGS["every way"], labels).held_by
    found: dict[str, Any] = {alert: holder.same for holder in held for alert in holder.alerts}
    assert found["AirflowSchedulerSilent"] == {"airflow": "prod"}
    assert found["AirflowSlaBreached"] == {"airflow": "prod", "dag_id": "a"}


def route(*labels: str) -> Result:
    return CliRunner().invoke(root, ["alerts", "route", f"--owners-file={DEMO}", "--labels", *labels])


def test_the_command_says_who_through_what_and_why() -> None:
    result = route(
        *("alertname=AirflowSlaBreached", "airflow=prod", "team=marketing", "severity=ticket", "sla=m")
    )
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        'AirflowSlaBreached airflow="prod", severity="ticket", sla="m", team="marketing"',
        "goes to     default-ticket: webhook http://127.0.0.1:9095/default-ticket",
        "because     marketing has no receiver of its own for ticket",
        'incident    airflow="prod", sla="m", team="marketing"',
        "sent        5s after it begins, changes every 5m, again every 1d",
        "hours       always",
        'held back   while AirflowSchedulerSilent or AirflowPlatformSilent fires with airflow="prod"',
    ]


def test_labels_that_follow_from_the_alert_need_not_be_given() -> None:
    result = route("alertname=AirflowSchedulerDown", "airflow=prod")
    first, second = result.output.splitlines()[:2]
    assert first == 'AirflowSchedulerDown airflow="prod", severity="page", team="data-platform"'
    assert second == "goes to     data-platform-page: webhook http://127.0.0.1:9095/data-platform"


def test_settings_of_the_alert_count(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text("alerts: {AirflowSchedulerDown: {severity: ticket}}", encoding="utf-8")
    result = route("alertname=AirflowSchedulerDown", "airflow=prod", f"--alerts-file={path}")
    assert "goes to     data-platform-ticket:" in result.output
    path.write_text("alerts: {AirflowClockSkew: {enabled: false}}", encoding="utf-8")
    result = route("alertname=AirflowClockSkew", "airflow=prod", f"--alerts-file={path}")
    assert "note        is off; `alerts` in the alerts file enables it" in result.output


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        pytest.param(("severity",), "--labels severity: expected NAME=VALUE", id="no value"),
        pytest.param(("severity=page",), "--labels: alertname is missing", id="no alert"),
        pytest.param(
            ("alertname=AirflowSlaBreached", "team=finance"),
            "--labels: severity is missing; .* severity= one of page, ticket, info",
            id="severity that only an SLA knows",
        ),
        pytest.param(
            ("alertname=AirflowDagOverdue",),
            "--labels: team is missing; .* team= one of default, data-platform, finance",
            id="team that only a DAG knows",
        ),
    ],
)
def test_what_only_the_user_can_know_is_asked_for(labels: tuple[str, ...], said: str) -> None:
    result = route(*labels)
    assert result.exit_code == 1
    assert re.search(said, str(result.exception))
