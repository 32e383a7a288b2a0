"""The `mappings` of a file for statsd_exporter, in the order in which it must read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from windsock.catalog.statsd.build import WAIT
from windsock.metric import Statsd
from windsock.statsd.options import Options
from windsock.statsd.patterns import Match, literal
from windsock.statsd.rules import Rule, rules
from windsock.wire import Wire

# Lines that every task sends, and so the most names. Nothing else begins like them, so they may go first.
_OF_EVERY_TASK = ("ti.finish.{", "ti.start.{", "dag.{", "task.", "local_task_job.task_exit.{")

_MATCH_METRIC_TYPE = {Wire.COUNTER: "counter", Wire.GAUGE: "gauge", Wire.TIMER: "observer"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `mappings`.

    Attributes:
        match: what it recognises.
        wire: the StatsD type it is for; None for all.
        body: the keys of the file, in their order.
        line: the line of the catalogue that it is for; empty where there is none.
    """

    match: Match
    wire: Wire | None
    body: dict[str, Any]
    line: str = ""


def entries(options: Options, extra: tuple[Entry, ...] = ()) -> tuple[Entry, ...]:
    """Every entry of a mapping.

    statsd_exporter tries all globs before any expression, wherever they stand, and loses a glob that is the
    beginning of an earlier one: shorter ones come first. Of two that fit, the more literal one is meant. For
    a new name that no glob fits, it copies one rule after the other until an expression fits, and a glob
    costs as much as an expression there: the expressions stand before the globs, those for most names first.
    The user's expressions and own metrics come behind Airflow's and before what takes all the rest.
    """
    known = [entry for rule in rules(options) if rule.line for entry in _entries(rule)]
    rest = [entry for rule in rules(options) if not rule.line for entry in _entries(rule)]
    globs = sorted(
        (entry for entry in (*known, *extra) if not entry.match.regex),
        key=lambda entry: (entry.match.text.count("."), -literal(entry.match)),
    )
    regexes = sorted(
        (entry for entry in known if entry.match.regex),
        key=lambda entry: (_rarity(entry.line), -literal(entry.match)),
    )
    users = (entry for entry in extra if entry.match.regex)
    return (*regexes, *users, *_custom(options), *rest, *globs)


def _rarity(line: str) -> int:
    """0 for the line with the most names."""
    return next(
        (rank for rank, often in enumerate(_OF_EVERY_TASK) if line.startswith(often)), len(_OF_EVERY_TASK)
    )


def _entries(rule: Rule) -> Iterator[Entry]:
    for match in rule.matches:
        yield Entry(match, rule.wire, _body(rule, match), rule.line)


def _body(rule: Rule, match: Match) -> dict[str, Any]:
    body = _head(match, rule.wire)
    if rule.metric is None:
        assert rule.reason is not None  # noqa: S101 (a rule without metric has a reason)
        return {**body, "name": rule.reason.value, "action": "drop", "help": rule.why}
    source = rule.metric.source
    assert isinstance(source, Statsd)  # noqa: S101 (rules are made of nothing else)
    body |= {"name": rule.metric.name, "help": rule.metric.help}
    if labels := {**match.ids, **rule.labels}:
        body["labels"] = labels
    if source.ttl:
        body["ttl"] = source.ttl
    if source.buckets:
        body["histogram_options"] = {"buckets": list(source.buckets)}
    if rule.scale != 1:
        body["scale"] = rule.scale
    return body


def _head(match: Match, wire: Wire | None) -> dict[str, Any]:
    head: dict[str, Any] = {"match": match.text}
    if match.regex:
        head["match_type"] = "regex"
    if wire is not None:
        head["match_metric_type"] = _MATCH_METRIC_TYPE[wire]
    return head


def _custom(options: Options) -> Iterator[Entry]:
    """The user's own metrics, under the names that statsd_exporter gives a line without any rule."""
    family = options.prefix.replace(".", "_").replace("-", "_")
    for custom in options.custom_prefixes:
        prefix, own = (text.replace(".", "\\.") for text in (options.prefix, custom))
        match = Match(text=f"^{prefix}\\.({own}(?:\\..+)?)$", regex=True)
        about = {"name": f"{family}_${{1}}", "help": f"A metric of your own, by --custom-prefix {custom}."}
        timer = {"histogram_options": {"buckets": list(WAIT)}}
        yield Entry(match, Wire.TIMER, {**_head(match, Wire.TIMER), **about, **timer})
        yield Entry(match, None, {**_head(match, None), **about})
