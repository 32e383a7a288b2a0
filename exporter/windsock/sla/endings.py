"""What ended a breach: the run that did what was promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from windsock.facts import Dag, Run
from windsock.sla.evidence import Evidence
from windsock.sla.rules import MAX_RUN_TIME, MAX_START_DELAY
from windsock.spoken import moment


class Ending(NamedTuple):
    """The run and when; empty where there is none any more."""

    run: Evidence = Evidence()
    at: datetime | None = None


def ending(kind: str, dag: Dag | None, before: Evidence) -> Ending:
    """By what a breach of this kind has ended.

    Args:
        kind: of the SLA.
        dag: as it is now; None for one that is gone.
        before: what was seen during the breach.
    """
    if dag is None:
        return Ending()
    if kind == MAX_START_DELAY:
        run = _newest(dag, lambda run: run.start is not None)
        return _told(run, run.start if run else None, "it started")
    if kind == MAX_RUN_TIME:
        same = next((run for run in dag.runs if run.run_id == before.run_id), None)
        run = same or _newest(dag, lambda run: run.end is not None)
        return _told(run, run.end if run else None, "it ended")
    run = _newest(dag, lambda run: run.state == "success")
    return _told(run, run.end if run else None, "it succeeded")


def _newest(dag: Dag, fits: Callable[[Run], bool]) -> Run | None:
    return max((run for run in dag.runs if fits(run)), key=lambda run: run.due, default=None)


def _told(run: Run | None, at: datetime | None, verb: str) -> Ending:
    if run is None or at is None:
        return Ending()
    return Ending(Evidence(run_id=run.run_id, detail=f"{verb} at {moment(at)}"), at)
