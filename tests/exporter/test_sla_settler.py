"""A cause is shown once it was found twice."""

from __future__ import annotations

from dataclasses import replace

from tests.exporter.page_world import LATE
from tests.exporter.sla_world import at
from windsock.sla import Cause, Status
from windsock.sla.evidence import Evidence
from windsock.sla.settler import Settler

POOL = replace(LATE, cause=Cause.POOL_FULL, evidence=Evidence(pool="dwh"))
QUEUE = replace(LATE, cause=Cause.QUEUE, evidence=Evidence(queue="etl"))


def _causes(*seen: tuple[str | None, Status]) -> list[tuple[Cause | None, Evidence]]:
    settler = Settler()
    found = []
    for time, status in seen:
        (one,) = settler.settle([status], None if time is None else at(f"2026-03-02 {time}"))
        found.append((one.cause, one.evidence))
    return found


FULL, QUEUED = (Cause.POOL_FULL, Evidence(pool="dwh")), (Cause.QUEUE, Evidence(queue="etl"))


def test_first_cause_is_shown_at_once() -> None:
    assert _causes(("07:00", POOL)) == [FULL]


def test_other_cause_is_shown_when_it_was_found_twice() -> None:
    assert _causes(("07:00", POOL), ("07:01", QUEUE), ("07:02", QUEUE)) == [FULL, FULL, QUEUED]


def test_cause_that_comes_back_never_went() -> None:
    seen = [("07:00", POOL), ("07:01", QUEUE), ("07:02", POOL), ("07:03", QUEUE)]
    assert _causes(*seen) == [FULL] * 4


def test_same_facts_count_once() -> None:
    assert _causes(("07:00", POOL), ("07:01", QUEUE), ("07:01", QUEUE)) == [FULL] * 3


def test_what_is_remembered_without_facts_keeps_its_evidence() -> None:
    assert _causes(("07:00", POOL), (None, replace(POOL, evidence=Evidence()))) == [FULL, FULL]


def test_sla_that_is_kept_again_is_forgotten() -> None:
    kept = replace(LATE, cause=None, evidence=Evidence())
    assert _causes(("07:00", POOL), ("07:01", kept), ("07:02", QUEUE))[-1] == QUEUED
