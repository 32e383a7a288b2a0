"""Airflow 2.11 shows the same seconds with either `timer_unit_consistency`, each with its own mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.trial import Run, trial
from windsock.catalog.statsd import tasks
from windsock.metric import Metric
from windsock.wire import Profile

AIRFLOWS = ("2.11.2",)
STEADY, AGAIN = "steady", "again_once"


def _seconds(run: Run, metric: Metric, dag_id: str) -> tuple[float, int]:
    """Mean and number of a histogram's values for one DAG."""
    page = run.exporter.page()
    number = page.value(f"{metric}_count", dag_id=dag_id)
    return page.value(f"{metric}_sum", dag_id=dag_id) / (number or 1), int(number)


def test_both_settings_show_the_seconds_of_the_database(tmp_path: Path) -> None:
    with trial("2.11.2", tmp_path, (STEADY, AGAIN)) as airflow:
        scheduled = {}
        for setting in ("on", "off"):
            flag = ("--timer-unit-consistency", setting)
            with airflow.run(
                Profile.TAGS, *flag, mapping_flags=flag, without=("webserver",), name=setting
            ) as run:
                run.until(
                    "enough tries",
                    lambda: (
                        _seconds(run, tasks.TASK_QUEUED_DURATION, STEADY)[1] >= 5
                        and _seconds(run, tasks.TASK_SCHEDULED_DURATION, AGAIN)[1] >= 2
                    ),
                )
                queued, number = _seconds(run, tasks.TASK_QUEUED_DURATION, STEADY)
                first = (
                    f"SELECT start_date - queued_dttm AS waited FROM task_instance WHERE dag_id = '{STEADY}'"
                    f" AND start_date IS NOT NULL ORDER BY start_date LIMIT {number}"
                )
                in_database = run.sql(f"SELECT avg(extract(epoch FROM waited)) FROM ({first}) AS tries")
                print(f"{setting}: waited {queued:.3f} s, by the database {float(in_database):.3f} s")
                assert queued == pytest.approx(float(in_database), rel=0.2, abs=0.2)
                scheduled[setting], _ = _seconds(run, tasks.TASK_SCHEDULED_DURATION, AGAIN)
        print(f"scheduled: {scheduled}")
        # From the start to the second half: a second in the triggerer, and the pace of all three.
        assert all(1 < seconds < 30 for seconds in scheduled.values()), scheduled
