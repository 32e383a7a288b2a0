"""Promises that Airflow itself holds, beside ours: deadlines of 3.1 and later, missed SLAs of 2.x."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from windsock.facts import Facts, OwnPromise, Run
from windsock.owners import DEFAULT_TEAM
from windsock.sla import diagnosis
from windsock.sla.status import Standing, Status

# Each has half a dozen series, and thousands of DAGs may have deadlines.
_MOST = 200
_TEXTS = {"airflow_deadline": "deadline in Airflow", "airflow_sla_miss": "sla in Airflow"}


class Own:
    """Remembers what was breached while there are no facts."""

    def __init__(self) -> None:
        self._last: tuple[Status, ...] = ()

    def statuses(self, facts: Facts | None, severity: str) -> tuple[Status, ...]:
        """One per kind and DAG: the deadline that was missed first, else the next one; at most 200.

        Args:
            facts: without fresh ones what was breached stays so, the others are unknown.
            severity: of a breach; `off` shows none.
        """
        if severity == "off":
            self._last = ()
        elif facts is None or facts.own is None:
            self._last = tuple(
                each if each.standing is Standing.BREACHED else replace(each, standing=Standing.UNKNOWN)
                for each in self._last
            )
        else:
            self._last = tuple(_statuses(facts.own, facts, severity))
        return self._last


def _statuses(own: Iterable[OwnPromise], facts: Facts, severity: str) -> Iterable[Status]:
    found: dict[tuple[str, str], OwnPromise] = {}
    # Those that are broken first, so that of each kind and DAG the first one decides.
    for each in sorted(own, key=lambda each: (not _broken(each, facts), each.deadline)):
        found.setdefault((each.kind, each.dag_id), each)
    # As sorted above: what is broken longest, then what is due next.
    return (_status(each, facts, severity) for each in list(found.values())[:_MOST])


def _broken(promise: OwnPromise, facts: Facts) -> bool:
    return promise.missed or promise.deadline <= facts.now


def _status(promise: OwnPromise, facts: Facts, severity: str) -> Status:
    dag = facts.dags.get(promise.dag_id)
    scope = f"task {promise.task_id}" if promise.task_id else ""
    status = Status(
        sla=promise.kind,
        dag_id=promise.dag_id,
        kind=promise.kind,
        team=dag.team if dag else DEFAULT_TEAM,
        severity=severity,
        at_risk_severity="info",
        deadline_text=f"task {promise.task_id}: {_TEXTS[promise.kind]}"
        if promise.task_id
        else _TEXTS[promise.kind],
        standing=Standing.OK,
        scope=scope,
        deadline=promise.deadline,
        place="Airflow",
    )
    if not _broken(promise, facts):
        return status
    run = Run(
        run_id=promise.run_id,
        run_type="scheduled",
        state=promise.state,
        due=promise.due,
        start=None,
        end=None,
    )
    if dag is None:
        why = diagnosis.gone(promise.dag_id, facts)
    else:
        why = diagnosis.find(replace(dag, runs=(run,)), None, facts)
    return replace(
        status,
        standing=Standing.BREACHED,
        late=max(0.0, (facts.now - promise.deadline).total_seconds()),
        cause=why.cause,
        evidence=why.evidence,
    )
