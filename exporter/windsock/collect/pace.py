"""How often a collector may run: within its share of the time, and after a rest if it keeps timing out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a collector may take.

    Attributes:
        share: of its interval; a collector that takes more twice in a row runs half as often.
        stretch: its interval never gets longer than so many times that of its tier.
        timeouts: so many in a row, and it rests.
        rest: seconds; doubled each time it does not help.
        longest_rest: seconds; the end of that doubling.
        lag: seconds that a replica may be behind before what would be wrong then is not shown.
    """

    share: float = 0.2
    stretch: int = 16
    timeouts: int = 3
    rest: float = 300.0
    longest_rest: float = 3600.0
    lag: float = 60.0


class Pace:
    """One collector's pace; all times are those of one monotonic clock, in seconds."""

    def __init__(self, interval: float, limits: Limits) -> None:
        self._base = interval
        self._limits = limits
        self._factor = 1
        self._slow = 0
        self._timeouts = 0
        self._rest = limits.rest
        self._next: float | None = None

    @property
    def interval(self) -> float:
        """Seconds between two runs, as it is now."""
        return self._base * self._factor

    @property
    def resting(self) -> bool:
        """Whether it timed out too often: until a run of it succeeds."""
        return self._timeouts >= self._limits.timeouts

    def due(self, now: float) -> bool:
        """Whether it is time; the cycle looks about every interval of the tier, sometimes a little early."""
        return self._next is None or now >= self._next - self._base / 2

    def ran(self, started: float, seconds: float) -> None:
        """A run that took so long, and did not time out."""
        self._budget(seconds)
        self._timeouts = 0
        self._rest = self._limits.rest
        self._next = started + self.interval

    def timed_out(self, started: float, seconds: float) -> None:
        """A run that the server ended."""
        self._budget(seconds)
        self._timeouts += 1
        self._next = started + self.interval
        if self.resting:
            self._next = max(self._next, started + seconds + self._rest)
            self._rest = min(2 * self._rest, self._limits.longest_rest)

    def failed(self, started: float) -> None:
        """A run that failed for a reason that is no matter of cost, such as a lock of somebody else."""
        self._next = started + self.interval

    def _budget(self, seconds: float) -> None:
        if seconds > self._limits.share * self.interval:
            self._slow += 1
            if self._slow >= 2 and self._factor < self._limits.stretch:
                self._factor *= 2
                self._slow = 0
            return
        self._slow = 0
        if self._factor > 1 and seconds <= self._limits.share * self.interval / 2:
            self._factor //= 2
