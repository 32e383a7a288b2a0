"""A backfill of thousands of runs in the simulated Airflow, written in bulk."""

from __future__ import annotations

from tests.support.simulator import FIRST_DAY, Simulator
from windsock.catalog import outcomes


class Backfill:
    """Runs that all start at once, with two tasks each.

    Attributes:
        ids: of the runs.
    """

    def __init__(self, simulator: Simulator, runs: int) -> None:
        self._simulator = simulator
        self._start = simulator.now()
        first = self._reserve(runs)
        self.ids = range(first, first + runs)
        connection = simulator.connection
        dates = "logical_date, run_after" if simulator.three else "execution_date, data_interval_end"
        connection.execute(
            "INSERT INTO dag_run (id, dag_id, run_id, run_type, state, queued_at, start_date, clear_number,"
            f" {dates}) SELECT id, 'backfilled', 'backfill__' || id, 'backfill', 'running', %(start)s,"
            " %(start)s, 0, %(day)s::timestamptz + id * interval '1 second', %(day)s"
            " FROM generate_series(%(first)s::int, %(last)s::int) id",
            {"start": self._start, "day": FIRST_DAY, **_bounds(self.ids)},
        )
        name, value = (", id", ", gen_random_uuid()") if simulator.three else ("", "")
        connection.execute(
            "INSERT INTO task_instance (dag_id, run_id, task_id, map_index, try_number, pool, pool_slots,"
            f" operator{name}) SELECT 'backfilled', 'backfill__' || run, task, -1, 1, 'default_pool', 1,"
            f" 'BackfilledOperator'{value}"
            " FROM generate_series(%(first)s::int, %(last)s::int) run, unnest(ARRAY['a', 'b']) task",
            _bounds(self.ids),
        )

    def finish(self, ids: range) -> None:
        """Let these runs succeed."""
        simulator, end = self._simulator, self._simulator.now()
        seconds = (end - self._start).total_seconds()
        with simulator.connection.transaction():
            simulator.connection.execute(
                "UPDATE task_instance SET state = 'success', start_date = %(start)s, end_date = %(end)s,"
                " duration = %(seconds)s WHERE dag_id = 'backfilled' AND run_id IN"
                " (SELECT 'backfill__' || id FROM generate_series(%(first)s::int, %(last)s::int) id)",
                {"start": self._start, "end": end, "seconds": seconds, **_bounds(ids)},
            )
            simulator.connection.execute(
                "UPDATE dag_run SET state = 'success', end_date = %(end)s"
                " WHERE id BETWEEN %(first)s AND %(last)s",
                {"end": end, **_bounds(ids)},
            )
        log, tasks = simulator.log, 2 * len(ids)
        place = {"operator": "BackfilledOperator", "isolation": "shared"}
        labels = {"state": "success", "run_type": "backfill"}
        log.count(outcomes.RUNS_FINISHED, len(ids), dag_id="backfilled", **labels)
        for _ in ids:
            log.observe(outcomes.RUN_SECONDS, seconds, **labels)
        log.count(outcomes.OUTCOMES, tasks, dag_id="backfilled", state="success")
        log.count(outcomes.OPERATOR_OUTCOMES, tasks, state="success", **place)
        log.count(outcomes.SLOT_SECONDS, tasks * seconds, dag_id="backfilled")
        log.count(outcomes.OPERATOR_SLOT_SECONDS, tasks * seconds, **place)

    def _reserve(self, runs: int) -> int:
        connection = self._simulator.connection
        (first,) = connection.execute("SELECT nextval('dag_run_id_seq')").fetchone() or (0,)
        connection.execute("SELECT setval('dag_run_id_seq', %s)", (first + runs,))
        return int(first)


def _bounds(ids: range) -> dict[str, int]:
    return {"first": ids.start, "last": ids.stop - 1}
