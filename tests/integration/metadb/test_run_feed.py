"""What the run feed counts, one fact each; that it stays exact under kills is tested apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.feed_world import MINUTE, NOW, SECOND, World, total
from windsock.catalog import outcomes
from windsock.collect.runs.run_memo import Finish
from windsock.figures import Figures
from windsock.metadb.trouble import ReadError


@pytest.fixture(params=["2.11", "3.3"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(tmp_path, request.param)
    yield made
    made.close()


def _finished(figures: Figures) -> float:
    return total(figures, outcomes.RUNS_FINISHED)


def test_counting_starts_at_start_and_history_is_never_counted(world: World) -> None:
    world.run(1, "success")
    world.task(1, "t", "success")
    assert _finished(world.read()) == 0
    assert _finished(world.read()) == 0


def test_a_run_that_was_active_is_counted_with_its_tasks_when_it_finishes(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.task(1, "t", "success", try_number=3)
    world.task(1, "u", "skipped", start_date=NOW, duration=0.0, try_number=0, operator="EmptyOperator")
    world.task(1, "v", "upstream_failed", start_date=None, end_date=None, duration=None, try_number=0)
    world.finish(1)
    for _ in range(2):
        figures = world.read()
        assert total(figures, outcomes.RUNS_FINISHED, state="success", run_type="scheduled", dag_id="a") == 1
        assert total(figures, outcomes.OUTCOMES, state="success") == 1
        assert total(figures, outcomes.OUTCOMES, state="skipped") == 1
        assert total(figures, outcomes.OUTCOMES, state="upstream_failed") == 1
        assert total(figures, outcomes.OPERATOR_OUTCOMES, operator="BashOperator", isolation="shared") == 2
        assert total(figures, outcomes.RETRIES) == 2
        assert total(figures, outcomes.SUCCESSES_AFTER_RETRY) == 1
        assert total(figures, outcomes.SLOT_SECONDS, dag_id="a") == 600
        assert figures.histogram(outcomes.RUN_SECONDS)["success", "scheduled"][1] == 600
        assert figures.histogram(outcomes.START_DELAY)[("scheduled",)][1] == 60


def test_a_run_that_came_and_went_between_two_cycles_is_counted_once(world: World) -> None:
    world.read()
    world.run(1, "failed")
    assert [_finished(world.read()) for _ in range(3)] == [1, 1, 1]


def test_an_id_that_is_committed_late_is_counted(world: World) -> None:
    world.read()
    world.run(2, "success")
    assert _finished(world.read()) == 1
    world.run(1, "success")
    assert _finished(world.read()) == 2


def test_what_finished_while_the_exporter_was_down_is_counted_after_the_restart(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.finish(1)
    world.run(2, "success")
    world.restart()
    assert _finished(world.read()) == 2
    world.restart()
    assert _finished(world.read()) == 2


def test_a_re_run_is_a_new_finish_and_counts_the_tasks_that_ended_since(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.task(1, "t", "success")
    world.task(1, "u", "failed")
    world.finish(1)
    world.read()
    world.clear(1, NOW + MINUTE)
    figures = world.read(now=NOW + MINUTE)
    assert _finished(figures) == 1
    world.sql(
        "UPDATE task_instance SET state = 'success', try_number = 2, end_date = ? WHERE task_id = 'u'",
        NOW + 2 * MINUTE,
    )
    world.finish(1, NOW + 3 * MINUTE, start=NOW + 2 * MINUTE)
    world.restart()
    figures = world.read(now=NOW + 3 * MINUTE)
    assert _finished(figures) == 2
    assert total(figures, outcomes.OUTCOMES, state="success") == 2
    assert total(figures, outcomes.OUTCOMES, state="failed") == 1
    assert total(figures, outcomes.RETRIES) == 1
    assert figures.histogram(outcomes.START_DELAY)[("scheduled",)][0][-1] == 1


def test_of_a_run_that_had_finished_before_us_only_what_ended_since_it_was_cleared_counts(
    world: World,
) -> None:
    world.run(1, "success")
    world.task(1, "t", "success")
    world.task(1, "u", "failed", end_date=NOW + 2 * MINUTE)
    world.clear(1, NOW + MINUTE)
    world.read()
    world.finish(1, NOW + 3 * MINUTE)
    figures = world.read(now=NOW + 3 * MINUTE)
    assert total(figures, outcomes.OUTCOMES, state="success") == 0
    assert total(figures, outcomes.OUTCOMES, state="failed") == 1


def test_a_finished_run_that_somebody_marks_by_hand_has_not_finished_again(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.read()
    # On 2.7 with a new end.
    world.sql("UPDATE dag_run SET state = 'failed', end_date = ? WHERE id = 1", NOW + MINUTE)
    assert _finished(world.read(now=NOW + MINUTE)) == 1


def test_a_run_that_is_deleted_is_forgotten(world: World) -> None:
    world.run(1, "running")
    world.run(2, "running")
    world.read()
    world.finish(2)
    world.sql("DELETE FROM dag_run WHERE id = 1")
    assert _finished(world.read()) == 1
    world.sql("DELETE FROM dag_run WHERE id = 2")
    assert _finished(world.read()) == 1


def test_a_database_whose_ids_have_fallen_is_counted_from_there(world: World) -> None:
    world.run(9_000, "success")
    world.run(20_000, "success")
    world.read()
    world.sql("DELETE FROM dag_run WHERE id > 9000")
    assert _finished(world.read()) == 0
    world.run(9_001, "success")
    assert _finished(world.read()) == 1


def test_an_id_that_is_given_out_again_is_another_run(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.task(1, "t", "success")
    world.read()
    world.sql("DELETE FROM task_instance")
    world.sql("DELETE FROM dag_run")
    world.run(1, "success", run_id="another", end_date=NOW + MINUTE)
    world.task(1, "t", "success", run_id="another")
    figures = world.read(now=NOW + MINUTE)
    assert _finished(figures) == 2
    assert total(figures, outcomes.OUTCOMES) == 2


def test_another_database_with_far_higher_ids_is_not_counted_as_what_we_missed(world: World) -> None:
    world.run(1, "success")
    world.read()
    for run in range(5_000_000, 5_000_020):
        world.run(run, "success")
    assert _finished(world.read()) == 0
    world.run(5_000_020, "success", end_date=NOW + SECOND)
    assert _finished(world.read()) == 1


def test_ten_thousand_new_runs_are_counted_in_one_cycle(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.sql(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO dag_run SELECT * FROM dag_run WHERE 0"
    )
    names = [row[1] for row in world.connection.execute("PRAGMA table_info(dag_run)")]
    other = {
        "id": "n.i",
        "run_id": "'r' || n.i",
        "execution_date": "'x' || n.i",
        "logical_date": "'x' || n.i",
    }
    world.sql(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        f" INSERT INTO dag_run SELECT {', '.join(other.get(name, 'd.' + name) for name in names)}"
        " FROM dag_run d, n WHERE d.id = 1"
    )
    assert [_finished(world.read()) for _ in range(2)] == [10_000, 10_000]


def test_a_run_that_finished_within_a_reading_is_not_forgotten_before_the_next(world: World) -> None:
    world.run(1, "running")
    world.read()
    memo = world.memo()
    memo.add(1, Finish(name=1, start=None, end=NOW - timedelta(hours=1)), NOW)
    for run in range(2, 6_000):
        memo.add(run, Finish(name=1, start=None, end=NOW - timedelta(hours=1)), NOW)
    memo.low, memo.latest = 10_000, NOW
    memo.forget()
    assert 1 in memo.finished
    assert len(memo.finished) == 5_000


def test_a_reading_that_fails_halfway_counts_nothing_twice(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.finish(1)
    world.task(1, "t", "success")
    world.sql("ALTER TABLE task_instance RENAME TO elsewhere")
    with pytest.raises(ReadError):
        world.read()
    world.sql("ALTER TABLE elsewhere RENAME TO task_instance")
    figures = world.read()
    assert _finished(figures) == 1
    assert total(figures, outcomes.OUTCOMES) == 1


@pytest.mark.parametrize(
    ("name", "isolation"),
    [
        pytest.param("KubernetesPodOperator", "isolated", id="pod"),
        pytest.param("@task.virtualenv", "isolated", id="by the decorator's name"),
        pytest.param("PythonOperator", "shared", id="in the worker"),
    ],
)
def test_operators_are_told_by_whether_they_isolate(world: World, name: str, isolation: str) -> None:
    world.read()
    world.task(1, "t", "success", operator="Whatever", custom_operator_name=name)
    world.run(1, "success")
    assert total(world.read(), outcomes.OPERATOR_OUTCOMES, operator=name, isolation=isolation) == 1
