"""How big the generated database is, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

from windsock.errors import BadInput

# Ten sizes of DAG, so that a hundred runs in a row have 3,300 task instances.
TASKS_OF_RUN = (3, 5, 8, 10, 12, 20, 30, 42, 80, 120)
RUNS_IN_BLOCK = 100
TASKS_IN_BLOCK = sum(TASKS_OF_RUN) * RUNS_IN_BLOCK // len(TASKS_OF_RUN)
# Of the task instances of unfinished runs, this share is active; a third has no state yet, the rest is done.
_ACTIVE_SHARE = 0.4
# How long a task instance is active, in the mean.
_MINUTES_ACTIVE = 39


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What was asked for; the rest is derived.

    Args:
        tasks: task instances, rounded up to whole blocks of a hundred runs.
        dags: a multiple of 100.
        active: of the task instances, those between `scheduled` and an end.
    """

    tasks: int
    dags: int
    active: int

    def __post_init__(self) -> None:
        if self.dags % RUNS_IN_BLOCK or self.dags <= 0:
            raise BadInput(f"--dags {self.dags}: expected a multiple of {RUNS_IN_BLOCK}")
        if not 0 < self.active <= self.tasks // 4:
            raise BadInput(f"--active {self.active}: expected 1 to a quarter of --tasks")

    @property
    def blocks(self) -> int:
        """Blocks of a hundred runs."""
        return -(-self.tasks // TASKS_IN_BLOCK)

    @property
    def runs(self) -> int:
        """DAG runs."""
        return self.blocks * RUNS_IN_BLOCK

    @property
    def rows(self) -> int:
        """Task instances."""
        return self.blocks * TASKS_IN_BLOCK

    @property
    def active_runs(self) -> int:
        """Unfinished runs."""
        return min(self.runs, round(self.active / _ACTIVE_SHARE * RUNS_IN_BLOCK / TASKS_IN_BLOCK))

    @property
    def finished_per_minute(self) -> float:
        """Task instances that end in a minute, so that as many are active as asked."""
        return self.active / _MINUTES_ACTIVE

    @property
    def seconds_per_run(self) -> float:
        """From one new run to the next."""
        return 60 / self.finished_per_minute * TASKS_IN_BLOCK / RUNS_IN_BLOCK

    @property
    def mixed(self) -> int:
        """The newest task instances, whose rows lie in no order: in life every change moves a row."""
        return min(self.blocks, max(1, self.active * 25 // TASKS_IN_BLOCK)) * TASKS_IN_BLOCK

    def parameters(self) -> dict[str, object]:
        """For the SQL that fills the tables."""
        return {
            "tasks": self.rows,
            "runs": self.runs,
            "active_runs": self.active_runs,
            "dags": self.dags,
            "step": f"{self.seconds_per_run:.6f}",
            "span": f"{self.active_runs * self.seconds_per_run:.3f}",
            "mixed": self.mixed,
            "sizes": "ARRAY[" + ", ".join(map(str, TASKS_OF_RUN)) + "]",
            "in_block": TASKS_IN_BLOCK,
        }
