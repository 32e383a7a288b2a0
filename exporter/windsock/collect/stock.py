"""What the collectors read last, how old it is, and how they are doing. Shared by their threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any

from windsock.collect.collector import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One collector.

    Attributes:
        disabled: plan, privilege, schema, timeout or lag; None while it runs.
        problem: why its last run failed, None after a good one and before the first.
        interval: seconds between two of its runs, as it is now.
    """

    name: str
    tier: Tier
    interval: float
    runs: int = 0
    seconds: float = 0.0
    rows: int = 0
    last_success: datetime | None = None
    problem: str | None = None
    disabled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The database's clock against ours.

    Attributes:
        answered: whether the last question was answered at all.
        at: `monotonic()` of the last answer.
    """

    answered: bool = False
    skew: timedelta = timedelta(0)
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """The replica that the slow tier reads, as it was heard last.

    Attributes:
        lag: how far it is behind the primary.
    """

    answered: bool
    lag: timedelta = timedelta(0)


# What the guard says; the rest is between the collector and its cycle.
_BY_GUARD = frozenset({"plan", "privilege", "schema"})


class Stock:
    """Values by collector."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._lock = Lock()
        self._values: dict[str, tuple[Any, float]] = {}
        self._health: dict[str, Health] = {}
        self._clock = Clock()
        self._standby: Standby | None = None

    def register(self, name: str, tier: Tier, interval: float) -> None:
        """Make the collector known."""
        with self._lock:
            self._health[name] = Health(name=name, tier=tier, interval=interval)

    def pace(self, name: str, interval: float) -> None:
        """How often the collector runs from now on."""
        with self._lock:
            self._health[name] = replace(self._health[name], interval=interval)

    def put(self, name: str, value: Any, *, seconds: float, rows: int, at: datetime) -> None:
        """A good run."""
        with self._lock:
            old = self._health[name]
            self._values[name] = (value, self._elapsed())
            self._health[name] = replace(
                old,
                runs=old.runs + 1,
                seconds=seconds,
                rows=rows,
                last_success=at,
                problem=None,
                disabled=None,
            )

    def fail(self, name: str, problem: str, *, seconds: float = 0.0, disabled: str | None = None) -> bool:
        """A failed run, or a collector that is switched off; True if that is news."""
        with self._lock:
            old = self._health[name]
            self._health[name] = replace(
                old, runs=old.runs + 1, seconds=seconds, problem=problem, disabled=disabled
            )
            return (old.problem, old.disabled) != (problem, disabled)

    def allow(self, name: str) -> None:
        """The guard has nothing against the collector any more."""
        with self._lock:
            if self._health[name].disabled in _BY_GUARD:
                self._health[name] = replace(self._health[name], disabled=None)

    def doubts(self) -> bool:
        """Whether a collector is switched off for something that the guard may see otherwise."""
        with self._lock:
            return any(health.disabled in _BY_GUARD for health in self._health.values())

    def drop(self, name: str) -> None:
        """What the collector read is not to be shown any more."""
        with self._lock:
            self._values.pop(name, None)

    def values(self, max_age: Callable[[float], float]) -> dict[str, Any]:
        """What is fresh enough, by collector; `max_age` tells by its interval."""
        now = self._elapsed()
        with self._lock:
            return {
                name: value
                for name, (value, at) in self._values.items()
                if now - at <= max_age(self._health[name].interval)
            }

    def age(self, name: str) -> float | None:
        """Seconds since the collector's last good run."""
        with self._lock:
            found = self._values.get(name)
        return None if found is None else self._elapsed() - found[1]

    def interval(self, name: str) -> float:
        """Seconds between two runs of the collector."""
        with self._lock:
            return self._health[name].interval

    def health(self) -> tuple[Health, ...]:
        """Every collector."""
        with self._lock:
            return tuple(self._health.values())

    def disabled(self, name: str) -> str | None:
        """Why the collector is switched off."""
        with self._lock:
            return self._health[name].disabled

    def tick(self, skew: timedelta) -> None:
        """The database told its time."""
        with self._lock:
            self._clock = Clock(answered=True, skew=skew, at=self._elapsed())

    def silence(self) -> None:
        """The database did not answer."""
        with self._lock:
            self._clock = replace(self._clock, answered=False)

    def clock(self) -> Clock:
        """As it was heard last."""
        with self._lock:
            return self._clock

    def follow(self, standby: Standby) -> None:
        """The replica answered, or did not."""
        with self._lock:
            self._standby = standby

    def standby(self) -> Standby | None:
        """The replica; None without one, and before it was asked."""
        with self._lock:
            return self._standby
