"""Real Airflow 2.11 as `windsock airflow-config` sets it up: ids that would stop it without the handler."""

from __future__ import annotations

from pathlib import Path

from tests.support.odd_ids import every_odd_id_succeeds_and_arrives
from tests.support.trial import LONG, UMLAUTS, trial
from windsock.wire import Profile


def test_a_scheduler_lives_with_odd_ids_and_their_metrics_arrive(tmp_path: Path) -> None:
    with trial("2.11.2", tmp_path, (UMLAUTS, LONG)) as airflow:
        every_odd_id_succeeds_and_arrives(airflow, Profile.TAGS)
