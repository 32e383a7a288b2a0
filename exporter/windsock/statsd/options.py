"""What a user may choose about a mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from windsock.airflow_versions import RELEASES, VERSIONS, is_before, line_of
from windsock.errors import BadInput
from windsock.metric import Metric, Statsd
from windsock.wire import Profile

E = TypeVar("E", bound=Enum)

PREFIX = "airflow"
# What a glob of statsd_exporter can begin with; Airflow puts a dot behind it.
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
# The only version that lets its user choose.
CONSISTENCY_VERSION = "2.11"


class Cardinality(str, Enum):
    """How many labels the families keep; the catalogue says which, metric by metric."""

    MINIMAL = "minimal"
    DEFAULT = "default"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One mapping.

    Attributes:
        version: a line of `VERSIONS`.
        release: the patch release, such as `2.9.1`; empty for the newest of the line.
        profile: how Airflow sends its ids.
        prefix: Airflow's `[metrics] statsd_prefix`.
        cardinality: which labels stay.
        timer_unit_consistency: Airflow 2.11's `[metrics] timer_unit_consistency`.
        native_histograms: keep native histograms beside the classic ones.
        custom_prefixes: beginnings of the user's own metrics, without Airflow's prefix.
    """

    version: str
    release: str = ""
    profile: Profile = Profile.TAGS
    prefix: str = PREFIX
    cardinality: Cardinality = Cardinality.DEFAULT
    timer_unit_consistency: bool = False
    native_histograms: bool = False
    custom_prefixes: tuple[str, ...] = ()

    @property
    def airflow(self) -> str:
        """What `--airflow` takes for it."""
        return self.release or self.version


def kept(metric: Metric, cardinality: Cardinality) -> tuple[str, ...] | None:
    """Labels of a StatsD family; None where it says nothing with this few."""
    assert isinstance(metric.source, Statsd)  # noqa: S101 (asked of StatsD's families alone)
    if cardinality is Cardinality.MINIMAL:
        return metric.source.minimal
    return metric.source.full if cardinality is Cardinality.FULL else metric.labels


def choose(
    *,
    version: str,
    profile: str = Profile.TAGS.value,
    prefix: str = PREFIX,
    cardinality: str = Cardinality.DEFAULT.value,
    timer_unit_consistency: str | None = None,
    native_histograms: bool = False,
    custom_prefixes: tuple[str, ...] = (),
) -> Options:
    """What a user typed, as options.

    Raises:
        BadInput: a value that does not exist or does not fit the version; names the choices.
    """
    line = line_of(version)
    if line is None:
        raise BadInput(f"--airflow: no mapping for Airflow {version!r} (choices: {', '.join(VERSIONS)})")
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(
            f"--prefix: {prefix!r} cannot be one; letters, digits, dashes, underscores, with dots between"
            " (choose the same as Airflow's [metrics] statsd_prefix)"
        )
    for custom in custom_prefixes:
        if not _PREFIX.fullmatch(custom):
            raise BadInput(
                f"--custom-prefix: {custom!r} cannot be one; give the beginning of the names without the"
                f" prefix {prefix!r} and without the last dot, such as my_company"
            )
    if timer_unit_consistency is not None and line != CONSISTENCY_VERSION:
        raise BadInput(
            f"--timer-unit-consistency: only Airflow {CONSISTENCY_VERSION} has this setting, {line} has not"
        )
    return Options(
        version=line,
        release=version if is_before(version, RELEASES[line]) else "",
        profile=_choice("--profile", "profile", profile, Profile),
        prefix=prefix,
        cardinality=_choice("--cardinality", "preset", cardinality, Cardinality),
        timer_unit_consistency=_on_or_off(timer_unit_consistency),
        native_histograms=native_histograms,
        custom_prefixes=tuple(dict.fromkeys(custom_prefixes)),
    )


def _on_or_off(text: str | None) -> bool:
    if text not in {None, "on", "off"}:
        raise BadInput(f"--timer-unit-consistency: {text!r} is neither on nor off (choices: on, off)")
    return text == "on"


def _choice(flag: str, what: str, text: str, kind: type[E]) -> E:
    known = {member.value: member for member in kind}
    if text not in known:
        raise BadInput(f"{flag}: no {what} {text!r} (choices: {', '.join(known)})")
    return known[text]
