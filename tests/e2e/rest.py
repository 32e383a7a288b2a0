"""What Airflow's own REST API says, of both majors in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from demo.stack import web
from demo.stack.airflow import Airflow

# `api.maximum_page_limit` must allow it: paged lists would not be of one moment.
PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """A DAG.

    Attributes:
        schedule: as people write it, `None` without one.
        due: of the next run, in seconds since 1970; None while paused, when it moves with each parse.
        period: seconds of its data interval, on 2.x while max_active_runs stops it; else None.
    """

    dag_id: str
    paused: bool
    stale: bool
    broken: bool
    owners: frozenset[str]
    schedule: str
    due: float | None
    period: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run; times in seconds since 1970.

    Attributes:
        on_time: a schedule or an asset began it, not a person.
    """

    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: float
    start: float | None
    end: float | None
    on_time: bool

    @property
    def key(self) -> tuple[str, str]:
        """What its tasks know it by."""
        return self.dag_id, self.run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task instance.

    Attributes:
        place: DAG id, run id, task id, map index.
        triggered: it waits for a trigger.
    """

    place: tuple[str, str, str, int]
    state: str | None
    pool: str
    slots: int
    queue: str
    tries: int
    seconds: float | None
    triggered: bool

    @property
    def run(self) -> tuple[str, str]:
        """DAG id and run id."""
        return self.place[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool and its slots; those of tasks by state."""

    name: str
    slots: int
    occupied: int
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything at one moment, if nothing moved meanwhile."""

    dags: tuple[Dag, ...]
    runs: tuple[Run, ...]
    tasks: frozenset[Task]
    pools: tuple[Pool, ...]
    broken_files: int
    warnings: tuple[str, ...]

    def moved(self, other: Answer) -> list[str]:
        """What is not the same in the other one."""
        return [
            str(each)
            for mine, its in ((self.dags, other.dags), (self.runs, other.runs), (self.pools, other.pools))
            for each in (*mine, *its)
            if each not in mine or each not in its
        ] + [str(each) for each in self.tasks ^ other.tasks]


class Api:
    """The API of a running Airflow whose users are all admins."""

    def __init__(self, airflow: Airflow) -> None:
        self._two = airflow.major == 2
        self._url = f"{airflow.url}/api/v1" if self._two else f"{airflow.url}/api/v2"
        # 2.x asks for none: its public role is an admin's.
        self._token = None if self._two else web.call("GET", f"{airflow.url}/auth/token")["access_token"]

    def answer(self) -> Answer:
        """Ask for everything."""
        all_dags = "only_active=false" if self._two else "exclude_stale=false"
        return Answer(
            dags=tuple(self._dag(row) for row in self._list("dags", "dags", all_dags)),
            runs=tuple(self._run(row) for row in self._list("dags/~/dagRuns", "dag_runs")),
            # No order is promised.
            tasks=frozenset(
                self._task(row) for row in self._list("dags/~/dagRuns/~/taskInstances", "task_instances")
            ),
            pools=tuple(_pool(row) for row in self._list("pools", "pools")),
            broken_files=len(self._list("importErrors", "import_errors")),
            warnings=tuple(row["warning_type"] for row in self._list("dagWarnings", "dag_warnings")),
        )

    def heartbeats(self) -> dict[str, float]:
        """The last heartbeat by job type."""
        health = self._call("GET", "health" if self._two else "monitor/health")
        assert health["metadatabase"]["status"] == "healthy"
        return {
            job_type: _number(health[name][f"latest_{name}_heartbeat"]) or 0
            for name, job_type in (
                ("scheduler", "SchedulerJob"),
                ("triggerer", "TriggererJob"),
                ("dag_processor", "DagProcessorJob"),
            )
        }

    def version(self) -> str:
        """Of Airflow."""
        return str(self._call("GET", "version")["version"])

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self._call("PATCH", f"dags/{quote(dag_id)}", {"is_paused": paused})

    def trigger(self, dag_id: str) -> None:
        """Start a manual run."""
        body = {} if self._two else {"logical_date": None}
        self._call("POST", f"dags/{quote(dag_id)}/dagRuns", body)

    def fail(self, run: Run) -> None:
        """Mark a run as failed."""
        path = f"dags/{quote(run.dag_id)}/dagRuns/{quote(run.run_id, safe='')}"
        self._call("PATCH", path, {"state": "failed"})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return web.call(method, f"{self._url}/{path}", body=body, token=self._token, timeout=60)

    def _list(self, path: str, name: str, *filters: str) -> list[dict[str, Any]]:
        found = self._call("GET", f"{path}?{'&'.join((f'limit={PAGE}', *filters))}")
        assert found["total_entries"] == len(found[name]), f"{path} has more than one page"
        rows: list[dict[str, Any]] = found[name]
        return rows

    def _dag(self, row: Mapping[str, Any]) -> Dag:
        return Dag(
            dag_id=row["dag_id"],
            paused=row["is_paused"],
            stale=not row["is_active"] if self._two else row["is_stale"],
            broken=row["has_import_errors"],
            owners=frozenset(owner.strip() for owner in row["owners"]),
            schedule=_schedule(row["schedule_interval"]) if self._two else str(row["timetable_summary"]),
            due=None if row["is_paused"] else self._due(row),
            period=self._period(row),
        )

    def _due(self, row: Mapping[str, Any]) -> float | None:
        # On 2.x a run is due when its interval ends.
        return _number(row["next_dagrun_data_interval_end" if self._two else "next_dagrun_run_after"])

    def _period(self, row: Mapping[str, Any]) -> float | None:
        begin, end = (_number(row.get(f"next_dagrun_data_interval_{each}")) for each in ("start", "end"))
        blocked = self._two and row["next_dagrun_create_after"] is None
        return end - begin if blocked and begin is not None and end is not None else None

    def _run(self, row: Mapping[str, Any]) -> Run:
        due = _number(row["data_interval_end" if self._two else "run_after"])
        assert due is not None
        return Run(
            dag_id=row["dag_id"],
            run_id=row["dag_run_id"],
            run_type=row["run_type"],
            state=row["state"],
            due=due,
            start=_number(row["start_date"]),
            end=_number(row["end_date"]),
            # Only 3.x knows when a run that assets trigger is due.
            on_time=row["run_type"] in (("scheduled",) if self._two else ("scheduled", "asset_triggered")),
        )

    def _task(self, row: Mapping[str, Any]) -> Task:
        return Task(
            place=(row["dag_id"], row["dag_run_id"], row["task_id"], row["map_index"]),
            state=row["state"],
            pool=row["pool"],
            slots=row["pool_slots"],
            queue=row["queue"],
            tries=row["try_number"],
            seconds=row["duration"],
            triggered=row["trigger"] is not None,
        )


def _pool(row: Mapping[str, Any]) -> Pool:
    states = ("running", "queued", "scheduled", "deferred")
    return Pool(
        name=row["name"],
        slots=row["slots"],
        occupied=row["occupied_slots"],
        taken={state: row[f"{state}_slots"] for state in states},
    )


def _schedule(interval: Mapping[str, Any] | None) -> str:
    if interval is None or "value" in interval:
        return str(interval and interval["value"])
    return str(timedelta(**{name: value for name, value in interval.items() if name != "__type"}))


def _number(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
