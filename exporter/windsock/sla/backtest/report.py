"""What a backtest says: every incident, pages per week and team, and what could not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from windsock.sla.backtest.cases import Outcome
from windsock.sla.backtest.incident import Incident

SEVERITIES = ("page", "ticket", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """Something that the past does not tell, how often, and what that means for the result."""

    what: str
    count: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A team's week, by the Monday on which it begins.

    Attributes:
        notified: breaches that would have been told, by severity.
        announced: promises that were at risk, by their severity.
        false: of these, kept after all.
    """

    begins: date
    team: str
    notified: Counter[str] = field(default_factory=Counter)
    announced: Counter[str] = field(default_factory=Counter)
    false: int = 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole result.

    Attributes:
        file: the SLA file.
        since, until: what was replayed.
        outcomes: by DAG.
        unknown: entries that speak of no DAG, `file:line: subject`.
        scoped: entries that speak of a task or an asset.
        tags_wrong: tags that look like SLAs and are none.
        paused: DAGs that the audit log says were paused or resumed; None where it cannot be read.
    """

    file: str
    since: datetime
    until: datetime
    outcomes: Sequence[Outcome]
    unknown: Sequence[str] = ()
    scoped: int = 0
    tags_wrong: int = 0
    paused: int | None = None

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """In the order in which they were seen first; without those that began before."""
        found = (each for outcome in self.outcomes for each in outcome.incidents if not each.from_before)
        return tuple(sorted(found, key=lambda each: (began(each), each.dag_id, each.sla)))

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """Those in which anything happened, by team."""
        found: dict[tuple[date, str], Week] = {}

        def week(moment: datetime, team: str) -> Week:
            monday = moment.date() - timedelta(days=moment.weekday())
            return found.setdefault((monday, team), Week(begins=monday, team=team))

        falses: Counter[tuple[date, str]] = Counter()
        for each in self.incidents:
            if each.notified is not None:
                week(each.notified, each.team).notified[each.severity] += 1
            if each.announced is not None:
                seen = week(each.announced, each.team)
                seen.announced[each.at_risk_severity] += 1
                falses[seen.begins, seen.team] += each.false_alarm
        return tuple(
            Week(
                begins=each.begins,
                team=each.team,
                notified=each.notified,
                announced=each.announced,
                false=falses[key],
            )
            for key, each in sorted(found.items())
        )

    @property
    def runs(self) -> int:
        """Due since the beginning."""
        return sum(outcome.runs for outcome in self.outcomes)

    @property
    def kept(self) -> tuple[int, int]:
        """Deadlines of `finish_by` that were met, and missed."""
        met = sum(outcome.met for outcome in self.outcomes)
        return met, sum(outcome.missed for outcome in self.outcomes)

    @property
    def slas(self) -> int:
        """(sla, DAG) pairs that were replayed."""
        return sum(outcome.slas for outcome in self.outcomes if outcome.began is not None)

    def blind_spots(self) -> tuple[BlindSpot, ...]:
        """Only those that are there, and always the one that is."""
        return tuple(spot for spot in _spots(self) if spot.count)


def began(incident: Incident) -> datetime:
    """When it was seen first."""
    moment = incident.announced or incident.broken
    assert moment is not None  # noqa: S101 (an incident is one or the other)
    return moment


def _spots(report: Report) -> Iterable[BlindSpot]:
    outcomes, since = report.outcomes, report.since
    every = [each for outcome in outcomes for each in outcome.incidents]
    cleared = sum(outcome.cleared for outcome in outcomes)
    doubtful = sum(each.doubtful for each in report.incidents)
    yield BlindSpot(
        what="runs that were cleared",
        count=cleared,
        meaning="only the last attempt is in the database: a deadline that the first one met looks missed; "
        f"{doubtful} of the lines above speak of such a run (?)",
    )
    yield BlindSpot(
        what="runs of Airflow 2.7, which does not say whether a run was cleared",
        count=sum(outcome.uncounted for outcome in outcomes),
        meaning="any of them may have been done earlier than it looks",
    )
    yield BlindSpot(
        what="DAGs that were paused or resumed, as far back as the audit log goes",
        count=report.paused or 0,
        meaning="when and for how long is not known; see the gaps",
    )
    yield BlindSpot(
        what="DAGs of which no audit log says whether they were paused",
        count=len(outcomes) if report.paused is None else 0,
        meaning="before Airflow 2.10, or the role may not read it: run windsock db grants again",
    )
    yield BlindSpot(
        what="odd gaps in the due times of a DAG",
        count=sum(outcome.gaps for outcome in outcomes),
        meaning="it was paused, its schedule changed, or rows were deleted; deadlines that hang on the "
        "schedule are not judged there, a pause would have paged",
    )
    yield BlindSpot(
        what="DAGs whose rows begin after the first day",
        count=sum(outcome.began is not None and outcome.began > since for outcome in outcomes),
        meaning="they are new, or older rows were deleted (airflow db clean); replayed from there on",
    )
    yield BlindSpot(
        what="DAGs without any run",
        count=sum(outcome.began is None for outcome in outcomes),
        meaning="they are not replayed: nothing tells since when they were there",
    )
    yield BlindSpot(
        what="SLAs that were broken already when the replay began",
        count=sum(each.from_before for each in every),
        meaning="they are not counted",
    )
    yield BlindSpot(
        what="runs of which only start and end are known",
        count=report.runs,
        meaning="their tasks, pools and queues at the time are not: predictions rest on the length of runs "
        "alone and come later than those of serve, and causes are as coarse",
    )
    yield BlindSpot(
        what="entries of the file that speak of a task or an asset",
        count=report.scoped,
        meaning="they are not replayed",
    )
    yield BlindSpot(
        what="entries of the file that speak of no DAG",
        count=len(report.unknown),
        meaning="nothing to replay",
    )
    yield BlindSpot(
        what="DAG tags that look like an SLA and are none",
        count=report.tags_wrong,
        meaning="windsock sla check --database-url names them",
    )
