"""The way to the database breaks, blocks or swallows: seen in a metric, never in a scrape, and it heals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from demo.stack.postgres import Postgres
from tests.support.proxy import proxy
from tests.support.serving import DOWN, UP, Serving, off, ok, serving
from windsock.collect.dags.dag_warnings import DagWarningsCollector
from windsock.collect.dags.dags import DagsCollector
from windsock.collect.pace import Limits
from windsock.gathering import Settings

pytestmark = pytest.mark.real_time

# Every collector that reads task_instance at each run, and what stays when they cannot.
_OF_TASKS = ("tasks", "attempts", "stale_tasks", "deferred")


def _dsn(url: str) -> str:
    return url.replace("+psycopg2", "")


def _through(url: str, port: int) -> str:
    """The URL by way of a proxy."""
    before, _, after = url.rpartition("@")
    return f"{before}@127.0.0.1:{port}/{after.partition('/')[2]}"


@contextmanager
def _locked(url: str, table: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The table as a migration holds it."""
    with psycopg.connect(_dsn(url)) as admin:
        admin.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield admin
        admin.rollback()


def _scrapes_fast(exporter: Serving) -> None:
    started = time.perf_counter()
    exporter.scrape()
    assert time.perf_counter() - started < 1


def test_a_lock_on_task_instance_longer_than_every_timeout_costs_its_collectors_only(
    recorded: Callable[[str], str],
) -> None:
    url = recorded("3.3")
    with serving(url) as exporter:
        exporter.until(lambda text: "airflow_task_instances_waiting" in text and ok("stale_tasks") in text)
        with _locked(url, "task_instance"):
            began = time.monotonic()
            text = exporter.until(lambda text: all(ok(each, succeeded=False) in text for each in _OF_TASKS))
            text = exporter.until(lambda text: "airflow_task_instances" not in text)
            # Longer than the statement's own timeout, too.
            time.sleep(max(0.0, 6 - (time.monotonic() - began)))
            text = exporter.scrape()
            assert UP in text
            assert ok("dags") in text
            assert ok("components") in text
            # A lock of somebody else is no reason to rest.
            assert "collector_disabled{" not in text
            _scrapes_fast(exporter)
        exporter.until(
            lambda text: (
                "airflow_task_instances_waiting" in text and all(ok(each) in text for each in _OF_TASKS)
            )
        )


@pytest.mark.parametrize(
    "function",
    [
        pytest.param("pg_terminate_backend", id="connection killed"),
        pytest.param("pg_cancel_backend", id="query cancelled"),
    ],
)
def test_a_query_that_somebody_ends_costs_one_run_and_the_next_one_heals(
    function: str, recorded: Callable[[str], str], cluster: Postgres
) -> None:
    url = recorded("3.3")
    name = url.rpartition("/")[2]
    waiting = (
        f"SELECT {function}(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        " AND application_name = 'windsock' AND wait_event_type = 'Lock'"
    )
    with serving(url) as exporter:
        exporter.until(lambda text: ok("import_errors") in text)
        with _locked(url, "import_error"):
            ended = 0
            deadline = time.monotonic() + 30
            # Both attempts of a run, twice.
            while ended < 4:
                assert time.monotonic() < deadline, "no query of ours was waiting"
                ended += cluster.sql(waiting).count("t")
            text = exporter.until(lambda text: ok("import_errors", succeeded=False) in text)
            assert UP in text
            assert ok("dags") in text
            _scrapes_fast(exporter)
        exporter.until(lambda text: ok("import_errors") in text and "airflow_import_errors" in text)


def test_a_network_that_swallows_everything_is_noticed_within_seconds_and_heals(
    recorded: Callable[[str], str], cluster: Postgres
) -> None:
    url = recorded("3.3")
    with proxy(cluster.port) as line, serving(_through(url, line.port)) as exporter:
        exporter.until(lambda text: UP in text and "airflow_dags{" in text)
        line.swallow()
        began = time.monotonic()
        text = exporter.until(lambda text: DOWN in text, seconds=30)
        assert time.monotonic() - began < 20
        text = exporter.until(lambda text: "airflow_dags{" not in text)
        assert "airflow_task_instances" not in text
        _scrapes_fast(exporter)
        line.flow()
        exporter.until(lambda text: UP in text and "airflow_dags{" in text)


def test_another_address_of_the_same_url_takes_over(
    recorded: Callable[[str], str], cluster: Postgres
) -> None:
    """The servers behind two addresses are one here; a real fail-over is in test_replica."""
    url = recorded("3.3")
    user, _, rest = url.rpartition("@")
    name = rest.partition("/")[2]
    with proxy(cluster.port) as first, proxy(cluster.port) as second:
        both = f"{user}@/{name}?host=127.0.0.1:{first.port}&host=127.0.0.1:{second.port}"
        with serving(both) as exporter:
            exporter.until(lambda text: UP in text and ok("dags") in text)
            first.target = None
            first.cut()
            exporter.until(lambda text: UP in text and ok("dags") in text)
            second.target = None
            second.cut()
            exporter.until(lambda text: DOWN in text)
            first.target = cluster.port
            exporter.until(lambda text: UP in text and ok("dags") in text)


class _Hasty(DagWarningsCollector):
    timeout = 0.2


def test_a_collector_that_keeps_timing_out_rests_alone_and_comes_back(
    recorded: Callable[[str], str], cluster: Postgres
) -> None:
    url = recorded("3.3")
    settings = Settings(
        fast_interval=0.3, slow_interval=0.5, drop_after=1.0, limits=Limits(share=10, rest=2.0)
    )
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("INSERT INTO dag_warning SELECT dag_id, 'w', '', now() FROM dag LIMIT 1")
        with serving(url, settings=settings, kinds=(DagsCollector, _Hasty)) as exporter:
            exporter.until(lambda text: "airflow_dag_warnings" in text)
            admin.execute("ALTER TABLE dag_warning RENAME TO slow")
            admin.execute("CREATE VIEW dag_warning AS SELECT slow.* FROM slow, pg_sleep(0.5)")
            text = exporter.until(lambda text: off("dag_warnings", "timeout") in text)
            text = exporter.until(lambda text: "airflow_dag_warnings{" not in text)
            assert ok("dags") in text
            admin.execute("DROP VIEW dag_warning")
            admin.execute("ALTER TABLE slow RENAME TO dag_warning")
            text = exporter.until(lambda text: "airflow_dag_warnings{" in text)
            assert "collector_disabled{" not in text


def test_a_slow_collector_runs_less_often_and_its_figures_stay(recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    every = 'airflow_metadb_collector_interval_seconds{{collector="dag_warnings"}} {}\n'.format
    settings = Settings(fast_interval=0.2, slow_interval=0.3, drop_after=0.1, limits=Limits(share=0.5))
    with psycopg.connect(_dsn(url), autocommit=True) as admin:
        admin.execute("INSERT INTO dag_warning SELECT dag_id, 'w', '', now() FROM dag LIMIT 1")
        with serving(url, settings=settings, kinds=(DagsCollector, DagWarningsCollector)) as exporter:
            exporter.until(lambda text: every(0.3) in text and "airflow_dag_warnings{" in text)
            admin.execute("ALTER TABLE dag_warning RENAME TO slow")
            admin.execute("CREATE VIEW dag_warning AS SELECT slow.* FROM slow, pg_sleep(0.4)")
            # 0.4 s are more than half of 0.3 and 0.6 s, and less than half of 1.2 s.
            exporter.until(lambda text: every(1.2) in text)
            missing = threading.Event()
            ended = time.monotonic() + 4
            while time.monotonic() < ended:
                if "airflow_dag_warnings{" not in exporter.scrape():
                    missing.set()
                time.sleep(0.1)
            assert not missing.is_set()
            admin.execute("DROP VIEW dag_warning")
            admin.execute("ALTER TABLE slow RENAME TO dag_warning")
            exporter.until(lambda text: every(0.3) in text)
