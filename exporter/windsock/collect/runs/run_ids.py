"""The runs that links lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.results import Last
from windsock.collect.runs.runs import Runs
from windsock.view import RunIds


class LazyRunIds(Mapping[str, RunIds]):
    """The same as `run_ids`, worked out when somebody asks: most pictures are never looked at."""

    def __init__(self, results: Mapping[str, Last], runs: Runs | None) -> None:
        self._of = (results, runs)

    @cached_property
    def _found(self) -> dict[str, RunIds]:
        return run_ids(*self._of)

    def __getitem__(self, dag_id: str) -> RunIds:
        return self._found[dag_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def run_ids(results: Mapping[str, Last], runs: Runs | None) -> dict[str, RunIds]:
    """What links lead to: the run with the newest due time, active or finished, and so on."""
    newest_active: dict[str, ActiveRun] = {}
    newest_running: dict[str, ActiveRun] = {}
    for row in runs.active if runs else ():
        if row.run_type == "backfill":
            continue
        if row.dag_id not in newest_active or row.due > newest_active[row.dag_id].due:
            newest_active[row.dag_id] = row
        if row.state == "running" and (
            row.dag_id not in newest_running or row.due > newest_running[row.dag_id].due
        ):
            newest_running[row.dag_id] = row
    found = {}
    for dag_id in {*results, *newest_active}:
        result, active = results.get(dag_id), newest_active.get(dag_id)
        ended = result.finished if result else None
        both = [run for run in (ended, active) if run is not None]
        running = newest_running.get(dag_id)
        found[dag_id] = (
            RunIds(
                latest=max(both, key=lambda run: run.due).run_id,
                running=running.run_id if running else None,
                last_failed=result.failed.run_id if result and result.failed else None,
            )
            if both
            else RunIds()
        )
    return found
