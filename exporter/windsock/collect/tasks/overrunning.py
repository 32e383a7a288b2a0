"""Running task instances that take much longer than the same task usually does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.runs.expected import learn
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_TIMES = 2
# Below that nobody waits for one task, and short ones vary most.
_AT_LEAST = timedelta(minutes=5)
_MOST = 1_000
_LOOK_UPS_PER_CYCLE = 20
_REMEMBER = timedelta(hours=6)

_Task = tuple[str, str]


class Running(NamedTuple):
    """A running task instance."""

    dag_id: str
    task_id: str
    start: datetime


class Took(NamedTuple):
    """What one success took, in seconds."""

    seconds: float | None


class Learnt(NamedTuple):
    """How long a task may take, None if nobody knows; and when that was learnt."""

    limit: timedelta | None
    at: datetime


def long_running(_of: Flavour) -> Statement[Running]:
    """Those that have run longest [ti_state]."""
    return make(
        "long_running",
        Running,
        "SELECT dag_id, task_id, start_date AS start FROM task_instance"
        f" WHERE state = 'running' AND start_date < :before ORDER BY start_date LIMIT {_MOST}",
        reads={"task_instance": ("dag_id", "task_id", "state", "start_date")},
        before=EXAMPLE_TIME,
    )


def task_successes(_of: Flavour) -> Statement[Took]:
    """Successes of one task, newest run id first [ti_state_lkp]: ids of one type of run rise with time."""
    return make(
        "task_successes",
        Took,
        "SELECT duration AS seconds FROM task_instance WHERE dag_id = :dag_id AND task_id = :task_id"
        " AND state = 'success' ORDER BY run_id DESC LIMIT 20",
        reads={"task_instance": ("dag_id", "task_id", "run_id", "state", "duration")},
        dag_id="-",
        task_id="-",
    )


class OverrunningCollector(Collector[Mapping[str, int]]):
    """Reads `task_instance`: what runs longest, and the last successes of a few of these tasks at a time."""

    name = "overrunning"
    tier = Tier.SLOW
    reads = (long_running, task_successes)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._learnt: dict[_Task, Learnt] = {}

    def read(self, reader: Reader) -> Mapping[str, int]:
        """How many by DAG; a task is judged once its successes have been looked at."""
        running = reader.rows(long_running, before=reader.now - _AT_LEAST)
        oldest = reader.now - _REMEMBER
        self._learnt = {task: each for task, each in self._learnt.items() if each.at > oldest}
        unknown = dict.fromkeys(
            task for row in running if (task := (row.dag_id, row.task_id)) not in self._learnt
        )
        for dag_id, task_id in list(unknown)[:_LOOK_UPS_PER_CYCLE]:
            took = reader.rows(task_successes, dag_id=dag_id, task_id=task_id)
            seconds = [row.seconds for row in took if row.seconds is not None]
            self._learnt[dag_id, task_id] = Learnt(allowed(seconds), reader.now)
        found: Counter[str] = Counter()
        for row in running:
            learnt = self._learnt.get((row.dag_id, row.task_id))
            if learnt is not None and learnt.limit is not None and reader.now - row.start > learnt.limit:
                found[row.dag_id] += 1
        return found

    def add(self, figures: Figures, value: Mapping[str, int], scene: Scene) -> None:
        """Their number by DAG; absent where there are none."""
        for dag_id, count in value.items():
            figures.add(tasks.OVERRUNNING, count, dag_id=dag_id)


def allowed(seconds: list[float]) -> timedelta | None:
    """Twice what 19 of 20 successes take at most, but no less than five minutes."""
    usual = learn(seconds)
    return None if usual is None else max(_AT_LEAST, timedelta(seconds=_TIMES * usual.p95))
