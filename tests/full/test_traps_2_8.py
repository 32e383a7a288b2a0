"""The traps of Airflow 2.8 with InfluxDB tags, run for real."""

from __future__ import annotations

from pathlib import Path

from tests.support import traps
from tests.support.trial import trial

AIRFLOWS = ("2.8.4",)


def test_supervisors_die_of_the_return_code_tag_and_do_not_with_the_printed_settings(tmp_path: Path) -> None:
    with trial("2.8.4", tmp_path) as airflow:
        traps.supervisors_die_of_the_return_code_tag(airflow)


def test_a_long_id_ends_the_scheduler_and_runs_with_the_printed_settings(
    tmp_path: Path,
) -> None:
    with trial("2.8.4", tmp_path) as airflow:
        traps.long_ids_end_the_scheduler_without_the_handler(airflow)
