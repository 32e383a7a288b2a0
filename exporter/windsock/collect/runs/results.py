"""The last results of each DAG: of finished runs other than backfills, the one with the newest due time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windsock.cardinality import Preset
from windsock.catalog import dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.dags.periods import headroom, periods
from windsock.collect.runs.active import active_runs
from windsock.collect.runs.runs import RunsCollector, new_runs, newest_run
from windsock.figures import Figures
from windsock.metadb.dag_runs import FINISHED, Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# How many runs of each DAG are read: the newest ones, and where those all failed, the streak of failures.
# Manual runs of 2.x sort after scheduled ones of the same or a later due time, so one row would not do.
_NEWEST = 3
_STREAK = 10
# One part of this many of all DAGs is read in each cycle.
_TURNS = 10
# Ids are drawn before the commit: a lower one may appear after a higher one.
_OVERLAP_IDS = 200
_FINISHED = frozenset({"success", "failed"})


class DagId(NamedTuple):
    """A DAG that is not stale."""

    dag_id: str


def existing(of: Flavour) -> Statement[DagId]:
    """The whole table."""
    return make(
        "existing_dags",
        DagId,
        f"SELECT dag_id FROM dag WHERE NOT ({of.stale})",
        reads={"dag": ("dag_id", of.stale_column)},
    )


def finished(of: Flavour) -> Statement[Run]:
    """The last ones of the given DAGs."""
    return newest(of, "finished", where=FINISHED, limit=_NEWEST)


def streaks(of: Flavour) -> Statement[Run]:
    """More of the same, for DAGs that fail."""
    return newest(of, "streaks", where=FINISHED, limit=_STREAK)


def last_success(of: Flavour) -> Statement[Run]:
    """The last ones of the given DAGs."""
    return newest(of, "last_success", where="x.state = 'success'", limit=_NEWEST)


def last_failed(of: Flavour) -> Statement[Run]:
    """The last ones of the given DAGs."""
    return newest(of, "last_failed", where="x.state = 'failed'", limit=_NEWEST)


def scheduled_success(of: Flavour) -> Statement[Run]:
    """The last one of the given DAGs."""
    return _scheduled(of, "success")


def scheduled_failed(of: Flavour) -> Statement[Run]:
    """The last one of the given DAGs."""
    return _scheduled(of, "failed")


def _scheduled(of: Flavour, state: str) -> Statement[Run]:
    """For DAGs whose newest rows are all manual; one without a schedule would be walked to its beginning."""
    return newest(
        of,
        f"scheduled_{state}",
        where=f"x.state = '{state}' AND x.run_type = 'scheduled'",
        limit=1,
        having="d.next_dagrun IS NOT NULL",
        dag_column="next_dagrun",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last runs of one DAG; `streak` counts failures in a row, backwards, up to 10.

    Attributes:
        scheduled: the newest one that the schedule made, whatever its result.
    """

    success: Run | None
    failed: Run | None
    finished: Run | None
    streak: int
    scheduled: Run | None = None


class Known(NamedTuple):
    """What is worth keeping of one DAG: runs, newest first, and what they come to."""

    runs: tuple[Run, ...]
    last: Last


class ResultsCollector(Collector[Mapping[str, Known]]):
    """Reads `dag_run`: per DAG the newest finished runs, and the newest of each result.

    Every DAG at first. Then those of which a run was created or has ended since, those that failed last
    (somebody may mark that run as success), and in turn a tenth of all, for what else is done by hand.
    """

    name = "results"
    tier = Tier.SLOW
    reads = (
        *(existing, active_runs, newest_run, new_runs),
        *(finished, streaks, last_success, last_failed, scheduled_success, scheduled_failed),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._kept: dict[str, Known] = {}
        self._active: Mapping[int, str] = {}
        self._newest_id: int | None = None
        self._turn = 0

    def read(self, reader: Reader) -> Mapping[str, Known]:
        """What is worth keeping of each DAG."""
        dag_ids = [row.dag_id for row in reader.shared(existing)]
        active = {row.id: row.dag_id for row in reader.shared(active_runs)}
        newest_id, changed = self._created(reader)
        changed |= {dag_id for run, dag_id in self._active.items() if run not in active}
        turn = set(sorted(dag_ids)[self._turn :: _TURNS])
        wanted = [
            dag_id
            for dag_id in dag_ids
            if dag_id in changed
            or dag_id in turn
            or (known := self._kept.get(dag_id)) is None
            or known.last.streak > 0
        ]
        for batch in batches(wanted):
            self._kept |= _worth_keeping(batch, _read(reader, batch))
        existing_ids = set(dag_ids)
        self._kept = {dag_id: known for dag_id, known in self._kept.items() if dag_id in existing_ids}
        # Only now: after a failure in between the same DAGs are read again.
        self._active, self._newest_id, self._turn = active, newest_id, (self._turn + 1) % _TURNS
        return dict(self._kept)

    def _created(self, reader: Reader) -> tuple[int, set[str]]:
        """The highest id of a run, and the DAGs of those that came since: some have ended already."""
        if self._newest_id is None:
            return reader.rows(newest_run)[0].newest or 0, set()
        rows = reader.rows(new_runs, after=self._newest_id - _OVERLAP_IDS)
        return max([self._newest_id, *(row.id for row in rows)]), {row.dag_id for row in rows}

    def add(self, figures: Figures, value: Mapping[str, Known], scene: Scene) -> None:
        """Last success, failure and state, failures in a row, and what they say of the next run."""
        of_dag, last = ("dag_id",), scene.last.items()
        figures.add_each(dags.LAST_SUCCESS, of_dag, _ends((dag_id, each.success) for dag_id, each in last))
        # In the smaller presets only of DAGs that fail now: most have failed some day.
        every = figures.preset is Preset.FULL
        failed = ((dag_id, each.failed) for dag_id, each in last if every or each.streak > 0)
        figures.add_each(dags.LAST_FAILURE, of_dag, _ends(failed))
        ended = [(dag_id, each.finished, each.streak) for dag_id, each in last if each.finished is not None]
        good = (((dag_id,), run.state == "success") for dag_id, run, _ in ended)
        figures.add_each(dags.LAST_FINISHED_SUCCESS, of_dag, good)
        streaks = (((dag_id,), streak) for dag_id, _, streak in ended)
        figures.add_each(dags.CONSECUTIVE_FAILURES, of_dag, streaks)
        for metric, found in (
            (dags.SCHEDULE_PERIOD, periods(scene)),
            (dags.AUTO_PAUSE_HEADROOM, headroom(scene, counted=_STREAK)),
        ):
            figures.add_each(metric, of_dag, (((dag_id,), value) for dag_id, value in found.items()))


def _ends(runs: Iterable[tuple[str, Run | None]]) -> Iterator[tuple[tuple[str], float]]:
    for dag_id, run in runs:
        if run is not None and run.end is not None:
            yield (dag_id,), run.end.timestamp()


def _read(reader: Reader, dag_ids: list[str]) -> list[Run]:
    """The newest finished runs of these DAGs, and of each result those that are not among them."""
    found = reader.rows(finished, dag_ids=dag_ids)
    newest = list(found)
    by_state = {state: Counter(row.dag_id for row in newest if row.state == state) for state in _FINISHED}
    all_of_it = Counter(row.dag_id for row in newest)
    if failing := [dag_id for dag_id in dag_ids if by_state["failed"][dag_id] == _NEWEST]:
        found += reader.rows(streaks, dag_ids=failing)
    for state, last_of, scheduled in (
        ("success", last_success, scheduled_success),
        ("failed", last_failed, scheduled_failed),
    ):
        older = [
            dag_id for dag_id in dag_ids if all_of_it[dag_id] == _NEWEST and by_state[state][dag_id] < _NEWEST
        ]
        some = reader.rows(last_of, dag_ids=older) if older else []
        found += some
        asked = set(older)
        some += [row for row in newest if row.state == state and row.dag_id not in asked]
        if hiding := _hiding(some):
            found += reader.rows(scheduled, dag_ids=hiding)
    return found


def _worth_keeping(dag_ids: Iterable[str], found: Iterable[Run]) -> dict[str, Known]:
    """By DAG: failures up to the last success, newest of each result and of the schedule."""
    runs: dict[str, dict[str, Run]] = {dag_id: {} for dag_id in dag_ids}
    for row in found:
        runs[row.dag_id][row.run_id] = row
    return {dag_id: _few(each.values()) for dag_id, each in runs.items()}


def _few(runs: Iterable[Run]) -> Known:
    ended = sorted(runs, key=order, reverse=True)
    result = last(ended)
    some = (*ended[: result.streak], result.success, result.failed, result.scheduled)
    keys = {run.run_id for run in some if run is not None}
    return Known(tuple(run for run in ended if run.run_id in keys), result)


def _hiding(some: Iterable[Run]) -> list[str]:
    """DAGs whose newest rows are manual runs only: a scheduled one with a later due time may lie below.

    On 2.x a manual run's logical date is when it was triggered, while it is due with the interval before.
    """
    manual: dict[str, list[bool]] = {}
    for row in some:
        manual.setdefault(row.dag_id, []).append(row.run_type != "scheduled")
    return sorted(dag_id for dag_id, each in manual.items() if len(each) >= _NEWEST and all(each[:_NEWEST]))


def last_of_each(scene: Scene) -> dict[str, Last]:
    """The last runs of every DAG that is not stale, if the results are fresh."""
    dated, runs = scene.value(ResultsCollector), scene.value(RunsCollector)
    if dated is None:
        return {}
    undated = runs.undated if runs else {}
    found = {dag_id: known.last for dag_id, known in dated.items() if dag_id in scene.dags}
    for dag_id, others in undated.items():
        if dag_id in scene.dags:
            # What was read by due time is older.
            each = {run.run_id: run for run in (*(dated[dag_id].runs if dag_id in dated else ()), *others)}
            found[dag_id] = last(each.values())
    return found


def last(runs: Iterable[Run]) -> Last:
    """The last results among runs of one DAG; backfills and unfinished runs do not count."""
    ended = sorted(
        (run for run in runs if run.state in _FINISHED and run.run_type != "backfill"),
        key=order,
        reverse=True,
    )
    streak = 0
    for run in ended[:_STREAK]:
        if run.state != "failed":
            break
        streak += 1
    return Last(
        success=next((run for run in ended if run.state == "success"), None),
        failed=next((run for run in ended if run.state == "failed"), None),
        finished=next(iter(ended), None),
        streak=streak,
        scheduled=next((run for run in ended if run.run_type == "scheduled"), None),
    )


def order(run: Run) -> tuple[datetime, datetime]:
    """By due time; a manual run of 2.x shares it with the scheduled run before it and is the newer one."""
    return run.due, run.logical or run.due
