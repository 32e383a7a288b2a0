"""The collectors of `windsock serve`, in the order in which a cycle runs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windsock.collect.collector import Collector
from windsock.collect.dags.bundles import BundlesCollector
from windsock.collect.dags.dag_versions import DagVersionsCollector
from windsock.collect.dags.dag_warnings import DagWarningsCollector
from windsock.collect.dags.dags import DagsCollector, TagsCollector
from windsock.collect.dags.import_errors import ImportErrorsCollector
from windsock.collect.dags.teams import TeamsCollector
from windsock.collect.database.connections import ConnectionsCollector
from windsock.collect.database.indexes import IndexesCollector
from windsock.collect.database.revision import RevisionCollector
from windsock.collect.database.tables import OldestRowsCollector, TableSizesCollector
from windsock.collect.platform.audit import AuditCollector
from windsock.collect.platform.components import ComponentsCollector
from windsock.collect.platform.edge_jobs import EdgeJobsCollector
from windsock.collect.platform.edge_workers import EdgeWorkersCollector
from windsock.collect.platform.hosts import HostsCollector
from windsock.collect.runs.backfills import BackfillsCollector
from windsock.collect.runs.expected import ExpectedCollector
from windsock.collect.runs.flights import FlightsCollector
from windsock.collect.runs.results import ResultsCollector
from windsock.collect.runs.run_feed import RunFeedCollector
from windsock.collect.runs.run_sources import RunSourcesCollector
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.runs.suspects import SuspectsCollector
from windsock.collect.runs.watched import HistoryCollector, WatchedCollector
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.collect.tasks.blocked import BlockedCollector
from windsock.collect.tasks.check_tasks import CheckTasksCollector
from windsock.collect.tasks.overrunning import OverrunningCollector
from windsock.collect.tasks.requeues import RequeuesCollector
from windsock.collect.tasks.stale_tasks import StaleTasksCollector
from windsock.collect.tasks.starts import StartsCollector
from windsock.collect.tasks.tasks import TasksCollector
from windsock.collect.tasks.triggers import DeferredCollector, TriggersCollector
from windsock.collect.tasks.waiting_tasks import WaitingTasksCollector
from windsock.collect.waiting.asset_queue import AssetQueueCollector
from windsock.collect.waiting.assets import AssetsCollector
from windsock.collect.waiting.callbacks import CallbacksCollector
from windsock.collect.waiting.deadlines import DeadlinesCollector
from windsock.collect.waiting.hitl import HitlCollector
from windsock.collect.waiting.missed_deadlines import MissedDeadlinesCollector
from windsock.collect.waiting.own_promises import OwnPromisesCollector
from windsock.collect.waiting.sla_misses import SlaMissesCollector
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
    FlightsCollector,
    SuspectsCollector,
    ImportErrorsCollector,
    TagsCollector,
    TeamsCollector,
    HistoryCollector,
    ResultsCollector,
    WaitingTasksCollector,
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
    OwnPromisesCollector,
    EdgeWorkersCollector,
    EdgeJobsCollector,
    CheckTasksCollector,
)


def wanted(kinds: Iterable[type[Collector[Any]]] = COLLECTORS) -> Wanted:
    """Every statement that these collectors may run."""
    kinds = tuple(kinds)
    return Wanted(
        vital=tuple(maker for kind in kinds if kind.vital for maker in kind.reads),
        others=tuple(maker for kind in kinds if not kind.vital for maker in kind.reads),
    )
