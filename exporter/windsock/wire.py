"""What Airflow sends over StatsD, as values: a line, where it stands in the versions, what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from windsock.airflow_versions import VERSIONS

# {dag_id} in a legacy name.
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

# Sent by an Airflow of several teams ([core] multi_team, 3.3) with nearly every line, whatever its tags.
TEAM_TAG = "team_name"


class Profile(str, Enum):
    """How Airflow is configured to send: ids in InfluxDB tags, in DogStatsD tags, or in the name only."""

    TAGS = "tags"
    DOGSTATSD = "dogstatsd"
    PLAIN = "plain"

    @property
    def tagged(self) -> bool:
        """Whether lines carry tags."""
        return self is not Profile.PLAIN


class Wire(str, Enum):
    """StatsD's own types; the value is what stands behind the bar."""

    COUNTER = "c"
    GAUGE = "g"
    TIMER = "ms"


class Timing(str, Enum):
    """How Airflow's code measures a time, which decides the unit that each client sends."""

    TIMER = "timer"
    TIMEDELTA = "timedelta"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


class Form(str, Enum):
    """The two names under which Airflow sends most lines."""

    PLAIN = "plain name"
    LEGACY = "legacy name"


class Reason(str, Enum):
    """Why a line is dropped. The value is what documentation prints."""

    TWIN = "twin"
    DEAD = "dead"
    UNBOUNDED = "unbounded"
    AMBIGUOUS = "ambiguous"
    CARDINALITY = "cardinality"
    NAMELESS = "nameless"
    CLIENT = "client"


class LineError(ValueError):
    """A line of the catalogue contradicts itself; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One StatsD line of Airflow, for the versions in which all of this holds.

    Names are without the prefix. A legacy name holds ids as `{label}`: `ti.start.{dag_id}.{task_id}`.
    A metric whose line changed over the versions has one `Line` for each shape.

    Attributes:
        name: the plain name; None where Airflow sends only the legacy name.
        legacy: the name with ids in it; None where there is none.
        versions: the Airflow versions that send it.
        tags: every tag of the plain name; those that are no label of the metric are emptied.
        legacy_tags: ids that the legacy name surely carries as tags too, which are exact where a name with
            dots is not.
        fixed: labels that this line's name stands for, such as `state` of `dagrun.duration.failed`.
        timing: for timers, how the code measures.
        seconds_before: the release that mended `timing`; those of its line before it send seconds.
        keep: forms that are mapped, by profile, where that is not the plain name with tags and the legacy
            name without; `tags` speaks for DogStatsD too. Both may be mapped only if one series never gets
            both, or if it is a gauge.
        without_ids: the plain name says something where no tag tells the entity: a sum, not a last value.
    """

    name: str | None
    legacy: str | None = None
    versions: tuple[str, ...] = VERSIONS
    tags: tuple[str, ...] = ()
    legacy_tags: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict, hash=False)
    timing: Timing = Timing.TIMEDELTA
    seconds_before: str = ""
    keep: Mapping[Profile, tuple[Form, ...]] = field(default_factory=dict, hash=False)
    without_ids: bool = True

    def __post_init__(self) -> None:
        if not self.name and not self.legacy:
            raise LineError("a line has a plain name, a legacy name or both")
        if unknown := set(self.versions) - set(VERSIONS):
            raise LineError(f"{self}: no such Airflow version: {', '.join(sorted(unknown))}")
        if clash := set(self.fixed) & {*self.tags, *self.placeholders}:
            raise LineError(f"{self}: both fixed and sent by Airflow: {', '.join(sorted(clash))}")
        if lost := set(self.legacy_tags) - set(self.placeholders):
            raise LineError(f"{self}: not in the legacy name: {', '.join(sorted(lost))}")

    def __str__(self) -> str:
        return self.name or self.legacy or ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Labels that the legacy name holds, in its order."""
        return tuple(PLACEHOLDER.findall(self.legacy or ""))

    def forms(self, profile: Profile) -> tuple[Form, ...]:
        """Forms that a mapping of this profile maps; it drops the others."""
        kept = self.keep.get(Profile.TAGS if profile is Profile.DOGSTATSD else profile)
        if kept is not None:
            return kept
        plain = (Form.PLAIN,) if self.name and (profile.tagged or self.without_ids) else ()
        legacy = (Form.LEGACY,) if self.legacy else ()
        return plain or legacy if profile.tagged else legacy or plain


def shape(name: str) -> str:
    """A name without the words for its ids, which differ between Airflow, the catalogue and peers."""
    return re.sub(r"\{[^{}]*\}", "{}", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A line of Airflow that no metric needs.

    Attributes:
        name: plain or legacy name, as in `Line`.
        wire: its StatsD type.
        why: the reason in words, for the documentation.
        versions: the Airflow versions that document or send it.
    """

    name: str
    wire: Wire
    reason: Reason
    why: str
    versions: tuple[str, ...] = VERSIONS
