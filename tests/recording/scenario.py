"""What happens to an Airflow while it is recorded: the DAGs' part, and what is done to it from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from demo.stack.airflow import Airflow
from demo.stack.postgres import Postgres
from demo.stack.process import Process
from tests.recording import settings
from tests.recording.listener import Listener
from windsock.errors import BadInput

# Name -> slots. `shrinking` loses slots while in use; 2.11 refuses the last name to tasks, not to pools.
POOLS = {"tiny": 1, "shrinking": 3, "infinite": -1, "data-warehouse.eu": 4, "deferred": 4, "big pool (EU)": 4}
_DATABASE = "airflow"
_PARSED_SECONDS = 180.0
_DEAD_SCHEDULER_SECONDS = 30.0
_LOCK_SECONDS = 6
_OUTAGE_SECONDS = 18.0


class Scenario:
    """One run of one Airflow; `run` does everything and returns when it is over."""

    def __init__(
        self, airflow: Airflow, database: Postgres, listener: Listener, dags: Path, say: Callable[[str], None]
    ) -> None:
        self._airflow = airflow
        self._database = database
        self._listener = listener
        self._dags = dags
        self._line = settings.parsed(airflow.version)
        self._begin = time.monotonic()
        self._say = say

    def run(self) -> None:
        """The whole of it, about three minutes."""
        self._start()
        self._shrink_the_pool()
        self._take_a_task_away()
        self._fail_a_running_task()
        others = threading.Thread(target=self._from_outside, daemon=True)
        others.start()
        self._second_scheduler()
        self._give_the_task_back()
        others.join(timeout=180)
        self._await("dagrun.duration.failed", "too_slow", seconds=30)
        self._orderly_end()
        if self._line < (3, 0):
            self._outage()
        else:
            self._break_heartbeats()

    # --- steps, in their order ------------------------------------------------------------------------------

    def _start(self) -> None:
        self._step("create the database")
        self._database.create()
        self._database.start()
        self._database.sql(f"create database {_DATABASE}")
        self._airflow.migrate()
        for name, slots in POOLS.items():
            self._sql(
                "insert into slot_pool (pool, slots, description, include_deferred) "
                f"values ('{name}', {slots}, '', {name == 'deferred'})"
            )
        self._step("start Airflow and wait for its DAGs")
        self._airflow.start(*(name for name in self._airflow.components if name != "webserver"))
        self._airflow.wait_ready()
        self._until(lambda: self._count("dag") >= 15, _PARSED_SECONDS, "its DAGs")
        self._until(lambda: self._running("killed", "frozen", "pools"), _PARSED_SECONDS, "running tasks")

    def _shrink_the_pool(self) -> None:
        self._step("take slots from a pool in use")
        used = "task_instance where pool='shrinking' and state='running'"
        self._until(lambda: self._count(used) > 1, 60, "tasks in the pool")
        self._sql("update slot_pool set slots = 1 where pool = 'shrinking'")

    def _take_a_task_away(self) -> None:
        self._step("take a task away from DAGs")
        done = "dag_run where dag_id='cleared_when_smaller' and state='success'"
        self._hope(lambda: self._count(done) > 0, 60)
        (self._dags / "changing.without").touch()

    def _give_the_task_back(self) -> None:
        self._step("give a DAG its task back")
        (self._dags / "changing.without").unlink()
        self._await("task_restored_to_dag", "", seconds=40)

    def _fail_a_running_task(self) -> None:
        self._step("fail a running task from outside")
        self._until(lambda: self._running("ended_by_hand"), 60, "the task that somebody fails")
        self._sql("update task_instance set state='failed' where dag_id='ended_by_hand' and state='running'")

    def _from_outside(self) -> None:
        """Commands and calls, which take long and can fail without harm to the rest."""
        steps: list[tuple[str, Callable[[], object]]] = [
            ("start a run by hand", lambda: self._airflow.trigger("manual")),
            ("backfill", self._backfill),
        ]
        if self._line < (3, 0):
            steps += [
                ("read every DAG for its permissions", self._permissions),
                ("start a task that has succeeded already", self._again),
            ]
        if self._line >= (3, 1):
            steps.append(("clear a run whose DAG has lost a task", self._clear_when_smaller))
        if self._line >= (3, 3):
            steps.append(("test connections", self._test_connections))
        for title, action in steps:
            self._step(title)
            try:
                action()
            except (BadInput, OSError, subprocess.SubprocessError) as error:
                self._say(f"  not done: {str(error).splitlines()[-1]}")

    def _second_scheduler(self) -> None:
        self._step("start a second scheduler")
        extra = {"AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR": "False"}
        if self._line >= (2, 10):
            extra["AIRFLOW__CORE__EXECUTOR"] = "LocalExecutor,recording_parts.SecondExecutor"
        second = self._airflow.add("scheduler", label="scheduler-2", extra=extra)
        second.start()
        begun = time.monotonic()
        self._until(
            lambda: (
                int(self._sql("select count(*) from job where job_type='SchedulerJob' and state='running'"))
                > 1
            ),
            60,
            "the second scheduler",
        )
        self._step("hold the lock on the pools")
        self._sql(f"begin; select 1 from slot_pool for update; select pg_sleep({_LOCK_SECONDS}); commit")
        if self._line < (3, 0):
            self._stall_the_parser_of(second)
        time.sleep(max(0.0, begun + _DEAD_SCHEDULER_SECONDS - time.monotonic()))
        self._step("kill the second scheduler")
        second.kill()
        self._await("schedulerjobrunner_end", "", seconds=40)

    def _stall_the_parser_of(self, scheduler: Process) -> None:
        """In Airflow 2 a scheduler can parse for itself; freeze the process that does it."""
        self._step("freeze the second scheduler's DAG processor")
        for pid in scheduler.members():
            if b"DagFileProcessorManager" in _command(pid):
                os.kill(pid, signal.SIGSTOP)
        self._await("dag_processing.manager_stalls", "", seconds=25)

    def _orderly_end(self) -> None:
        self._step("stop the triggerer in order")
        self._airflow.components["triggerer"].stop()
        self._airflow.components["triggerer"].start()
        time.sleep(12)

    def _break_heartbeats(self) -> None:
        """Let the writes of heartbeats wait for a lock, and end their connections while they do.

        An outage would end the components of Airflow 3 before their heartbeats notice.
        """
        self._step("end the connections of heartbeats")
        self._sql(
            "begin; lock table job in share row exclusive mode; select pg_sleep(3); "
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and wait_event_type = 'Lock'; commit"
        )
        self._await("job_heartbeat_failure", "", seconds=5)

    def _outage(self) -> None:
        """Long enough for a task of Airflow 2 to give up because it cannot send heartbeats."""
        self._step(f"stop the database for {_OUTAGE_SECONDS:.0f} s")
        self._database.stop()
        time.sleep(_OUTAGE_SECONDS)
        self._database.start()
        time.sleep(5)

    # --- commands -------------------------------------------------------------------------------------------

    def _backfill(self) -> None:
        if self._line < (3, 0):
            # The file is given, or every command waits for the one that takes for ever.
            options = ("-s", "2026-01-02", "-e", "2026-01-03", "--subdir", str(self._dags / "outcomes.py"))
            self._airflow.cli("dags", "backfill", *options, "backfilled", statsd=True)
        else:
            span = ("--from-date", "2026-01-02", "--to-date", "2026-01-03")
            self._airflow.cli("backfill", "create", "--dag-id", "backfilled", *span)

    def _permissions(self) -> None:
        self._airflow.cli("sync-perm", "--include-dags", statsd=True)

    def _again(self) -> None:
        succeeded = "task_instance where dag_id='producer' and state='success'"
        self._hope(lambda: self._count(succeeded) > 0, 60)
        run = self._sql(f"select run_id from {succeeded} limit 1")
        options = ("--local", "--subdir", str(self._dags / "waiting.py"))
        self._airflow.cli("tasks", "run", *options, "producer", "publish", run, statsd=True)

    def _clear_when_smaller(self) -> None:
        dag_id = "cleared_when_smaller"
        self._until(lambda: self._count(f"dag_version where dag_id='{dag_id}'") > 1, 40, "its second version")
        body = {"dry_run": False, "only_failed": False, "task_ids": ["keeps"], "run_on_latest_version": True}
        self._airflow.api("POST", f"dags/{dag_id}/clearTaskInstances", body=body)

    def _test_connections(self) -> None:
        for name, kind in (("good", "fs"), ("bad", "no_such_type")):
            body = {"connection_id": name, "conn_type": kind, "extra": '{"path": "/"}'}
            self._airflow.api("POST", "connections/enqueue-test", body=body)
        # One whose worker died five minutes ago.
        self._sql(
            "insert into connection_test_request "
            "(id, token, connection_id, state, created_at, updated_at, conn_type) "
            "values (gen_random_uuid(), 'lost', 'lost', 'running', now(), now() - interval '5 min', 'fs')"
        )

    # --- waiting --------------------------------------------------------------------------------------------

    def _running(self, *dag_ids: str) -> bool:
        wanted = ", ".join(f"'{dag_id}'" for dag_id in dag_ids)
        found = self._sql(
            "select count(distinct dag_id) from task_instance "
            f"where dag_id in ({wanted}) and (start_date is not null)"
        )
        return int(found) == len(dag_ids)

    def _await(self, name: str, part: str, *, seconds: float) -> None:
        """Give a line some time; without it the recording is poorer, not wrong."""
        if not self._hope(lambda: self._listener.seen(name, part), seconds):
            self._say(f"  `{name}` has not come")

    @staticmethod
    def _hope(ready: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not (done := ready()) and time.monotonic() < end:
            time.sleep(0.5)
        return done

    def _until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not ready():
            dead = [
                process
                for name, process in self._airflow.components.items()
                if name in {"scheduler", "dag-processor"} and process.pid and not process.running
            ]
            if dead:
                raise BadInput(f"{dead[0].name} has ended; end of {dead[0].log}:\n{dead[0].tail()}")
            if time.monotonic() > end:
                raise BadInput(f"no sign of {what} within {seconds:.0f} s")
            time.sleep(0.5)

    def _count(self, condition: str) -> int:
        return int(self._sql(f"select count(*) from {condition}"))

    def _sql(self, statement: str) -> str:
        return self._database.sql(statement, database=_DATABASE)

    def _step(self, title: str) -> None:
        self._say(f"{time.monotonic() - self._begin:4.0f} s  {len(self._listener.lines):6} lines  {title}")


def copy_code(folder: Path) -> None:
    """What Airflow runs of ours, copied to where no path of the checkout gets into a line."""
    for source in (settings.DAGS, settings.AIRFLOW_SIDE):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
