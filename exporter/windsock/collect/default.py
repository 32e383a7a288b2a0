"""The collectors of `windsock serve`, in the order in which a cycle runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from windsock.collect.collector import Collector
from windsock.collect.components import ComponentsCollector
from windsock.collect.dags import DagsCollector, TagsCollector
from windsock.collect.import_errors import ImportErrorsCollector
from windsock.collect.results import ResultsCollector
from windsock.collect.runs import RunsCollector
from windsock.collect.stale_tasks import StaleTasksCollector
from windsock.collect.starts import StartsCollector
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
    )
