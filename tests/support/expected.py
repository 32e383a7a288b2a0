"""What rows must look like as figures, on each line of Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field

from windsock.airflow_versions import AIRFLOW_2, VERSIONS
from windsock.figures import Figures
from windsock.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One figure at 12 o'clock, and the lines of Airflow that have it.

    Attributes:
        on_2: the value on Airflow 2, if that is another one.
        elsewhere: other lines have other series of the family; without it they have none.
    """

    fact: str
    metric: Metric
    labels: dict[str, str] = field(default_factory=dict)
    value: float
    on_2: float | None = None
    lines: tuple[str, ...] = VERSIONS
    elsewhere: bool = False

    def check(self, figures: Figures, line: str) -> None:
        """Whether a line of Airflow shows it."""
        if line in self.lines:
            other = self.on_2 is not None and line in AIRFLOW_2
            assert figures.value(self.metric, **self.labels) == (self.on_2 if other else self.value)
        elif self.elsewhere:
            assert figures.value(self.metric, **self.labels) is None
        else:
            assert figures.family(self.metric) == {}
