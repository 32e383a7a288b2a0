"""Every SLA of a DAG explained, now or then: the same answer for the terminal and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches

from windsock.errors import BadInput
from windsock.sla.entries import Entry
from windsock.sla.explanation import Explanation, of_entries, of_status
from windsock.sla.record import Reader
from windsock.sla.status import Status
from windsock.spoken import moment

# A clock may be this much ahead of another one.
_AHEAD = timedelta(minutes=1)


def explain(
    reader: Reader,
    dag_id: str,
    *,
    now: datetime,
    sla: str | None = None,
    at: datetime | None = None,
    statuses: Sequence[Status] = (),
) -> tuple[Explanation, ...]:
    """The reasoning, one for each SLA.

    Args:
        reader: of the record.
        dag_id: of which DAG.
        now: the clock.
        sla: only this one.
        at: a moment of the past; None for now.
        statuses: how everything stands now, where that is known better than from the record.

    Raises:
        BadInput: one line: no such DAG or SLA, a moment before the record or in the future, no record.
    """
    if at is not None and at > now + _AHEAD:
        raise BadInput(f"{moment(at)} lies in the future")
    entries = reader.of_dag(dag_id)
    live = {each.sla: each for each in statuses if each.dag_id == dag_id}
    names = _names(dag_id, sla, entries, live)
    if not names:
        raise unknown_dag(dag_id, sorted({*reader.dag_ids(), *(each.dag_id for each in statuses)}))
    if at is None:
        conditions = reader.conditions(now, now)
    else:
        began = reader.began()
        if began is not None and at < began and not any(entry.at <= at for entry in entries):
            raise BadInput(f"{moment(at)} is not recorded: the record goes back to {moment(began)}")
        conditions = reader.conditions(at, at)
    found = []
    for name in names:
        own = [entry for entry in entries if entry.sla == name]
        if at is None and name in live:
            told: Explanation | None = of_status(live[name], now, conditions, _before(own, live[name]))
        else:
            told = of_entries(own, at or now, conditions, reader.outcomes(dag_id, name))
        if told is not None:
            found.append(told)
    if not found:
        first = min((entry.at for entry in entries if entry.sla in names), default=now)
        raise BadInput(
            f"nothing is recorded of {dag_id} at {moment(at or now)}: what is begins {moment(first)}, "
            "or its SLA was removed by then"
        )
    return tuple(found)


def unknown_dag(dag_id: str, known: Sequence[str]) -> BadInput:
    """The error for a DAG of which nothing is known, with those that look like it."""
    near = get_close_matches(dag_id, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return BadInput(f"no SLA of a DAG {dag_id} is recorded{hint}")


def unknown_sla(dag_id: str, sla: str, known: Sequence[str]) -> BadInput:
    """The error for an SLA that the DAG has not."""
    return BadInput(f"{dag_id} has no SLA {sla} in the record; it has {', '.join(known)}")


def _names(dag_id: str, sla: str | None, entries: Sequence[Entry], live: dict[str, Status]) -> list[str]:
    names = sorted({entry.sla for entry in entries} | live.keys())
    if sla is None or not names:
        return names
    if sla not in names:
        raise unknown_sla(dag_id, sla, names)
    return [sla]


def _before(entries: Sequence[Entry], status: Status) -> list[Entry]:
    """Those that are over, as far as the record knows."""
    current = entries[-1:] if entries and entries[-1].standing is status.standing else ()
    return [entry for entry in entries if entry not in current]
