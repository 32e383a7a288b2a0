"""`finish_by`, sentence by sentence of the design's meanings. 2026-03-02 is a Monday."""

from __future__ import annotations

import pytest

from tests.exporter.sla_world import World, at, dag, run, runs
from windsock.facts import Run
from windsock.sla import Cause, Standing

DAILY = 'slas: [{dag: finance_daily, finish_by: "06:30"}]'
WEEKDAYS = 'slas: [{dag: finance_daily, finish_by: "06:30", days: [mon, tue, wed, thu, fri]}]'

FRIDAY_DONE = run("2026-02-27 02:00", end="2026-02-27 03:00")
SUNDAY_DONE = run("2026-03-01 02:00", end="2026-03-01 03:00")
MONDAY_RUNNING = run("2026-03-02 02:00", state="running")
MONDAY_DONE = run("2026-03-02 02:00", end="2026-03-02 03:00")
MONDAY_LATE = run("2026-03-02 02:00", end="2026-03-02 07:10")
MONDAY_FAILED = run("2026-03-02 02:00", state="failed", end="2026-03-02 03:00")
TUESDAY = at("2026-03-03 02:00")


def _world(text: str = DAILY) -> World:
    """An SLA first seen on Sunday noon, when everything was fine."""
    world = World(text)
    world.one("2026-03-01 12:00", dag(next_due=at("2026-03-02 02:00"), runs=(SUNDAY_DONE,)))
    return world


def test_success_before_the_deadline_keeps_it() -> None:
    world = _world()
    assert world.one("2026-03-02 06:30", dag(next_due=TUESDAY, runs=(MONDAY_DONE,))).standing is Standing.OK


def test_passed_deadline_without_success_is_breached() -> None:
    status = _world().one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING, SUNDAY_DONE)))
    assert status.standing is Standing.BREACHED
    assert status.deadline == at("2026-03-02 06:30")
    assert status.late == 60


def test_just_before_the_deadline_nothing_is_breached() -> None:
    status = _world().one("2026-03-02 06:29:59", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    assert (status.standing, status.late, status.cause) == (Standing.OK, 0, None)
    assert status.deadline == at("2026-03-02 06:30")


def test_success_after_the_deadline_is_a_miss_that_is_made_up_for() -> None:
    world = _world()
    assert world.one("2026-03-02 07:00", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,))).late == 30 * 60
    status = world.one("2026-03-02 07:11", dag(next_due=TUESDAY, runs=(MONDAY_LATE,)))
    assert (status.standing, status.late) == (Standing.OK, 0)
    assert status.deadline == at("2026-03-03 06:30")


@pytest.mark.parametrize("kind", ["scheduled", "manual", "asset_triggered", "dataset_triggered"])
def test_runs_of_every_type_in_the_window_count(kind: str) -> None:
    done = run("2026-03-02 05:00", end="2026-03-02 05:30", kind=kind)
    status = _world().one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=runs(done, MONDAY_FAILED)))
    assert status.standing is Standing.OK


def test_run_due_before_the_previous_deadline_does_not_count() -> None:
    early = run("2026-03-01 06:30", end="2026-03-02 05:00", kind="manual")
    status = _world().one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=runs(early, MONDAY_RUNNING)))
    assert status.standing is Standing.BREACHED


def test_met_stays_met_if_the_run_is_cleared_before_the_deadline() -> None:
    world = _world()
    assert world.one("2026-03-02 04:00", dag(next_due=TUESDAY, runs=(MONDAY_DONE,))).met
    world.one("2026-03-02 06:00", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    status = world.one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    assert status.standing is Standing.OK


def test_met_stays_met_if_the_run_is_cleared_after_the_deadline_and_fails() -> None:
    world = _world()
    world.one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=(MONDAY_DONE,)))
    assert world.one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(MONDAY_FAILED,))).standing is Standing.OK


def test_deadlines_from_before_the_sla_was_first_seen_do_not_exist() -> None:
    world = World(DAILY)
    status = world.one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING, SUNDAY_DONE)))
    assert status.standing is Standing.OK
    assert status.deadline == at("2026-03-03 06:30")


def test_no_deadline_exists_on_a_day_without_a_due_run() -> None:
    world = World(DAILY)
    monday = at("2026-03-02 02:00")
    friday = dag(next_due=monday, runs=(FRIDAY_DONE,))
    for now in ("2026-02-27 12:00", "2026-02-28 06:31", "2026-03-01 06:31"):
        status = world.one(now, friday)
        assert status.standing is Standing.OK
        assert status.deadline == at("2026-03-02 06:30")


def test_previous_deadline_is_the_last_one_that_existed() -> None:
    world = World(DAILY)
    friday = at("2026-02-27 02:00")
    world.one("2026-02-27 01:00", dag(next_due=friday))
    world.one("2026-02-27 12:00", dag(next_due=at("2026-03-02 02:00"), runs=(FRIDAY_DONE,)))
    saturday = run("2026-02-28 10:00", end="2026-02-28 10:30", kind="manual")
    status = world.one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING, saturday)))
    assert status.standing is Standing.OK


def test_days_override_the_schedule() -> None:
    world = World('slas: [{dag: finance_daily, finish_by: "06:30", days: [sun]}]')
    idle = dag(scheduled=False)
    assert world.one("2026-02-28 12:00", idle).deadline == at("2026-03-01 06:30")
    assert world.one("2026-03-01 06:31", idle).standing is Standing.BREACHED


def test_with_days_the_weekend_is_quiet() -> None:
    world = World(WEEKDAYS)
    daily = dag(next_due=at("2026-02-28 02:00"), runs=(FRIDAY_DONE,))
    world.one("2026-02-27 12:00", daily)
    for now in ("2026-02-28 06:31", "2026-03-01 06:31"):
        assert world.one(now, daily).standing is Standing.OK
    assert world.one("2026-03-02 06:31", daily).standing is Standing.BREACHED


def test_with_days_monday_counts_runs_since_friday() -> None:
    world = World(WEEKDAYS)
    world.one("2026-02-27 12:00", dag(runs=(FRIDAY_DONE,)))
    assert world.one("2026-03-02 06:31", dag(runs=(SUNDAY_DONE, FRIDAY_DONE))).standing is Standing.OK


def test_paused_dag_misses_its_deadline() -> None:
    status = _world().one(
        "2026-03-02 06:31", dag(paused=True, next_due=at("2026-03-02 02:00"), runs=(SUNDAY_DONE,))
    )
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.PAUSED)


def test_dag_paused_since_before_the_sla_misses_the_first_deadline() -> None:
    world = World(DAILY)
    paused = dag(paused=True, next_due=at("2026-02-20 02:00"))
    status = world.one("2026-03-01 12:00", paused)
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 06:30"))
    status = world.one("2026-03-03 07:00", paused)
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-02 06:30"))
    # Unpaused, the scheduler makes up for the one interval that was frozen.
    done = run("2026-02-20 02:00", end="2026-03-03 07:30")
    assert (
        world.one("2026-03-03 07:31", dag(next_due=at("2026-03-04 02:00"), runs=(done,))).standing
        is Standing.OK
    )


def test_breach_lasts_while_paused_and_its_lateness_grows() -> None:
    world = _world()
    paused = dag(paused=True, next_due=at("2026-03-02 02:00"), runs=(SUNDAY_DONE,))
    assert world.one("2026-03-02 06:31", paused).late == 60
    status = world.one("2026-03-05 06:30", paused)
    assert (status.late, status.deadline) == (3 * 24 * 3600, at("2026-03-02 06:30"))


def test_older_runs_success_does_not_end_a_breach() -> None:
    world = _world()
    world.one("2026-03-02 07:00", dag(next_due=TUESDAY, runs=(MONDAY_FAILED, SUNDAY_DONE)))
    older = run("2026-03-01 06:30", end="2026-03-02 07:30")
    status = world.one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(MONDAY_FAILED, older)))
    assert status.standing is Standing.BREACHED


def test_breach_ends_when_the_next_deadline_is_met() -> None:
    world = _world()
    world.one("2026-03-02 07:00", dag(next_due=TUESDAY, runs=(MONDAY_FAILED,)))
    tuesday = run("2026-03-03 02:00", end="2026-03-03 03:00")
    status = world.one(
        "2026-03-03 03:01", dag(next_due=at("2026-03-04 02:00"), runs=(tuesday, MONDAY_FAILED))
    )
    assert status.standing is Standing.OK


def test_late_success_of_yesterday_does_not_excuse_todays_miss() -> None:
    world = _world()
    tuesday = run("2026-03-03 02:00", state="queued")
    world.one("2026-03-03 07:00", dag(next_due=at("2026-03-04 02:00"), runs=(tuesday, MONDAY_RUNNING)))
    late = run("2026-03-02 02:00", end="2026-03-03 07:30")
    status = world.one("2026-03-03 07:31", dag(next_due=at("2026-03-04 02:00"), runs=(tuesday, late)))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-03 06:30"))


def test_backlog_brings_its_deadlines_with_it() -> None:
    world = _world()
    blocked = dag(next_due=TUESDAY, at_max_active_runs=True, runs=(MONDAY_RUNNING,))
    assert world.one("2026-03-05 07:00", blocked).deadline == at("2026-03-02 06:30")
    done = run("2026-03-02 02:00", end="2026-03-05 08:00")
    tuesday = run("2026-03-03 02:00", state="running")
    status = world.one("2026-03-05 08:01", dag(next_due=at("2026-03-04 02:00"), runs=(tuesday, done)))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-03 06:30"))


def test_exporter_that_slept_over_the_deadline_judges_it_by_the_ends_of_runs() -> None:
    on_time, late = _world(), _world()
    now = "2026-03-02 09:00"
    assert on_time.one(now, dag(next_due=TUESDAY, runs=(MONDAY_DONE,))).standing is Standing.OK
    assert late.one(now, dag(next_due=TUESDAY, runs=(MONDAY_FAILED,))).standing is Standing.BREACHED


def test_frequent_dag_has_a_deadline_each_day() -> None:
    world = World(DAILY)
    world.one("2026-03-01 12:00", dag(next_due=at("2026-03-01 13:00")))
    failing = tuple(run(f"2026-03-02 0{hour}:00", state="failed") for hour in (6, 5, 4))
    status = world.one("2026-03-02 06:31", dag(next_due=at("2026-03-02 07:00"), runs=failing))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.FAILED)


def test_success_older_than_the_twenty_newest_runs_is_remembered() -> None:
    world = _world()
    world.one("2026-03-02 04:00", dag(next_due=TUESDAY, runs=(MONDAY_DONE,)))
    newer: tuple[Run, ...] = tuple(
        run(f"2026-03-02 05:{minute:02}", state="failed", kind="manual") for minute in range(39, 19, -1)
    )
    assert world.one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=newer)).standing is Standing.OK


def test_dag_without_schedule_and_days_cannot_be_judged_and_says_so() -> None:
    status = World(DAILY).one("2026-03-01 12:00", dag(scheduled=False))
    assert status.standing is Standing.UNKNOWN
    assert status.warning == "the DAG has no time schedule, so no deadline exists: give `days` or use max_age"


def test_changed_time_does_not_end_a_breach() -> None:
    world = _world()
    world.one("2026-03-02 06:31", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    world.restart('slas: [{dag: finance_daily, finish_by: "23:00"}]')
    status = world.one("2026-03-02 06:40", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-02 06:30"))
    assert status.deadline_text == "23:00 UTC"


@pytest.mark.parametrize(
    ("zone", "deadline"),
    [
        pytest.param("Europe/Berlin", "2026-03-02 05:30", id="winter in Berlin"),
        pytest.param("America/New_York", "2026-03-02 11:30", id="New York"),
        pytest.param("Asia/Kathmandu", "2026-03-03 00:45", id="Kathmandu"),
    ],
)
def test_time_is_local(zone: str, deadline: str) -> None:
    world = World(f'slas: [{{dag: finance_daily, finish_by: "06:30", timezone: {zone}}}]')
    status = world.one("2026-03-02 01:00", dag(next_due=at("2026-03-02 02:00")))
    assert status.deadline == at(deadline)
    assert status.deadline_text == f"06:30 {zone}"


def test_success_within_grace_keeps_the_deadline() -> None:
    world = _world('slas: [{dag: finance_daily, finish_by: "06:30", grace: 30m}]')
    running = dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,))
    status = world.one("2026-03-02 06:45", running)
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 06:30"))
    done = run("2026-03-02 02:00", end="2026-03-02 06:59")
    assert world.one("2026-03-02 07:01", dag(next_due=TUESDAY, runs=(done,))).standing is Standing.OK


def test_after_grace_lateness_counts_from_the_deadline() -> None:
    world = _world('slas: [{dag: finance_daily, finish_by: "06:30", grace: 30m}]')
    status = world.one("2026-03-02 07:00", dag(next_due=TUESDAY, runs=(MONDAY_RUNNING,)))
    assert (status.standing, status.deadline, status.late) == (
        Standing.BREACHED,
        at("2026-03-02 06:30"),
        1800,
    )


def test_run_that_is_due_within_grace_does_not_count_for_the_deadline_before() -> None:
    world = _world('slas: [{dag: finance_daily, finish_by: "06:30", grace: 30m}]')
    later = run("2026-03-02 06:35", end="2026-03-02 06:40", kind="manual")
    status = world.one("2026-03-02 06:50", dag(next_due=TUESDAY, runs=runs(later, MONDAY_RUNNING)))
    assert not status.met


# 2026-04-06 is Easter Monday, a holiday in Germany.
HOLIDAY = 'slas: [{dag: finance_daily, finish_by: "06:30", timezone: Europe/Berlin, holidays: DE}]'
EASTER_SUNDAY = run("2026-04-05 02:00", end="2026-04-05 03:00")
EASTER_MONDAY = run("2026-04-06 02:00", state="failed", end="2026-04-06 03:00")


def _easter(text: str = HOLIDAY) -> World:
    world = World(text)
    world.one("2026-04-05 12:00", dag(next_due=at("2026-04-06 02:00"), runs=(EASTER_SUNDAY,)))
    return world


def test_on_a_holiday_nothing_is_missed() -> None:
    tuesday = dag(next_due=at("2026-04-07 02:00"), runs=(EASTER_MONDAY, EASTER_SUNDAY))
    assert _easter().one("2026-04-06 08:00", tuesday).standing is Standing.OK
    without = _easter(HOLIDAY.replace(", holidays: DE", ""))
    assert without.one("2026-04-06 08:00", tuesday).standing is Standing.BREACHED


def test_deadline_after_a_holiday_is_shown_and_asks_for_a_run_of_its_own() -> None:
    world = _easter()
    good = run("2026-04-06 02:00", end="2026-04-06 03:00")
    status = world.one("2026-04-06 08:00", dag(next_due=at("2026-04-07 02:00"), runs=(good,)))
    assert (status.deadline, status.met) == (at("2026-04-07 04:30"), False)
    failed = run("2026-04-07 02:00", state="failed", end="2026-04-07 03:00")
    status = world.one("2026-04-07 04:31", dag(next_due=at("2026-04-08 02:00"), runs=runs(failed, good)))
    assert status.standing is Standing.BREACHED


def test_breach_from_before_a_holiday_goes_on() -> None:
    world = World(HOLIDAY.replace("06:30", "01:30"))
    sunday = dag(next_due=at("2026-04-04 22:00"))
    world.one("2026-04-04 12:00", sunday)
    broken = run("2026-04-04 22:00", state="failed", end="2026-04-04 22:10")
    assert world.one("2026-04-05 00:00", dag(next_due=at("2026-04-05 22:00"), runs=(broken,))).late == 1800
    assert world.one("2026-04-06 10:00", dag(next_due=at("2026-04-06 22:00"), runs=(broken,))).late > 86400


def test_holiday_is_the_one_of_the_local_day() -> None:
    # 23:30 in Honolulu on Easter Monday is Tuesday in UTC.
    text = 'slas: [{dag: finance_daily, finish_by: "23:30", timezone: Pacific/Honolulu, days: [mon, tue], '
    status = World(text + "holidays: DE}]").one("2026-04-06 12:00", dag())
    assert status.deadline == at("2026-04-08 09:30")


def test_holidays_of_each_country_that_is_given_are_passed_over() -> None:
    # Two Fridays: Christmas Day and New Year's Day.
    world = World('slas: [{dag: finance_daily, finish_by: "06:30", days: [fri], holidays: [DE, AT-9]}]')
    assert world.one("2026-12-19 12:00", dag()).deadline == at("2027-01-08 06:30")
