"""`windsock sla backtest` on real databases: the same rows give the same pages on each of them."""

from __future__ import annotations

import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from demo.stack.postgres import Postgres
from tests.support.mariadb import MariaDB
from tests.support.metadb import VERSIONS, make_mariadb, make_sqlite, schema
from tests.support.role import role, user
from tests.support.seed import Connection, insert, one_late_dag
from windsock.cli import root

LINES = ("2.7", "2.11", "3.0", "3.3")
# 47 h: missed in the gap of two days, and at no time of the day on which the test runs.
FILE = """
slas:
- {dag: daily, finish_by: '03:00', team: finance}
- {dag: asked, max_age: 47h, severity: ticket}
- {dag: nosuch, max_age: 1h}
"""
MIDNIGHT = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}+00"


def fill(connection: Connection, line: str) -> None:
    """A daily DAG that was slow five days ago and failed nine days ago, and one that people start."""
    one_late_dag(connection)
    for dag_id, schedule in (("daily", "0 0 * * *"), ("asked", None)):
        due = _text(MIDNIGHT + timedelta(days=1)) if schedule else None
        insert(
            connection,
            "dag",
            dag_id=dag_id,
            is_paused=False,
            is_stale=False,
            is_active=True,
            has_import_errors=False,
            owners="somebody",
            fileloc="/dags/daily.py",
            bundle_name="main",
            schedule_interval=json.dumps(schedule) if schedule else "null",
            timetable_summary=schedule,
            next_dagrun=due,
            next_dagrun_data_interval_start=due,
            next_dagrun_data_interval_end=due,
            next_dagrun_create_after=due,
        )
    for number in range(1, 41):
        due_at = MIDNIGHT - timedelta(days=number)
        failed = number == 9
        _run(
            connection,
            "daily",
            due_at,
            240 if number == 5 else 20,
            number,
            state="failed" if failed else "success",
        )
        if number != 7:
            # People start it: without a logical date on 3.x.
            _run(connection, "asked", due_at + timedelta(hours=1), 5, 100 + number, dated=line[0] == "2")
    _run(connection, "daily", MIDNIGHT - timedelta(days=9, hours=-12), 10, 200, dated=line[0] == "2")

    for number, event in enumerate(("cli_dag_pause", "cli_dag_unpause", "trigger")):
        for days in (3, 100):
            insert(
                connection,
                "log",
                id=900 + 10 * number + days % 7,
                dag_id="daily",
                event=event,
                dttm=_text(MIDNIGHT - timedelta(days=days)),
            )


def _run(
    connection: Connection,
    dag_id: str,
    due: datetime,
    took: float,
    number: int,
    *,
    state: str = "success",
    dated: bool | None = None,
) -> None:
    kind = "scheduled" if dated is None else "manual"
    logical = None if dated is False else _text(due)
    insert(
        connection,
        "dag_run",
        id=1000 + number,
        dag_id=dag_id,
        run_id=f"{kind}__{number}",
        run_type=kind,
        state=state,
        run_after=_text(due),
        logical_date=logical,
        execution_date=_text(due),
        data_interval_start=logical,
        data_interval_end=_text(due),
        queued_at=_text(due),
        start_date=_text(due + timedelta(seconds=1)),
        end_date=_text(due + timedelta(minutes=took)),
        clear_number=0,
    )


@pytest.fixture(
    scope="module",
    params=[*(f"postgresql {line}" for line in LINES), *(f"mariadb {line}" for line in VERSIONS)],
)
def served(
    request: pytest.FixtureRequest,
    cluster: Postgres,
    mariadb: MariaDB,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of the role that `windsock db grants` makes."""
    kind, line = request.param.split()
    name = f"backtest_{line.replace('.', '_')}"
    if kind == "mariadb":
        make_mariadb(mariadb, name, line)
        with mariadb.connect(name) as connection:
            fill(connection, line)
        with user(mariadb, name, line) as url:
            yield url
        mariadb.sql(f"DROP DATABASE {name}")
        return
    cluster.sql(f"CREATE DATABASE {name}")
    with psycopg.connect(cluster.url(name).replace("+psycopg2", ""), autocommit=True) as connection:
        connection.execute(schema(line, "postgresql").encode())
        fill(connection, line)
    with role(cluster, name, line, tmp_path_factory.mktemp("role")) as url:
        yield url
    cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=VERSIONS)
def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = make_sqlite(tmp_path / "airflow.db", request.param)
    with sqlite3.connect(tmp_path / "airflow.db") as connection:
        fill(connection, request.param)
    connection.close()
    return url


def backtest(folder: Path, url: str, *flags: str, slas: str = FILE) -> Result:
    file = folder / "slas.yaml"
    file.write_text(slas, encoding="utf-8")
    return CliRunner().invoke(
        root, ["sla", "backtest", str(file), *flags], env={"WINDSOCK_DATABASE_URL": url}
    )


def _expect(found: dict[str, Any]) -> None:
    told = [
        (each["dag_id"], each["severity"], each["team"], each["broken"], each["ended"], each["cause"])
        for each in found["incidents"]
        if each["broken"]
    ]

    def moment(days: int, **after: int) -> str:
        return (MIDNIGHT - timedelta(days=days) + timedelta(**after)).isoformat()

    assert told == [
        ("daily", "page", "finance", moment(9, hours=3), moment(9, hours=12, minutes=10), "failed"),
        (
            "asked",
            "ticket",
            "default",
            moment(6, minutes=5),
            moment(6, hours=1, minutes=5),
            "not_scheduled",
        ),
        ("daily", "page", "finance", moment(5, hours=3), moment(5, hours=4), "running_long"),
    ]
    assert (found["slas"], found["dags"], found["unknown"]) == (2, 2, [found["file"] + ":5: nosuch"])


def test_the_same_rows_give_the_same_pages_on_every_version(served: str, tmp_path: Path) -> None:
    done = backtest(tmp_path, served, "--days", "20", "--format", "json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    _expect(found)
    pauses = {each["what"]: each["count"] for each in found["blind_spots"] if "paused" in each["what"]}
    logged = "DAGs that were paused or resumed, as far back as the audit log goes"
    unknown = "DAGs of which no audit log says whether they were paused"
    assert pauses == ({unknown: 2} if "2_7" in served else {logged: 1})


def test_sqlite_gives_the_same_pages(embedded: str, tmp_path: Path) -> None:
    done = backtest(tmp_path, embedded, "--days", "20", "--format", "json")
    assert done.exit_code == 0, done.stderr
    _expect(json.loads(done.stdout))


def test_the_table_and_the_picture(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    with sqlite3.connect(tmp_path / "airflow.db") as connection:
        fill(connection, "3.3")
    done = backtest(tmp_path, url, "--days", "20", "--svg", str(tmp_path / "pages.svg"))
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "slas.yaml: 2 SLAs of 2 DAGs, " in lines[0]
    assert ", 20 days until " in lines[0]
    slow = next(line for line in lines if "still running" in line)
    assert "page" in slow
    assert "finance" in slow
    assert " 1 h " in slow
    assert any(line.split()[1:] == ["default", "0", "1", "0", "0", "0"] for line in lines)
    assert any("entries of the file that speak of no DAG" in line for line in lines)
    drawn = ET.fromstring((tmp_path / "pages.svg").read_text(encoding="utf-8"))
    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "finance: 2 pages" in texts


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_recorded_airflow_is_replayed(cluster: Postgres, version: str, tmp_path: Path) -> None:
    slas = (
        "slas: [{dag: '*', max_age: 1h}, {dag: '*', max_run_time: 2x}, {dag: '*', success_ratio: 80% of 10}]"
    )
    done = backtest(
        tmp_path, cluster.url(f"recorded_{version}"), "--days", "366", "--format", "json", slas=slas
    )
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["runs"] > 100
    assert {each["cause"] for each in found["incidents"]} >= {"failed", "not_scheduled"}


@pytest.mark.parametrize(
    ("slas", "flags", "line"),
    [
        pytest.param("slas: [{dag: a}]", (), "give exactly one of", id="mistake in the file"),
        pytest.param(
            "slas: [{dag: a, max_age: 1h}]", (), "speaks of none of the 3 DAGs in", id="no such DAG"
        ),
        pytest.param("slas: [{dag: idle, max_age: 1h}]", (), "none of the DAGs that", id="no history"),
        pytest.param(
            "slas: [{dag: daily, max_age: 1h}]",
            ("--svg", "/nowhere/a.svg"),
            "--svg: /nowhere/a.svg",
            id="no folder",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, slas: str, flags: tuple[str, ...], line: str) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    with sqlite3.connect(tmp_path / "airflow.db") as connection:
        fill(connection, "3.3")
        if "idle" in slas:
            insert(connection, "dag", dag_id="idle", is_paused=False, is_stale=False, bundle_name="main")
    done = backtest(tmp_path, url, *flags, slas=slas)
    assert done.exit_code == 1
    assert line in str(done.exception)
    assert "\n" not in str(done.exception)


def test_the_file_must_be_named(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    done = CliRunner().invoke(root, ["sla", "backtest"], env={"WINDSOCK_DATABASE_URL": url})
    assert done.exit_code == 2
    assert "which file?" in done.stderr


def test_help_teaches_with_an_example() -> None:
    done = CliRunner().invoke(root, ["sla", "backtest", "--help"])
    assert "windsock sla backtest slas.yaml --days 90 --format json" in done.stdout
