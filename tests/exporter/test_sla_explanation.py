"""Explanations: how an SLA stood, why, how it began and how it ended, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.exporter.sla_world import at
from windsock.sla import Cause, Standing, Status
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.explanation import of_entries, of_status
from windsock.sla.prediction import Prediction

DEADLINE = at("2026-03-02 05:30")
SEEN = Evidence(run_id="scheduled__1", task_id="load_gl", pool="dwh", queue="q", detail="16 of 16 slots used")


def entry(moment: str, standing: Standing | None, **fields: Any) -> Entry:
    known: dict[str, Any] = {"deadline": DEADLINE, "since": at(moment)}
    return Entry(
        sla="finish_by",
        dag_id="finance_daily",
        kind="finish_by",
        team="finance",
        deadline_text="06:30 Europe/Berlin",
        timezone="Europe/Berlin",
        at=at(moment),
        standing=standing,
        **{**known, **fields},
    )


KEPT = entry("2026-03-01 12:00", Standing.OK)
RISKY = entry(
    "2026-03-02 05:00",
    Standing.AT_RISK,
    cause=Cause.RUNNING_LONG,
    prediction=Prediction(
        p50=at("2026-03-02 05:50").timestamp(),
        p90=at("2026-03-02 06:10").timestamp(),
        miss=0.83,
        runs=60,
        words=("usually takes 2 h", "extract has run for 1 h"),
    ),
)
LATE = entry("2026-03-02 05:31", Standing.BREACHED, cause=Cause.POOL_FULL, evidence=SEEN)
WORSE = entry(
    "2026-03-02 06:31", Standing.BREACHED, cause=Cause.FAILED, since=at("2026-03-02 05:31"), evidence=SEEN
)
DONE = entry(
    "2026-03-02 07:00",
    Standing.OK,
    deadline=at("2026-03-03 05:30"),
    evidence=Evidence(run_id="scheduled__1", detail="it succeeded at Mon 2026-03-02 06:59 UTC"),
)
ALL = (KEPT, RISKY, LATE, WORSE, DONE)


def told(moment: str, *, entries: tuple[Entry, ...] = ALL, **more: Any) -> str:
    found = of_entries(entries, at(moment), **more)
    assert found is not None
    return "\n".join(found.sentences)


def test_a_breach_names_promise_deadline_cause_evidence_beginning_and_end() -> None:
    found = of_entries(ALL, at("2026-03-02 06:00"), (Conditions(at=at("2026-03-02 04:00")),))
    assert found is not None
    assert found.entry is LATE
    assert found.sentences == (
        "Promise: 06:30 Europe/Berlin; team finance; a breach is a page.",
        "It has been breached since Mon 2026-03-02 06:31 Europe/Berlin (05:31 UTC).",
        (
            "The deadline Mon 2026-03-02 06:30 Europe/Berlin (05:30 UTC) was missed, 30 min before"
            " Mon 2026-03-02 07:00 Europe/Berlin (06:00 UTC)."
        ),
        "Cause: waiting for a full pool (pool_full).",
        "Seen: run scheduled__1, task load_gl, pool dwh, queue q: 16 of 16 slots used.",
        "Before: ok from Sun 2026-03-01 13:00 Europe/Berlin (12:00 UTC).",
        "Before: at risk from Mon 2026-03-02 06:00 Europe/Berlin (05:00 UTC), still running.",
        (
            "Then: breached from Mon 2026-03-02 07:31 Europe/Berlin (06:31 UTC), the run failed"
            " (run scheduled__1, task load_gl, pool dwh, queue q: 16 of 16 slots used)."
        ),
        (
            "It ended at Mon 2026-03-02 08:00 Europe/Berlin (07:00 UTC): ok,"
            " run scheduled__1: it succeeded at Mon 2026-03-02 06:59 UTC."
        ),
        (
            "Platform since Mon 2026-03-02 05:00 Europe/Berlin (04:00 UTC): nothing wrong with database,"
            " components, pools and DAG files."
        ),
    )


def test_a_prediction_is_told_as_it_was_then() -> None:
    found = told("2026-03-02 05:10")
    assert "Predicted: done by Mon 2026-03-02 06:50 Europe/Berlin (05:50 UTC) in half of the cases" in found
    assert "83% that the deadline is missed (from 60 runs)" in found
    assert "Because: usually takes 2 h; extract has run for 1 h." in found


def test_of_a_kept_sla_the_last_deadline_is_told() -> None:
    met = Outcome(deadline=DEADLINE, met=True, finish=at("2026-03-02 04:50"))
    assert "was met 40 min before." in told("2026-03-02 08:00", outcomes=[met])
    late = Outcome(deadline=DEADLINE, met=False, finish=at("2026-03-02 06:59"))
    assert "06:30 Europe/Berlin (05:30 UTC) was missed." in told("2026-03-02 08:00", outcomes=[late])


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        pytest.param({"database": False, "facts": False}, "the metadata database did not answer", id="db"),
        pytest.param({"silent": ("SchedulerJob",)}, "no heartbeat of SchedulerJob", id="scheduler"),
        pytest.param({"full_pools": ("dwh", "etl")}, "full pools: dwh, etl", id="pools"),
        pytest.param({"broken_files": ("a.py",), "broken": 1}, "1 broken DAG files: a.py", id="files"),
        pytest.param({"running": False}, "Windsock did not run from", id="itself"),
    ],
)
def test_the_platform_of_then_is_told(conditions: dict[str, Any], words: str) -> None:
    found = told("2026-03-02 06:00", conditions=[Conditions(at=at("2026-03-02 05:00"), **conditions)])
    assert words in found


def test_without_facts_only_a_breach_is_certain() -> None:
    blind = [Conditions(at=at("2026-03-02 04:00"), facts=False)]
    assert "Nothing fresh was known" in told("2026-03-02 05:10", conditions=blind)
    assert "Nothing fresh was known" not in told("2026-03-02 06:00", conditions=blind)


def test_an_acknowledgement_is_told_with_who_and_why() -> None:
    given = Acknowledgement(
        by="ada", reason="vendor is late", at=at("2026-03-02 06:40"), until=at("2026-03-02 12:00")
    )
    over = replace(DONE, acknowledged=given, evidence=Evidence())
    entries = (KEPT, LATE, over)
    assert "acknowledged by ada until Mon 2026-03-02 13:00 Europe/Berlin (12:00 UTC): vendor is late" in told(
        "2026-03-02 06:00", entries=entries
    )
    assert "Its breach was acknowledged by ada" in told("2026-03-02 08:00", entries=entries)


def test_nothing_is_told_of_the_time_before_the_first_entry_and_after_the_removal() -> None:
    gone = entry("2026-03-02 08:00", None)
    assert of_entries(ALL, at("2026-03-01 11:59")) is None
    assert of_entries((*ALL, gone), at("2026-03-02 08:01")) is None
    assert "the SLA was removed" in told("2026-03-02 07:30", entries=(*ALL, gone))


def test_now_is_told_from_the_status() -> None:
    status = Status(
        sla="fresh",
        dag_id="finance_daily",
        kind="max_age",
        team="finance",
        severity="ticket",
        deadline_text="26h after last success",
        standing=Standing.BREACHED,
        deadline=DEADLINE,
        since=at("2026-03-02 05:31"),
        cause=Cause.POOL_FULL,
        evidence=SEEN,
        warning="the DAG is paused",
    )
    found = of_status(status, at("2026-03-02 06:00"), earlier=[KEPT])
    assert found.sentences == (
        "Promise: 26h after last success (max_age); team finance; a breach is a ticket.",
        "It has been breached since Mon 2026-03-02 05:31 UTC.",
        "The deadline Mon 2026-03-02 05:30 UTC was missed, 30 min before Mon 2026-03-02 06:00 UTC.",
        "It needs a look: the DAG is paused.",
        "Cause: waiting for a full pool (pool_full).",
        "Seen: run scheduled__1, task load_gl, pool dwh, queue q: 16 of 16 slots used.",
        "Before: ok from Sun 2026-03-01 13:00 Europe/Berlin (12:00 UTC).",
    )


def test_what_is_not_known_any_more_is_said() -> None:
    status = Status(
        sla="finish_by",
        dag_id="x",
        kind="finish_by",
        team="default",
        severity="page",
        deadline_text="06:30 UTC",
        standing=Standing.UNKNOWN,
        stale=True,
    )
    assert "Nothing fresh" in " ".join(of_status(status, DEADLINE).sentences)
