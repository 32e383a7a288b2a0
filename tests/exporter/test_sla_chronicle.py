"""What of a judgement is news: since when an SLA stands so, what is recorded, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.exporter.sla_world import at, dag, minutes, run, runs
from windsock.facts import Dag, Facts
from windsock.sla import Cause, Problem, Standing, Status
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.chronicle import Chronicle
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.record import Reader
from windsock.sla.recorder import Recorder

START = at("2026-11-20 05:00")
AGES = timedelta(days=36500)
KEY = "finish_by", "finance_daily"
KEPT = Status(
    sla=KEY[0],
    dag_id=KEY[1],
    kind="finish_by",
    team="finance",
    severity="page",
    deadline_text="06:30 UTC",
    standing=Standing.OK,
    deadline=at("2026-11-20 06:30"),
)
RISKY = replace(KEPT, standing=Standing.AT_RISK, cause=Cause.RUNNING_LONG)
LATE = replace(KEPT, standing=Standing.BREACHED, cause=Cause.RUNNING_LONG, evidence=Evidence(run_id="r1"))
UNSEEN = replace(KEPT, standing=Standing.UNKNOWN, stale=True)


class Story:
    """A chronicle told one moment after the other, and the record that comes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.restart()

    def restart(self) -> None:
        """As after kill -9: nothing is closed."""
        self.chronicle = Chronicle(Recorder(self.folder, kept=AGES))

    def tell(self, minute: float, *statuses: Status, facts: Dag | None = None, **more: Any) -> Status | None:
        now = START + minutes(minute)
        known = Facts(now=now, dags={facts.dag_id: facts} if facts else {})
        stale = bool(statuses) and statuses[0].stale
        found = self.chronicle.follow(statuses, None if stale else known, now, **more)
        self.chronicle.write(Conditions(at=START))
        return found[0] if found else None

    def entries(self) -> tuple[Entry, ...]:
        return Reader(self.folder).of_dag("finance_daily")

    def told(self) -> list[tuple[float, str]]:
        return [
            ((each.at - START).total_seconds() / 60, each.standing.value if each.standing else "removed")
            for each in self.entries()
        ]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_every_change_of_standing_is_recorded_and_begins_something(story: Story) -> None:
    assert [
        story.tell(minute, each) for minute, each in enumerate((KEPT, KEPT, RISKY, LATE, LATE, KEPT))
    ] == [
        replace(KEPT, since=START),
        replace(KEPT, since=START),
        replace(RISKY, since=START + minutes(2)),
        replace(LATE, since=START + minutes(3)),
        replace(LATE, since=START + minutes(3)),
        replace(KEPT, since=START + minutes(5)),
    ]
    assert story.told() == [(0, "ok"), (2, "at_risk"), (3, "breached"), (5, "ok")]
    assert story.entries()[2].cause is Cause.RUNNING_LONG
    assert story.entries()[2].evidence.run_id == "r1"


def test_a_beginning_survives_a_restart_and_nothing_is_recorded_twice(story: Story) -> None:
    story.tell(0, KEPT)
    story.tell(1, LATE)
    story.restart()
    assert story.tell(9, LATE) == replace(LATE, since=START + minutes(1))
    assert story.told() == [(0, "ok"), (1, "breached")]


def test_an_outage_is_no_news_of_its_slas(story: Story) -> None:
    story.tell(0, KEPT)
    assert story.tell(1, UNSEEN) == replace(UNSEEN, since=START + minutes(1))
    assert story.tell(2, UNSEEN) == replace(UNSEEN, since=START + minutes(1))
    assert story.tell(3, KEPT) == replace(KEPT, since=START)
    assert story.told() == [(0, "ok")]


def test_a_breach_goes_on_during_an_outage_with_its_evidence(story: Story) -> None:
    story.tell(0, LATE)
    assert story.tell(1, replace(LATE, stale=True, evidence=Evidence())) == replace(
        LATE, stale=True, since=START
    )


def test_a_new_cause_is_recorded_once_a_minute_at_most_but_for_the_first(story: Story) -> None:
    full = replace(LATE, cause=Cause.POOL_FULL)
    for minute, each in ((0, LATE), (0.5, full), (0.6, LATE), (1.4, LATE), (1.6, LATE), (1.7, full)):
        assert story.tell(minute, each) == replace(each, since=START)
    assert [(each.cause, each.since) for each in story.entries()] == [
        (Cause.RUNNING_LONG, START),
        (Cause.POOL_FULL, START),
        (Cause.RUNNING_LONG, START),
    ]


def test_less_evidence_is_no_news(story: Story) -> None:
    story.tell(0, LATE)
    story.tell(60, replace(LATE, evidence=Evidence()))
    assert story.told() == [(0, "breached")]


def test_a_worse_guess_just_after_a_restart_is_no_news(story: Story) -> None:
    story.tell(0, LATE)
    story.restart()
    for second in range(3):
        story.tell(60 + second / 60, replace(LATE, cause=Cause.UNKNOWN))
    story.tell(61, LATE)
    assert story.told() == [(0, "breached")]
    story.tell(62, replace(LATE, cause=Cause.FAILED))
    assert story.told() == [(0, "breached"), (62, "breached")]


def test_more_evidence_is_recorded_at_once_and_other_evidence_now_and_then(story: Story) -> None:
    more = replace(LATE, evidence=Evidence(run_id="r1", task_id="t1"))
    other = replace(LATE, evidence=Evidence(run_id="r1", task_id="t2"))
    for minute, each in ((0, LATE), (0.1, more), (1, other), (5, more), (6, other)):
        story.tell(minute, each)
    assert [each.evidence.task_id for each in story.entries()] == ["", "t1", "t2"]


def test_numbers_in_the_evidence_are_no_news(story: Story) -> None:
    story.tell(0, LATE)
    story.tell(60, replace(LATE, evidence=Evidence(run_id="r1", detail="61 minutes")))
    assert story.told() == [(0, "breached")]


def test_an_older_miss_that_was_made_up_for_is_news(story: Story) -> None:
    story.tell(0, LATE)
    story.tell(1, replace(LATE, deadline=START))
    assert [each.deadline for each in story.entries()] == [LATE.deadline, START]


def test_a_removed_sla_ends(story: Story) -> None:
    story.tell(0, KEPT)
    story.tell(1)
    story.tell(2)
    assert story.told() == [(0, "ok"), (1, "removed")]
    story.restart()
    assert story.tell(3, KEPT) == replace(KEPT, since=START + minutes(3))
    assert story.told() == [(0, "ok"), (1, "removed"), (3, "ok")]


def test_an_sla_that_was_removed_while_nobody_looked_ends_too(story: Story) -> None:
    story.tell(0, KEPT)
    story.restart()
    story.tell(1)
    assert story.told() == [(0, "ok"), (1, "removed")]


def test_a_pattern_without_a_match_is_no_dag(story: Story) -> None:
    nothing = replace(KEPT, standing=Standing.UNKNOWN, problem=Problem.NO_MATCH)
    assert story.tell(0, nothing) == nothing
    assert story.told() == []


@pytest.mark.parametrize(
    ("kind", "seen", "by", "detail"),
    [
        pytest.param("finish_by", "r1", "scheduled__2026-11-20 02:00", "it succeeded", id="success"),
        pytest.param(
            "max_run_time", "scheduled__2026-11-20 03:00", "scheduled__2026-11-20 03:00", "it ended", id="end"
        ),
        pytest.param("max_start_delay", "r1", "scheduled__2026-11-20 04:00", "it started", id="start"),
    ],
)
def test_the_end_of_a_breach_names_the_run_that_ended_it(
    story: Story, kind: str, seen: str, by: str, detail: str
) -> None:
    facts = dag(
        runs=runs(
            run("2026-11-20 02:00", end="2026-11-20 05:40"),
            run("2026-11-20 03:00", state="failed", end="2026-11-20 05:50"),
            run("2026-11-20 04:00", state="running"),
        )
    )
    story.tell(0, replace(LATE, kind=kind, evidence=Evidence(run_id=seen)))
    story.tell(60, replace(KEPT, kind=kind), facts=facts)
    end = story.entries()[-1].evidence
    assert end.run_id == by
    assert end.detail.startswith(f"{detail} at Fri 2026-11-20 0")


def test_a_miss_is_late_until_the_run_that_ended_its_breach(story: Story) -> None:
    story.tell(0, LATE, decided=[(KEY, Outcome(deadline=START, met=False))])
    facts = dag(runs=(run("2026-11-20 02:00", end="2026-11-20 05:40"),))
    story.tell(60, KEPT, facts=facts)
    (outcome,) = Reader(story.folder).outcomes("finance_daily", "finish_by")
    assert outcome == Outcome(deadline=START, met=False, finish=START + minutes(40))


def test_an_acknowledgement_is_news_and_no_end(story: Story) -> None:
    given = Acknowledgement(by="ada", reason="known", at=START, until=START + minutes(99))
    quiet = replace(KEPT, acknowledged=given)
    story.tell(0, LATE, decided=[(KEY, Outcome(deadline=START, met=False))])
    story.tell(1, quiet)
    assert Reader(story.folder).outcomes("finance_daily", "finish_by")[0].finish is None
    story.tell(2, quiet)
    story.tell(3, KEPT)
    assert [(each.standing, each.acknowledged) for each in story.entries()[1:]] == [
        (Standing.OK, given),
        (Standing.OK, None),
    ]
    assert Reader(story.folder).outcomes("finance_daily", "finish_by")[0].finish == START + minutes(3)


def test_conditions_are_recorded_when_they_change_and_pools_now_and_then(tmp_path: Path) -> None:
    chronicle = Chronicle(Recorder(tmp_path, kept=AGES))
    down = {"database": False, "facts": False}
    moments: list[tuple[float, dict[str, Any]]] = [
        (0, {}),
        (1, {}),
        (2, {"full_pools": ("dwh",)}),
        (3, down),
        (4, {}),
        (5, {"full_pools": ("dwh",)}),
        (8.9, {}),
        (9, {"full_pools": ("dwh",)}),
    ]
    for minute, each in moments:
        chronicle.write(Conditions(at=START + minutes(minute), **each))
    found = Reader(tmp_path).conditions(START, START + minutes(10))
    assert [(each.at, each.database, each.full_pools) for each in found] == [
        (START, True, ()),
        (START + minutes(3), False, ()),
        (START + minutes(4), True, ()),
        (START + minutes(9), True, ("dwh",)),
    ]


def test_a_restart_is_recorded_with_the_last_sign_of_life(tmp_path: Path) -> None:
    Chronicle(Recorder(tmp_path, kept=AGES)).write(Conditions(at=START))
    chronicle = Chronicle(Recorder(tmp_path, kept=AGES))
    now = START.replace(year=2027)
    chronicle.write(Conditions(at=now))
    chronicle.write(Conditions(at=now))
    _, stopped, again = Reader(tmp_path).conditions(START, now)
    assert not stopped.running
    assert START < stopped.at < now
    assert again.running


def test_nothing_is_written_when_nothing_has_changed(story: Story) -> None:
    story.tell(0, KEPT)
    before = (story.folder / "record.db-wal").stat()
    story.tell(1, replace(KEPT, deadline=START, late=3.0, met=True))
    after = (story.folder / "record.db-wal").stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
