"""Counters against the simulator's own log while the exporter is killed: equal, but for the allowed loss."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.stack.postgres import Postgres
from tests.support.exporter_process import ExporterProcess
from tests.support.feed_trial import Trial
from tests.support.role import role
from tests.support.simulator import Simulator

# With that at the start, a dozen over both versions.
_KILLS = 5
_ARGUMENTS = ("--fast-interval", "250ms", "--slow-interval", "10s", "--cardinality", "full")


@pytest.mark.parametrize("version", ["2.11", "3.3"])
def test_counters_are_exact_whenever_the_exporter_is_killed(
    version: str, recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    url = recorded(version)
    simulator = Simulator(_dsn(url), three=version == "3.3", rng=random.Random(7))
    simulator.history(20_000)
    exporter = ExporterProcess(tmp_path, *_ARGUMENTS)
    with role(cluster, url.rpartition("/")[2], version, tmp_path) as reader:
        trial = Trial(simulator, exporter, reader)
        try:
            exporter.start(reader)
            exporter.until_ready()
            exporter.kill()
            for _ in range(_KILLS):
                trial.life()
            exporter.start(reader)
            exporter.until_ready()
            trial.drain()
            trial.until_right(seconds=30)
            lost, happened = trial.hasty_lost()
        finally:
            exporter.kill()
            simulator.connection.close()
    assert 0 <= lost < happened


def _dsn(url: str) -> str:
    return url.replace("+psycopg2", "")
