"""The engine against histories nobody wrote by hand, and against a rule as short as the design's sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporter.sla_world import World, at, dag, minutes
from windsock.facts import Dag, Run
from windsock.sla import Standing

TEXT = 'slas: [{dag: finance_daily, finish_by: "06:30"}]'
START = at("2026-03-01 00:00")  # a Sunday
DAYS = 8


@dataclass(frozen=True)
class Story:
    """What will happen to a DAG that is due at 02:00 on its days: how long each run takes, and how it ends.

    Attributes:
        days: offsets from START on which it has a due run.
        ends: minutes from due time to end per day; None never ends.
        good: whether the run of that day succeeds.
        manual: due times of manual runs that take ten minutes and succeed.
    """

    days: tuple[int, ...]
    ends: tuple[int | None, ...]
    good: tuple[bool, ...]
    manual: tuple[int, ...]

    def runs(self) -> list[tuple[datetime, str, datetime | None, bool]]:
        found: list[tuple[datetime, str, datetime | None, bool]] = []
        for day in self.days:
            due = START + timedelta(days=day, hours=2)
            took = self.ends[day]
            found.append((due, "scheduled", None if took is None else due + minutes(took), self.good[day]))
        for minute in self.manual:
            due = START + minutes(minute)
            found.append((due, "manual", due + minutes(10), True))
        return sorted(found, key=lambda one: one[0], reverse=True)

    def seen(self, now: datetime) -> Dag:
        """The DAG as the database shows it at `now`."""
        runs = []
        for due, kind, end, good in self.runs():
            if due > now:
                continue
            done = end is not None and end <= now
            state = ("success" if good else "failed") if done else "running"
            runs.append(
                Run(
                    run_id=str(due), run_type=kind, state=state, due=due, start=due, end=end if done else None
                )
            )
        later = [due for due, kind, _, _ in self.runs() if kind == "scheduled" and due > now]
        return dag(next_due=min(later, default=None), runs=tuple(runs[:20]))

    def breached(self, now: datetime, first_seen: datetime) -> bool:
        """The design's sentences, written down once more and without any memory."""
        deadlines = [START + timedelta(days=day, hours=6.5) for day in self.days]
        existed = [deadline for deadline in deadlines if deadline > first_seen]
        for deadline in existed:
            if deadline > now:
                continue
            earlier = [other for other in existed if other < deadline]
            floor = max(earlier) if earlier else deadline - timedelta(days=1)
            made_up = [
                end for due, _, end, good in self.runs() if good and end and end <= now and due > floor
            ]
            if not made_up:
                return True
        return False


stories = st.builds(
    Story,
    days=st.sets(st.integers(0, DAYS - 1)).map(lambda days: tuple(sorted(days))),
    ends=st.tuples(*[st.one_of(st.none(), st.integers(1, 3000)) for _ in range(DAYS)]),
    good=st.tuples(*[st.booleans() for _ in range(DAYS)]),
    manual=st.lists(st.integers(0, DAYS * 24 * 60), max_size=4).map(tuple),
)
moments = st.lists(st.integers(0, (DAYS + 1) * 24 * 60), min_size=1, max_size=40, unique=True).map(sorted)


@given(story=stories, times=moments)
@settings(max_examples=200, deadline=None)
def test_engine_says_what_the_sentence_says_whenever_it_is_asked(story: Story, times: list[int]) -> None:
    world = World(TEXT)
    first = START + minutes(times[0])
    for minute in times:
        now = START + minutes(minute)
        status = world.one(now, story.seen(now))
        assert (status.standing is Standing.BREACHED) == story.breached(now, first), now


@given(story=stories, times=moments, extra=moments)
@settings(max_examples=100, deadline=None)
def test_how_often_it_is_asked_changes_nothing(story: Story, times: list[int], extra: list[int]) -> None:
    seldom, often = World(TEXT), World(TEXT)
    every = sorted({*times, *(minute for minute in extra if minute > times[0])})
    for minute in every:
        now = START + minutes(minute)
        answer = often.one(now, story.seen(now))
        if minute in times:
            assert seldom.one(now, story.seen(now)) == answer


@given(story=stories, times=moments, restarts=st.sets(st.integers(0, 39)))
@settings(max_examples=50, deadline=None)
def test_restarts_change_nothing(story: Story, times: list[int], restarts: set[int]) -> None:
    steady, shaky = World(TEXT), World(TEXT)
    for index, minute in enumerate(times):
        now = START + minutes(minute)
        if index in restarts:
            shaky.restart()
        assert shaky.one(now, story.seen(now)) == steady.one(now, story.seen(now))


@given(story=stories, times=moments)
@settings(max_examples=100, deadline=None)
def test_late_is_the_time_since_a_deadline_that_was_seen_coming(story: Story, times: list[int]) -> None:
    world = World(TEXT)
    for minute in times:
        now = START + minutes(minute)
        status = world.one(now, story.seen(now))
        if status.standing is Standing.BREACHED:
            assert status.deadline is not None
            assert START + minutes(times[0]) < status.deadline <= now
            assert status.late == (now - status.deadline).total_seconds()
            assert status.cause is not None
        else:
            assert status.late == 0
            assert status.cause is None
            assert status.deadline is None or status.deadline > now


@given(
    ends=st.lists(st.integers(0, 10_000), min_size=0, max_size=10, unique=True).map(sorted),
    times=st.lists(st.integers(0, 12_000), min_size=1, max_size=30, unique=True).map(sorted),
)
@settings(max_examples=200, deadline=None)
def test_max_age_is_breached_exactly_while_the_last_success_is_too_old(
    ends: list[int], times: list[int]
) -> None:
    world = World("slas: [{dag: finance_daily, max_age: 26h}]")
    limit, first = 26 * 60, times[0]
    for minute in times:
        now = START + minutes(minute)
        done = [end for end in ends if end <= minute]
        runs = tuple(
            Run(run_id=str(end), run_type="manual", state="success", due=found, start=found, end=found)
            for end in reversed(done)
            for found in [START + minutes(end)]
        )
        status = world.one(now, dag(runs=runs[:20]))
        assert (status.standing is Standing.BREACHED) == (minute - (done[-1] if done else first) >= limit)
