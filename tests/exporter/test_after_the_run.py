"""What is due after a run that has reached max_active_runs, of Airflow until 3.1."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.metadb import at
from windsock.collect.dags import after_the_run, known
from windsock.collect.dags.dag_row import Dag
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.results import Last
from windsock.metadb.dag_runs import Run
from windsock.owners import Owners

NINE, TEN, ELEVEN = (at(f"2026-01-10 {hour}:00") for hour in ("09", 10, 11))


def _dag(*, begin: datetime = TEN, full: bool = True) -> dict[str, known.KnownDag]:
    row = Dag("a", False, False, ELEVEN, full, False, begin, "x", "0 * * * *", "f.py")
    return known.known((row,), {}, Owners())


def _active(due: datetime = ELEVEN, run_type: str = "scheduled") -> ActiveRun:
    return ActiveRun(1, "a", "r", run_type, "running", due, due, due)


def _last(due: datetime) -> Last:
    run = Run("a", "r", "scheduled", "success", due, due, due, due)
    return Last(success=run, failed=None, finished=run, streak=0, scheduled=run)


@pytest.mark.parametrize(
    ("dags", "active", "last", "due"),
    [
        pytest.param(_dag(), _active(), None, ELEVEN + timedelta(hours=1), id="a data interval later"),
        pytest.param(
            _dag(begin=ELEVEN), _active(), _last(NINE), ELEVEN + timedelta(hours=2), id="as long as last time"
        ),
        pytest.param(_dag(begin=ELEVEN), _active(), None, None, id="unknown"),
        pytest.param(_dag(full=False), _active(), None, ELEVEN, id="not at its limit"),
        pytest.param(_dag(), _active(TEN), None, ELEVEN, id="held up by an older run"),
        pytest.param(_dag(), _active(run_type="manual"), None, ELEVEN, id="held up by a manual run"),
    ],
)
def test_next_due_time(
    dags: dict[str, known.KnownDag], active: ActiveRun, last: Last | None, due: datetime | None
) -> None:
    found = after_the_run.corrected(dags, [active], {} if last is None else {"a": last})
    assert found["a"].next_due == due
