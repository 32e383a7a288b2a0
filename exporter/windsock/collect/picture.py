"""From fresh values to figures, facts and the view: a pure function of what was read and the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from windsock.collect import build_facts
from windsock.collect.collector import Collector, Scene
from windsock.collect.dags import after_the_run, import_errors, known
from windsock.collect.dags.dags import DagsCollector, TagsCollector
from windsock.collect.dags.import_errors import ImportErrorsCollector
from windsock.collect.platform import components
from windsock.collect.platform.components import ComponentsCollector
from windsock.collect.runs import results
from windsock.collect.runs.expected import ExpectedCollector, usual_of
from windsock.collect.runs.flights import FlightsCollector
from windsock.collect.runs.run_ids import LazyRunIds
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.runs.suspects import Seen, SuspectsCollector
from windsock.collect.runs.watched import HistoryCollector, WatchedCollector
from windsock.collect.tasks.tasks import TasksCollector
from windsock.collect.waiting.own_promises import OwnPromisesCollector
from windsock.facts import Facts, Run
from windsock.figures import Figures
from windsock.owners import Owners
from windsock.view import BrokenFile, Component, RunIds

# The collectors without which nothing can be said of an SLA.
FACTS_FROM = (DagsCollector.name, TasksCollector.name, RunsCollector.name, WatchedCollector.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the values say at one moment; `facts` only if all that they need is there."""

    facts: Facts | None
    dags: Mapping[str, known.KnownDag]
    tags_known: bool
    runs: Mapping[str, RunIds]
    broken_files: tuple[BrokenFile, ...]
    components: tuple[Component, ...] = ()
    older: Mapping[str, Sequence[Run]] = field(default_factory=dict)


def draw(
    figures: Figures,
    values: Mapping[str, Any],
    collectors: Iterable[Collector[Any]],
    *,
    owners: Owners,
    now: datetime,
    grace: timedelta,
) -> Picture:
    """Add the figures of every collector that has a fresh value.

    `values` are by name of the collector, what is absent is not shown; `now` is the database's clock; `grace`
    is how long past due a run may be missing.
    """
    scene = _set(Scene(now=now, values=values, owners=owners, grace=grace))
    for collector in collectors:
        if collector.name in values:
            collector.add(figures, values[collector.name], scene)
    heartbeats = scene.value(ComponentsCollector)
    return Picture(
        facts=_facts(scene),
        dags=scene.dags,
        tags_known=scene.value(TagsCollector) is not None,
        runs=LazyRunIds(scene.last, scene.value(RunsCollector)),
        broken_files=import_errors.broken_files(scene.value(ImportErrorsCollector) or {}, owners),
        components=components.shown(heartbeats) if heartbeats else (),
        older=build_facts.Past(history.older) if (history := scene.value(HistoryCollector)) else {},
    )


def _set(scene: Scene) -> Scene:
    """What several collectors need is worked out once."""
    read = scene.value(DagsCollector)
    if read is None:
        return scene
    dags = known.known(read, scene.value(TagsCollector) or {}, scene.owners)
    scene = replace(scene, dags=dags)
    scene = replace(scene, last=results.last_of_each(scene))
    runs = scene.value(RunsCollector)
    if runs is None:
        return scene
    return replace(scene, dags=after_the_run.corrected(dags, runs.active, scene.last))


def _facts(scene: Scene) -> Facts | None:
    tasks, runs, watched = (
        scene.value(TasksCollector),
        scene.value(RunsCollector),
        scene.value(WatchedCollector),
    )
    if tasks is None or runs is None or watched is None or scene.value(DagsCollector) is None:
        return None
    return build_facts.build(
        dags=scene.dags,
        tasks=tasks,
        runs=runs,
        watched=watched,
        history=history.counted if (history := scene.value(HistoryCollector)) else {},
        usual=usual_of(watched.dag_ids, scene.value(ExpectedCollector) or {}, runs),
        tags_known=scene.value(TagsCollector) is not None,
        flights=scene.value(FlightsCollector) or {},
        seen=scene.value(SuspectsCollector) or Seen({}, {}),
        scheduler_alive=_scheduler_alive(scene),
        own=scene.value(OwnPromisesCollector),
        broken={
            row.dag_id: row.file or ""
            for row in scene.value(DagsCollector) or ()
            if row.stale and row.import_errors
        },
        last_failed=frozenset(
            dag_id
            for dag_id, last in scene.last.items()
            if last.finished is not None and last.finished.state == "failed"
        ),
    )


def _scheduler_alive(scene: Scene) -> bool:
    read = scene.value(ComponentsCollector)
    # Without any job nothing is known of it, as in a database that was just made.
    seen = read is not None and any(row.job_type == "SchedulerJob" for row in read.heartbeats)
    return not seen or read is None or read.alive.get("SchedulerJob", 0) > 0
