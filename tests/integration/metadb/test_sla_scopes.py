"""Tasks and assets that an SLA speaks of, read from the recorded databases of real Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.integration.metadb.conftest import dsn
from tests.support.metadb import VERSIONS, at, read, source
from tests.support.seed import insert, unchecked
from windsock.facts import Facts
from windsock.sla import load

NOW = at("2026-11-22 08:22:00")
_ASSET = {"2.11": "dataset", "3.3": "asset"}


@pytest.fixture(params=VERSIONS)
def database(
    request: pytest.FixtureRequest, recorded: Callable[[str], str]
) -> Iterator[tuple[str, str, psycopg.Connection[Any]]]:
    url = recorded(request.param)
    with psycopg.connect(dsn(url)) as connection:
        yield request.param, url, connection


def _facts(url: str, folder: Path, *entries: dict[str, str]) -> Facts:
    file = folder / "slas.yaml"
    file.write_text(json.dumps({"slas": entries}), encoding="utf-8")
    opened = source(url)
    facts = read(opened, now=NOW, slas=load(file)).picture.facts
    opened.close()
    assert facts is not None
    return facts


def test_runs_of_a_task_are_those_of_its_dag_with_its_own_times(
    database: tuple[str, str, psycopg.Connection[Any]], tmp_path: Path
) -> None:
    _, url, connection = database
    dag_id, task_id = connection.execute(
        "SELECT dag_id, min(task_id) FROM task_instance WHERE state = 'success' AND map_index < 0"
        " GROUP BY dag_id ORDER BY count(*) DESC LIMIT 1"
    ).fetchone() or ("", "")
    facts = _facts(url, tmp_path, {"dag": dag_id, "task": task_id, "max_age": "1d"})
    wanted = connection.execute(
        "SELECT t.run_id, t.start_date, t.end_date FROM task_instance t JOIN dag_run r USING (dag_id, run_id)"
        " WHERE t.dag_id = %s AND t.task_id = %s AND t.state = 'success' AND r.run_type <> 'backfill'"
        " AND r.run_id = ANY(%s)",
        (dag_id, task_id, [run.run_id for run in facts.dags[dag_id].runs]),
    ).fetchall()
    found = [run for run in facts.task_runs[dag_id, task_id] if run.state == "success"]
    assert wanted
    assert sorted((run.run_id, run.start, run.end) for run in found) == sorted(wanted)


def test_events_of_an_asset_are_those_that_the_dag_made(
    database: tuple[str, str, psycopg.Connection[Any]], tmp_path: Path
) -> None:
    version, url, connection = database
    asset = _ASSET[version]
    unchecked(connection)
    insert(connection, asset, id=900, uri="s3://out", name="out", is_orphaned=False)
    times = [NOW - timedelta(minutes=number) for number in range(30)]
    for number, moment in enumerate(times):
        who = "every_minute" if number % 2 == 0 else "other"
        about = {f"{asset}_id": 900, "source_dag_id": who, "timestamp": f"{moment:%Y-%m-%d %H:%M}+00"}
        insert(connection, f"{asset}_event", id=900 + number, **about)
    connection.commit()
    facts = _facts(
        url,
        tmp_path,
        {"dag": "every_minute", "asset": "s3://out", "max_age": "1d"},
        {"dag": "manual_only", "asset": "s3://out", "max_age": "1d"},
    )
    assert facts.asset_events["every_minute", "s3://out"] == tuple(times[::2])
    assert facts.asset_events["manual_only", "s3://out"] == ()


def test_what_airflow_itself_holds_is_there_until_the_run_has_succeeded(
    database: tuple[str, str, psycopg.Connection[Any]], tmp_path: Path
) -> None:
    version, url, connection = database
    unchecked(connection)
    kind, table = ("airflow_sla_miss", "sla_miss") if version == "2.11" else ("airflow_deadline", "deadline")
    connection.execute(f"DELETE FROM {table}".encode())
    for number, state in enumerate(("running", "failed", "success")):
        moment, day = f"2026-11-22 0{number + 1}:00+00", f"2026-11-0{number + 1} 00:00+00"
        insert(
            connection,
            "dag_run",
            id=900 + number,
            dag_id=f"own_{state}",
            run_id="r",
            run_type="scheduled",
            state=state,
            run_after=day,
            logical_date=day,
            execution_date=day,
            data_interval_end=day,
        )
        insert(
            connection,
            table,
            id=f"00000000-0000-0000-0000-00000000000{number}",
            callback_id="00000000-0000-0000-0000-000000000000",
            dagrun_id=900 + number,
            deadline_time=moment,
            missed=state != "running",
            dag_id=f"own_{state}",
            task_id="load",
            execution_date=day,
            timestamp=moment,
        )
    connection.commit()
    own = _facts(url, tmp_path, {"dag": "every_minute", "max_age": "1d"}).own
    found = {each.dag_id: (each.kind, each.state, each.deadline, each.missed) for each in own or ()}
    assert found == {
        "own_running": (kind, "running", at("2026-11-22 01:00"), version == "2.11"),
        "own_failed": (kind, "failed", at("2026-11-22 02:00"), True),
    }
