"""Odd DAG ids on real Airflow 2.11 and 3.3 without tags, and what happens without the handler."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.odd_ids import every_odd_id_succeeds_and_arrives
from tests.support.trial import LONG, UMLAUTS, trial
from windsock.wire import Profile

AIRFLOWS = ("2.11.2", "3.3.2")


@pytest.mark.parametrize("version", AIRFLOWS)
def test_a_scheduler_lives_with_odd_ids_in_the_profile_plain(version: str, tmp_path: Path) -> None:
    with trial(version, tmp_path, (UMLAUTS, LONG)) as airflow:
        every_odd_id_succeeds_and_arrives(airflow, Profile.PLAIN)


def test_without_the_handler_the_scheduler_of_2_11_ends(tmp_path: Path) -> None:
    with (
        trial("2.11.2", tmp_path, (UMLAUTS,)) as airflow,
        airflow.run(Profile.TAGS, change={"stat_name_handler": None}) as run,
    ):
        run.until("an end", lambda: not run.airflow.components["scheduler"].running, alive="")
        assert "'NoneType' object does not support the context manager protocol" in run.log()


def test_without_the_handler_3_3_never_runs_the_dag(tmp_path: Path) -> None:
    with (
        trial("3.3.2", tmp_path, (UMLAUTS, "etl")) as airflow,
        airflow.run(Profile.TAGS, change={"stat_name_handler": None}) as run,
    ):
        run.until("a blocked run", lambda: "Error scheduling DAG run" in run.log())
        run.until("successful", lambda: run.states("etl").count("success") >= 3)
        assert set(run.states(UMLAUTS)) == {"running"}
