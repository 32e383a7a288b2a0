"""Exact counters while the exporter is killed a hundred times, on Airflow 2.11 and 3.3"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.exporter_process import ExporterProcess
from tests.support.feed_trial import Trial
from tests.support.metadb import load_postgresql
from tests.support.role import role
from tests.support.simulator import Simulator
from tests.support.simulator_backfill import Backfill

_KILLS = int(os.environ.get("WINDSOCK_KILLS", "100"))
_ARGUMENTS = ("--fast-interval", "250ms", "--slow-interval", "10s", "--cardinality", "full")
_BACKFILL = 10_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A cluster that the test may restart."""
    made = Postgres(port=choose({"postgres": 0})["postgres"], log=tmp_path / "postgres.log")
    made.create()
    made.start()
    yield made
    made.remove()


@pytest.mark.parametrize(
    ("version", "minutes"),
    [
        pytest.param("2.11", -5, id="2.11, database clock five minutes behind"),
        pytest.param("3.3", 5, id="3.3, database clock five minutes ahead"),
    ],
)
def test_counters_are_exact_over_a_hundred_kills(
    version: str, minutes: int, server: Postgres, tmp_path: Path
) -> None:
    server.sql("CREATE DATABASE af")
    dsn = server.url("af").replace("+psycopg2", "")
    load_postgresql(dsn, version)
    rng = random.Random(version)
    simulator = Simulator(dsn, three=version == "3.3", rng=rng)
    simulator.history(20_000)
    exporter = ExporterProcess(tmp_path, *_ARGUMENTS)
    with role(server, "af", version, tmp_path) as reader:
        _set_clock(server, minutes)
        trial = Trial(simulator, exporter, reader)
        trial.losing = True
        try:
            exporter.start(reader)
            exporter.until_ready()
            exporter.kill()
            for kill in range(1, _KILLS):
                trial.life()
                # In tenths of the way, so that fewer kills try the same.
                if kill == _KILLS * 3 // 10:
                    _restart(server, trial, dsn)
                if kill == _KILLS * 5 // 10:
                    _backfill(trial)
                if kill == _KILLS * 7 // 10:
                    # Of runs that are at rest: under way, they would be seen.
                    trial.settle()
                    trial.exporter.kill()
                    unseen = trial.rerun_unseen(10)
                if kill == _KILLS * 8 // 10:
                    # A little: the ids that were lost are given out again.
                    trial.restore_while_it_runs(trial.newest() - 50)
                if kill == _KILLS * 9 // 10:
                    # So much that nothing of what is known of new ids holds.
                    trial.restore_while_it_runs(20_200)
            exporter.start(reader)
            exporter.until_ready()
            trial.drain()
            trial.until_right(seconds=150)
            lost, happened = trial.hasty_lost()
        finally:
            exporter.kill()
            simulator.connection.close()
    assert exporter.starts > _KILLS
    assert unseen == simulator.unseen > 0
    print(
        f"{version}: {exporter.starts - 1} kills, {trial.finishes():.0f} finishes counted exactly,"
        f" {unseen} unseen by construction; of {happened:.0f} in haste {lost:.0f} lost"
    )


def _set_clock(server: Postgres, minutes: int) -> None:
    """What the exporter is told when it asks the database for the time."""
    shifted = f"SELECT pg_catalog.clock_timestamp() + interval '{minutes} minutes'"
    server.sql("CREATE SCHEMA another_time", database="af")
    server.sql(
        f"CREATE FUNCTION another_time.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $${shifted}$$",
        database="af",
    )
    server.sql("GRANT USAGE ON SCHEMA another_time TO reader", database="af")
    server.sql("ALTER ROLE reader SET search_path = another_time, pg_catalog, public", database="af")


def _restart(server: Postgres, trial: Trial, dsn: str) -> None:
    trial.exporter.start(trial.url)
    trial.exporter.until_ready()
    trial.work_for(1)
    trial.rest()
    trial.simulator.connection.close()
    server.stop()
    time.sleep(1)
    server.start()
    trial.simulator.move(dsn)
    trial.work_for(3)
    trial.exporter.kill()


def _backfill(trial: Trial) -> None:
    """Ten thousand runs within a minute, and kills in the midst of it."""
    trial.settle()
    trial.exporter.kill()
    # The retries of a run are forgotten where 5,000 others finish before it is seen that it was cleared.
    trial.clearing = False
    backfill = Backfill(trial.simulator, _BACKFILL)
    step = _BACKFILL // 20
    for number, first in enumerate(range(backfill.ids.start, backfill.ids.stop, step)):
        if number % 5 == 0:
            trial.exporter.kill()
            trial.exporter.start(trial.url)
        backfill.finish(range(first, first + step))
        trial.work_for(1)
    trial.exporter.kill()
    trial.clearing = True
