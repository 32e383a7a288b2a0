"""How long runs of each DAG usually take, learned from its last successes, and which run takes longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.cardinality import Preset
from windsock.catalog import dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.results import existing
from windsock.collect.runs.runs import Runs, RunsCollector, tried
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement

LEAST_SUCCESSES = 5
_LEARN_FROM = 20
_AGAIN_AFTER = timedelta(hours=1)
# So that a cycle stays short, at the first one too; the rest follows in the next ones.
_DAGS_PER_CYCLE = 1_000


class Usual(NamedTuple):
    """Seconds that half of the runs, and 19 of 20, take at most."""

    p50: float
    p95: float


def successes(of: Flavour) -> Statement[Run]:
    """The last ones of the given DAGs; runs without a logical date are not among them."""
    return newest(of, "successes", where="x.state = 'success'", limit=_LEARN_FROM)


class ExpectedCollector(Collector[Mapping[str, Usual]]):
    """Reads `dag_run`: of each DAG once an hour."""

    name = "expected"
    tier = Tier.SLOW
    reads = (existing, successes)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._looked: dict[str, datetime] = {}
        self._usual: dict[str, Usual] = {}

    def read(self, reader: Reader) -> Mapping[str, Usual]:
        """Learn of the DAGs that were looked at longest ago, new ones first."""
        known = {row.dag_id for row in reader.shared(existing)}
        self._looked = {dag_id: at for dag_id, at in self._looked.items() if dag_id in known}
        self._usual = {dag_id: usual for dag_id, usual in self._usual.items() if dag_id in known}
        before = reader.now - _AGAIN_AFTER
        new = sorted(known - self._looked.keys())
        old = sorted((at, dag_id) for dag_id, at in self._looked.items() if at <= before)
        due = (new + [dag_id for _, dag_id in old])[:_DAGS_PER_CYCLE]
        for batch in batches(due):
            self._learn(batch, reader.rows(successes, dag_ids=batch))
            self._looked |= dict.fromkeys(batch, reader.now)
        return dict(self._usual)

    def _learn(self, dag_ids: Iterable[str], runs: Iterable[Run]) -> None:
        taken: dict[str, list[float]] = {}
        for run in runs:
            if (seconds := _seconds(run)) is not None:
                taken.setdefault(run.dag_id, []).append(seconds)
        for dag_id in dag_ids:
            usual = learn(taken.get(dag_id, ()))
            if usual is not None:
                self._usual[dag_id] = usual
            else:
                self._usual.pop(dag_id, None)

    def add(self, figures: Figures, value: Mapping[str, Usual], scene: Scene) -> None:
        """What is expected of each DAG, and how its longest active run compares."""
        runs = scene.value(RunsCollector)
        # A DAG that assets or people start, on 3.x, is not among those that were read.
        others = (dag_id for dag_id in (runs.undated if runs else {}) if dag_id in scene.dags)
        usual = usual_of({**value, **dict.fromkeys(others)}, value, runs)
        figures.add_each(
            dags.EXPECTED_RUN,
            ("dag_id", "statistic"),
            (
                ((dag_id, statistic), seconds)
                for dag_id, each in usual.items()
                for statistic, seconds in zip(Usual._fields, each, strict=True)
            ),
        )
        for dag_id, ratio in overruns(runs.active if runs else (), usual, scene.now).items():
            # Half of ten thousand DAGs may run, and those that overrun are wanted.
            if ratio >= 1 or figures.preset is Preset.FULL:
                figures.add(dags.RUN_OVERRUN, ratio, dag_id=dag_id)


def usual_of(dag_ids: Iterable[str], read: Mapping[str, Usual], runs: Runs | None) -> dict[str, Usual]:
    """By DAG, of those of which it is known: `read` by the collector, or else from runs off the schedule."""
    found = {}
    for dag_id in dag_ids:
        usual = read.get(dag_id)
        if usual is None and runs is not None:
            undated = runs.undated.get(dag_id, ())
            usual = learn(seconds for run in undated if (seconds := _success(run)) is not None)
        if usual is not None:
            found[dag_id] = usual
    return found


def learn(seconds: Iterable[float]) -> Usual | None:
    """What is usual; None of too few successes."""
    ordered = sorted(seconds)
    if len(ordered) < LEAST_SUCCESSES:
        return None
    return Usual(percentile(ordered, 0.5), percentile(ordered, 0.95))


def percentile(ordered: Sequence[float], share: float) -> float:
    """Between the neighbours of its place, as PostgreSQL's `percentile_cont`."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def overruns(active: Iterable[ActiveRun], usual: Mapping[str, Usual], now: datetime) -> dict[str, float]:
    """By DAG how long its longest running run has taken, in terms of what 19 of 20 take at most."""
    began: dict[str, datetime] = {}
    for run in active:
        if run.state == "running" and run.start is not None and not tried(run):
            began[run.dag_id] = min(run.start, began.get(run.dag_id, run.start))
    return {
        dag_id: max(0.0, (now - start).total_seconds()) / usual[dag_id].p95
        for dag_id, start in began.items()
        if dag_id in usual and usual[dag_id].p95 > 0
    }


def _success(run: Run) -> float | None:
    return _seconds(run) if run.state == "success" else None


def _seconds(run: Run) -> float | None:
    if run.start is None or run.end is None or run.end < run.start:
        return None
    if run.start == run.logical:
        return None  # `airflow dags test` writes its logical date there, maybe one of years ago
    return (run.end - run.start).total_seconds()
