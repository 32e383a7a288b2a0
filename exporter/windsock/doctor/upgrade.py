"""What an upgrade of Airflow or Windsock changed: a state from before against what is there now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from windsock import families
from windsock.doctor.state import Dashboard, Panel, Rule, State
from windsock.doctor.taking import Taken

T = TypeVar("T")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_PARTS = ("_bucket", "_count", "_sum")


class How(str, Enum):
    """What became of something. `AWAITED` is gone for now: it comes again with the next event of its kind."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    CHANGES = "changes"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        part: `metrics`, `series`, `rules` or `panels`.
        name: of the metric, the rule, or the dashboard and its panel.
        said: in words, without a full stop.
        read_by: rules and panels of now that read it.
    """

    part: str
    name: str
    how: How
    said: str
    read_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences, and the parts that could not be compared with the reason."""

    changes: tuple[Change, ...]
    not_compared: Mapping[str, str]

    @property
    def harmless(self) -> bool:
        """Whether nothing that was there vanished or means something else."""
        return all(each.how in {How.APPEARS, How.AWAITED} for each in self.changes)


def compare(before: State, taken: Taken) -> Comparison:
    """What is different now."""
    now = taken.state
    readers = _readers(now, taken.others)
    changes = [
        *_metrics(before, now, readers),
        *_of_rules(before.rules, now.rules),
    ]
    not_compared = {}
    if why := _why_no_series(before, now):
        not_compared["series"] = why
    else:
        changes += _series(before, now, readers)
    if before.dashboards is None or now.dashboards is None:
        not_compared["panels"] = (
            "the file has no dashboards; save it where `windsock[all]` is installed"
            if before.dashboards is None
            else "dashboards cannot be built here: pip install 'windsock[all]'"
        )
    else:
        changes += _of_panels(before.dashboards, now.dashboards)
    return Comparison(changes=tuple(changes), not_compared=not_compared)


def _metrics(before: State, now: State, readers: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    for name, (was, there) in _both(before.metrics, now.metrics):
        if was is None:
            yield Change(part="metrics", name=name, how=How.APPEARS, said=_what(there))
        elif there is None:
            gone = How.VANISHES
            yield Change(part="metrics", name=name, how=gone, said=_what(was), read_by=readers.get(name, ()))
        elif said := families.differences(was, there):
            yield Change(
                part="metrics",
                name=name,
                how=How.CHANGES,
                said="; ".join(said),
                read_by=readers.get(name, ()),
            )


def _series(before: State, now: State, readers: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    for name, (was, there) in _both(before.series or {}, now.series or {}):
        if was is None:
            yield Change(part="series", name=name, how=How.APPEARS, said=f"{there} now")
        elif there is None:
            family = now.metrics.get(name)
            how = How.AWAITED if family and family.event else How.VANISHES
            yield Change(
                part="series", name=name, how=how, said=f"{was} then, none now", read_by=readers.get(name, ())
            )


def _why_no_series(before: State, now: State) -> str:
    if before.series is None:
        return "the file has none; it was saved without --prometheus-url"
    if now.series is None:
        return "give --prometheus-url"
    if before.name != now.name:
        return f"saved with --name {before.name or '(none)'}, compared with --name {now.name or '(none)'}"
    return ""


def _of_rules(
    before: Mapping[str, tuple[Rule, ...]], now: Mapping[str, tuple[Rule, ...]]
) -> Iterator[Change]:
    for name, (was, there) in _both(before, now):
        if was is None:
            yield Change(part="rules", name=name, how=How.APPEARS, said=_kind(there or ()))
        elif there is None:
            yield Change(part="rules", name=name, how=How.VANISHES, said=_kind(was))
        elif said := [
            f"{what} {', '.join(old) or 'none'} → {', '.join(new) or 'none'}" if told else f"another {what}"
            for what, told, part in _PARTS_OF_RULES
            if (old := sorted({part(each) for each in was} - {""}))
            != (new := sorted({part(each) for each in there} - {""}))
        ]:
            yield Change(part="rules", name=name, how=How.CHANGES, said="; ".join(said))


_PARTS_OF_RULES: tuple[tuple[str, bool, Callable[[Rule], str]], ...] = (
    ("severity", True, lambda rule: rule.severity),
    ("hold", True, lambda rule: rule.hold),
    ("condition", False, lambda rule: "".join(rule.expr.split())),
)


def _of_panels(before: Mapping[str, Dashboard], now: Mapping[str, Dashboard]) -> Iterator[Change]:
    from windsock_dashboards import panel_words  # noqa: PLC0415 (`serve` never needs it)

    for uid, (was, there) in _both(before, now):
        old, new = (board.panels if board else {} for board in (was, there))
        for number, (one, other) in _both(old, new):
            shown = other or one
            assert shown  # noqa: S101 (it is in one of them)
            name = f"{uid}: {shown.title}"
            if one is None:
                yield Change(part="panels", name=name, how=How.APPEARS, said=f"panel {number}")
            elif other is None:
                yield Change(part="panels", name=name, how=How.VANISHES, said=f"panel {number}")
            elif said := list(panel_words.sentences(_classic(one), _classic(other))):
                yield Change(part="panels", name=name, how=How.CHANGES, said="; ".join(said))


def _classic(panel: Panel) -> dict[str, object]:
    """As Grafana has it, as far as titles and units go; `windsock dashboards diff` compares all of it."""
    return {
        "type": "panel",
        "title": panel.title,
        "fieldConfig": {
            "defaults": {"unit": panel.unit or None},
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": name},
                    "properties": [{"id": "unit", "value": unit}],
                }
                for name, unit in sorted(panel.columns.items())
            ],
        },
    }


def _readers(now: State, others: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Metric -> rules and panels that read it."""
    reads: dict[str, dict[str, None]] = {}

    def note(reader: str, expressions: Iterable[str]) -> None:
        for name in {name for expr in expressions for name in _NAME.findall(expr)}:
            for family in (name, *(name.removesuffix(part) for part in _PARTS if name.endswith(part))):
                reads.setdefault(family, {})[reader] = None

    for name, rules in now.rules.items():
        note(f"rule {name}", (rule.expr for rule in rules))
    for reader, expressions in others.items():
        note(reader, expressions)
    for board in (now.dashboards or {}).values():
        for panel in board.panels.values():
            note(f'panel "{panel.title}" of {board.title}', panel.queries)
    return {name: tuple(found) for name, found in reads.items()}


def _both(before: Mapping[str, T], now: Mapping[str, T]) -> Iterator[tuple[str, tuple[T | None, T | None]]]:
    for name in sorted(before.keys() | now.keys()):
        yield name, (before.get(name), now.get(name))


def _what(family: families.Family | None) -> str:
    assert family  # noqa: S101 (one of both is there)
    promised = "" if family.stable else ", experimental"
    return f"{family.type}, {family.unit}{promised}"


def _kind(rules: Iterable[Rule]) -> str:
    severities = sorted({rule.severity for rule in rules} - {""})
    return ", ".join(severities) or "no fixed severity"
