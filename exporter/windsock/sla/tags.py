"""SLAs that a DAG's author declares by tags: `sla:finish_by=06:30@Europe/Berlin`, `sla:severity=ticket`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError

from windsock.sla.rules import BELONGS, FINISH_BY, KINDS, Defaults, Sla
from windsock.yamlfile import one_line, why_not

PREFIX = "sla:"
# Not `team`, `name` and `runbook`: who is told stands in files that somebody reviews.
_ATTRIBUTES = ("severity", "at_risk_severity", "tier", "grace", "days", "holidays")
_LISTS = frozenset({"days", "holidays"})
_KNOWN = (*KINDS, *_ATTRIBUTES)


class Mistake(NamedTuple):
    """A tag that looks like an SLA and is none, and why."""

    tag: str
    why: str


class Declared(NamedTuple):
    """What the tags of one DAG say: entries in the order of KINDS, and the tags that say nothing."""

    entries: tuple[Sla, ...] = ()
    wrong: tuple[Mistake, ...] = ()


def looks_like(tag: str) -> bool:
    """Whether somebody meant an SLA: `sla:` in front, in capitals or after blanks too."""
    return tag.lstrip().lower().startswith(PREFIX)


def read(tags: Iterable[str], defaults: Defaults) -> Declared:
    """The SLAs of one DAG by its tags. Never fails: each tag counts by itself, or is wrong."""
    wrong: list[Mistake] = []
    promised, said = _sorted(tags, wrong)
    entries: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        if kind in promised:
            fields = {"tag": promised[kind].tag, **_promise(kind, promised[kind].value)}
            _keep_if_good(entries, kind, fields, promised[kind].tag, wrong)
    for key, (tag, value) in said.items():
        kinds = [kind for kind in entries if kind in BELONGS.get(key, KINDS)]
        if not kinds:
            of = " or ".join(BELONGS.get(key, ("an SLA",)))
            wrong.append(Mistake(tag, f"{key} belongs to {of}, which no good tag of this DAG declares"))
        parts = [part.strip() for part in value.split(",")] if key in _LISTS else value
        for kind in kinds:
            if not _keep_if_good(entries, kind, {**entries[kind], key: parts}, tag, wrong):
                break
    found = (Sla.model_validate(fields).with_defaults(defaults) for fields in entries.values())
    return Declared(tuple(found), tuple(Mistake(tag, one_line(why)) for tag, why in wrong))


class _Said(NamedTuple):
    tag: str
    value: str


def _sorted(tags: Iterable[str], wrong: list[Mistake]) -> tuple[dict[str, _Said], dict[str, _Said]]:
    """Promises and attributes by key; a second one of a key is wrong."""
    promised: dict[str, _Said] = {}
    said: dict[str, _Said] = {}
    for tag in sorted(tags):
        if not looks_like(tag):
            continue
        key, equals, value = tag.strip()[len(PREFIX) :].partition("=")
        place = promised if key in KINDS else said
        if not tag.startswith(PREFIX):
            wrong.append(Mistake(tag, f"write it with {PREFIX} in front, in small letters"))
        elif key not in _KNOWN:
            near = difflib.get_close_matches(key, _KNOWN, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            wrong.append(Mistake(tag, f"unknown key {key}{hint} (known: {', '.join(_KNOWN)})"))
        elif not equals or not value:
            wrong.append(Mistake(tag, f"expected a value, {PREFIX}{key}=…"))
        elif key in place:
            wrong.append(Mistake(tag, f"{key} stands twice, first in {place[key].tag}"))
        else:
            place[key] = _Said(tag, value)
    return promised, said


def _promise(kind: str, value: str) -> dict[str, str]:
    if kind != FINISH_BY or "@" not in value:
        return {kind: value}
    clock, _, zone = value.partition("@")
    return {FINISH_BY: clock, "timezone": zone}


def _keep_if_good(
    entries: dict[str, dict[str, Any]], kind: str, fields: dict[str, Any], tag: str, wrong: list[Mistake]
) -> bool:
    try:
        Sla.model_validate(fields)
    except ValidationError as error:
        wrong.append(Mistake(tag, why_not(error)))
        return False
    entries[kind] = fields
    return True
