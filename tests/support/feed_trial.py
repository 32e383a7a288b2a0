"""A trial of the exact counters: a simulated Airflow at work while the exporter is killed at random.

What may be lost by design happens on purpose only: a run is cleared when the exporter has noted its finish,
and finishes again when it has noted that it is active. The DAG of `HASTY` does not wait: it shows the loss.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import psycopg

from tests.support.event_log import Series, differences, fallen, parse
from tests.support.exporter_notes import Notes
from tests.support.exporter_process import ExporterProcess
from tests.support.simulator import Simulator
from tests.support.simulator_model import FINAL, HASTY, SHOP, Run, Task
from windsock.catalog import outcomes
from windsock.catalog.metadb import COLLECTOR_LAST_SUCCESS

_DAGS = ("shop", "finance", "nightly")
_MOST_ACTIVE = 12
# Workers' clocks differ by less: what ends after this is later by all of them.
_APART = timedelta(seconds=2)


class Trial:
    """Steps of Airflow, chosen at random, against an exporter.

    Args:
        url: of the database, for the exporter.
    """

    def __init__(self, simulator: Simulator, exporter: ExporterProcess, url: str) -> None:
        self.simulator = simulator
        self.exporter = exporter
        self.url = url
        self.rng: random.Random = simulator.rng
        self.active: list[Run] = []
        self.finished: list[Run] = []
        self.hasty: list[Run] = []
        self.hasty_finishes = 0
        self._notes = Notes(exporter, simulator.attempts)
        self._last: Mapping[Series, float] = {}
        # Workers that die take minutes until they are noticed: only where there is time for it.
        self.losing = False
        # Whether finished runs are cleared, one by one.
        self.clearing = True
        self._late: tuple[Run, psycopg.Connection[Any]] | None = None

    # Scrapes.

    def scrape(self) -> Mapping[Series, float]:
        """The counters now; none may be lower than before, whatever happened in between."""
        text = self.exporter.scrape() if self.exporter.running else None
        if text is None:
            return self._last
        now = parse(text)
        if any(name == outcomes.RUNS_FINISHED.name for name, _ in now):
            assert fallen(self._last, now, outcomes.METRICS) == []
            self._last = now
        return now

    def life(self) -> None:
        """Start the exporter, let things happen, and kill it: mostly at work, at times before it is ready."""
        self.exporter.start(self.url)
        if self.rng.random() < 0.25:
            self.work_for(self.rng.uniform(0.2, 2.0))
        else:
            self.until(lambda: self.exporter.ready, seconds=180, doing=self.step)
            self.work_for(self.rng.uniform(0.1, 2.0))
        self.exporter.kill()
        self.work_for(self.rng.uniform(0.0, 0.3))
        run = self._old()
        if run is not None and run.id > self._notes.low + 500:
            # A downtime is one long cycle, but of a run that young the end is looked at again.
            self.rerun_in_one_cycle(run, seen=True)

    def work_for(self, seconds: float) -> None:
        """Let things happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step()
            self.scrape()
            time.sleep(0.005)

    # Steps.

    def step(self) -> None:
        """Something happens."""
        self._notes.look()
        if len(self.active) < _MOST_ACTIVE and self.rng.random() < 0.3:
            self.active.append(self.simulator.create(self.rng.choice(_DAGS), SHOP))
        choice = self.rng.random()
        if choice < 0.03:
            if self.clearing:
                self._clear()
        elif choice < 0.04:
            self._mark()
        elif choice < 0.05:
            self._relabel()
        elif choice < 0.06:
            self._clean()
        elif choice < 0.08:
            self._commit_late()
        elif choice < 0.16:
            self._hurry()
        elif self.active:
            self._work(self.rng.choice(self.active))

    def _work(self, run: Run, *, succeeds: float = 0.8) -> None:
        if run.state == "queued":
            self.simulator.start(run)
            return
        open_ = [task for task in run.tasks if task.state not in FINAL and self.simulator.ready(run, task)]
        movable = [task for task in open_ if task.attempt not in self.simulator.attempts or not task.attempt]
        if not open_:
            if self._notes.may_finish(run):
                self.simulator.finish(run)
                self._has_finished(run)
        elif movable:
            task = self.rng.choice(movable)
            if self.losing and task.state == "running" and not task.resumed and self.rng.random() < 0.05:
                self.simulator.lose(run, task)
                return
            self.simulator.advance(run, task, succeeds=self.rng.random() < succeeds)

    def _has_finished(self, run: Run) -> None:
        self.active.remove(run)
        self.finished.append(run)

    def _old(self) -> Run | None:
        """A finished run whose last finish is counted and past by every clock."""
        before = self.simulator.now() - _APART
        noted = [
            run
            for run in self.finished
            if run.end and run.end < before and self._notes.noted(run) and self._notes.retries_known(run)
        ]
        return self.rng.choice(noted) if noted else None

    def _clear(self) -> None:
        run = self._old()
        if run is None:
            return
        some: list[Task] = [task for task in run.tasks if task.state != "removed"]
        if len(some) > 1 and self.rng.random() < 0.6:
            some = self.rng.sample(some, self.rng.randrange(1, len(some)))
        self.simulator.clear(run, some)
        self.finished.remove(run)
        self.active.append(run)

    def _mark(self) -> None:
        marked = [run for run in self.active if self._notes.may_finish(run) and not self._waits(run)]
        if marked:
            run = self.rng.choice(marked)
            self.simulator.mark(run, self.rng.choice(("success", "failed")))
            self._has_finished(run)

    def _waits(self, run: Run) -> bool:
        """Whether an attempt is not noted, or one that was deferred would end without a worker."""
        return any(
            task.attempt in self.simulator.attempts or task.resumed or task.state == "deferred"
            for task in run.tasks
        )

    def _relabel(self) -> None:
        run = self._old()
        if run is not None:
            self.simulator.relabel(run)

    def _clean(self) -> None:
        run = self._old()
        if run is not None and len(self.finished) > 10:
            self.simulator.delete([run])
            self.finished.remove(run)

    def _commit_late(self) -> None:
        """A run whose id is drawn long before anybody can see it."""
        simulator = self.simulator
        if self._late is not None:
            run, connection = self._late
            connection.execute("COMMIT")
            connection.close()
            self.finished.append(run)
            self._late = None
            return
        usual, simulator.connection = simulator.connection, simulator.connect()
        simulator.connection.execute("BEGIN")
        run = simulator.create("late", [kind for kind in SHOP if kind.way == "empty"])
        simulator.start(run)
        for task in run.tasks:
            simulator.advance(run, task)
        simulator.finish(run)
        self._late = run, simulator.connection
        simulator.connection = usual

    def _hurry(self) -> None:
        """A DAG whose runs are cleared without regard to anybody who counts."""
        if len(self.hasty) < 4:
            self.hasty.append(self.simulator.create("hasty", HASTY, run_type="manual"))
        run = self.rng.choice(self.hasty)
        (task,) = run.tasks
        if run.state in FINAL:
            self.simulator.clear(run, run.tasks)
        elif run.state == "queued":
            self.simulator.start(run)
        elif task.state not in FINAL:
            self.simulator.advance(run, task)
        else:
            self.simulator.finish(run)
            self.hasty_finishes += 1

    # What is lost, and known to be.

    def rerun_in_one_cycle(self, run: Run, *, seen: bool) -> None:
        """Clear a part of a run that never runs on a worker, and let it finish again at once."""
        empty = [task for task in run.tasks if task.kind.way == "empty"]
        with self.simulator.connection.transaction():
            self.simulator.clear(run, empty)
            self.simulator.start(run)
            for task in empty:
                self.simulator.advance(run, task)
            self.simulator.finish(run, seen=seen)

    def rerun_unseen(self, most: int) -> int:
        """The allowed loss: old runs are cleared and finish again within one cycle; how many there were."""
        self._notes.look()
        old = [
            run
            for run in self.finished
            if run.id <= self._notes.low and run.id not in self._notes.active and self._notes.noted(run)
        ][:most]
        for run in old:
            self.finished.remove(run)
            self.rerun_in_one_cycle(run, seen=False)
        return len(old)

    # What happens to whole databases.

    def restore(self, newest: int) -> None:
        """The database is an older one: runs after this id never were, and their ids are given out again."""
        connection = self.simulator.connection
        for run in (*self.active, *self.finished, *self.hasty):
            if run.id > newest:
                self.simulator.delete([run])
        connection.execute(
            "DELETE FROM task_instance WHERE (dag_id, run_id) IN"
            " (SELECT dag_id, run_id FROM dag_run WHERE id > %s)",
            (newest,),
        )
        connection.execute("DELETE FROM dag_run WHERE id > %s", (newest,))
        connection.execute("SELECT setval('dag_run_id_seq', %s)", (newest,))
        for runs in (self.active, self.finished, self.hasty):
            runs[:] = [run for run in runs if run.id <= newest]

    def newest(self) -> int:
        """The highest id."""
        return int(self.simulator.connection.execute("SELECT max(id) FROM dag_run").fetchone()[0])  # type: ignore[index]

    def rest(self) -> None:
        """Leave no transaction open."""
        if self._late is not None:
            self._commit_late()

    def settle(self) -> None:
        """Let everything finish and be noted: what will be forgotten must not be under way a second time."""
        self.exporter.start(self.url)
        self.exporter.until_ready()
        self.drain()
        self.until(self._all_noted, seconds=180, doing=self._notes.look)

    def restore_while_it_runs(self, newest: int) -> None:
        """An older database, once everything is counted: nothing happens until the exporter has met it."""
        self.settle()
        self.restore(newest)
        for _ in range(3):
            before = self._last_success()
            self.until(lambda before=before: self._last_success() > before, seconds=60)  # type: ignore[misc]
        self.work_for(1)
        self.exporter.kill()

    def _last_success(self) -> float:
        name, labels = COLLECTOR_LAST_SUCCESS.name, frozenset({("collector", "run_feed")})
        return parse(self.exporter.scrape() or "").get((name, labels), 0.0)

    def _all_noted(self) -> bool:
        return all(self._notes.noted(run) for run in self.finished) and not any(
            task.attempt in self.simulator.attempts for run in self.active for task in run.tasks
        )

    # The end.

    def drain(self) -> None:
        """Let everything finish."""
        if self._late is not None:
            self._commit_late()
        self.until(lambda: not self.active, seconds=240, doing=self._push)

    def _push(self) -> None:
        self._notes.look()
        for run in list(self.active):
            for _ in range(5):
                if run in self.active:
                    self._work(run, succeeds=1.0)

    def until(
        self, done: Callable[[], bool], *, seconds: float, doing: Callable[[], None] = lambda: None
    ) -> None:
        """Wait, with a scrape now and then."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            doing()
            self.scrape()
            time.sleep(0.02)

    def until_right(self, *, seconds: float) -> None:
        """Wait until the counters are as the log says."""
        deadline = time.monotonic() + seconds
        while wrong := self.wrong():
            assert time.monotonic() < deadline, "\n".join(wrong)
            time.sleep(0.2)

    def finishes(self) -> float:
        """Of runs, as the log says."""
        return self.simulator.log.total(outcomes.RUNS_FINISHED, lambda labels: labels["run_type"] != "manual")

    def wrong(self) -> list[str]:
        """Where the exposition differs from the log, the hasty DAG left out."""
        return differences(
            self.simulator.log.series(),
            self.scrape(),
            outcomes.METRICS,
            left_out=lambda labels: any("asty" in value or value == "manual" for value in labels.values()),
        )

    def hasty_lost(self) -> tuple[float, float]:
        """Finishes of the hasty DAG that were not counted, of how many."""
        happened = self.simulator.log.total(
            outcomes.RUNS_FINISHED, lambda labels: labels["run_type"] == "manual"
        )
        counted = sum(
            value
            for (name, labels), value in self.scrape().items()
            if name == outcomes.RUNS_FINISHED.name and ("run_type", "manual") in labels
        )
        return happened - counted, happened
