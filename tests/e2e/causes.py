"""Every cause of a missed SLA that a real Airflow can be brought to, found and explained."""

from __future__ import annotations

from functools import partial
from typing import Any

from demo.stack import web
from tests.e2e.loop import Loop

GONE, BROKEN, PAUSED = "cause_dag_missing", "cause_import_error", "cause_paused"
# What is found, and a part of the evidence.
WANTED = {
    "cause_running_long": ("running_long", "run has run for"),
    "cause_waiting_upstream": ("waiting_upstream", "poke has waited"),
    "cause_retrying": ("retrying", "try_again waits for its next try, try 1 of 2"),
    "cause_failed": ("failed", "fail failed at"),
    "cause_pool_full": ("pool_full", "for the pool closed (0 of 0 slots taken)"),
    "cause_pool_missing": ("pool_missing", "for the pool nowhere, which does not exist"),
    "cause_max_active_runs": ("max_active_runs", "a run is running, the oldest is scheduled__"),
    "cause_asset": ("waiting_upstream", "no event of rates"),
    "cause_upstream_failed": ("upstream_failed", "no event of ledger of cause_failed, whose last run failed"),
    "cause_not_scheduled": ("not_scheduled", ""),
    PAUSED: ("paused", ""),
    GONE: ("dag_missing", ""),
    BROKEN: ("import_error", "causes_broken.py"),
}


def causes(loop: Loop) -> None:
    """All at once; they hold tasks for hours, so nothing can come after this."""
    loop.begin("Thirteen DAGs miss their SLA, each for a reason of its own")
    loop.set_flag("causes", "begin")
    loop.sql(f"UPDATE dag SET is_paused = false WHERE dag_id LIKE 'cause_%' AND dag_id <> '{PAUSED}'")
    tagged = f"SELECT EXISTS (SELECT FROM dag_tag WHERE dag_id = '{PAUSED}')"
    loop.until("their file parsed anew", lambda: loop.sql(tagged) == "t")
    # Airflow would do that itself, a minute or two later.
    stale = "is_active = false" if loop.airflow.major == 2 else "is_stale = true"
    loop.sql(f"UPDATE dag SET {stale} WHERE dag_id = '{GONE}'")
    found: dict[str, dict[str, Any]] = {}
    for dag_id, (cause, words) in WANTED.items():
        found |= loop.until(f"cause {cause} of {dag_id}", partial(_explained, loop, dag_id))
        loop.note(f"`{dag_id}`: {cause} {words}".rstrip())
    evidence = {dag_id: found[dag_id]["evidence"] for dag_id in WANTED}
    assert evidence["cause_pool_full"]["pool"] == "closed"
    assert evidence["cause_failed"]["task_id"] == "fail"
    assert evidence["cause_failed"]["run_id"].startswith("scheduled__")


def _explained(loop: Loop, dag_id: str) -> dict[str, dict[str, Any]]:
    """By DAG, as soon as it is what is wanted."""
    status, (cause, words) = _standing(loop).get(dag_id), WANTED[dag_id]
    said = status is not None and status["cause"] == cause and words in (status["evidence"]["detail"] or "")
    return {dag_id: status} if status and said else {}


def _standing(loop: Loop) -> dict[str, Any]:
    answer = web.call("GET", f"{loop.stack.url('windsock')}/api/v1/slas")
    return {each["dag_id"]: each for each in answer["slas"] if each["dag_id"] in WANTED}
