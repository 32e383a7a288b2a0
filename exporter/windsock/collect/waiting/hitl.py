"""Tasks that wait for the answer of a human, of Airflow 3.1 and later."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Scene, Tier, batches
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Question(NamedTuple):
    """A question to a human that has no answer, and the task instance that asks it."""

    task: str
    asked: datetime


class TaskId(NamedTuple):
    """The id of a task instance of 3.x."""

    task: str


def questions(of: Flavour) -> Statement[Question] | None:
    """Those without an answer; the table is small."""
    if not of.since("3.1"):
        return None
    return make(
        "questions",
        Question,
        f"SELECT {of.text('ti_id')} AS task, created_at AS asked FROM hitl_detail WHERE responded_at IS NULL",
        reads={"hitl_detail": ("ti_id", "created_at", "responded_at")},
    )


def asking(of: Flavour) -> Statement[TaskId] | None:
    """By primary key. Up to 3.2 such a task is deferred, from 3.3 on it awaits input."""
    if not of.since("3.1"):
        return None
    return make(
        "asking",
        TaskId,
        f"SELECT {of.text('id')} AS task FROM task_instance"
        " WHERE id IN :tasks AND state IN ('deferred', 'awaiting_input')",
        reads={"task_instance": ("id", "state")},
        tasks=["00000000-0000-0000-0000-000000000000"],
    )


class HitlCollector(Collector[tuple[datetime, ...]]):
    """Reads `hitl_detail` and `task_instance`."""

    name = "hitl"
    tier = Tier.SLOW
    reads = (questions, asking)

    def read(self, reader: Reader) -> tuple[datetime, ...]:
        """When each was asked; a question whose task timed out or failed stays unanswered and is none."""
        asked = {row.task: row.asked for row in reader.rows(questions)}
        return tuple(
            asked[row.task] for batch in batches(list(asked)) for row in reader.rows(asking, tasks=batch)
        )

    def add(self, figures: Figures, value: tuple[datetime, ...], scene: Scene) -> None:
        """Their number, and the oldest."""
        figures.add(waiting.HITL_PENDING, len(value))
        if value:
            figures.add(waiting.HITL_OLDEST, min(value).timestamp())
