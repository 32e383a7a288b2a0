"""The next due time of DAGs at max_active_runs, which Airflow does not work out before a run has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from windsock.collect.dags.known import KnownDag
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.results import Last


def corrected(
    dags: Mapping[str, KnownDag], active: Iterable[ActiveRun], last: Mapping[str, Last]
) -> dict[str, KnownDag]:
    """The same DAGs, those at max_active_runs with the due time after that of the run that holds them up.

    Until 3.1 the scheduler leaves the fields of the next run as they are once it has created a run that
    reaches the limit: they speak of that run. The next one is due a period later: as long as its data
    interval, else as long as since the scheduled run that ended last; None where neither is known.
    """
    held = {dag_id for dag_id, dag in dags.items() if dag.row.exceeds_max_active_runs}
    found = dict(dags)
    for run in active:
        if run.dag_id not in held or run.run_type != "scheduled" or run.due != dags[run.dag_id].next_due:
            continue
        period = _period(dags[run.dag_id], run.due, last.get(run.dag_id))
        due = None if period is None else run.due + period
        found[run.dag_id] = dags[run.dag_id]._replace(next_due=due)
    return found


def _period(dag: KnownDag, due: datetime, last: Last | None) -> timedelta | None:
    begin = dag.row.next_run
    if begin is not None and begin < due:
        return due - begin
    before = last.scheduled if last is not None else None
    return due - before.due if before is not None and before.due < due else None
