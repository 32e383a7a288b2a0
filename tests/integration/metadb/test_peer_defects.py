"""What other exporters get wrong, by the number in docs/metadb.md; the rest is tested elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest

from demo.stack.postgres import Postgres
from tests.support.metadb import Reading, at, make_sqlite, read, source
from tests.support.role import role
from tests.support.seed import insert
from tests.support.serving import ok, serving
from windsock.catalog import dags, tasks
from windsock.metadb import schema

pytestmark = pytest.mark.real_time

NOW = at("2026-01-10 12:00")


def _admin(url: str) -> psycopg.Connection[tuple[object, ...]]:
    admin = psycopg.connect(url.replace("+psycopg2", ""), autocommit=True)
    # DAGs and runs are named, not made.
    admin.execute("SET session_replication_role = replica")
    return admin


def _reading(url: str, now: datetime = NOW) -> Reading:
    opened = source(url)
    try:
        return read(opened, now=now)
    finally:
        opened.close()


def _run(number: int, *, state: str, start: datetime, dag_id: str = "old") -> dict[str, object]:
    return {
        "id": 10_000 + number,
        "dag_id": dag_id,
        "run_id": f"r{number}",
        "run_type": "scheduled",
        "state": state,
        "queued_at": start.strftime("%Y-%m-%d %H:%M+00"),
        "start_date": start.strftime("%Y-%m-%d %H:%M+00"),
        "end_date": None
        if state == "running"
        else (start + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M+00"),
        "logical_date": start.strftime("%Y-%m-%d %H:%M+00"),
        "run_after": start.strftime("%Y-%m-%d %H:%M+00"),
    }


def test_1_a_run_of_thirty_hours_has_run_for_thirty_hours(
    recorded: Callable[[str], str], tmp_path: Path
) -> None:
    url = recorded("3.3")
    row = _run(1, state="running", start=NOW - timedelta(hours=30))
    with _admin(url) as admin:
        insert(admin, "dag_run", **row)
    assert _reading(url).full.value(dags.DAG_RUNS_OLDEST_AGE, dag_id="old", state="running") == 108_000


@pytest.mark.parametrize("many", [1_300])
def test_8_counts_are_exact_above_any_page_size(many: int, recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    with _admin(url) as admin:
        for number in range(2):
            insert(
                admin,
                "task_instance",
                id=f"00000000-0000-7000-8000-00000000000{number}",
                dag_id="many",
                task_id="t",
                run_id="r",
                map_index=number,
                state="queued",
                pool="p",
                pool_slots=1,
                queue="many",
                queued_dttm="2026-01-10 11:00+00",
            )
        columns = (
            "dag_id, task_id, run_id, state, pool, pool_slots, queue, queued_dttm, try_number, max_tries"
        )
        admin.execute(
            f"INSERT INTO task_instance (id, map_index, {columns})"
            f" SELECT gen_random_uuid(), n, {columns} FROM task_instance, generate_series(2, %s) n"
            " WHERE dag_id = 'many' AND map_index = 0",
            (many - 1,),
        )
        admin.execute(
            "INSERT INTO import_error (id, timestamp, filename, bundle_name)"
            " SELECT 1000 + n, now(), n || '.py', 'b' FROM generate_series(1, %s) n",
            (many,),
        )
    figures = _reading(url).figures
    found = figures.family(tasks.TASK_INSTANCES)
    assert sum(value for labels, value in found.items() if "many" in labels) == many
    assert (figures.value(dags.IMPORT_ERRORS) or 0) >= many


def test_13_series_do_not_grow_with_runs(recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    start = NOW - timedelta(days=10)

    def add(numbers: range) -> int:
        with _admin(url) as admin:
            for number in numbers:
                row = _run(number, state="running", start=start + timedelta(minutes=number))
                insert(admin, "dag_run", **row)
                insert(
                    admin,
                    "task_instance",
                    id=f"00000000-0000-7000-8000-{number:012}",
                    dag_id="old",
                    task_id=f"t{number}",
                    run_id=f"r{number}",
                    map_index=-1,
                    state="running",
                    pool="default_pool",
                    pool_slots=1,
                    queue="default",
                    hostname=f"pod-{number}",
                    start_date="2026-01-10 11:00+00",
                    last_heartbeat_at="2026-01-10 11:59+00",
                )
        page = _reading(url).figures.render().decode()
        return sum(1 for line in page.splitlines() if not line.startswith("#"))

    few = add(range(3))
    # One or two families begin with the first row that they count.
    assert few <= add(range(3, 150)) <= few + 3


def test_15_a_cycle_runs_the_statements_that_are_known_and_no_others(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded("3.3").rpartition("/")[2]
    with role(cluster, name, "3.3", tmp_path) as url:
        cluster.sql("ALTER ROLE reader SET log_statement = 'all'")
        before = cluster.process.log.stat().st_size
        with serving(url) as exporter:
            exporter.until(lambda text: ok("results") in text and ok("table_sizes") in text)
        log = cluster.process.log.read_bytes()[before:].decode()
        opened = source(url)
        makers = opened.statements
        opened.close()
    known = [each.sql for each in (*makers.all(), schema.revision(makers.flavour))]
    # Up to the first parameter, which has another form there.
    starts = tuple(
        f"{prefix}{re.split(r':[a-z]', sql)[0][:60]}"
        for sql in known
        for prefix in ("", "EXPLAIN (FORMAT JSON) ")
    )
    ours = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT set_config('statement_timeout'", "SELECT relname::text")
    # What the driver asks of a new connection; its question for types begins with a line of its own.
    driver = ("select pg_catalog.version()", "select current_schema()", "show ", "SAVEPOINT", "RELEASE")
    said = re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", log)
    assert len(said) > 100
    unknown = {each for each in said if not each.startswith((*starts, *ours, *driver))}
    assert unknown <= {"SELECT"}
    assert any(each.startswith("SELECT state, pool") for each in said)


def test_25_neither_airflow_nor_a_dag_is_imported(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    code = (
        "import sys; from tests.support.metadb import at, read, source;"
        f"read(source({url!r}), now=at('2026-01-10 12:00'));"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in {'airflow', 'pickle5', 'dill'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_what_is_measured_in_the_past_is_in_utc(recorded: Callable[[str], str]) -> None:
    """An age by the exporter's clock, or in the server's zone, would be hours off."""
    url = recorded("3.3")
    now = datetime.now(timezone.utc)
    with _admin(url) as admin:
        insert(admin, "dag_run", **_run(1, state="running", start=now - timedelta(hours=2)))
        admin.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET timezone = 'Asia/Kolkata'")
    age = _reading(url, now).full.value(dags.DAG_RUNS_OLDEST_AGE, dag_id="old", state="running")
    assert age == pytest.approx(7200, abs=90)
