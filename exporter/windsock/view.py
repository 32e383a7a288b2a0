"""What the pages may read: one immutable picture of the last cycle, replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from windsock.facts import Facts, Run
from windsock.sla.status import Status, WrongTag


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIds:
    """The run ids that links of one DAG lead to; None where there is no such run. Backfills are left out."""

    latest: str | None = None
    running: str | None = None
    last_failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorHealth:
    """One collector as the board shows it.

    Attributes:
        disabled: why it is switched off: plan, privilege or schema; None while it runs.
        problem: what went wrong in its last run, in one line; None after a good one.
    """

    name: str
    last_success: datetime | None
    problem: str | None = None
    disabled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """The newest heartbeat of one type of Airflow's own processes, as stored."""

    job_type: str
    heartbeat: datetime
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFile:
    """A DAG file that Airflow cannot import; `bundle` is empty on 2.x."""

    bundle: str
    file: str
    team: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything at one moment.

    Attributes:
        at: when this was put together, by the exporter's clock.
        facts: None before the first good cycle and once the last one is too old to be shown.
        read_at: when the newest facts that there ever were had been read, by the exporter's clock.
        stale_after: seconds after which facts are older than they may be while all is well.
        sla_file_problem: why the SLA file as it is now does not count; None if it does.
        runs: by DAG id.
        older: by DAG id, finished runs of some minutes ago that go on where those of the facts end, some of
            them in both.
        airflow_version: the versions that use this schema, e.g. `3.3`; None while unknown.
        major: 2 or 3, which decides the paths of Airflow's UI; None while unknown.
    """

    at: datetime
    database_up: bool = False
    facts: Facts | None = None
    read_at: datetime | None = None
    stale_after: float = 60.0
    statuses: tuple[Status, ...] = ()
    wrong_tags: tuple[WrongTag, ...] = ()
    sla_file_problem: str | None = None
    runs: Mapping[str, RunIds] = field(default_factory=dict)
    older: Mapping[str, Sequence[Run]] = field(default_factory=dict)
    collectors: tuple[CollectorHealth, ...] = ()
    components: tuple[Component, ...] = ()
    broken_files: tuple[BrokenFile, ...] = ()
    airflow_version: str | None = None
    major: int | None = None
