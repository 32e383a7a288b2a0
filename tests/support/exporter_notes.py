"""What an exporter has noted of runs and attempts, from its file: it may be dead at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.support.exporter_process import ExporterProcess
from tests.support.simulator_model import Run


class Notes:
    """As of the last look.

    Args:
        attempts: those that it may not have counted yet; what it has is taken out.
    """

    def __init__(self, exporter: ExporterProcess, attempts: dict[str, datetime | None]) -> None:
        self._exporter = exporter
        self._attempts = attempts
        self._seen: set[tuple[int, int]] = set()
        self.active: frozenset[int] = frozenset()
        self._remembered: set[int] = set()
        self.low = 0
        self.position = 0

    def look(self) -> None:
        """Take note of what is on disk."""
        runs = self._exporter.memo("run_feed")
        self.active = frozenset(runs.get("active", ()))
        # Up to which id it looks at runs only if they were active.
        self.low, self.position = int(runs.get("low", 0)), int(runs.get("position", 0))
        self._seen |= {(row[0], row[3]) for row in runs.get("finished", ())}
        self._remembered = {row[0] for row in runs.get("finished", ()) if row[5] is not None}
        self._look_at_attempts(self._exporter.memo("attempts"))

    def _look_at_attempts(self, memo: Mapping[str, Any]) -> None:
        keys = "".join(memo.get("keys", {}).values())
        for at in range(0, len(keys), 16):
            self._attempts.pop(keys[at : at + 16], None)
        # Keys are dropped once no look can meet the attempt again; after a long downtime that is at once.
        passed = datetime.fromtimestamp(memo.get("beat", 0) / 1_000_000, timezone.utc) - timedelta(minutes=1)
        for key, beat in list(self._attempts.items()):
            if beat is not None and beat < passed:
                del self._attempts[key]

    def noted(self, run: Run) -> bool:
        """Whether the exporter has counted the run's last finish and all attempts in it."""
        assert run.end is not None
        end = int(run.end.timestamp() * 1_000_000)
        counted = any((run.id, end + rounding) in self._seen for rounding in (-1, 0, 1))
        return counted and not any(task.attempt in self._attempts for task in run.tasks)

    def retries_known(self, run: Run) -> bool:
        """Whether it can tell the attempts of a re-run from those before: it remembers them, or had none."""
        return run.id in self._remembered or all(task.try_number <= 1 for task in run.tasks)

    def may_finish(self, run: Run) -> bool:
        """Whether its next finish cannot be taken for the last one."""
        return run.cleared == 0 or run.id in self.active
