"""Airflow 3.2 never reads `legacy_names_on`, run for real."""

from __future__ import annotations

from pathlib import Path

from tests.support import traps
from tests.support.trial import trial

AIRFLOWS = ("3.2.2",)


def test_legacy_names_come_whatever_the_option_says_and_do_not_with_the_block_list(tmp_path: Path) -> None:
    with trial("3.2.2", tmp_path) as airflow:
        traps.legacy_names_come_whatever_the_option_says(airflow)
