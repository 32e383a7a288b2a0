"""From fresh values to figures, facts and the view: a pure function of what was read and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from windsock.collect import (
    asset_queue,
    backfills,
    build_facts,
    bundles,
    callbacks,
    components,
    dag_warnings,
    dags,
    deadlines,
    hitl,
    import_errors,
    results,
    runs,
    stale_tasks,
    starts,
    tables,
    tasks,
    triggers,
)
from windsock.collect.dags import KnownDag
from windsock.facts import Facts
from windsock.figures import Figures
from windsock.owners import Owners
from windsock.view import BrokenFile, Component, RunIds

# What needs nothing but the collector's own value.
_ADD: Mapping[str, Callable[[Figures, Any], None]] = {
    "components": components.add,
    "task_starts": starts.add,
    "triggers": triggers.add,
    "deferred": triggers.add_deferred,
    "stale_tasks": stale_tasks.add,
    "asset_queue": asset_queue.add,
    "backfills": backfills.add,
    "bundles": bundles.add,
    "callbacks": callbacks.add,
    "dag_warnings": dag_warnings.add,
    "deadlines": deadlines.add,
    "hitl": hitl.add,
    "table_sizes": tables.add_sizes,
    "oldest_rows": tables.add_oldest,
}
# The collectors without which nothing can be said of an SLA.
FACTS_FROM = ("dags", "tasks", "runs", "sla_facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the values say at one moment; `facts` only if all that they need is there."""

    facts: Facts | None
    runs: Mapping[str, RunIds]
    broken_files: tuple[BrokenFile, ...]
    components: tuple[Component, ...] = ()


def draw(
    figures: Figures,
    values: Mapping[str, Any],
    *,
    owners: Owners,
    major: int,
    now: datetime,
    grace: timedelta,
) -> Picture:
    """Add the figures of every collector that has a fresh value.

    `values` are by name of the collector, what is absent is not shown; `now` is the database's clock; `grace`
    is how long past due a run may be missing.
    """
    for name, add in _ADD.items():
        if name in values:
            add(figures, values[name])
    if "tasks" in values:
        tasks.add(figures, values["tasks"], now)
    known = _dags(figures, values, owners, major)
    read = values.get("runs")
    if read is not None:
        runs.add(figures, read, known, now)
        dags.add_overdue(figures, known, read.created, now=now, grace=grace)
    last = _results(figures, values, known)
    broken = import_errors.broken_files(values.get("import_errors", {}), owners)
    if "import_errors" in values:
        import_errors.add(figures, broken)
    return Picture(
        facts=_facts(values, known),
        runs=results.run_ids(last, read),
        broken_files=broken,
        components=components.shown(values["components"]) if "components" in values else (),
    )


def _dags(figures: Figures, values: Mapping[str, Any], owners: Owners, major: int) -> Mapping[str, KnownDag]:
    if "dags" not in values:
        return {}
    known = dags.known(values["dags"], values.get("dag_tags", {}), owners, major=major)
    dags.add_counts(figures, values["dags"])
    dags.add(figures, known)
    return known


def _results(
    figures: Figures, values: Mapping[str, Any], known: Mapping[str, KnownDag]
) -> Mapping[str, results.Last]:
    if "results" not in values:
        return {}
    undated = values["runs"].undated if "runs" in values else {}
    found = {
        dag_id: results.last(each.values())
        for dag_id, each in results.by_dag(values["results"], undated).items()
        if dag_id in known
    }
    results.add(figures, found)
    return found


def _facts(values: Mapping[str, Any], known: Mapping[str, KnownDag]) -> Facts | None:
    if not values.keys() >= set(FACTS_FROM):
        return None
    return build_facts.build(
        dags=known, tasks=values["tasks"], runs=values["runs"], watched=values["sla_facts"]
    )
