"""`windsock alerts explain` over real Prometheus and Alertmanager."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.alert_stack import QUICK, Stack, alert_stack, until
from windsock.catalog import alerting, components, dags, metadb, sla, tasks
from windsock.cli import root
from windsock.remote import Alertmanager, Prometheus

OVERDUE = "AirflowDagOverdue"
SILENT = 'ALERTS{alertname="AirflowSchedulerSilent", alertstate="firing", airflow="dead"}'
ALERTS = f"""{QUICK}
alerts:
  AirflowPoolExhausted: {{hold: 1h}}
dags:
- {{dag: strict, thresholds: {{dag_overdue: 5m}}}}
- {{dag: forgotten, thresholds: {{dag_overdue: 5m}}}}
- {{tier: 1, alerts: {{{OVERDUE}: {{enabled: false}}}}}}
"""


# What has happened so far; an alert is held back, or inhibited, only by one that fired before, or after.
HAPPENED: set[str] = set()


def alive(_at: float, now: float) -> str:
    """One DAG that is late, one that is late by its own limit, one that is not; at last an SLA pages."""
    late = {"late": 2000, "strict": 400, "usual": 400, "quiet": 2000, "promised": 2000}
    key = 'sla="morning",dag_id="promised"'
    return "\n".join(
        [
            f"{metadb.SNAPSHOT} {now}",
            f"{metadb.METADB_UP} 1",
            f'{components.HEARTBEAT}{{job_type="SchedulerJob"}} {now}',
            *(f'{dags.OVERDUE}{{dag_id="{dag_id}"}} {value}' for dag_id, value in late.items()),
            f'{dags.DAG_INFO}{{dag_id="late",team="finance",owners="x"}} 1',
            f'{alerting.LIMIT_SECONDS}{{dag_id="strict",threshold="dag_overdue"}} 300',
            # Something moves, or that would be the one page.
            f'{tasks.QUEUE_LAST_START}{{queue="default"}} {now}',
            f'{tasks.POOL_OCCUPIED}{{pool="dwh"}} 16',
            f'{tasks.POOL_LIMIT}{{pool="dwh"}} 16',
            f'{tasks.POOL_DEMANDED}{{pool="dwh"}} 34',
            f"{sla.SLA_LATE}{{{key}}} {60 if 'SLA broken' in HAPPENED else 0}",
            f'{sla.SLA_INFO}{{{key},team="finance",severity="page",deadline_text="06:30 UTC"}} 1',
            "",
        ]
    )


def dead(_at: float, now: float) -> str:
    """No scheduler for an hour, and a DAG that is late."""
    return "\n".join(
        [
            f"{metadb.SNAPSHOT} {now}",
            f"{metadb.METADB_UP} 1",
            f'{components.HEARTBEAT}{{job_type="SchedulerJob"}} {now - 3600}',
            f'{dags.OVERDUE}{{dag_id="late"}} {2000 if "DAG late" in HAPPENED else 0}',
            "",
        ]
    )


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    folder = tmp_path_factory.mktemp("explain")
    path = folder / "mine.yaml"
    path.write_text(ALERTS, encoding="utf-8")
    with alert_stack(folder, {"prod": alive, "dead": dead}, ALERTS) as stack:
        silence(stack)
        prometheus = Prometheus(stack.prometheus)
        flags = [
            f"--alerts-file={path}",
            f"--prometheus-url={stack.prometheus}",
            f"--alertmanager-url={stack.alertmanager}",
        ]

        def ask(*arguments: str) -> str:
            result = CliRunner().invoke(
                root, ["alerts", "explain", *arguments, *flags], catch_exceptions=False
            )
            assert result.exit_code == 0, result.output
            return result.output

        until(lambda: "Alertmanager has it" in ask(OVERDUE, "--dag=promised"), what="what is inhibited later")
        HAPPENED.add("SLA broken")
        until(lambda: bool(prometheus.query(SILENT)), what="an inhibitor")
        HAPPENED.add("DAG late")
        until(lambda: "inhibited in Alertmanager" in ask(OVERDUE, "--dag=promised"), what="inhibition")
        until(lambda: "HELD BACK" in ask(OVERDUE, "--airflow=dead"), what="held back")
        yield ask


def silence(stack: Stack) -> None:
    manager = Alertmanager(stack.alertmanager)
    manager.send(
        "/api/v2/silences",
        {
            "matchers": [{"name": "dag_id", "value": "strict", "isRegex": False, "isEqual": True}],
            "startsAt": "2020-01-01T00:00:00Z",
            "endsAt": "2120-01-01T00:00:00Z",
            "createdBy": "kim",
            "comment": "known and late",
        },
    )


def test_one_that_fires_says_since_when_for_whom_and_by_which_figure(explained: Callable[..., str]) -> None:
    text = explained(OVERDUE, "--dag=late", "--airflow=prod")
    assert "airflow=prod, dag_id=late: FIRING, ticket, team finance, condition since" in text
    assert "Alertmanager has it: active, receiver default-ticket" in text
    assert "airflow_dag_schedule_overdue_seconds airflow=prod, dag_id=late: 33 min" in text
    assert "dag_overdue: 15m (default)" in text


def test_a_dag_with_a_limit_of_its_own_is_told_it_with_its_place(explained: Callable[..., str]) -> None:
    text = explained(OVERDUE, "--dag=strict")
    assert "dag_overdue: 5m for DAG strict (" in text
    line = next(number for number, text in enumerate(ALERTS.splitlines(), start=1) if "dag: strict" in text)
    assert f"mine.yaml:{line} (dag strict))" in text
    assert "The exporter says for strict: dag_overdue 300" in text
    assert "airflow=prod, dag_id=strict: FIRING" in text
    assert "silenced until Mon 2120-01-01 00:00 UTC by kim: known and late" in text


def test_a_limit_that_the_exporter_does_not_tell_is_named(explained: Callable[..., str]) -> None:
    assert "does not tell" not in explained(OVERDUE, "--dag=strict")
    text = explained(OVERDUE, "--dag=forgotten")
    assert "The exporter does not tell its dag_overdue: is `windsock serve` given this file?" in text


def test_one_that_does_not_fire_shows_the_figure_and_the_limit(explained: Callable[..., str]) -> None:
    text = explained(OVERDUE, "--dag=usual")
    assert "Does not fire: the condition holds for nothing that was asked for." in text
    assert "airflow=prod, dag_id=usual: 6 min" in text


def test_one_that_waits_says_how_long_it_still_will(explained: Callable[..., str]) -> None:
    text = explained("AirflowPoolExhausted")
    assert "airflow=prod, pool=dwh: PENDING" in text
    assert "of 1h" in text
    assert "it fires in about 59 min if that goes on" in text


def test_one_that_is_held_back_says_by_what(explained: Callable[..., str]) -> None:
    text = explained(OVERDUE, "--airflow=dead")
    assert "airflow=dead, dag_id=late: HELD BACK" in text
    assert "held back: AirflowSchedulerSilent fires for this Airflow" in text


def test_one_that_is_inhibited_says_by_what(explained: Callable[..., str]) -> None:
    text = explained(OVERDUE, "--dag=promised")
    assert "inhibited in Alertmanager by AirflowSlaBreached" in text


def test_json_says_the_same(explained: Callable[..., str]) -> None:
    found: dict[str, Any] = json.loads(explained(OVERDUE, "--dag=late", "--airflow=prod", "--format=json"))
    assert [each["state"] for each in found["instances"]] == ["firing"]
    assert found["thresholds"][0]["value"] == "15m"
    assert found["looks_at"][0]["series"][0]["value"] == "33 min"


@pytest.mark.parametrize("alert", ["Watchdog", "AirflowSchedulerDown", "AirflowImportErrors", "StatsdSilent"])
def test_every_kind_of_alert_can_be_explained(explained: Callable[..., str], alert: str) -> None:
    assert explained(alert).startswith(f"{alert}: ")
