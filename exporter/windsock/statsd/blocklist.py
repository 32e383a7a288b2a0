"""Which of Airflow's names need not be sent: those with ids in them that a mapping drops."""

from __future__ import annotations

from collections.abc import Iterator

from windsock.catalog.statsd import DROPS, LINES
from windsock.wire import PLACEHOLDER, Form, Line, Profile, Reason

# 3.3 sends this one from a call of its own, whatever `legacy_names_on` says.
_SENT_ANYWAY = frozenset({"dagrun.{dag_id}.first_task_scheduling_delay"})


def pattern(version: str, profile: Profile, *, legacy_names_on: bool = True) -> str:
    """A regular expression for Airflow's block list, from 2.9 on; empty where nothing is to be blocked.

    One instead of many, because Airflow tries each on every metric: 8 microseconds apiece on 2.x. It is free
    of commas, capitals, backslashes and dollars, which Airflow or the reader of an env file would take
    otherwise. A plain name goes on with `,` where its twin goes on with a dot or underscore; an id in the
    middle must not reach into the tags, hence no `=`.

    Args:
        version: Airflow's line.
        profile: of the mapping.
        legacy_names_on: False leaves out what Airflow 3.3 then does not send.
    """
    names = [name for name in _dropped(version, profile) if legacy_names_on or name in _SENT_ANYWAY]
    mapped = tuple(_mapped(version, profile))
    parts = sorted({_pattern(name, mapped) for name in names})
    return f"^({'|'.join(parts)})" if parts else ""


def prefixes(version: str, profile: Profile) -> tuple[str, ...]:
    """Beginnings of names for the block list of 2.7 and 2.8; none begins a name that is mapped."""
    mapped = tuple(_mapped(version, profile))
    beginnings = {_texts(name)[0] for name in _dropped(version, profile)}
    return tuple(sorted(beginning for beginning in beginnings if not _begins(beginning, mapped)))


def _dropped(version: str, profile: Profile) -> Iterator[str]:
    """Names with ids that Airflow sends and the mapping drops."""
    for line in _lines(version):
        if line.legacy and Form.LEGACY not in line.forms(profile):
            yield line.legacy
    for drop in DROPS:
        if version in drop.versions and drop.reason is not Reason.DEAD and "{" in drop.name:
            yield drop.name


def _mapped(version: str, profile: Profile) -> Iterator[str]:
    for line in _lines(version):
        forms = line.forms(profile)
        for form, name in ((Form.PLAIN, line.name), (Form.LEGACY, line.legacy)):
            if name and form in forms:
                yield name


def _lines(version: str) -> Iterator[Line]:
    return (line for _, line in LINES if version in line.versions)


def _pattern(name: str, mapped: tuple[str, ...]) -> str:
    beginning, *rest = _texts(name)
    if _begins(beginning, mapped):
        beginning = "[^=]+".join([beginning, *rest]).removesuffix("[^=]+")
    return beginning.replace(".", "[.]")


def _begins(beginning: str, names: tuple[str, ...]) -> bool:
    return any(name.startswith(beginning) for name in names)


def _texts(name: str) -> list[str]:
    """What stands before, between and after the ids."""
    return PLACEHOLDER.split(name)[::2]
