"""MariaDB with the schemas that Airflow makes there, read by the user of `windsock db grants`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pymysql
import pytest
from _pytest.mark import ParameterSet
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support import events, expected_events, moving, waiting
from tests.support.expected import Expected
from tests.support.mariadb import MariaDB
from tests.support.metadb import VERSIONS, Reading, at, make_mariadb, read, source
from tests.support.role import user
from tests.support.seed import ONE_LATE_DAG, execute, one_late_dag
from tests.support.serving import ok, serving
from windsock.catalog import components, dags, metadb
from windsock.cli import root
from windsock.collect import grants
from windsock.collect.database import tables
from windsock.collect.runs.watched import sla_tasks
from windsock.figures import Figures
from windsock.metadb import guard, schema, server
from windsock.metadb.source import Source
from windsock.metadb.statement import Statement, make
from windsock.metadb.trouble import ReadError, Trouble
from windsock.metric import Metric

pytestmark = pytest.mark.real_time

# The user may not read tables of providers, which its script cannot name.
_OF_PROVIDERS = (components.EDGE_WORKERS, components.EDGE_JOBS, components.EDGE_JOB_OLDEST)
_STANDING = [each for each in expected_events.STANDING if each.metric not in _OF_PROVIDERS]


def _cases(*expected: Expected) -> list[ParameterSet]:
    return [pytest.param(each, id=each.fact) for each in expected]


@pytest.fixture(scope="module", params=VERSIONS)
def opened(request: pytest.FixtureRequest, mariadb: MariaDB) -> Iterator[tuple[str, Source]]:
    line = request.param
    name = f"line_{line.replace('.', '_')}"
    make_mariadb(mariadb, name, line)
    with mariadb.connect(name) as connection:
        one_late_dag(connection)
        waiting.fill(connection)
        events.before(connection, line)
    mariadb.sql("ANALYZE TABLE log", database=name)
    with user(mariadb, name, line) as url:
        found = source(url)
        yield line, found
        found.close()
    mariadb.sql(f"DROP DATABASE {name}")


@pytest.fixture(scope="module")
def reading(opened: tuple[str, Source]) -> Reading:
    return read(opened[1], now=at("2026-01-10 12:00:00"))


def test_the_schema_is_known_and_no_statement_is_refused(opened: tuple[str, Source]) -> None:
    line, found = opened
    assert (found.schema.line, found.schema.known, found.refused) == (line, True, {})


@pytest.mark.parametrize(("metric", "labels", "value"), ONE_LATE_DAG)
def test_mariadb_reads_like_postgresql(
    reading: Reading, metric: Metric, labels: dict[str, str], value: float
) -> None:
    assert reading.figures.value(metric, **labels) == value


@pytest.mark.parametrize("expected", _cases(*waiting.EXPECTED, *_STANDING))
def test_what_waits_is_seen_on_mariadb(
    opened: tuple[str, Source], reading: Reading, expected: Expected
) -> None:
    expected.check(reading.figures, opened[0])


@pytest.mark.parametrize("expected", _cases(*moving.IN_FULL))
def test_what_only_the_full_preset_shows_is_seen_on_mariadb(
    opened: tuple[str, Source], reading: Reading, expected: Expected
) -> None:
    expected.check(reading.full, opened[0])


def test_the_time_zone_of_the_server_does_not_matter(opened: tuple[str, Source], mariadb: MariaDB) -> None:
    assert mariadb.sql("SELECT @@global.time_zone") == [("+05:00",)]
    _, found = opened
    ((ours,),) = mariadb.sql("SELECT utc_timestamp()")
    clock = found.database.read(server.clock(found.statements.flavour))[0]
    assert abs((clock.now.replace(tzinfo=None) - ours).total_seconds()) < 60


def test_tables_have_a_size_and_rows_by_statistics_and_no_dead_rows(reading: Reading) -> None:
    figures = reading.figures
    assert figures.value(metadb.TABLE_ROWS, table="log") == 3
    assert (figures.value(metadb.TABLE_SIZE, table="xcom") or 0) >= 16384
    assert figures.family(metadb.TABLE_DEAD_ROWS) == {}
    assert ("connection",) not in figures.family(metadb.TABLE_SIZE)


def test_the_user_may_read_what_the_statements_need_and_not_a_column_more(
    opened: tuple[str, Source], mariadb: MariaDB
) -> None:
    line, found = opened
    admin = mariadb.connect(found.database.address.url.database)
    statements = (schema.revision(found.statements.flavour), *found.statements.all())
    for table, columns in grants.columns(line, "mysql").items():
        for column in columns:
            readers = [each for each in statements if column in each.reads.get(table, ())]
            right = f"SELECT (`{column}`) ON `{table}`"
            # It takes effect at once, for connections too that are there.
            execute(admin, f"REVOKE {right} FROM reader@'%'")
            refused = guard.inspect(found.database, readers, frozenset())
            assert refused or table not in _visible(found), f"{table}.{column} is not needed"
            execute(admin, f"GRANT {right} TO reader@'%'")
    admin.close()


def _visible(found: Source) -> set[str]:
    """The tables whose size the user sees."""
    return {row.table for row in found.database.read(_sizes(found))}


def _sizes(found: Source) -> Statement[tables.TableSize]:
    sizes = found.statements.get(tables.table_sizes)
    assert sizes is not None
    return sizes


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        pytest.param("SELECT conf FROM dag_run", 1143, id="configuration of a run"),
        pytest.param("SELECT stacktrace FROM import_error", 1143, id="stack trace"),
        pytest.param("SELECT executor_config FROM task_instance", 1143, id="executor's configuration"),
        pytest.param("SELECT password FROM connection", 1142, id="connection"),
        pytest.param("SELECT val FROM variable", 1142, id="variable"),
        pytest.param("SELECT value FROM xcom", 1143, id="XCom"),
        pytest.param("DELETE FROM log", 1142, id="deletion"),
        pytest.param("CREATE TABLE mine (id int)", 1142, id="a table of its own"),
    ],
)
def test_secrets_and_changes_are_denied(opened: tuple[str, Source], sql: str, number: int) -> None:
    url = opened[1].database.address.url
    plain = pymysql.connect(
        host=url.host,
        port=url.port or 0,
        user=url.username,
        password=url.password or "",
        database=url.database,
    )
    with plain, plain.cursor() as cursor, pytest.raises(pymysql.Error) as caught:
        cursor.execute(sql)
    assert caught.value.args[0] == number


def test_a_session_only_reads_even_with_more_rights(opened: tuple[str, Source], mariadb: MariaDB) -> None:
    found = source(mariadb.url(opened[1].database.address.url.database or ""))
    with found.database._engine.connect() as connection, pytest.raises(DBAPIError, match="READ ONLY"):
        connection.execute(text("DELETE FROM log"))
    found.close()


def test_a_statement_ends_after_its_time(opened: tuple[str, Source]) -> None:
    with pytest.raises(ReadError) as caught:
        opened[1].database.read(make("slow", server.Server, "SELECT sleep(20) AS version"), within=0.2)
    assert caught.value.trouble is Trouble.TIMEOUT


def test_without_its_index_the_newest_runs_are_read_all_the_same(
    opened: tuple[str, Source], mariadb: MariaDB
) -> None:
    _, found = opened
    name, column = found.database.address.url.database, found.statements.flavour.logical
    mariadb.sql(f"ALTER TABLE dag_run DROP INDEX dag_run_dag_id_{column}_key", database=name)
    try:
        found.refresh()
        assert found.refused == {}
        reading = read(found, now=at("2026-01-10 12:00"))
        assert reading.figures.value(dags.LAST_SUCCESS, dag_id="late") == at("2026-01-10 09:30").timestamp()
    finally:
        mariadb.sql(
            f"ALTER TABLE dag_run ADD UNIQUE dag_run_dag_id_{column}_key (dag_id, {column})", database=name
        )
        found.refresh()


def test_unfinished_tasks_of_a_dag_are_not_looked_for_in_its_history(opened: tuple[str, Source]) -> None:
    _, found = opened
    statement = found.statements.get(sla_tasks)
    assert statement is not None
    many = replace(statement, example={"dag_ids": [f"dag{number}" for number in range(500)]})
    assert [row["key"] for row in found.database.explain(many)] == ["ti_dag_state"]


@pytest.fixture(scope="module")
def counted(opened: tuple[str, Source], reading: Reading, mariadb: MariaDB) -> Figures:
    """After `reading`, as rows come in now."""
    assert reading.figures

    def happen() -> None:
        with mariadb.connect(opened[1].database.address.url.database) as connection:
            events.happen(connection)

    return events.figures(opened[1], between=happen, now=at("2026-01-10 12:00:00"))


@pytest.mark.parametrize("expected", _cases(*expected_events.COUNTED))
def test_what_happens_is_counted_on_mariadb(
    opened: tuple[str, Source], counted: Figures, expected: Expected
) -> None:
    expected.check(counted, opened[0])


def test_no_index_is_missing(reading: Reading) -> None:
    missing = reading.figures.family(metadb.INDEX_MISSING)
    assert len(missing) > 5
    assert set(missing.values()) == {0}


def test_both_commands_for_whoever_looks_after_it_work(opened: tuple[str, Source]) -> None:
    url = opened[1].database.address.url.render_as_string(hide_password=False)
    environment = {"WINDSOCK_DATABASE_URL": url}
    explained = CliRunner().invoke(root, ["db", "explain", "--format", "json"], env=environment)
    assert [each for each in json.loads(explained.stdout) if each["problem"] is not None] == []
    checked = CliRunner().invoke(root, ["db", "check", "--keep", "36500d"], env=environment)
    assert "ok       indexes: all" in checked.stdout
    assert "FINDING" not in checked.stdout


def test_a_run_that_finishes_is_counted_with_its_tasks(opened: tuple[str, Source], mariadb: MariaDB) -> None:
    line, found = opened
    url = found.database.address.url
    beat = ", last_heartbeat_at = utc_timestamp(6)" if line == "3.3" else ""
    finished = 'airflow_dag_runs_finished_total{run_type="scheduled",state="success"}'
    with (
        serving(url.render_as_string(hide_password=False)) as exporter,
        mariadb.connect(url.database) as connection,
    ):
        exporter.until(lambda text: ok("run_feed") in text)
        execute(connection, "UPDATE task_instance SET state = 'skipped' WHERE run_id = 's2'")
        execute(
            connection,
            "UPDATE task_instance SET state = 'success', end_date = utc_timestamp(6), duration = 60.5"
            f"{beat} WHERE run_id = 's2' AND task_id = 't2'",
        )
        execute(
            connection,
            "UPDATE dag_run SET state = 'success', end_date = utc_timestamp(6) WHERE run_id = 's2'",
        )
        text = exporter.until(lambda text: f"{finished} 1.0\n" in text)
    assert 'airflow_task_instance_outcomes_total{state="success"} 1.0\n' in text
    assert "airflow_task_instance_slot_seconds_total 60.5\n" in text
