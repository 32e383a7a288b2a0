"""What an exporter has noted of runs and attempts, from its file: it may be dead at the moment."""

from __future__ import annotations

from tests.support.exporter_process import ExporterProcess
from tests.support.simulator_model import Run


class Notes:
    """As of the last look.

    Args:
        attempts: those that it may not have counted yet; what it has is taken out.
    """

    def __init__(self, exporter: ExporterProcess, attempts: set[str]) -> None:
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
        keys = "".join(self._exporter.memo("attempts").get("keys", {}).values())
        self._attempts -= {keys[at : at + 16] for at in range(0, len(keys), 16)}

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
