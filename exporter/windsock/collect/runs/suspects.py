"""What keeps SLAs from being met: tasks of runs that do not succeed, assets that do not come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.facts import MissingAsset, TaskSeen
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# Evidence is for people: those that come first will do.
_MOST_RUNS = 200
_MOST_DAGS = 200
_MOST_ROWS = 5_000


class SuspectTask(NamedTuple):
    """A task instance that has not succeeded; `tries` as the database counts them."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str
    pool: str
    queue: str
    operator: str
    tries: int
    most_tries: int
    scheduled: datetime | None
    queued: datetime | None
    start: datetime | None
    end: datetime | None


class MissingRow(NamedTuple):
    """An asset of which a DAG has no event yet."""

    dag_id: str
    asset: str
    producer: str | None


class Seen(NamedTuple):
    """What was found; see `windsock.facts.Facts`."""

    tasks: Mapping[tuple[str, str], tuple[TaskSeen, ...]]
    assets: Mapping[str, tuple[MissingAsset, ...]]


def suspect_tasks(of: Flavour) -> Statement[SuspectTask]:
    """Of the given runs, what is active or has failed [ti_dag_run]."""
    scheduled = "scheduled_dttm" if of.three else "updated_at"
    return make(
        "suspect_tasks",
        SuspectTask,
        "SELECT dag_id, run_id, task_id, map_index, state, pool, COALESCE(queue, '') AS queue,"
        " COALESCE(custom_operator_name, operator, '') AS operator, COALESCE(try_number, 0) AS tries,"
        f" COALESCE(max_tries, 0) + 1 AS most_tries, {scheduled} AS scheduled, queued_dttm AS queued,"
        ' start_date AS start, end_date AS "end" FROM task_instance'
        f" WHERE (dag_id, run_id) IN :runs AND state IN ({of.active}, 'failed') LIMIT {_MOST_ROWS}",
        reads={
            "task_instance": (
                *("dag_id", "run_id", "task_id", "map_index", "state", "pool", "queue", "operator"),
                *("custom_operator_name", "try_number", "max_tries", scheduled, "queued_dttm"),
                *("start_date", "end_date"),
            )
        },
        runs=[("-", "-")],
    )


def missing_assets(of: Flavour) -> Statement[MissingRow]:
    """Of the given DAGs, by the primary keys of the tables of references, which are small."""
    asset = "asset" if of.three else "dataset"
    references, makers = f"dag_schedule_{asset}_reference", f"task_outlet_{asset}_reference"
    return make(
        "missing_assets",
        MissingRow,
        f"SELECT r.dag_id, a.uri AS asset, min(o.dag_id) AS producer FROM {references} r"
        f" JOIN {asset} a ON a.id = r.{asset}_id"
        f" LEFT JOIN {asset}_dag_run_queue q ON q.{asset}_id = r.{asset}_id AND q.target_dag_id = r.dag_id"
        f" LEFT JOIN {makers} o ON o.{asset}_id = r.{asset}_id"
        " WHERE r.dag_id IN :dag_ids AND q.target_dag_id IS NULL GROUP BY r.dag_id, a.uri",
        reads={
            references: ("dag_id", f"{asset}_id"),
            makers: ("dag_id", f"{asset}_id"),
            f"{asset}_dag_run_queue": ("target_dag_id", f"{asset}_id"),
            asset: ("id", "uri"),
        },
        dag_ids=["-"],
    )


class SuspectsCollector(Collector[Seen]):
    """Reads `task_instance` by run, and which assets are missing, for SLAs that are not ok; else nothing."""

    name = "sla_suspects"
    tier = Tier.FAST
    reads = (suspect_tasks, missing_assets)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._suspects = context.suspects

    def read(self, reader: Reader) -> Seen:
        """Of the SLAs as they stood at the last look."""
        suspects = self._suspects()
        runs = suspects.runs[:_MOST_RUNS]
        tasks: dict[tuple[str, str], list[TaskSeen]] = {run: [] for run in runs}
        if runs:
            for row in reader.rows(suspect_tasks, runs=list(runs)):
                tasks[row.dag_id, row.run_id].append(_seen(row))
        assets: dict[str, list[MissingAsset]] = {}
        for batch in batches(suspects.dag_ids[:_MOST_DAGS]):
            for asset in reader.rows(missing_assets, dag_ids=batch):
                found = MissingAsset(asset=asset.asset, producer=asset.producer or "")
                assets.setdefault(asset.dag_id, []).append(found)
        return Seen(
            tasks={run: tuple(found) for run, found in tasks.items()},
            assets={
                dag_id: tuple(sorted(found, key=lambda each: each.asset)) for dag_id, found in assets.items()
            },
        )

    def add(self, figures: Figures, value: Seen, scene: Scene) -> None:
        """Nothing of their own: causes are found in them."""


def _seen(row: SuspectTask) -> TaskSeen:
    waited = {"scheduled": row.scheduled, "queued": row.queued}
    return TaskSeen(
        state=row.state,
        pool=row.pool,
        queue=row.queue,
        task_id=row.task_id if row.map_index < 0 else f"{row.task_id} [{row.map_index}]",
        since=waited.get(row.state, row.start),
        until=row.end if row.state == "failed" else None,
        tries=max(1, row.tries),
        most_tries=row.most_tries,
        is_sensor=row.state == "up_for_reschedule" or "sensor" in row.operator.lower(),
    )
