"""What a real `windsock serve` remembers of SLAs: over kill -9, cleared runs, deleted rows and restarts."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import make_sqlite
from tests.support.seed import insert
from windsock.cli import root
from windsock.sla import Standing
from windsock.sla.record import Reader

MINUTE = timedelta(minutes=1)
BREACHED = 'airflow_sla_state{dag_id="report",sla="max_age",state="breached"} 1.0\n'
KEPT = 'airflow_sla_state{dag_id="report",sla="max_age",state="ok"} 1.0\n'
EVIDENCE = (
    'airflow_sla_evidence_info{cause="pool_full",dag_id="report",pool="dwh",queue="",run_id="r2",'
    'sla="max_age",task_id="load"} 1.0\n'
)


class World:
    """A DAG whose second run waits for a full pool, and its SLA that the data is never older than an hour."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime.now(timezone.utc)
        (folder / "slas.yaml").write_text("slas: [{dag: report, max_age: 1h}]\n", encoding="utf-8")
        self.url = make_sqlite(folder / "airflow.db", "3.3")
        self.exporter = ExporterProcess(
            folder,
            *("--sla-file", str(folder / "slas.yaml")),
            *("--fast-interval", "300ms", "--slow-interval", "1s"),
        )
        with self.connect() as connection:
            insert(connection, "slot_pool", pool="default_pool", slots=128, include_deferred=False)
            insert(connection, "slot_pool", pool="dwh", slots=1, include_deferred=False)
            insert(
                connection,
                "job",
                id=1,
                state="running",
                job_type="SchedulerJob",
                start_date=_text(self.now),
                # Alive for as long as the test may take.
                latest_heartbeat=_text(self.now + 20 * MINUTE),
            )
            insert(
                connection,
                "dag",
                dag_id="report",
                is_paused=False,
                is_stale=False,
                bundle_name="main",
                owners="ada",
                timetable_summary="0 * * * *",
                next_dagrun_create_after=_text(self.now + 30 * MINUTE),
                max_active_runs=16,
                fileloc="/dags/report.py",
            )
            self._run(connection, 1, self.now - 120 * MINUTE, self.now - 90 * MINUTE)
            self._run(connection, 2, self.now - 60 * MINUTE, None)
            self._task(connection, "load", "scheduled", None)
            self._task(connection, "hog", "running", self.now - 40 * MINUTE)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "airflow.db", timeout=30)

    def _run(self, connection: sqlite3.Connection, number: int, due: datetime, end: datetime | None) -> None:
        insert(
            connection,
            "dag_run",
            id=number,
            dag_id="report",
            run_id=f"r{number}",
            run_type="scheduled",
            state="running" if end is None else "success",
            run_after=_text(due),
            queued_at=_text(due),
            data_interval_end=_text(due),
            logical_date=_text(due - 60 * MINUTE),
            start_date=_text(due),
            end_date=None if end is None else _text(end),
        )

    def _task(self, connection: sqlite3.Connection, name: str, state: str, start: datetime | None) -> None:
        insert(
            connection,
            "task_instance",
            id=f"{len(name):032x}",
            # The one that holds the pool is of another DAG.
            dag_id="report" if name == "load" else "other",
            task_id=name,
            run_id="r2" if name == "load" else "x",
            map_index=-1,
            state=state,
            pool="dwh",
            pool_slots=1,
            queue="default",
            try_number=0 if start is None else 1,
            scheduled_dttm=_text(self.now - 50 * MINUTE),
            updated_at=_text(self.now - 50 * MINUTE),
            start_date=None if start is None else _text(start),
        )

    def succeed(self, number: int) -> None:
        """A run that was due a little later than the one before has succeeded now."""
        with self.connect() as connection:
            self._run(connection, number, self.now - (60 - number) * MINUTE, datetime.now(timezone.utc))

    def change(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.replace(":now", f"'{_text(datetime.now(timezone.utc))[:-3]}'"))

    def restart(self) -> None:
        self.exporter.kill()
        self.exporter.start(self.url)

    def explain(self, *words: str) -> str:
        done = CliRunner().invoke(
            root, ["sla", "explain", "report", "--state-dir", str(self.exporter.state), *words]
        )
        assert done.exit_code == 0, done.exception
        return done.output

    def told(self, cause: str) -> None:
        """Wait until an entry with this cause and its task is on disk."""
        deadline = time.monotonic() + 60
        while not any(
            each.cause is not None and each.cause.value == cause and each.evidence.task_id
            for each in Reader(self.exporter.state).of_dag("report")
        ):
            assert time.monotonic() < deadline, self.explain()
            time.sleep(0.2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    found.exporter.start(found.url)
    yield found
    found.exporter.kill()
    assert "Traceback" not in found.exporter.log.read_text(encoding="utf-8")


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}+00"


def _totals(text: str) -> list[str]:
    return sorted(re.findall(r"^airflow_sla_(m(?:et|issed)_total\{.*)$", text, re.MULTILINE))


def test_then_is_told_after_the_end_a_clear_db_clean_and_kill_9(world: World) -> None:
    world.exporter.until(BREACHED)
    world.exporter.until(EVIDENCE)
    world.told("pool_full")
    then = datetime.now(timezone.utc)
    # The record counts whole seconds.
    time.sleep(1.1)
    world.change(
        "UPDATE dag_run SET state = 'success', end_date = :now WHERE run_id = 'r2'",
        "UPDATE task_instance SET state = 'success' WHERE dag_id = 'report'",
    )
    world.exporter.until(KEPT)
    assert "airflow_sla_evidence_info{" not in world.exporter.until_ready()
    # As somebody who clears the run, and then `airflow db clean`.
    world.change("UPDATE dag_run SET state = 'queued', end_date = NULL WHERE run_id = 'r2'")
    world.restart()
    world.exporter.until(KEPT)
    world.change("DELETE FROM task_instance WHERE dag_id = 'report'", "DELETE FROM dag_run")
    world.restart()
    world.exporter.until(KEPT)
    world.exporter.kill()
    told = world.explain("--at", then.isoformat())
    deadline = world.now - 30 * MINUTE
    for said in (
        "report: max_age: breached",
        f"The deadline {deadline:%a %Y-%m-%d %H:%M} UTC was missed",
        "Cause: waiting for a full pool (pool_full).",
        "run r2, task load, pool dwh: load has waited for 50 min for the pool dwh (1 of 1 slots taken)",
        "ok, run r2: it succeeded at ",
        "full pools: dwh",
    ):
        assert said in told, told
    entries = Reader(world.exporter.state).of_dag("report")
    assert [each.standing for each in entries if each.standing is not Standing.BREACHED] == [Standing.OK]


def test_each_deadline_counts_once_over_kill_9(world: World) -> None:
    world.exporter.until(BREACHED)
    before = _totals(world.exporter.until_ready())
    assert before == [
        'met_total{dag_id="report",sla="max_age"} 0.0',
        'missed_total{dag_id="report",sla="max_age"} 1.0',
    ]
    world.restart()
    assert _totals(world.exporter.until(BREACHED)) == before
    world.succeed(3)
    world.exporter.until(KEPT)
    world.succeed(4)
    world.exporter.until('airflow_sla_met_total{dag_id="report",sla="max_age"} 1.0\n')
    world.exporter.kill()
    world.succeed(5)
    world.restart()
    world.exporter.until('airflow_sla_met_total{dag_id="report",sla="max_age"} 2.0\n')
    world.restart()
    assert _totals(world.exporter.until(KEPT)) == [
        'met_total{dag_id="report",sla="max_age"} 2.0',
        'missed_total{dag_id="report",sla="max_age"} 1.0',
    ]


def test_an_acknowledgement_ends_the_breach_of_a_running_exporter(world: World) -> None:
    world.exporter.until(BREACHED)
    ack = ["sla", "ack", "report", "--state-dir", str(world.exporter.state)]
    assert CliRunner().invoke(root, [*ack, "--reason", "vendor sent nothing"]).exit_code == 0
    assert "airflow_sla_late_seconds" in world.exporter.until(KEPT)
    world.restart()
    world.exporter.until(KEPT)
    assert "vendor sent nothing" in world.explain()
    assert CliRunner().invoke(root, [*ack, "--remove"]).exit_code == 0
    world.exporter.until(BREACHED)
