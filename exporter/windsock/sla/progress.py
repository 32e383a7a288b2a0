"""How far the run is that must be done, as the predictor wants to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_DONE = frozenset({"success", "skipped", "removed"})
_AT_WORK = frozenset({"running", "deferred", "up_for_reschedule"})
_FAILED = frozenset({"up_for_retry", "failed", "upstream_failed"})


@dataclass(frozen=True, slots=True)
class TaskNow:
    """A task of the run in flight.

    Attributes:
        state: as Airflow has it; `success` and `skipped` are done, `running` and `deferred` work.
        start, end: of the last try, epoch seconds.
        tries: begun, the last one included.
    """

    state: str
    start: float | None = None
    end: float | None = None
    tries: int = 1

    @property
    def done(self) -> bool:
        """Whether nothing of it is left."""
        return self.state in _DONE and self.end is not None

    @property
    def at_work(self) -> bool:
        """Whether it has started and goes on."""
        return self.state in _AT_WORK and self.start is not None

    @property
    def failed(self) -> bool:
        """Whether its last try failed, for good or until the next."""
        return self.state in _FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The run that must be done, as it stands.

    Attributes:
        now, due, start: epoch seconds; `start` is None while it is not created or waits.
        failed: the run has failed.
        tasks: by id; empty where nothing is known of them.
        queue_wait: seconds that tasks of its queue wait now, if known.
    """

    now: float
    due: float
    start: float | None = None
    failed: bool = False
    tasks: Mapping[str, TaskNow] = field(default_factory=dict)
    queue_wait: float | None = None
