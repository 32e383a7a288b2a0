"""What a drill is: something that is done to a real Airflow, and who must hear of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.e2e.loop import Loop
from windsock_alerts.thresholds import Thresholds

PLATFORM = "data-platform"
# Due every ten seconds, so both are late soon after anything stops.
USUAL_SLAS = """\
slas:
- {dag: finance_close, name: books, max_age: 30s}
- {dag: commerce_export, name: export, max_age: 30s}
"""
NO_SLAS = "slas: []\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One incident: which alert, at whose receiver, and words that its first message must hold."""

    alert: str
    receiver: str
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.alert} to {self.receiver}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill.

    Attributes:
        name: how it is called on the command line.
        what: the same in words.
        fault: begins when it is entered and heals when it is left.
        expects: what must arrive, each once; nothing else may wake anybody. Empty: silence.
        hold: the threshold after which the first of `expects` is due.
        deadline_of: the DAG whose missed deadline starts the clock; without one the fault does.
        slas: what `slas.yaml` says meanwhile.
        dags: paused DAGs that run for this drill, and have succeeded before it begins.
        patience: seconds beyond the limit that the story itself takes.
        lag: real seconds that it takes at any speed of time, such as a timeout before the fault is seen.
        watch: real seconds to look on before it is healed, for what must not come.
        airflow: the line of Airflow that it needs, empty for any.
        scale: divides all times, in place of the run's own.
    """

    name: str
    what: str
    fault: Callable[[Loop], AbstractContextManager[None]]
    expects: tuple[Expected, ...] = ()
    hold: str = "component_crashed"
    deadline_of: str = ""
    slas: str = USUAL_SLAS
    dags: tuple[str, ...] = ()
    patience: float = 0.0
    lag: float = 0.0
    watch: float = 5.0
    airflow: str = ""
    scale: float | None = None

    def hold_seconds(self, factor: float) -> float:
        """The hold in real seconds when all times are divided by `factor`."""
        found: float = getattr(Thresholds().divided(factor), self.hold)
        return found


def page(alert: str, team: str = PLATFORM, *words: str) -> tuple[Expected, ...]:
    """One page to a team."""
    return (Expected(alert=alert, receiver=team, words=words),)


def ticket(alert: str, team: str = PLATFORM, *words: str) -> tuple[Expected, ...]:
    """One ticket to a team."""
    return (Expected(alert=alert, receiver=f"{team}-ticket", words=words),)
