"""The slow tier on a real hot standby: what it shows, how far it is behind, and what happens without it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import load_postgresql
from tests.support.seed import insert
from tests.support.serving import DOWN, UP, off, ok, serving
from windsock.metadb.database import Database
from windsock.metadb.statement import Statement
from windsock.metadb.url import parse

pytestmark = pytest.mark.real_time

REPLICA_UP = "airflow_metadb_replica_up 1.0\n"
REPLICA_DOWN = "airflow_metadb_replica_up 0.0\n"
UNDER_LAG = ("blocked", "deadlines", "deferred", "sla_own", "stale_tasks", "triggers")


class Pair(NamedTuple):
    """A primary and its hot standby, with the recorded database `af`."""

    primary: Postgres
    standby: Postgres

    def write(self, statement: str) -> None:
        self.primary.sql(statement, database="af")

    def urls(self) -> tuple[str, str]:
        return self.primary.url("af"), self.standby.url("af")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    ports = choose({"primary": 0, "standby": 0})
    log = tmp_path_factory.mktemp("pair")
    primary = Postgres(port=ports["primary"], log=log / "primary", settings={"synchronous_commit": "on"})
    standby = Postgres(
        port=ports["standby"],
        log=log / "standby",
        settings={"max_standby_streaming_delay": "0", "wal_retrieve_retry_interval": "200ms"},
    )
    try:
        primary.create()
        primary.start()
        primary.sql("CREATE DATABASE af")
        load_postgresql(primary.url("af").replace("+psycopg2", ""), "3.3")
        standby.follow(primary)
        standby.start()
        # A standby knows how far it is behind by the last commit that it replayed.
        primary.sql("CREATE DATABASE other")
        yield Pair(primary, standby)
    finally:
        standby.remove()
        primary.remove()


def _lag(text: str) -> float | None:
    found = re.search(r"^airflow_metadb_replication_lag_seconds (\S+)$", text, re.MULTILINE)
    return None if found is None else float(found[1])


def _behind(text: str) -> bool:
    lag = _lag(text)
    return lag is not None and lag > 2


def _current(text: str) -> bool:
    lag = _lag(text)
    return lag is not None and lag < 2


def test_the_slow_tier_reads_the_replica_and_what_would_be_wrong_under_lag_is_not_shown(pair: Pair) -> None:
    primary, replica = pair.urls()
    with serving(primary, replica=replica) as exporter:
        text = exporter.until(lambda text: REPLICA_UP in text and _current(text))
        assert "collector_disabled{" not in text
        assert "airflow_task_instances_stale_heartbeat" in text
        pair.standby.sql("SELECT pg_wal_replay_pause()")
        pair.write("INSERT INTO slot_pool (id, pool, slots, include_deferred) VALUES (90, 'new', 7, false)")
        pair.write(
            "INSERT INTO dag_warning (dag_id, warning_type, message, timestamp)"
            " SELECT dag_id, 'new', '', now() FROM dag LIMIT 1"
        )
        exporter.until(lambda text: 'airflow_pool_slots_limit{pool="new"} 7.0' in text)
        text = exporter.until(
            lambda text: _behind(text) and all(off(each, "lag") in text for each in UNDER_LAG)
        )
        text = exporter.until(lambda text: "airflow_task_instances_stale_heartbeat" not in text)
        assert UP in text
        assert ok("dag_tags") in text
        assert text.count("collector_disabled{") == len(UNDER_LAG)
        assert 'warning_type="new"' not in text
        pair.standby.sql("SELECT pg_wal_replay_resume()")
        exporter.until(
            lambda text: (
                _current(text)
                and 'warning_type="new"' in text
                and "airflow_task_instances_stale_heartbeat" in text
                and "collector_disabled{" not in text
            )
        )


def test_a_replica_that_lost_its_primary_is_behind_although_it_replayed_all_that_it_received(
    pair: Pair,
) -> None:
    primary, replica = pair.urls()
    info = pair.standby.sql("SHOW primary_conninfo")
    with serving(primary, replica=replica) as exporter:
        exporter.until(_current)
        pair.standby.sql("ALTER SYSTEM SET primary_conninfo = ''")
        pair.standby.sql("SELECT pg_reload_conf()")
        # It takes no more than the time that nothing new arrives.
        pair.write("UPDATE slot_pool SET slots = slots + 1")
        exporter.until(_behind)
        same = "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"
        assert pair.standby.sql(same) == "t"
        quoted = info.replace("'", "''")
        pair.standby.sql(f"ALTER SYSTEM SET primary_conninfo = '{quoted}'")
        pair.standby.sql("SELECT pg_reload_conf()")
        exporter.until(_current)


def test_an_idle_primary_makes_no_lag(pair: Pair) -> None:
    primary, replica = pair.urls()
    with serving(primary, replica=replica) as exporter:
        exporter.until(_current)
        time.sleep(3)
        lag = _lag(exporter.scrape())
        assert lag is not None
        assert lag < 1


class _Asleep(NamedTuple):
    warnings: int


def test_a_statement_that_stood_in_the_way_of_recovery_is_read_again(pair: Pair) -> None:
    asleep = Statement(
        name="asleep",
        row=_Asleep,
        sql="SELECT count(*) AS warnings FROM dag_warning, pg_sleep(:seconds)",
    )
    database = Database(parse(pair.standby.url("af"), origin="test"))
    read: list[_Asleep] = []
    reader = threading.Thread(target=lambda: read.extend(database.read(asleep, seconds=1.5)))
    cancelled = "SELECT confl_lock FROM pg_stat_database_conflicts WHERE datname = 'af'"
    before = int(pair.standby.sql(cancelled))
    reader.start()
    time.sleep(0.5)
    with psycopg.connect(pair.primary.url("af").replace("+psycopg2", "")) as admin:
        admin.execute("LOCK TABLE dag_warning IN ACCESS EXCLUSIVE MODE")
    reader.join()
    database.close()
    assert len(read) == 1
    deadline = time.monotonic() + 10
    while int(pair.standby.sql(cancelled)) == before:
        assert time.monotonic() < deadline, "nothing was cancelled"
        time.sleep(0.2)


def test_without_the_replica_its_figures_disappear_and_the_primary_is_not_asked_instead(pair: Pair) -> None:
    primary, replica = pair.urls()
    pair.standby.stop()
    with serving(primary, replica=replica) as exporter:
        text = exporter.until(lambda text: REPLICA_DOWN in text and UP in text and "airflow_dags{" in text)
        assert "airflow_task_instances_stale_heartbeat" not in text
        assert _lag(text) is None
        assert ok("stale_tasks", succeeded=False) in text
        pair.standby.start()
        exporter.until(lambda text: REPLICA_UP in text and "airflow_task_instances_stale_heartbeat" in text)
        pair.standby.stop()
        text = exporter.until(
            lambda text: REPLICA_DOWN in text and "airflow_task_instances_stale_heartbeat" not in text
        )
        assert UP in text
        assert "airflow_dags{" in text
        pair.standby.start()
        exporter.until(lambda text: REPLICA_UP in text and ok("stale_tasks") in text)


def test_a_fail_over_to_the_standby_is_followed_by_a_url_that_names_both(pair: Pair) -> None:
    """The last of this file: afterwards the standby is the primary."""
    one, two = pair.primary.port, pair.standby.port
    user = pair.primary.url("af").partition("@")[0]
    both = f"{user}@/af?host=127.0.0.1:{one}&host=127.0.0.1:{two}&target_session_attrs=read-write"
    with serving(both, replica=pair.standby.url("af")) as exporter:
        exporter.until(lambda text: UP in text and REPLICA_UP in text)
        pair.primary.process.kill()
        exporter.until(lambda text: DOWN in text)
        pair.standby.sql("SELECT pg_promote()")
        exporter.until(
            lambda text: UP in text and REPLICA_UP in text and ok("tasks") in text and _current(text)
        )
        with psycopg.connect(pair.standby.url("af").replace("+psycopg2", ""), autocommit=True) as admin:
            insert(admin, "slot_pool", id=91, pool="after", slots=3, include_deferred=False)
        exporter.until(lambda text: 'airflow_pool_slots_limit{pool="after"} 3.0' in text)
