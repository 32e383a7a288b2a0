"""A small Airflow that writes runs and tasks into a real database as the real one does, and logs it.

The log says what an exporter may know of: what a re-run ended is logged when its run finishes, and a finish
that nobody can have seen (`unseen`) is counted apart.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg

from tests.support.event_log import EventLog
from tests.support.seed import insert, unchecked
from tests.support.simulator_model import FINAL, SHOP, Kind, Run, Task
from windsock.catalog import outcomes
from windsock.collect.tasks.attempts import key_of

FIRST_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Simulator:
    """One Airflow on one database.

    Args:
        dsn: of its database, as owner.
        three: whether it is Airflow 3.
        clock: how far Airflow's clocks are from this machine's.
    """

    def __init__(self, dsn: str, *, three: bool, rng: random.Random, clock: timedelta = timedelta(0)) -> None:
        self.three = three
        self._clock = clock
        self.log = EventLog()
        self.unseen = 0
        # By what the exporter will know the attempts that have ended, until somebody takes them out; with the
        # last heartbeat where that was not long before the end.
        self.attempts: dict[str, datetime | None] = {}
        self.rng = rng
        self._dsn = dsn
        self._number = 0
        # Workers do not agree about the time either.
        self._workers = [timedelta(seconds=skew) for skew in (-0.8, 0.0, 0.6)]
        self.connection = self.connect()

    def connect(self) -> psycopg.Connection[Any]:
        """Another connection, whose rows may refer to DAGs that are not there."""
        connection = psycopg.connect(self._dsn, autocommit=True)
        unchecked(connection)
        return connection

    def move(self, dsn: str) -> None:
        """Go on at another address."""
        self.connection.close()
        self._dsn = dsn
        self.connection = self.connect()

    def history(self, newest: int) -> None:
        """A run with a high id that finished before anybody looked."""
        run = self.create("history", SHOP, run=newest)
        self.start(run)
        self.mark(run, "success")
        self.connection.execute("SELECT setval('dag_run_id_seq', %s)", (newest,))
        self.connection.execute("SELECT setval('job_id_seq', %s)", (newest,))
        self.log = EventLog()

    def now(self) -> datetime:
        """The time of Airflow's scheduler."""
        return datetime.now(timezone.utc) + self._clock

    def create(
        self,
        dag_id: str,
        kinds: Iterable[Kind],
        *,
        run_type: str = "scheduled",
        run: int | None = None,
        on: psycopg.Connection[Any] | None = None,
    ) -> Run:
        """A queued run with all its task instances."""
        connection = on or self.connection
        self._number += 1
        logical = FIRST_DAY + timedelta(seconds=self._number)
        if run is None:
            run = connection.execute("SELECT nextval('dag_run_id_seq')").fetchone()[0]  # type: ignore[index]
        made = Run(
            id=run,
            dag_id=dag_id,
            run_id=f"{run_type}__{self._number}",
            run_type=run_type,
            due=self.now() - timedelta(seconds=self.rng.uniform(0, 20)),
            queued=self.now(),
        )
        with connection.transaction():
            insert(
                connection,
                "dag_run",
                id=made.id,
                dag_id=dag_id,
                run_id=made.run_id,
                run_type=run_type,
                state="queued",
                queued_at=made.queued,
                execution_date=logical,
                logical_date=logical,
                data_interval_start=logical,
                data_interval_end=made.due,
                run_after=made.due,
                clear_number=0,
            )
            for kind in kinds:
                for index in range(kind.mapped) if kind.mapped else (-1,):
                    made.tasks.append(self._task(connection, made, kind, index))
        return made

    def _task(self, connection: psycopg.Connection[Any], run: Run, kind: Kind, index: int) -> Task:
        task = Task(kind=kind, map_index=index, key=self._uuid())
        insert(
            connection,
            "task_instance",
            id=task.key,
            dag_id=run.dag_id,
            task_id=kind.task_id,
            run_id=run.run_id,
            map_index=index,
            try_number=0,
            pool=kind.pool,
            pool_slots=kind.slots,
            queue=kind.queue,
            operator=kind.operator,
            custom_operator_name=kind.label or None,
        )
        return task

    def start(self, run: Run) -> None:
        """The scheduler sets it running."""
        run.state, run.start = "running", self.now()
        self._write_run(run)

    def advance(self, run: Run, task: Task, *, succeeds: bool = True) -> None:
        """One step of a task instance, towards its end."""
        way = task.kind.way
        if task.state in {None, "up_for_retry"}:
            if self._waits_in_vain(run, task):
                self._end_unrun(task, "upstream_failed")
            elif way in {"skip", "empty"}:
                self._end_at_once(task, "skipped" if way == "skip" else "success")
            elif way == "remove" and task.map_index > 0:
                task.state, task.fresh = "removed", not run.finishes
            else:
                task.state, task.scheduled = "scheduled", self.now()
                task.try_number += not task.resumed
        elif task.state == "scheduled":
            task.state, task.queued = "queued", self.now()
        elif task.state == "queued":
            self._begin(task)
        elif task.state == "deferred":
            task.state, task.resumed, task.scheduled = "scheduled", True, self.now()
        elif way == "defer" and not task.resumed:
            task.state = "deferred"
        else:
            self._end(run, task, succeeds=succeeds)
        self._write_task(run, task)

    def _waits_in_vain(self, run: Run, task: Task) -> bool:
        return any(
            each.state in {"failed", "upstream_failed"}
            for each in run.tasks
            if each.kind.task_id == task.kind.after
        )

    def ready(self, run: Run, task: Task) -> bool:
        """Whether what it waits for has ended."""
        return all(each.state in FINAL for each in run.tasks if each.kind.task_id == task.kind.after)

    def _end_unrun(self, task: Task, state: str) -> None:
        """As `TaskInstance.set_state` does: an end that was there stays."""
        task.fresh = task.fresh or task.end is None
        task.state, task.start = state, task.start or self.now()
        task.end = task.end or self.now()

    def _end_at_once(self, task: Task, state: str) -> None:
        task.start = task.end = self.now()
        task.try_number += state == "success"
        task.state, task.fresh = state, True

    def _begin(self, task: Task) -> None:
        now = self._worker(task)
        if not task.resumed:
            task.start = now
        task.state, task.end, task.attempt, task.fresh = "running", None, "", False
        if not self.three:
            (job,) = self.connection.execute("SELECT nextval('job_id_seq')").fetchone() or (0,)
            task.key = str(job)
            insert(
                self.connection,
                "job",
                id=job,
                job_type="LocalTaskJob",
                state="running",
                start_date=now,
                latest_heartbeat=now,
            )

    def _end(self, run: Run, task: Task, *, succeeds: bool) -> None:
        state = "skipped" if task.kind.way == "skip_itself" else "success"
        if not succeeds:
            state = "failed" if task.try_number > task.kind.retries else "up_for_retry"
        self._stop(run, task, state, self._worker(task))

    def _stop(self, run: Run, task: Task, state: str, end: datetime) -> None:
        """Whoever ends it: an attempt is over."""
        assert task.start is not None
        assert task.queued is not None
        task.state, task.end = state, max(end, task.start)
        task.fresh = True
        labels = {"queue": task.kind.queue, "pool": task.kind.pool}
        self.log.count(outcomes.ATTEMPTS_FINISHED, state=state, **labels)
        took = (task.end - task.start).total_seconds()
        self.log.observe(outcomes.TASK_RUN_SECONDS, took, operator=task.kind.label or task.kind.operator)
        if task.queued <= task.start:
            waited = (task.start - task.queued).total_seconds()
            self.log.observe(outcomes.QUEUE_WAIT, waited, queue=task.kind.queue)
            if self.three and task.scheduled is not None and task.scheduled <= task.queued:
                waited = (task.queued - task.scheduled).total_seconds()
                self.log.observe(outcomes.SCHEDULE_WAIT, waited, pool=task.kind.pool)
        if self.three and state == "up_for_retry":
            task.key = self._uuid()
        task.attempt = key_of(run.dag_id, task.kind.task_id, run.run_id, task.map_index, task.end)
        task.resumed = False
        self.attempts[task.attempt] = self.now()

    def finish(self, run: Run, *, state: str = "", seen: bool = True) -> None:
        """The scheduler finds that nothing is left to do; with `seen` False nobody can have noticed."""
        broken = any(task.state in {"failed", "upstream_failed"} for task in run.tasks)
        run.state, run.end = state or ("failed" if broken else "success"), self.now()
        self._write_run(run)
        if seen:
            self._log_finish(run)
        else:
            self.unseen += 1

    def _log_finish(self, run: Run) -> None:
        assert run.end is not None
        run.finishes += 1
        labels = {"state": run.state, "run_type": run.run_type}
        self.log.count(outcomes.RUNS_FINISHED, dag_id=run.dag_id, **labels)
        if run.start is not None:
            self.log.observe(outcomes.RUN_SECONDS, (run.end - run.start).total_seconds(), **labels)
            if run.cleared == 0 and run.run_type == "scheduled":
                delay = (run.start - run.due).total_seconds()
                self.log.observe(outcomes.START_DELAY, delay, run_type=run.run_type)
        for task in run.tasks:
            if task.fresh:
                self._log_outcome(run, task)
            retries = max(0, task.try_number - 1)
            self.log.count(outcomes.RETRIES, retries - task.retries, dag_id=run.dag_id)
            task.fresh, task.retries = False, retries

    def _log_outcome(self, run: Run, task: Task) -> None:
        assert task.state is not None
        place = {"operator": task.kind.label or task.kind.operator, "isolation": task.kind.isolation}
        self.log.count(outcomes.OUTCOMES, dag_id=run.dag_id, state=task.state)
        self.log.count(outcomes.OPERATOR_OUTCOMES, state=task.state, **place)
        if task.state == "success" and task.try_number > 1:
            self.log.count(outcomes.SUCCESSES_AFTER_RETRY, dag_id=run.dag_id)
        seconds = task.kind.slots * task.duration
        self.log.count(outcomes.SLOT_SECONDS, seconds, dag_id=run.dag_id)
        self.log.count(outcomes.OPERATOR_SLOT_SECONDS, seconds, **place)

    def clear(self, run: Run, tasks: Iterable[Task]) -> None:
        """Somebody clears a finished run or a part of it; ends of task instances stay as they are."""
        run.state, run.queued, run.start, run.end = "queued", self.now(), None, None
        run.cleared += 1
        self._write_run(run)
        for task in tasks:
            task.state, task.resumed, task.attempt = None, False, ""
            if self.three:
                task.key = self._uuid()
            self._write_task(run, task)

    def mark(self, run: Run, state: str) -> None:
        """Somebody marks an unfinished run: what runs ends so, what has not begun is skipped."""
        with self.connection.transaction():
            for task in run.tasks:
                if task.state == "running":
                    self._stop(run, task, state, self.now())
                    self._write_task(run, task)
                elif task.state not in FINAL:
                    self._end_unrun(task, "skipped")
                    self._write_task(run, task)
            self.finish(run, state=state)

    def relabel(self, run: Run) -> None:
        """Somebody marks a finished run as the opposite; it has not run for that."""
        run.state = "failed" if run.state == "success" else "success"
        self._write_run(run)

    def lose(self, run: Run, task: Task) -> None:
        """The worker died more than a minute ago, and the scheduler ends what ran there."""
        task.start = self.now() - timedelta(seconds=100)
        task.queued = task.scheduled = task.start - timedelta(seconds=3)
        state = "failed" if task.try_number > task.kind.retries else "up_for_retry"
        self._stop(run, task, state, self.now())
        self.attempts[task.attempt] = None
        self._write_task(run, task, silent=timedelta(seconds=70))

    def delete(self, runs: Iterable[Run]) -> None:
        """`airflow db clean`."""
        for run in runs:
            self.connection.execute(
                "DELETE FROM task_instance WHERE dag_id = %s AND run_id = %s", (run.dag_id, run.run_id)
            )
            self.connection.execute("DELETE FROM dag_run WHERE id = %s", (run.id,))

    def _write_run(self, run: Run) -> None:
        self.connection.execute(
            "UPDATE dag_run SET state = %s, queued_at = %s, start_date = %s, end_date = %s,"
            " clear_number = %s WHERE id = %s",
            (run.state, run.queued, run.start, run.end, run.cleared, run.id),
        )

    def _write_task(self, run: Run, task: Task, *, silent: timedelta = timedelta(0)) -> None:
        values: dict[str, Any] = {
            "state": task.state,
            "try_number": task.try_number,
            "start_date": task.start,
            "end_date": task.end,
            "duration": task.duration if task.end else None,
            "queued_dttm": task.queued,
        }
        # A heartbeat while it runs and when it stops; what becomes of it afterwards has none.
        beats = task.state == "running" or (task.attempt in self.attempts and task.state != "scheduled")
        if self.three:
            values |= {"id": task.key, "scheduled_dttm": task.scheduled}
            if beats:
                values["last_heartbeat_at"] = self.now() - silent
        elif beats or task.state == "deferred":
            values["job_id"] = int(task.key)
            state = "running" if silent or task.state == "running" else "success"
            self.connection.execute(
                "UPDATE job SET state = %s, latest_heartbeat = %s WHERE id = %s",
                (state, self.now() - silent, int(task.key)),
            )
        sets = ", ".join(f"{name} = %s" for name in values)
        self.connection.execute(
            f"UPDATE task_instance SET {sets}"
            " WHERE dag_id = %s AND task_id = %s AND run_id = %s AND map_index = %s",
            (*values.values(), run.dag_id, task.kind.task_id, run.run_id, task.map_index),
        )

    def _worker(self, task: Task) -> datetime:
        return self.now() + self._workers[len(task.kind.task_id) % len(self._workers)]

    def _uuid(self) -> str:
        value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
        return str(UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (7 << 76) | (2 << 62)))
