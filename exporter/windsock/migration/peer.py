"""The facts about a peer: its families, the StatsD lines behind them, and what they are called here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from windsock.catalog import BY_NAME
from windsock.metric import Metric
from windsock.yamlfile import Entry, load

# In the order of the index page.
NAMES = ("chart", "databand", "astronomer", "datadog", "epoch8")

_SELECTOR = re.compile(r"^(?P<name>[a-z0-9_]+)(?:\{(?P<where>[^}]*)\})?$")
_MATCHER = re.compile(r'^(?P<label>[a-z_]+)="(?P<value>[^"]*)"$')


class MigrationError(ValueError):
    """A row of a peer's file contradicts itself or the catalogue; the message names it."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Series of one of our families: the metric, and the labels that narrow it down."""

    metric: Metric
    where: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Read `name` or `name{label="value"}`.

        Raises:
            MigrationError: not of that form, or the catalogue has no such metric or label.
        """
        found = _SELECTOR.match(text)
        if not found:
            raise MigrationError(f"{text}: not a name with label matchers")
        metric = BY_NAME.get(found["name"])
        if metric is None:
            raise MigrationError(f"{text}: the catalogue has no such metric")
        where: dict[str, str] = {}
        for matcher in filter(None, (found["where"] or "").split(",")):
            pair = _MATCHER.match(matcher.strip())
            if not pair or pair["label"] not in metric.labels:
                raise MigrationError(f"{text}: no such label: {matcher}")
            where[pair["label"]] = pair["value"]
        return cls(metric, where)

    def of(self, suffix: str = "") -> str:
        """As PromQL writes it, with `suffix` behind the name."""
        matchers = ", ".join(f'{label}="{value}"' for label, value in self.where.items())
        return f"{self.metric}{suffix}{'{' + matchers + '}' if matchers else ''}"


class Family(Entry):
    """One family of a peer.

    Attributes:
        family: its name there.
        kind: its type there; `rate` is what Datadog calls a count: per flush, not since the start.
        lines: StatsD names behind it, without prefix, `{label}` for ids as in the catalogue.
        labels: label there -> label here; empty where there is none here.
        unit: of a duration there.
        now: our series, as selectors; empty where there is no counterpart.
        why: why there is none.
        query: the PromQL to write instead, where it does not follow from `now`.
        note: what else one must know.
    """

    family: str
    kind: Literal["counter", "gauge", "summary", "histogram", "rate"]
    lines: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    unit: Literal["", "seconds", "milliseconds"] = ""
    now: tuple[str, ...] = ()
    why: str = ""
    query: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> Family:
        if bool(self.now) == bool(self.why):
            raise MigrationError(f"{self.family}: either `now` or `why` is needed")
        if len(self.now) > 1 and not self.query:
            raise MigrationError(f"{self.family}: several families here need a `query` that tells them apart")
        here = {label for selector in self.selectors for label in selector.metric.labels}
        if unknown := {label for label in self.labels.values() if label} - here:
            raise MigrationError(f"{self.family}: no such label here: {', '.join(sorted(unknown))}")
        return self

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """`now`, read."""
        return tuple(Selector.parse(text) for text in self.now)


class Peer(Entry):
    """One peer.

    Attributes:
        title: how people call it.
        facts: repository, file, commit and date the facts are from.
        about: what a user of it must know first.
        unknown_prefix: how the families of StatsD lines begin that its mapping does not know; empty where it
            drops them or takes no StatsD. Ends in a dot where names keep their dots.
        everywhere: label there -> where that stands here, for labels of all its families.
        families: every family that it makes for Airflow.
    """

    title: str
    facts: tuple[str, ...]
    about: str
    unknown_prefix: str = ""
    everywhere: Mapping[str, str] = {}
    families: tuple[Family, ...]


@cache
def peer(name: str) -> Peer:
    """The peer of this name, from its file beside this module."""
    return load(Path(__file__).with_name(f"{name}.yaml"), Peer)
