"""How many tasks usually run on each queue at this hour: what somebody who is paged compares with.

Of each hour the mean is kept, for every hour of the day (UTC) those of the last seven days. Usual is their
median, so that neither one bad day nor one backfill changes it. They are in the state file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from windsock.state import State

_SECTION = "usual_running"
_DAYS = 7
_LEAST_DAYS = 3
# An hour of which less was seen does not count.
_LEAST_SEEN = timedelta(minutes=30)
_MOST_QUEUES = 100

# By queue and hour of the day, the means of the last days.
_Kept = dict[str, dict[int, list[float]]]


class UsualRunning:
    """Learns from samples; call it from one thread only."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept = _load(state.section(_SECTION))
        self._begin: datetime | None = None
        self._end: datetime | None = None
        self._samples = 0
        self._sums: dict[str, float] = {}

    def observe(self, now: datetime, running: Mapping[str, int]) -> None:
        """One sample: running task instances by queue; a queue that is not in it has none."""
        if self._begin is None or _hour(now) != _hour(self._begin):
            self._close()
            self._begin, self._samples, self._sums = now, 0, {}
        self._end = now
        self._samples += 1
        for queue, count in running.items():
            self._sums[queue] = self._sums.get(queue, 0.0) + count

    def at(self, now: datetime) -> dict[str, float]:
        """What is usual at this hour, by queue; nothing of a queue that is known for less than three days."""
        return {
            queue: median(means)
            for queue, hours in self._kept.items()
            if len(means := hours.get(now.hour, ())) >= _LEAST_DAYS
        }

    def _close(self) -> None:
        """Keep the mean of the hour that has ended."""
        if self._begin is None or self._end is None or self._end - self._begin < _LEAST_SEEN:
            return
        for queue in dict.fromkeys((*self._kept, *sorted(self._sums))):
            if queue not in self._kept and len(self._kept) >= _MOST_QUEUES:
                continue
            means = self._kept.setdefault(queue, {}).setdefault(self._begin.hour, [])
            means.append(round(self._sums.get(queue, 0.0) / self._samples, 2))
            del means[:-_DAYS]
        # A queue on which nothing has run for a week is gone.
        self._kept = {
            queue: hours for queue, hours in self._kept.items() if any(any(means) for means in hours.values())
        }
        self._state.put(_SECTION, {"queues": _dump(self._kept)})


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _dump(kept: _Kept) -> dict[str, dict[str, list[float]]]:
    return {queue: {str(hour): means for hour, means in hours.items()} for queue, hours in kept.items()}


def _load(section: Mapping[str, Any]) -> _Kept:
    """What somebody edited into another shape is learnt anew."""
    try:
        return {
            str(queue): {int(hour): [float(mean) for mean in means] for hour, means in hours.items()}
            for queue, hours in section.get("queues", {}).items()
        }
    except (AttributeError, TypeError, ValueError):
        return {}
