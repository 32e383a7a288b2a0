"""Airflow at work on the generated data: what changes from one cycle to the next, the same at each run."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from threading import Event
from time import monotonic

import psycopg

from benchmarks.metadb.size import Size

_SCRIPT = Path(__file__).with_name("activity.sql")
# Of the task instances that end, those which end with their run; the others go one by one.
_WITH_RUN = 0.65


class Activity:
    """Moves rows on as schedulers and workers do.

    Args:
        dsn: of the database, as its owner.
        size: of the data.
    """

    def __init__(self, dsn: str, size: Size) -> None:
        self._dsn = dsn
        self._size = size

    def tick(self, at: datetime, seconds: float, *, pause: bool = False) -> None:
        """What happens in the `seconds` up to `at`; call it with rising times.

        After a `pause` every running task says that it lives, every DAG is due later, and runs began later.
        """
        begun = max(2, round(self._size.finished_per_minute * seconds / 60))
        values = {
            "at": f"timestamptz '{at.isoformat()}'",
            "seconds": f"{seconds:.3f}",
            "begun": begun,
            "ended": max(1, round(begun * (1 - _WITH_RUN))),
            "runs": max(1, round(seconds / self._size.seconds_per_run)),
            "due_again": self._size.dags if pause else max(1, round(seconds / self._size.seconds_per_run)),
            "pause": pause,
            "patience": "1000 days" if pause else "5 minutes",
        }
        with psycopg.connect(self._dsn) as connection:
            # Airflow's own writes are by primary key; ours must not become a scan because of what they join.
            connection.execute("SET LOCAL enable_seqscan = off")
            for step in (_SCRIPT.read_text(encoding="utf-8") % values).split(";\n"):
                if step.strip():
                    connection.execute(step.encode())

    def go_on(self, seconds: float, stop: Event) -> None:
        """Tick in real time until `stop`."""
        pause = True
        while not stop.is_set():
            started = monotonic()
            self.tick(datetime.now(timezone.utc), seconds, pause=pause)
            pause = False
            stop.wait(max(0.0, seconds - (monotonic() - started)))
