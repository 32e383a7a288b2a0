"""What must be looked at more closely, because an SLA is not kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from windsock.sla.causes import Cause
from windsock.sla.status import Standing, Status

_NO_RUN = frozenset({Cause.NOT_SCHEDULED, Cause.WAITING_UPSTREAM, Cause.UPSTREAM_FAILED})


class Suspects(NamedTuple):
    """Runs and DAGs.

    Attributes:
        runs: (dag_id, run_id) of the runs that keep an SLA from being met.
        dag_ids: DAGs of which no run was created.
    """

    runs: tuple[tuple[str, str], ...] = ()
    dag_ids: tuple[str, ...] = ()


def of(statuses: Iterable[Status]) -> Suspects:
    """Each once; those that are breached come before those at risk, the latest first."""
    bad = [each for each in statuses if each.standing in {Standing.BREACHED, Standing.AT_RISK}]
    bad.sort(key=lambda each: -each.late)
    runs = dict.fromkeys((each.dag_id, each.evidence.run_id) for each in bad if each.evidence.run_id)
    without = dict.fromkeys(each.dag_id for each in bad if each.cause in _NO_RUN)
    return Suspects(tuple(runs), tuple(without))
