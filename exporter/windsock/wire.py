"""What Airflow sends over StatsD, as values: a line, where it stands in the versions, what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum

VERSIONS = ("2.11", "3.3")

# {dag_id} in a legacy name.
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# These close a name and never hold a dot, so the id before them may.
_CLOSED = frozenset({"state", "return_code"})


class Profile(str, Enum):
    """How Airflow is configured to send: ids in InfluxDB tags, or in the name only."""

    TAGS = "tags"
    PLAIN = "plain"


class Wire(str, Enum):
    """StatsD's own types; the value is what stands behind the bar."""

    COUNTER = "c"
    GAUGE = "g"
    TIMER = "ms"


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
    NAMELESS = "nameless"


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
        fixed: labels that this line's name stands for, such as `state` of `dagrun.duration.failed`.
        scale: what a value must be multiplied by after statsd_exporter has turned milliseconds into seconds.
        keep: forms that are mapped, by profile, where that is not the plain name with tags and the legacy
            name without. Both may be mapped only if one series never gets both, or if it is a gauge.
        without_ids: the plain name says something where no tag tells the entity: a sum, not a last value.
    """

    name: str | None
    legacy: str | None = None
    versions: tuple[str, ...] = VERSIONS
    tags: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict, hash=False)
    scale: float = 1
    keep: Mapping[Profile, tuple[Form, ...]] = field(default_factory=dict, hash=False)
    without_ids: bool = True

    def __post_init__(self) -> None:
        if not self.name and not self.legacy:
            raise LineError("a line has a plain name, a legacy name or both")
        if unknown := set(self.versions) - set(VERSIONS):
            raise LineError(f"{self}: no such Airflow version: {', '.join(sorted(unknown))}")
        if clash := set(self.fixed) & {*self.tags, *self.placeholders}:
            raise LineError(f"{self}: both fixed and sent by Airflow: {', '.join(sorted(clash))}")

    def __str__(self) -> str:
        return self.name or self.legacy or ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Labels that the legacy name holds, in its order."""
        return tuple(_PLACEHOLDER.findall(self.legacy or ""))

    def forms(self, profile: Profile) -> tuple[Form, ...]:
        """Forms that a mapping of this profile maps; it drops the others."""
        if profile in self.keep:
            return self.keep[profile]
        plain = (Form.PLAIN,) if self.name and (profile is Profile.TAGS or self.without_ids) else ()
        legacy = (Form.LEGACY,) if self.legacy else ()
        return plain or legacy if profile is Profile.TAGS else legacy or plain

    def labels(self, form: Form) -> frozenset[str]:
        """Labels that can be known when this form is mapped (with tags turned on for the plain name)."""
        sent = self.tags if form is Form.PLAIN else self.placeholders
        return frozenset({*sent, *self.fixed})


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


def pattern(name: str, *, prefix: str, capture: Collection[str] = ()) -> str:
    """An anchored regular expression for a plain or legacy name.

    An id other than the last may not hold a dot: where it does (before 3.3), the name cannot be split.

    Args:
        name: the name, with `{label}` for each id.
        prefix: Airflow's `statsd_prefix`.
        capture: the ids that become groups, numbered from 1 in the order of the name.
    """
    may_hold_dots = [label for label in _PLACEHOLDER.findall(name) if label not in _CLOSED][-1:]
    text = ""
    for index, part in enumerate(_PLACEHOLDER.split(f"{prefix}.{name}")):
        if index % 2 == 0:
            text += part.replace(".", r"\.")
        else:
            ids = ".+" if part in may_hold_dots else r"[^.]+"
            text += f"({ids})" if part in capture else ids
    return f"^{text}$"
