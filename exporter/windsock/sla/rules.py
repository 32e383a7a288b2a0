"""One entry of `slas.yaml`: for which DAGs, what is promised, and what a broken promise means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from fnmatch import translate
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from windsock.duration import seconds
from windsock.sla import words
from windsock.sla.clock import DAYS, Clock
from windsock.times import TimeOfDay, Weekday, Zone
from windsock.yamlfile import Entry

_GLOB = re.compile(r"[*?\[]")

FINISH_BY = "finish_by"
MAX_AGE = "max_age"
MAX_RUN_TIME = "max_run_time"
MAX_START_DELAY = "max_start_delay"
SUCCESS_RATIO = "success_ratio"
KINDS = (FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY, SUCCESS_RATIO)
OF_TASKS = (FINISH_BY, MAX_AGE, MAX_RUN_TIME)
OF_ASSETS = (FINISH_BY, MAX_AGE)
SELECTORS = ("dag", "tag", "of_team")
_CHOICES = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"
# Keys that only some kinds have.
BELONGS = {
    "timezone": (FINISH_BY,),
    "days": (FINISH_BY,),
    "holidays": (FINISH_BY,),
    "grace": (FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY),
    "objective": (FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY),
}

# How many deadlines may be missed unless the entry says it.
_OBJECTIVE = "90% of 30"

Severity = Literal["page", "ticket", "info"]


class Looks(NamedTuple):
    """What of a DAG decides which entries speak of it."""

    dag_id: str
    tags: tuple[str, ...] = ()
    team: str = "default"


@dataclass(frozen=True, slots=True)
class Ratio:
    """`success_ratio`: how many of the last `runs` may fail."""

    runs: int
    failures: int


class Defaults(Entry):
    """What holds for every entry that does not say it itself, for those of DAG tags too."""

    timezone: Zone | None = Field(None, description="Of finish_by, e.g. Europe/Berlin; else UTC.")
    holidays: words.Holidays | None = Field(
        None,
        description="Of finish_by: countries or regions (DE, DE-BY) without deadlines on holidays.",
    )
    grace: words.Duration | None = Field(
        None, description="How long past its deadline a promise still counts as kept, e.g. 10m."
    )
    objective: words.Ratio | None = Field(
        None, description='Which share of its last deadlines should be met; else "90% of 30".'
    )
    severity: Severity | None = Field(None, description="Of a breach; else page.")
    at_risk_severity: Severity | None = Field(None, description="Of an SLA that will be missed.")
    tier: words.Tier | None = Field(None, description="How important this is, e.g. 1.")
    runbook: words.Address | None = Field(None, description="Where it stands what to do.")


class Sla(Entry):
    """One entry: some DAGs, and one promise."""

    dag: words.Glob | None = Field(None, description="A DAG id or a glob (*, ?, […]); case matters.")
    tag: words.Glob | None = Field(None, description="A tag or a glob: the DAGs that have one such tag.")
    of_team: words.TeamName | None = Field(None, description="A team of owners.yaml: the DAGs that it owns.")
    task: words.TaskId | None = Field(None, description="One task of the DAG; else the whole of it.")
    asset: words.Asset | None = Field(
        None, description="An asset that the DAG makes, by name or URI; with max_age, or finish_by and days."
    )
    finish_by: TimeOfDay | None = Field(None, description='Local time of day in quotes, e.g. "06:30".')
    max_age: words.Duration | None = Field(None, description="Oldest age of the last success, e.g. 26h.")
    max_run_time: words.RunTime | None = Field(
        None, description="Longest time from start to end, 45m, or a multiple of the usual, 2x."
    )
    max_start_delay: words.Duration | None = Field(
        None, description="Longest time from being due to the start, e.g. 10m."
    )
    success_ratio: words.Ratio | None = Field(None, description='Share of the last runs, e.g. "90% of 20".')
    timezone: Zone = Field("UTC", description="Of finish_by, e.g. Europe/Berlin.")
    days: tuple[Weekday, ...] | None = Field(
        None, min_length=1, description="Of finish_by: deadlines on these days, whatever the schedule."
    )
    holidays: words.Holidays = Field(
        (), description="Of finish_by: countries or regions (DE, DE-BY) without deadlines on holidays."
    )
    grace: words.Duration | None = Field(
        None, description="How long past its deadline the promise still counts as kept, e.g. 10m."
    )
    objective: words.Ratio = Field(
        _OBJECTIVE, description="Which share of its last deadlines should be met: the error budget."
    )
    name: words.Name | None = Field(None, description="The label `sla`; the kind unless given.")
    team: words.TeamName | None = Field(None, description="Who is told; the DAG's team unless given.")
    tier: words.Tier | None = Field(None, description="How important this is, e.g. 1.")
    runbook: words.Address | None = Field(None, description="Where it stands what to do.")
    severity: Severity = Field("page", description="Of a breach.")
    at_risk_severity: Severity | None = Field(
        None, description="Of an SLA that will be missed; ticket unless given, info if the breach is info."
    )

    @model_validator(mode="after")
    def _one_promise(self) -> Sla:
        if all(getattr(self, key) is None for key in SELECTORS):
            raise ValueError("says of no DAG: give dag, tag or of_team")
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {_CHOICES}")
        for key, kinds in BELONGS.items():
            if key in self.model_fields_set and given[0] not in kinds:
                raise ValueError(f"{key} belongs to {' and '.join(kinds)}, not to {given[0]}")
        self._check_scope(given[0])
        return self

    def _check_scope(self, kind: str) -> None:
        if self.task is not None and self.asset is not None:
            raise ValueError("give task or asset, not both")
        if self.task is not None and kind not in OF_TASKS:
            raise ValueError(f"a task can have {' and '.join(OF_TASKS)}, not {kind}")
        if self.asset is not None and kind not in OF_ASSETS:
            raise ValueError(f"an asset can have {' and '.join(OF_ASSETS)}, not {kind}")
        if self.asset is not None and kind == FINISH_BY and self.days is None:
            raise ValueError("an asset has no schedule: finish_by needs days, e.g. [mon, tue]")

    @property
    def scope(self) -> str:
        """What of the DAG it speaks of, as written: `task load`, `asset s3://x`; empty for all of it."""
        return f"task {self.task}" if self.task else f"asset {self.asset}" if self.asset else ""

    @cached_property
    def kind(self) -> str:
        """One of KINDS."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def sla(self) -> str:
        """The label `sla`: the name, else the kind with its task or asset: `max_age:load`."""
        return self.name or ":".join(filter(None, (self.kind, self.task, self.asset)))

    @property
    def is_pattern(self) -> bool:
        """Whether it may speak of several DAGs."""
        return self.dag is None or _GLOB.search(self.dag) is not None

    @property
    def subject(self) -> str:
        """For which DAGs, as written: `finance_*`, `tag critical`, `team finance`."""
        found = (self.dag, self.tag and f"tag {self.tag}", self.of_team and f"team {self.of_team}")
        return ", ".join(filter(None, found))

    @property
    def severity_at_risk(self) -> str:
        """What it means that the promise will be broken: never more than the breach unless it says so."""
        return self.at_risk_severity or ("info" if self.severity == "info" else "ticket")

    @property
    def deadline_text(self) -> str:
        """The promise in the reader's words, e.g. `06:30 Europe/Berlin` or `26h after last success`."""
        text = {
            FINISH_BY: f"{self.finish_by} {self.timezone}",
            MAX_AGE: f"{self.max_age} after last {'event' if self.asset else 'success'}",
            MAX_RUN_TIME: f"{(self.max_run_time or '').replace('x', 'x usual')} after start",
            MAX_START_DELAY: f"start {self.max_start_delay} after due",
            SUCCESS_RATIO: f"{self.success_ratio} runs",
        }[self.kind]
        return f"{self.scope}: {text}" if self.scope else text

    @cached_property
    def clock(self) -> Clock:
        """Where `finish_by` deadlines may lie; an error for another kind."""
        if self.finish_by is None:
            raise TypeError("only finish_by has a clock")
        weekdays = frozenset(range(7)) if self.days is None else frozenset(map(DAYS.index, self.days))
        return Clock(time.fromisoformat(self.finish_by), ZoneInfo(self.timezone), weekdays, self.holidays)

    @property
    def limit(self) -> timedelta:
        """`max_age`, `max_start_delay` or a fixed `max_run_time`; an error for another kind."""
        written = self.max_age or self.max_start_delay or self.max_run_time
        if written is None or written.endswith("x"):
            raise TypeError(f"{self.kind} has no fixed limit")
        return timedelta(seconds=seconds(written))

    @property
    def factor(self) -> float | None:
        """Of a `max_run_time` that is a multiple of the usual run time."""
        written = self.max_run_time
        return float(written[:-1]) if written is not None and written.endswith("x") else None

    @property
    def ratio(self) -> Ratio:
        """`success_ratio` as numbers; an error for another kind."""
        if self.success_ratio is None:
            raise TypeError("only success_ratio has a ratio")
        return self.allowed

    @cached_property
    def allowed(self) -> Ratio:
        """How many of its last runs may fail, or how many of its last deadlines may be missed."""
        percent, runs = words.ratio(self.success_ratio or self.objective)
        return Ratio(runs, int((100 - percent) * runs / 100 + 1e-6))

    @property
    def patience(self) -> timedelta:
        """`grace` as a duration."""
        return timedelta(seconds=seconds(self.grace)) if self.grace else timedelta(0)

    def matches(self, looks: Looks) -> bool:
        """Whether this entry speaks of the DAG."""
        return (
            (self.dag is None or looks.dag_id == self.dag or fits(looks.dag_id, self.dag))
            and (self.tag is None or any(tag == self.tag or fits(tag, self.tag) for tag in looks.tags))
            and (self.of_team is None or looks.team == self.of_team)
        )

    def with_defaults(self, defaults: Defaults) -> Sla:
        """The entry with what it does not say itself, as far as that fits its kind."""
        update: Mapping[str, Any] = {
            key: value
            for key, value in defaults
            if value is not None
            and key not in self.model_fields_set
            and self.kind in BELONGS.get(key, (self.kind,))
        }
        return self.model_copy(update=update) if update else self


def fits(text: str, glob: str) -> bool:
    """Whether the glob matches all of the text; case matters."""
    return _compiled(glob).match(text) is not None


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
