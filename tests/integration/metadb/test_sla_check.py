"""`windsock sla check` with a database: what it finds of the DAGs that an SLA file speaks of."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.metadb import VERSIONS, make_sqlite
from tests.support.seed import insert, one_late_dag
from windsock.cli import root


@pytest.fixture(scope="module", params=VERSIONS)
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A daily DAG with tags that has kept its time for two weeks, and a paused one."""
    path = tmp_path_factory.mktemp("check") / "airflow.db"
    url = make_sqlite(path, request.param)
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    with sqlite3.connect(path) as connection:
        one_late_dag(connection)
        for dag_id, paused in (("daily", False), ("resting", True)):
            insert(
                connection,
                "dag",
                dag_id=dag_id,
                is_paused=paused,
                is_stale=False,
                is_active=True,
                has_import_errors=False,
                owners="finance",
                fileloc="/dags/daily.py",
                bundle_name="main",
                schedule_interval='"@daily"',
                timetable_summary="0 0 * * *",
                next_dagrun=_text(midnight),
                next_dagrun_data_interval_start=_text(midnight),
                next_dagrun_data_interval_end=_text(midnight + timedelta(days=1)),
                next_dagrun_create_after=_text(midnight + timedelta(days=1)),
            )
        for tag in ("critical", "sla:max_age=26h", "sla:max_ag=1h"):
            insert(connection, "dag_tag", dag_id="daily", name=tag, dag_name_hash="x")
        for number in range(14):
            due = midnight - timedelta(days=number)
            insert(
                connection,
                "dag_run",
                id=1000 + number,
                dag_id="daily",
                run_id=f"scheduled__{number}",
                run_type="scheduled",
                state="success",
                run_after=_text(due),
                logical_date=_text(due - timedelta(days=1)),
                execution_date=_text(due - timedelta(days=1)),
                data_interval_start=_text(due - timedelta(days=1)),
                data_interval_end=_text(due),
                queued_at=_text(due),
                start_date=_text(due),
                end_date=_text(due + timedelta(minutes=20)),
            )
    return url


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}+00"


def _check(folder: Path, slas: str, *arguments: str) -> Result:
    file, owners = folder / "slas.yaml", folder / "owners.yaml"
    file.write_text(slas, encoding="utf-8")
    owners.write_text("teams: [{team: finance, owners: [finance]}]", encoding="utf-8")
    command = ["sla", "check", str(file), "--owners-file", str(owners), *arguments]
    return CliRunner().invoke(root, command)


GOOD = (
    "dag_tags: false\nslas:\n- {dag: daily, finish_by: '06:30'}\n- {tag: critical, max_run_time: 1h}\n"
    "- {dag: daily, max_run_time: 2x, name: usual}\n- {dag: 'dail?', success_ratio: 90% of 20}\n"
)


def test_file_that_fits_is_fine(airflow: str, tmp_path: Path) -> None:
    done = _check(tmp_path, GOOD, "--database-url", airflow)
    assert done.output.endswith("slas.yaml: 4 SLAs, nothing to look at\n")
    assert done.exit_code == 0


def test_each_thing_to_look_at_is_one_line_with_its_place_and_reason(airflow: str, tmp_path: Path) -> None:
    text = (
        "slas:\n"
        "- {dag: nosuch, max_age: 1d}\n"
        "- {dag: 'none_*', max_age: 1d}\n"
        "- {tag: nothing, max_age: 1d}\n"
        "- {of_team: nobody, max_age: 1d}\n"
        "- {dag: resting, max_age: 2d}\n"
        "- {dag: daily, max_age: 6h, name: young}\n"
        "- {dag: daily, finish_by: '00:10'}\n"
        "- {dag: resting, max_run_time: 2x}\n"
        "- {of_team: finance, max_start_delay: 1h}\n"
        "- {dag: 'dail*', max_start_delay: 2h}\n"
    )
    done = _check(tmp_path, text, "--database-url", airflow)
    assert done.exit_code == 1
    found = [line.replace(f"{tmp_path}/", "") for line in done.output.splitlines()]
    assert found[-1] == "slas.yaml: 10 SLAs, 10 to look at"
    for line in (
        "slas.yaml:2: nosuch: max_age: unknown_dag: no such DAG in Airflow (yet)",
        "slas.yaml:3: none_*: max_age: no_match: no DAG matches this in Airflow (yet)",
        "slas.yaml:4: tag nothing: max_age: no_match: no DAG matches this in Airflow (yet)",
        "slas.yaml:5: team nobody: max_age: no_match: no DAG matches this in Airflow (yet)",
        "slas.yaml:6: resting: max_age: paused: the DAG is paused",
    ):
        assert line in found
    assert any(line.startswith("slas.yaml:9: resting: max_run_time: cannot_be_judged: its") for line in found)
    assert any(
        line.startswith("slas.yaml:7: daily: young: cannot_be_met: between its due times") for line in found
    )
    assert any(line.startswith("slas.yaml:8: daily: finish_by: cannot_be_met: the run due") for line in found)
    assert any(line.startswith("slas.yaml:10: daily: max_start_delay: overlap: ") for line in found)
    assert "tag sla:max_ag=1h: daily: tag: unknown key max_ag; did you mean max_age?" in done.output


def test_mistake_in_the_file_is_found_before_anything_is_read(tmp_path: Path) -> None:
    done = _check(tmp_path, "slas: [{dag: a}]", "--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert "slas.yaml:1: slas.0: give exactly one of" in str(done.exception)


def test_database_that_cannot_be_reached_is_one_line_without_the_password(tmp_path: Path) -> None:
    done = _check(tmp_path, GOOD, "--database-url", "postgresql://me:secret@127.0.0.1:1/none")
    assert done.exit_code == 1
    assert "\n" not in str(done.exception)
    assert "secret" not in f"{done.exception}{done.output}"
