"""The collectors of `windsock serve`, in the order in which a cycle runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from windsock.collect.asset_queue import AssetQueueCollector
from windsock.collect.backfills import BackfillsCollector
from windsock.collect.bundles import BundlesCollector
from windsock.collect.callbacks import CallbacksCollector
from windsock.collect.collector import Collector
from windsock.collect.components import ComponentsCollector
from windsock.collect.dag_warnings import DagWarningsCollector
from windsock.collect.dags import DagsCollector, TagsCollector
from windsock.collect.deadlines import DeadlinesCollector
from windsock.collect.hitl import HitlCollector
from windsock.collect.import_errors import ImportErrorsCollector
from windsock.collect.results import ResultsCollector
from windsock.collect.runs import RunsCollector
from windsock.collect.stale_tasks import StaleTasksCollector
from windsock.collect.starts import StartsCollector
from windsock.collect.tables import OldestRowsCollector, TableSizesCollector
from windsock.collect.tasks import TasksCollector
from windsock.collect.triggers import DeferredCollector, TriggersCollector
from windsock.collect.watched import Selection, WatchedCollector
from windsock.sla import Slas
from windsock.state import State


def collectors(
    state: State, slas: Slas | None, dag_ids: Callable[[], Iterable[str]]
) -> tuple[Collector[Any], ...]:
    """All of them; `dag_ids` tells the DAGs that `dags` read last, so that comes before `sla_facts`."""
    return (
        ComponentsCollector(),
        TasksCollector(),
        StartsCollector(),
        DagsCollector(),
        RunsCollector(),
        WatchedCollector(Selection(slas, dag_ids)),
        ImportErrorsCollector(state),
        TagsCollector(),
        ResultsCollector(),
        TriggersCollector(),
        DeferredCollector(),
        StaleTasksCollector(),
        AssetQueueCollector(),
        BackfillsCollector(),
        BundlesCollector(),
        CallbacksCollector(),
        DagWarningsCollector(),
        DeadlinesCollector(),
        HitlCollector(),
        TableSizesCollector(),
        OldestRowsCollector(),
    )
