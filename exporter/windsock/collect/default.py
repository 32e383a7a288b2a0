"""The collectors of `windsock serve`, in the order in which a cycle runs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windsock.collect.asset_queue import AssetQueueCollector
from windsock.collect.assets import AssetsCollector
from windsock.collect.attempts import AttemptsCollector
from windsock.collect.audit import AuditCollector
from windsock.collect.backfills import BackfillsCollector
from windsock.collect.blocked import BlockedCollector
from windsock.collect.bundles import BundlesCollector
from windsock.collect.callbacks import CallbacksCollector
from windsock.collect.check_tasks import CheckTasksCollector
from windsock.collect.collector import Collector
from windsock.collect.components import ComponentsCollector
from windsock.collect.connections import ConnectionsCollector
from windsock.collect.dag_versions import DagVersionsCollector
from windsock.collect.dag_warnings import DagWarningsCollector
from windsock.collect.dags import DagsCollector, TagsCollector
from windsock.collect.deadlines import DeadlinesCollector
from windsock.collect.edge_workers import EdgeWorkersCollector
from windsock.collect.expected import ExpectedCollector
from windsock.collect.hitl import HitlCollector
from windsock.collect.hosts import HostsCollector
from windsock.collect.import_errors import ImportErrorsCollector
from windsock.collect.indexes import IndexesCollector
from windsock.collect.missed_deadlines import MissedDeadlinesCollector
from windsock.collect.overrunning import OverrunningCollector
from windsock.collect.requeues import RequeuesCollector
from windsock.collect.results import ResultsCollector
from windsock.collect.revision import RevisionCollector
from windsock.collect.run_feed import RunFeedCollector
from windsock.collect.run_sources import RunSourcesCollector
from windsock.collect.runs import RunsCollector
from windsock.collect.sla_misses import SlaMissesCollector
from windsock.collect.stale_tasks import StaleTasksCollector
from windsock.collect.starts import StartsCollector
from windsock.collect.tables import OldestRowsCollector, TableSizesCollector
from windsock.collect.tasks import TasksCollector
from windsock.collect.triggers import DeferredCollector, TriggersCollector
from windsock.collect.watched import WatchedCollector
from windsock.metadb.source import Wanted

COLLECTORS: tuple[type[Collector[Any]], ...] = (
    ComponentsCollector,
    TasksCollector,
    StartsCollector,
    DagsCollector,
    RunsCollector,
    RunFeedCollector,
    AttemptsCollector,
    WatchedCollector,
    ImportErrorsCollector,
    TagsCollector,
    ResultsCollector,
    HostsCollector,
    RequeuesCollector,
    BlockedCollector,
    ExpectedCollector,
    OverrunningCollector,
    TriggersCollector,
    DeferredCollector,
    StaleTasksCollector,
    AssetQueueCollector,
    BackfillsCollector,
    BundlesCollector,
    CallbacksCollector,
    DagWarningsCollector,
    DeadlinesCollector,
    HitlCollector,
    TableSizesCollector,
    OldestRowsCollector,
    IndexesCollector,
    ConnectionsCollector,
    RevisionCollector,
    DagVersionsCollector,
    RunSourcesCollector,
    AuditCollector,
    AssetsCollector,
    MissedDeadlinesCollector,
    SlaMissesCollector,
    EdgeWorkersCollector,
    CheckTasksCollector,
)


def wanted(kinds: Iterable[type[Collector[Any]]] = COLLECTORS) -> Wanted:
    """Every statement that these collectors may run."""
    kinds = tuple(kinds)
    return Wanted(
        vital=tuple(maker for kind in kinds if kind.vital for maker in kind.reads),
        others=tuple(maker for kind in kinds if not kind.vital for maker in kind.reads),
    )
