"""A database whose clock is wrong: the skew is a metric, and ages are by the clock that wrote the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo.stack import programs
from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import load_postgresql
from tests.support.seed import insert
from tests.support.serving import UP, serving

pytestmark = pytest.mark.real_time


@pytest.fixture(params=["+300s", "-300s"])
def wrong(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Postgres, float]]:
    """A server whose clock is five minutes fast or slow, and the seconds."""
    server = Postgres(
        port=choose({"postgres": 0})["postgres"],
        log=tmp_path / "log",
        env={
            "LD_PRELOAD": programs.faketime(),
            "FAKETIME": request.param,
            # Timeouts stay as they are.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
    )
    try:
        server.create()
        server.start()
        server.sql("CREATE DATABASE af")
        load_postgresql(server.url("af").replace("+psycopg2", ""), "3.3")
        yield server, float(request.param.rstrip("s"))
    finally:
        server.remove()


def test_a_clock_off_by_five_minutes_shows_as_skew_and_ages_are_right(wrong: tuple[Postgres, float]) -> None:
    server, skew = wrong
    url = server.url("af")
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        row = admin.execute("SELECT now() - interval '100 s'").fetchone()
        assert row
        insert(
            admin,
            "task_instance",
            id="00000000-0000-7000-8000-000000000001",
            dag_id="d",
            task_id="t",
            run_id="r",
            map_index=-1,
            state="queued",
            pool="default_pool",
            pool_slots=1,
            queue="skewed",
            queued_dttm=row[0],
            updated_at=row[0],
        )
        insert(admin, "job", job_type="SchedulerJob", state="running", latest_heartbeat=row[0], id=9999)
    with serving(url) as exporter:
        text = exporter.until(lambda text: UP in text and 'queue="skewed"' in text)
        assert _value(text, "airflow_metadb_clock_skew_seconds ") == pytest.approx(skew, abs=5)
        age = 'airflow_queue_oldest_task_age_seconds{queue="skewed",state="queued"} '
        assert _value(text, age) == pytest.approx(100, abs=30)


def _value(text: str, series: str) -> float:
    found = re.search(f"^{re.escape(series)}(\\S+)$", text, re.MULTILINE)
    assert found, series
    return float(found[1])
