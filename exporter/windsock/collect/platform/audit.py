"""Events of Airflow's audit log that people act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, between, since
from windsock.catalog import changes
from windsock.collect import id_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.id_feed import IdFeed, NewestId
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


@dataclass(frozen=True, slots=True)
class Kind:
    """What lines of Airflow log under these names, and we under one.

    The log of 2.x also has the states of task instances as events, so setting a task to success or failed by
    hand (`success`, `failed` there) cannot be told from a task that ends; it is not counted.

    Attributes:
        name: ours.
        raw: of the schedulers, of the REST API of 3.x, of the web server of 2.x, of the command line.
        api: of the REST API of 2.x, which from 2.9 on logs `api.` or `ui.` before it, by who called.
        lines: those that can have it.
    """

    name: str
    raw: tuple[str, ...]
    api: tuple[str, ...] = ()
    lines: tuple[str, ...] = VERSIONS

    def names(self) -> tuple[str, ...]:
        """As they stand in the column `event`."""
        return (*self.raw, *(f"{prefix}.{name}" for name in self.api for prefix in ("api", "ui")))


_SCHEDULERS = since("2.10")
KINDS = (
    Kind("heartbeat timeout", ("heartbeat timeout",), lines=_SCHEDULERS),
    Kind("stuck in queued reschedule", ("stuck in queued reschedule",), lines=_SCHEDULERS),
    Kind("stuck in queued tries exceeded", ("stuck in queued tries exceeded",), lines=_SCHEDULERS),
    Kind("state mismatch", ("state mismatch",), lines=_SCHEDULERS),
    Kind("task launch failure", ("task launch failure",), lines=between("2.10", "3.0")),
    # On 3.x only the scheduler logs it, after max_consecutive_failed_dag_runs; on 2.x the web server, too.
    Kind("auto-paused", ("paused",), lines=AIRFLOW_3),
    # Which of the two it was stands in a column that is not read.
    Kind("paused or unpaused", ("patch_dag", "patch_dags"), lines=AIRFLOW_3),
    Kind("paused or unpaused", ("paused",), ("patch_dag", "patch_dags"), lines=AIRFLOW_2),
    Kind("paused or unpaused", ("cli_dag_pause", "cli_dag_unpause")),
    Kind("trigger", ("trigger", "dag_run.create", "trigger_dag_run", "cli_dag_trigger"), ("post_dag_run",)),
    Kind("clear", ("clear", "dagrun_clear", "action_clear", "action_clear_downstream"), lines=AIRFLOW_2),
    Kind(
        "clear", ("clear_dag_runs", "clear_dag_run_partitions", "cli_clear", "cli_dag_clear"), lines=AIRFLOW_3
    ),
    Kind(
        "clear",
        ("post_clear_task_instances", "clear_dag_run", "cli_task_clear"),
        ("post_clear_task_instances", "clear_dag_run"),
    ),
    Kind(
        "run state set",
        ("dagrun_failed", "dagrun_success", "dagrun_queued", "patch_dag_run"),
        ("update_dag_run_state",),
    ),
    Kind("task state set", ("action_set_failed", "action_set_success"), lines=AIRFLOW_2),
    Kind(
        "task state set",
        ("patch_task_instance", "patch_task_group_instances"),
        ("post_set_task_instances_state", "patch_task_instance", "patch_mapped_task_instance"),
    ),
    Kind("run deleted", ("delete_dag_run",), ("delete_dag_run",), lines=since("2.9")),
    Kind("dag deleted", ("delete", "delete_dag", "cli_dag_delete"), ("delete_dag",)),
    Kind("backfill", ("create_backfill", "cli_create_backfill", "cli_dag_backfill")),
    Kind(
        "asset event",
        ("create_asset_event", "materialize_asset", "cli_asset_materialize"),
        ("create_dataset_event",),
        lines=since("2.9"),
    ),
)


def ours(line: str) -> Mapping[str, str]:
    """What a line of Airflow may log, and our name of it."""
    return {raw: kind.name for kind in KINDS if line in kind.lines for raw in kind.names()}


class Event(NamedTuple):
    """A row of `log`."""

    id: int
    event: str


def newest_event(_of: Flavour) -> Statement[NewestId]:
    """By primary key."""
    return id_feed.newest("newest_event", "log")


def audit_events(of: Flavour) -> Statement[Event]:
    """By primary key."""
    listed = ", ".join(f"'{name}'" for name in ours(of.line))
    return make(
        "audit_events",
        Event,
        f"SELECT id, event FROM log WHERE id > :after AND id <= :until AND event IN ({listed})",
        reads={"log": ("id", "event")},
        **id_feed.EXAMPLE,
    )


class AuditCollector(Collector[Counted]):
    """Reads the newest ids of `log`; what it holds from before the first start is not counted."""

    name = "audit"
    tier = Tier.SLOW
    reads = (newest_event, audit_events)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (changes.AUDIT_EVENTS,))
        self._feed: IdFeed[Event] = IdFeed(newest_event, audit_events)
        self._line: str | None = None

    def read(self, reader: Reader) -> Counted:
        """Each new event once, zeros for those that this Airflow can have."""
        names = ours(reader.flavour.line)
        news = self._feed.read(reader, self._book.memo)
        entry = Entry()
        if self._line != reader.flavour.line:
            for name in names.values():
                entry.count(changes.AUDIT_EVENTS, 0, event=name)
        for row in news.rows:
            # MySQL compares without regard to case.
            if row.event in names:
                entry.count(changes.AUDIT_EVENTS, event=names[row.event])
        counted = self._book.commit(entry, news.memo, lazy=True)
        self._line = reader.flavour.line
        return counted

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """As counted."""
        value.add_to(figures)
