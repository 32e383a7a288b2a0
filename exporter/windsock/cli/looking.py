"""One look at the DAGs of a metadata database, for commands that check a file against them."""

from __future__ import annotations

from windsock.collect.dags.dags import DagsCollector, TagsCollector
from windsock.collect.default import wanted
from windsock.collect.runs.expected import ExpectedCollector
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.runs.watched import WatchedCollector
from windsock.collect.tasks.tasks import TasksCollector
from windsock.errors import BadInput
from windsock.gathering import Settings
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.url import Address
from windsock.owners import Owners
from windsock.service import Service
from windsock.sla import Slas
from windsock.state import State
from windsock.view import View

_KINDS = (
    *(TasksCollector, DagsCollector, RunsCollector, WatchedCollector),
    *(TagsCollector, ExpectedCollector),
)


def look(address: Address, slas: Slas, teams: Owners) -> View:
    """All DAGs as `windsock serve` would see them, with its facts.

    Raises:
        BadInput: they cannot be read.
    """
    source = Source(Database(address), wanted(_KINDS))
    service = Service(source, settings=Settings(), owners=teams, state=State(None), slas=slas, kinds=_KINDS)
    try:
        view = service.look()
    finally:
        service.stop()
    if view.facts is None:
        why = next((each.problem for each in view.collectors if each.problem), "it does not answer")
        raise BadInput(f"{address.origin}: the DAGs cannot be read: {why}")
    return view
