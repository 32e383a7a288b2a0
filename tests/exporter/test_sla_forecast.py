"""From `ok` to `at_risk`: predictions beside the deadlines of runs under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import pytest

from tests.exporter.sla_history import MINUTE, chain
from tests.exporter.sla_world import at, dag, runs
from windsock.catalog import sla as catalog
from windsock.facts import ActiveTasks, Dag, Facts, Pool, Run
from windsock.sla import Cause, Standing, Status, samples
from windsock.sla.flight import Flight
from windsock.sla.forecast import Forecaster
from windsock.sla.prediction import AT_RISK, SAFE
from windsock.sla.progress import TaskNow
from windsock.sla.usual_path import learn

# Thirty days whose tasks take 20, 30 and 10 minutes, give or take.
USUAL = learn([chain(day, [work * (0.9 + 0.05 * (day % 5)) for work in (20, 30, 10)]) for day in range(30)])
DUE = at("2026-04-01 02:00")
DEADLINE = at("2026-04-01 03:30")


def status(kind: str = "finish_by", **fields: object) -> Status:
    known: dict[str, object] = {
        "sla": kind,
        "dag_id": "finance_daily",
        "kind": kind,
        "team": "finance",
        "severity": "page",
        "deadline_text": "03:30 UTC",
        "standing": Standing.OK,
        "deadline": DEADLINE,
    }
    return Status(**{**known, **fields})  # type: ignore[arg-type]


def under_way(start: datetime | None = DUE, due: datetime = DUE) -> Run:
    return Run(
        run_id=f"scheduled__{due:%Y-%m-%d}",
        run_type="scheduled",
        state="queued" if start is None else "running",
        due=due,
        start=start,
        end=None,
    )


def facts(
    minute: float,
    *,
    known: Dag | None = None,
    tasks: Mapping[str, TaskNow] | None = None,
    flight: bool = True,
) -> Facts:
    known = known or dag(runs=(under_way(),))
    own = {run.run_id: tasks or {} for run in known.runs}
    flights = {known.dag_id: Flight(usual=USUAL, tasks=own)} if flight else {}
    pools = {"default_pool": Pool(limit=8, occupied=8)}
    return Facts(
        now=DUE + timedelta(minutes=minute), dags={known.dag_id: known}, pools=pools, flights=flights
    )


def task(state: str, since: float, until: float | None = None) -> TaskNow:
    start = DUE.timestamp()
    return TaskNow(state, start + since * MINUTE, None if until is None else start + until * MINUTE)


USUAL_START = {"a": task("success", 0, 20), "b": task("running", 20)}
LATE_START = {"a": task("success", 0, 65), "b": task("running", 65)}


def test_a_run_that_goes_as_usual_is_in_time_with_a_prediction() -> None:
    (found,) = Forecaster().add([status()], facts(25, tasks=USUAL_START))
    assert found.standing is Standing.OK
    assert found.cause is None
    assert found.prediction is not None
    half = datetime.fromtimestamp(found.prediction.p50, timezone.utc)
    assert abs(half - (DUE + timedelta(minutes=60))) < timedelta(minutes=5)


def test_a_run_that_will_be_late_puts_its_sla_at_risk_with_the_cause() -> None:
    known = dag(
        runs=(under_way(),), tasks=(ActiveTasks(state="running", pool="default_pool", queue="q", count=1),)
    )
    (found,) = Forecaster().add([status()], facts(66, known=known, tasks=LATE_START))
    assert found.standing is Standing.AT_RISK
    assert found.cause is Cause.RUNNING_LONG
    assert found.late == 0
    assert found.prediction is not None
    assert found.prediction.p50 > DEADLINE.timestamp()
    assert found.prediction.miss > AT_RISK
    assert any(word.startswith("a took 1 h 05 min, usually") for word in found.prediction.words)


def test_a_run_that_waits_in_the_queue_too_long_is_at_risk() -> None:
    known = dag(runs=(under_way(start=None),))
    (found,) = Forecaster().add([status()], facts(60, known=known))
    assert found.standing is Standing.AT_RISK


def test_risk_ends_only_when_it_is_safely_over() -> None:
    forecaster = Forecaster()
    near = [minute / 2 for minute in range(20, 120)]

    def chance(since: float) -> float:
        (found,) = Forecaster().add([status()], facts(since + 1, tasks=_slow(since)))
        assert found.prediction is not None
        return found.prediction.miss

    between = next(since for since in near if SAFE < chance(since) < AT_RISK)
    (before,) = forecaster.add([status()], facts(between + 1, tasks=_slow(between)))
    assert before.standing is Standing.OK
    (bad,) = forecaster.add([status()], facts(90 - 1, tasks=_slow(88)))
    assert bad.standing is Standing.AT_RISK
    (after,) = forecaster.add([status()], facts(between + 1, tasks=_slow(between)))
    assert after.standing is Standing.AT_RISK
    (over,) = forecaster.add([status()], facts(25, tasks=USUAL_START))
    assert over.standing is Standing.OK


def _slow(since: float) -> dict[str, TaskNow]:
    return {"a": task("success", 0, since), "b": task("running", since)}


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        pytest.param(status(met=True), facts(66, tasks=LATE_START), id="met already"),
        pytest.param(status(standing=Standing.BREACHED), facts(66, tasks=LATE_START), id="breached"),
        pytest.param(status(standing=Standing.UNKNOWN, deadline=None), facts(66), id="unknown"),
        pytest.param(status(), facts(66, tasks=LATE_START, flight=False), id="nothing learned yet"),
        pytest.param(status(), facts(66, known=dag()), id="no run under way"),
        pytest.param(status("success_ratio"), facts(66, tasks=LATE_START), id="a kind without a finish"),
        pytest.param(
            status(),
            facts(66, known=dag(runs=(under_way(due=DUE - timedelta(days=1)),))),
            id="yesterday's run, which cannot meet this deadline",
        ),
    ],
)
def test_where_nothing_is_predicted_nothing_changes(one: Status, seen: Facts) -> None:
    assert Forecaster().add([one], seen) == (one,)


def test_without_facts_nothing_is_predicted() -> None:
    assert Forecaster().add([status()], None) == (status(),)


def test_an_age_is_predicted_by_the_run_that_would_renew_it() -> None:
    success = Run(
        run_id="earlier",
        run_type="scheduled",
        state="success",
        due=DUE - timedelta(days=1),
        start=DUE - timedelta(days=1),
        end=DUE - timedelta(hours=22),
    )
    known = dag(runs=runs(success, under_way()))
    (found,) = Forecaster().add([status("max_age")], facts(66, known=known, tasks=LATE_START))
    assert found.standing is Standing.AT_RISK
    # A newer success has done what the older run would.
    newer = Run(
        run_id="newer", run_type="manual", state="success", due=DUE + timedelta(minutes=1), start=DUE, end=DUE
    )
    known = dag(runs=runs(newer, under_way()))
    (found,) = Forecaster().add([status("max_age")], facts(66, known=known, tasks=LATE_START))
    assert found.prediction is None


def test_a_prediction_is_kept_for_a_while_where_nothing_has_changed() -> None:
    forecaster = Forecaster()
    (first,) = forecaster.add([status()], facts(25, tasks=USUAL_START))
    (again,) = forecaster.add([status()], facts(25.25, tasks=USUAL_START))
    (later,) = forecaster.add([status()], facts(27, tasks=USUAL_START))
    assert again.prediction is first.prediction
    assert later.prediction is not first.prediction


def test_the_series_say_what_is_predicted() -> None:
    (found,) = Forecaster().add([status()], facts(66, tasks=LATE_START))
    values = {metric: value for metric, _, value in samples([found])}
    assert values[catalog.SLA_AT_RISK] == 1
    assert values[catalog.SLA_BREACHED] == 0
    assert values[catalog.SLA_MISS_PERCENT] > 100 * AT_RISK
    assert values[catalog.SLA_PREDICTED] < values[catalog.SLA_PREDICTED_P90]
    assert values[catalog.SLA_CAUSE] == 1
    quiet = {metric for metric, _, _ in samples([status()])}
    assert catalog.SLA_PREDICTED not in quiet


def test_of_several_runs_under_way_the_best_one_counts() -> None:
    stuck, fine = under_way(due=DUE - timedelta(minutes=30), start=DUE - timedelta(minutes=30)), under_way()
    known = dag(runs=runs(stuck, fine))
    flight = Flight(usual=USUAL, tasks={stuck.run_id: _slow(88), fine.run_id: USUAL_START})
    seen = Facts(now=DUE + timedelta(minutes=89), dags={known.dag_id: known}, flights={known.dag_id: flight})
    (both,) = Forecaster().add([status()], seen)
    alone = dag(runs=(fine,))
    (one,) = Forecaster().add(
        [status()], Facts(now=seen.now, dags={alone.dag_id: alone}, flights=seen.flights)
    )
    assert both.prediction is not None
    assert one.prediction is not None
    assert both.prediction.miss <= one.prediction.miss


def failed_run(due: datetime = DUE) -> Run:
    return Run(run_id="scheduled__failed", run_type="scheduled", state="failed", due=due, start=due, end=due)


def test_a_run_that_failed_puts_its_sla_at_risk_until_somebody_clears_it() -> None:
    (found,) = Forecaster().add([status()], facts(20, known=dag(runs=(failed_run(),)), flight=False))
    assert (found.standing, found.cause) == (Standing.AT_RISK, Cause.FAILED)
    assert found.prediction is None


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(dag(runs=(failed_run(DUE - timedelta(days=1)),)), id="the day before"),
        pytest.param(dag(runs=(failed_run(),), next_due=DUE + timedelta(minutes=20)), id="another is due"),
        pytest.param(dag(runs=runs(failed_run(), under_way())), id="another is under way"),
    ],
)
def test_a_failed_run_is_no_risk_where_another_can_keep_the_promise(known: Dag) -> None:
    (found,) = Forecaster().add([status()], facts(20, known=known, flight=False))
    assert found.standing is Standing.OK


def test_how_long_others_have_waited_where_its_tasks_wait_is_part_of_the_prediction() -> None:
    usual = learn([chain(day, (10, 10, 10), wait=5 + day % 7) for day in range(30)])
    waiting = ActiveTasks(state="queued", pool="default_pool", queue="q", count=1)
    known = dag(runs=(under_way(),), tasks=(waiting,))
    flight = Flight(usual=usual, tasks={under_way().run_id: {"a": task("success", 8, 18)}})

    def half(wait: float) -> float:
        seen = Facts(
            now=DUE + timedelta(minutes=19),
            dags={known.dag_id: known},
            flights={known.dag_id: flight},
            waits={("default_pool", "q"): wait, ("default_pool", "other"): 9e5},
        )
        (found,) = Forecaster().add([status()], seen)
        assert found.prediction is not None
        return found.prediction.p50

    assert half(40 * MINUTE) > half(2 * MINUTE) + 5 * MINUTE
