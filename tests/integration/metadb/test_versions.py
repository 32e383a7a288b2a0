"""Every line of Airflow on the schema that its own migrations make: the same rows give the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo.stack.postgres import Postgres
from tests.support import events, expected_events, moving, waiting
from tests.support.expected import Expected
from tests.support.metadb import Reading, at, read, schema, source
from tests.support.role import role
from tests.support.seed import ONE_LATE_DAG, one_late_dag
from windsock.airflow_versions import VERSIONS
from windsock.catalog import metadb
from windsock.collect import grants
from windsock.errors import BadInput
from windsock.figures import Figures
from windsock.metadb.schema import from_revision
from windsock.metadb.source import Source
from windsock.metric import Metric


@pytest.fixture(scope="module", params=VERSIONS)
def opened(request: pytest.FixtureRequest, cluster: Postgres) -> Iterator[tuple[str, Source]]:
    line = request.param
    name = f"line_{line.replace('.', '_')}"
    cluster.sql(f"CREATE DATABASE {name}")
    # Not UTC, as some servers are set: what has no time zone is UTC all the same.
    cluster.sql(f"ALTER DATABASE {name} SET timezone = 'Asia/Kolkata'")
    url = cluster.url(name)
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(schema(line, "postgresql").encode())
        if line == "2.10":
            # The recorded release has 2.11's revision, and the columns of this one.
            connection.execute("UPDATE alembic_version SET version_num = '22ed7efa9da2'")
        one_late_dag(connection)
        waiting.fill(connection)
        events.before(connection, line)
        connection.execute("ANALYZE")
    found = source(url)
    yield line, found
    found.database.close()
    cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def reading(opened: tuple[str, Source]) -> Reading:
    return read(opened[1], now=at("2026-01-10 12:00:00"))


def test_the_schema_is_known_and_no_statement_is_refused(opened: tuple[str, Source]) -> None:
    line, found = opened
    assert (found.schema.line, found.schema.known, found.refused) == (line, True, {})


def test_the_role_may_read_what_the_statements_need_and_not_a_column_more(
    opened: tuple[str, Source], cluster: Postgres, tmp_path: Path
) -> None:
    line, found = opened
    name = found.database.address.url.database or ""
    with role(cluster, name, line, tmp_path) as url:
        reader = source(url)
        assert reader.refused == {}
        reader.database.close()
        # The lines between have the same columns as one of these.
        if line not in {"2.7", "3.0", "3.2"}:
            return
        with psycopg.connect(_plain(cluster.url(name)), autocommit=True) as owner:
            for table, columns in grants.columns(line).items():
                for column in columns:
                    owner.execute(f"REVOKE SELECT ({column}) ON {table} FROM reader")
                    assert _refused(url), f"{table}.{column} is not needed"
                    owner.execute(f"GRANT SELECT ({column}) ON {table} TO reader")


def _plain(url: str) -> str:
    return url.replace("+psycopg2", "")


def _refused(url: str) -> bool:
    try:
        found = source(url)
    except BadInput:
        return True
    found.database.close()
    return bool(found.refused)


@pytest.mark.parametrize(("metric", "labels", "value"), ONE_LATE_DAG)
def test_one_late_dag_looks_the_same_on_every_version(
    reading: Reading, metric: Metric, labels: dict[str, str], value: float
) -> None:
    assert reading.figures.value(metric, **labels) == value


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in waiting.EXPECTED])
def test_what_waits_is_seen_on_every_version_that_has_it(
    opened: tuple[str, Source], reading: Reading, expected: Expected
) -> None:
    expected.check(reading.figures, opened[0])


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in moving.IN_FULL])
def test_what_only_the_full_preset_shows_is_seen_on_every_version(
    opened: tuple[str, Source], reading: Reading, expected: Expected
) -> None:
    expected.check(reading.full, opened[0])


@pytest.fixture(scope="module")
def counted(opened: tuple[str, Source], reading: Reading) -> Figures:
    """After `reading`, as rows come in now."""
    assert reading.figures
    found = opened[1]

    def happen() -> None:
        url = found.database.address.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            events.happen(connection)

    return events.figures(found, between=happen, now=at("2026-01-10 12:00:00"))


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in expected_events.STANDING])
def test_what_stands_is_seen_on_every_version_that_has_it(
    opened: tuple[str, Source], reading: Reading, expected: Expected
) -> None:
    expected.check(reading.figures, opened[0])


def test_tables_have_a_size_and_rows_by_statistics(reading: Reading) -> None:
    figures = reading.figures
    assert figures.value(metadb.TABLE_ROWS, table="log") == 3
    assert figures.value(metadb.TABLE_DEAD_ROWS, table="log") == 0
    assert (figures.value(metadb.TABLE_SIZE, table="log") or 0) > 8192
    assert ("connection",) not in figures.family(metadb.TABLE_SIZE)


def test_no_index_is_missing_and_the_connections_are_counted(reading: Reading) -> None:
    figures = reading.figures
    assert set(figures.family(metadb.INDEX_MISSING).values()) == {0}
    assert (figures.value(metadb.CONNECTIONS) or 0) >= 1
    assert figures.value(metadb.CONNECTIONS_LIMIT) == 200


@pytest.mark.parametrize(
    ("revision", "line", "first", "last"),
    [
        pytest.param("10b52ebd31f7", "2.8", "2.8.0", "2.8.0", id="2.8.0"),
        pytest.param("5f2621c13b39", "2.11", "2.10.3", "2.11", id="2.10.3 to 2.11"),
        pytest.param("29ce7909c52b", "3.0", "3.0.0", "3.0.2", id="3.0.0"),
        pytest.param("ffffffffffff", "3.3", "unknown", "unknown", id="newer than this Windsock"),
    ],
)
def test_a_revision_tells_the_releases_that_have_it(revision: str, line: str, first: str, last: str) -> None:
    found = from_revision(revision)
    assert (found.line, found.version_min, found.version_max) == (line, first, last)


@pytest.mark.parametrize("expected", [pytest.param(each, id=each.fact) for each in expected_events.COUNTED])
def test_what_happens_is_counted_on_every_version_that_has_it(
    opened: tuple[str, Source], counted: Figures, expected: Expected
) -> None:
    expected.check(counted, opened[0])
