"""How a name of the catalogue is recognised by statsd_exporter: as globs, and as an expression for the rest.

statsd_exporter finds a glob in one walk, whatever their number; for a name without one it goes through all
rules in turn. A star stands for a part without dots: the usual names go by globs, ids with dots by an
expression.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from windsock.wire import PLACEHOLDER

# These close a name and never hold a dot, so the id before them may.
_CLOSED = frozenset({"state", "return_code"})
# A task in a task group has one dot, too often for an expression.
_GROUPED = "task_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One `match` of a mapping.

    Attributes:
        text: the glob or the anchored expression.
        regex: which of the two.
        ids: label to template, `${1}` for the first part that is not literal.
    """

    text: str
    regex: bool = False
    ids: Mapping[str, str] = field(default_factory=dict, hash=False)


def matches(name: str, *, prefix: str, capture: Collection[str] = ()) -> tuple[Match, ...]:
    """Everything that recognises a plain or legacy name, globs first.

    An id other than the last may not hold a dot: where it does (before 3.3), the name cannot be split.

    Args:
        name: the name, with `{label}` for each id.
        prefix: Airflow's `statsd_prefix`.
        capture: the ids that become labels.
    """
    if "{" not in name:
        return (Match(text=f"{prefix}.{name}"),)
    return (*_globs(name, prefix, capture), _expression(name, prefix, capture))


def literal(match: Match) -> int:
    """Length of what a match says before its first id: the more, the narrower it is."""
    return len(re.split(r"[\[(*]|\.\+", match.text.lstrip("^").replace("\\", ""), maxsplit=1)[0])


def _globs(name: str, prefix: str, capture: Collection[str]) -> Iterator[Match]:
    parts = name.split(".")
    if any("{" in part and not PLACEHOLDER.fullmatch(part) for part in parts):
        return
    yield _glob(parts, prefix, capture, {})
    if f"{{{_GROUPED}}}" in parts:
        yield _glob(parts, prefix, capture, {_GROUPED: 2})


def _glob(parts: list[str], prefix: str, capture: Collection[str], widths: Mapping[str, int]) -> Match:
    text, stars = [prefix], 0
    ids: dict[str, str] = {}
    for part in parts:
        found = PLACEHOLDER.fullmatch(part)
        if found is None:
            text.append(part)
            continue
        label, width = found[1], widths.get(found[1], 1)
        text.extend("*" * width)
        if label in capture:
            ids[label] = ".".join(f"${{{stars + number}}}" for number in range(1, width + 1))
        stars += width
    return Match(text=".".join(text), ids=ids)


def _expression(name: str, prefix: str, capture: Collection[str]) -> Match:
    may_hold_dots = [label for label in PLACEHOLDER.findall(name) if label not in _CLOSED][-1:]
    text = ""
    ids: dict[str, str] = {}
    for index, part in enumerate(PLACEHOLDER.split(f"{prefix}.{name}")):
        if index % 2 == 0:
            text += re.escape(part).replace("\\-", "-")
            continue
        pattern = ".+" if part in may_hold_dots else r"[^.]+"
        text += f"({pattern})" if part in capture else pattern
        if part in capture:
            ids[part] = f"${{{len(ids) + 1}}}"
    return Match(text=f"^{text}$", regex=True, ids=ids)
