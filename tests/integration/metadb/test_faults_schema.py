"""Schemas that an upgrade left unfinished, tables that it left behind, and ids that nobody expected."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from demo.stack.postgres import Postgres
from tests.support.metadb import DATA, at, read, source
from tests.support.seed import insert, one_late_dag
from tests.support.serving import UP, off, ok, serving
from windsock.catalog import dags

pytestmark = pytest.mark.real_time

_OLD = "5f2621c13b39"


def _dsn(url: str) -> str:
    return url.replace("+psycopg2", "")


@pytest.fixture
def empty(cluster: Postgres) -> Iterator[Callable[[str], str]]:
    """A function from a line of Airflow to the URL of an empty database of its schema, without a revision."""
    made: list[str] = []

    def make(line: str) -> str:
        name = f"empty_{len(made)}"
        cluster.sql(f"CREATE DATABASE {name}")
        made.append(name)
        script = gzip.decompress((DATA / "schemas" / f"airflow-{line}-postgresql.sql.gz").read_bytes())
        with psycopg.connect(_dsn(cluster.url(name)), autocommit=True) as admin:
            admin.execute(script)
        return cluster.url(name)

    yield make
    for name in made:
        cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


def _revise(admin: psycopg.Connection[tuple[object, ...]], revision: str) -> None:
    admin.execute("DELETE FROM public.alembic_version")
    admin.execute("INSERT INTO public.alembic_version VALUES (%s)", (revision,))


# What the migration to 3.0 does first and what it does later.
_STEPS = (
    "ALTER TABLE dag RENAME COLUMN is_active TO is_stale",
    "ALTER TABLE dag_run RENAME COLUMN execution_date TO logical_date",
)


@pytest.mark.parametrize("steps", [0, 1, 2], ids=lambda steps: f"{steps} steps of the migration done")
def test_a_migration_that_stopped_half_way_is_read_as_far_as_its_columns_go(
    steps: int, empty: Callable[[str], str]
) -> None:
    url = empty("2.11")
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("SET search_path TO public")
        one_late_dag(admin)
        for step in _STEPS[:steps]:
            admin.execute(step)
        _revise(admin, "0123456789ab")
    with serving(url) as exporter:
        running = 'airflow_task_instances{pool="default_pool",queue="default",state="running"} 1.0'
        text = exporter.until(
            lambda text: UP in text and "airflow_component_heartbeat" in text and running in text
        )
        assert 'revision="0123456789ab"' in text
        assert 'airflow_version_max="unknown"' in text
        assert ok("components") in text
        assert ok("tasks") in text
        switched_off = set(re.findall(r'disabled\{collector="(\w+)",reason="schema"\}', text))
        assert ("dags" in switched_off) == (steps >= 1)
        assert ("runs" in switched_off) == (steps >= 2)
        assert ("airflow_dag_info{" in text) == (steps == 0)


def test_a_start_on_a_known_revision_that_lacks_a_column_works_too(empty: Callable[[str], str]) -> None:
    """MariaDB commits each step of a migration, the revision comes last."""
    url = empty("2.11")
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("SET search_path TO public")
        one_late_dag(admin)
        admin.execute(_STEPS[0])
        _revise(admin, _OLD)
    with serving(url) as exporter:
        text = exporter.until(lambda text: UP in text and ok("tasks") in text)
        assert off("dags", "schema") in text
        assert f'revision="{_OLD}"' in text


def test_a_schema_that_changes_under_a_running_exporter_is_followed_there_and_back(
    recorded: Callable[[str], str],
) -> None:
    url = recorded("2.11")
    with serving(url) as exporter, psycopg.connect(_dsn(url), autocommit=True) as admin:
        exporter.until(lambda text: UP in text and "airflow_dags{" in text)
        _revise(admin, "0123456789ab")
        admin.execute("ALTER TABLE dag RENAME COLUMN is_active TO is_stale")
        text = exporter.until(
            lambda text: off("dags", "schema") in text and 'revision="0123456789ab"' in text
        )
        exporter.until(lambda text: "airflow_dags{" not in text)
        assert ok("components") in text
        assert UP in text
        admin.execute("ALTER TABLE dag RENAME COLUMN is_stale TO is_active")
        _revise(admin, _OLD)
        exporter.until(lambda text: "airflow_dags{" in text and f'revision="{_OLD}"' in text)


def test_an_index_that_is_gone_is_named_by_its_columns(recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("DROP INDEX job_type_heart")
        # Another one that begins with the same columns is as good, whatever its name.
        admin.execute("DROP INDEX ti_heartbeat")
        admin.execute("CREATE INDEX mine ON task_instance (last_heartbeat_at, dag_id)")
        with serving(url) as exporter:
            line = 'airflow_metadb_index_missing{columns="job_type,latest_heartbeat",table="job"} '
            text = exporter.until(lambda text: line in text)
            assert f"{line}1.0\n" in text
            assert text.count("airflow_metadb_index_missing{") > 5
            assert len(re.findall(r"airflow_metadb_index_missing\{.*\} 1\.0", text)) == 1
            admin.execute("CREATE INDEX ON job (job_type, latest_heartbeat)")
            exporter.until(lambda text: f"{line}0.0\n" in text)


def test_tables_that_an_upgrade_left_behind_are_never_read(
    recorded: Callable[[str], str], cluster: Postgres
) -> None:
    url = recorded("3.3")
    name = url.rpartition("/")[2]
    left = ("sla_miss", "session", "_xcom_archive", "task_fail", "dag_pickle")
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        for table in left:
            admin.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (dag_id text, task_id text, execution_date timestamptz)"
            )
            admin.execute(f"INSERT INTO {table} VALUES ('shop', 'a', now())")
    with serving(url) as exporter:
        exporter.until(lambda text: "airflow_dag_last_success_timestamp_seconds" in text)
        runs = 'airflow_metadb_collector_last_success_timestamp_seconds{collector="table_sizes"} '
        for _ in range(3):
            before = exporter.scrape().partition(runs)[2][:20]
            exporter.until(lambda text, before=before: text.partition(runs)[2][:20] != before)  # type: ignore[misc]
        text = exporter.scrape()
        # Their size is known by the server's statistics.
        assert 'airflow_metadb_table_size_bytes{table="sla_miss"}' in text
        assert "airflow_sla_misses" not in text
    names = ", ".join(f"'{table}'" for table in left)
    scans = (
        "SELECT COALESCE(sum(seq_scan), 0) + COALESCE(sum(idx_scan), 0)"
        f" FROM pg_stat_user_tables WHERE relname IN ({names})"
    )
    assert cluster.sql(scans, database=name) == "0"


ODD = (
    "plain",
    'quo"te',
    "apo'strophe",
    "back\\slash",
    "ends in backslash\\",
    "new\nline",
    "literal \\n",
    "tab\t and return\r",
    "percent %s %(name)s 100%",
    "colon :name ::text",
    'braces {a="b"} ${x} {{ y }}',
    "comma, equals = hash # semicolon ;",
    "umsätze_täglich",
    "日本語 العربية",
    "\u2028line\u2029separators\u00a0",
    "emoji 🌬️",
    " spaces around ",
    "-- comment /* */",
    "'; DROP TABLE dag; --",
    "\x01control\x7f",
    "x" * 250,
)


def test_dag_ids_of_every_kind_of_character_arrive_as_they_are(empty: Callable[[str], str]) -> None:
    url = empty("3.3")
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("SET search_path TO public")
        admin.execute("SET session_replication_role = replica")
        _revise(admin, "d2f4e1b3c5a7")
        for number, dag_id in enumerate(ODD):
            insert(
                admin, "dag", dag_id=dag_id, is_paused=False, is_stale=False, owners=dag_id, fileloc=dag_id
            )
            insert(
                admin,
                "dag_run",
                dag_id=dag_id,
                run_id=dag_id,
                run_type="scheduled",
                state="success",
                start_date="2026-01-10 08:00+00",
                end_date="2026-01-10 09:00+00",
                logical_date="2026-01-10 07:00+00",
                run_after="2026-01-10 08:00+00",
            )
            insert(admin, "import_error", id=number + 1, filename=dag_id, bundle_name=dag_id)
    opened = source(url)
    figures = read(opened, now=at("2026-01-10 12:00")).figures
    opened.database.close()
    page = figures.render().decode()
    families = {each.name: each for each in text_string_to_metric_families(page)}
    for metric in (dags.LAST_SUCCESS, dags.DAG_INFO, dags.LAST_FINISHED_SUCCESS):
        samples = families[str(metric)].samples
        assert sorted(each.labels["dag_id"] for each in samples) == sorted(ODD)
        # One set of labels under one name, and no series twice.
        assert len({frozenset(each.labels) for each in samples}) == 1
        assert len({frozenset(each.labels.items()) for each in samples}) == len(samples)
