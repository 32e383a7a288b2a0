"""How often DAGs were paused or resumed, by Airflow's audit log."""

from __future__ import annotations

from typing import NamedTuple

from windsock.collect.platform import audit
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_OURS = frozenset({"auto-paused", "paused or unpaused"})


class Pauses(NamedTuple):
    """Events of one DAG; which of the two each was is not read."""

    dag_id: str
    events: int


def pauses(of: Flavour) -> Statement[Pauses] | None:
    """2.10 on: those since some time [idx_log_event]; those of many DAGs at once name none."""
    if not of.since("2.10"):
        return None
    names = sorted(raw for raw, ours in audit.ours(of.line).items() if ours in _OURS)
    listed = ", ".join(f"'{name}'" for name in names)
    return make(
        "pauses",
        Pauses,
        f"SELECT dag_id, count(*) AS events FROM log WHERE event IN ({listed})"
        " AND dttm > :since AND dag_id IS NOT NULL GROUP BY dag_id",
        reads={"log": ("event", "dttm", "dag_id")},
        since=EXAMPLE_TIME,
    )
