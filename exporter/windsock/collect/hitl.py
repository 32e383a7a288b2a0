"""Tasks that wait for the answer of a human, of Airflow 3.1 and later."""

from __future__ import annotations

from datetime import datetime

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.figures import Figures


class HitlCollector(Collector[tuple[datetime, ...]]):
    """Reads `hitl_detail` and `task_instance`."""

    name = "hitl"
    tier = Tier.SLOW
    uses = ("questions", "asking")

    def read(self, reader: Reader) -> tuple[datetime, ...]:
        """When each was asked; a question whose task timed out or failed stays unanswered and is none."""
        asked = {row.task: row.asked for row in reader.rows(reader.statements.small.questions)}
        return tuple(
            asked[row.task]
            for batch in batches(list(asked))
            for row in reader.rows(reader.statements.small.asking, tasks=batch)
        )


def add(figures: Figures, read: tuple[datetime, ...]) -> None:
    """Their number, and the oldest."""
    figures.add(waiting.HITL_PENDING, len(read))
    if read:
        figures.add(waiting.HITL_OLDEST, min(read).timestamp())
