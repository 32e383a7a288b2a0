"""Tasks that a scheduler took out of a queue and scheduled again, as they were stuck there, by queue."""

from __future__ import annotations

from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect import id_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.id_feed import IdFeed, NewestId
from windsock.collect.tasks.tasks import TasksCollector
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

_Key = tuple[str, str, str, int]


class Requeue(NamedTuple):
    """A row of `log` of this event: which task instance."""

    id: int
    dag_id: str
    task_id: str
    run_id: str
    map_index: int


class Place(NamedTuple):
    """A task instance and its queue."""

    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    queue: str


def newest_requeue(of: Flavour) -> Statement[NewestId] | None:
    """By primary key. Before 2.10 schedulers requeue nothing: what is stuck fails."""
    return id_feed.newest("newest_requeue", "log") if of.since("2.10") else None


def requeues(of: Flavour) -> Statement[Requeue] | None:
    """By primary key."""
    if not of.since("2.10"):
        return None
    return make(
        "requeues",
        Requeue,
        "SELECT id, COALESCE(dag_id, '') AS dag_id, COALESCE(task_id, '') AS task_id,"
        " COALESCE(run_id, '') AS run_id, COALESCE(map_index, -1) AS map_index FROM log"
        " WHERE id > :after AND id <= :until AND event = 'stuck in queued reschedule'",
        reads={"log": ("id", "dag_id", "task_id", "run_id", "map_index", "event")},
        **id_feed.EXAMPLE,
    )


def requeued_tasks(of: Flavour) -> Statement[Place] | None:
    """Task instances of these DAGs, tasks and runs, which are more than were asked for [ti_state_lkp]."""
    if not of.since("2.10"):
        return None
    return make(
        "requeued_tasks",
        Place,
        "SELECT dag_id, task_id, run_id, map_index, COALESCE(queue, '') AS queue FROM task_instance"
        " WHERE dag_id IN :dag_ids AND task_id IN :task_ids AND run_id IN :run_ids",
        reads={"task_instance": ("dag_id", "task_id", "run_id", "map_index", "queue")},
        dag_ids=["-"],
        task_ids=["-"],
        run_ids=["-"],
    )


class RequeuesCollector(Collector[Counted]):
    """Reads the newest ids of `log`, and of each event the queue of its task instance."""

    name = "requeues"
    tier = Tier.SLOW
    reads = (newest_requeue, requeues, requeued_tasks)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (tasks.REQUEUES,))
        self._feed: IdFeed[Requeue] = IdFeed(newest_requeue, requeues)

    def read(self, reader: Reader) -> Counted:
        """Each new event once; one whose task instance is gone has an empty queue."""
        news = self._feed.read(reader, self._book.memo)
        entry = Entry()
        for batch in batches(news.rows):
            queues = _queues(reader, batch)
            for row in batch:
                entry.count(tasks.REQUEUES, queue=queues.get(row[1:], ""))
        return self._book.commit(entry, news.memo, lazy=True)

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """As counted, with zeros for queues that have been seen: an increase needs something to begin at."""
        value.add_to(figures)
        counted = figures.family(tasks.REQUEUES)
        read = scene.value(TasksCollector)
        for queue in sorted({place[1] for place in read.places} if read else ()):
            if (queue,) not in counted:
                figures.add(tasks.REQUEUES, 0, queue=queue)


def _queues(reader: Reader, rows: list[Requeue]) -> dict[_Key, str]:
    found = reader.rows(
        requeued_tasks,
        dag_ids=sorted({row.dag_id for row in rows}),
        task_ids=sorted({row.task_id for row in rows}),
        run_ids=sorted({row.run_id for row in rows}),
    )
    return {(row.dag_id, row.task_id, row.run_id, row.map_index): row.queue for row in found}
