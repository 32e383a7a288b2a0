"""SLAs as tables: what comes next, what is unknown, what needs a look, and page by page all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from http import HTTPStatus
from math import inf

from windsock.pages import cards, filters
from windsock.pages.cards import outlook, why
from windsock.pages.filters import Chosen, Wanted
from windsock.pages.here import Here, promise
from windsock.pages.html import Html, join, link, page, table, tag
from windsock.sla import Standing, Status
from windsock.spoken import relative, span
from windsock.web import Response

_PAGE = 100
_MOST_LOOKS = 50
_ORDER = {Standing.BREACHED: 0, Standing.AT_RISK: 1, Standing.UNKNOWN: 2, Standing.OK: 3}
_SEVERITIES = {"page": 0, "ticket": 1, "info": 2}


def by_need(statuses: Iterable[Status]) -> list[Status]:
    """What needs somebody first: late by severity and lateness, at risk and the rest by deadline."""
    return sorted(statuses, key=_place)


def first(statuses: Iterable[Status], count: int) -> list[Status]:
    """The same, only the first ones: that is quicker with thousands of them."""
    return nsmallest(count, statuses, key=_place)


def _place(each: Status) -> tuple[int, int, float, str, str]:
    if each.standing is Standing.BREACHED:
        return 0, _SEVERITIES[each.severity], -each.late, each.dag_id, each.sla
    done = each.met or each.deadline is None
    at = each.deadline.timestamp() if each.deadline is not None else inf
    return _ORDER[each.standing], int(done), at, each.dag_id, each.sla


def late(statuses: Sequence[Status], here: Here, caption: str) -> Html:
    """What is late or at risk, in brief."""
    return table(
        ("DAG", "promise", "how", "why", "team"),
        (
            (here.named(each.dag_id), promise(each), _standing(each, here), why(each, here), each.team)
            for each in statuses
        ),
        caption=caption,
    )


def upcoming(statuses: Sequence[Status], here: Here, caption: str) -> Html:
    """What is in time, with deadline and prediction."""
    return table(
        ("DAG", "promise", "next deadline", "prediction", "team"),
        (
            (here.named(each.dag_id), promise(each), _next(each, here), outlook(each, here), each.team)
            for each in statuses
        ),
        caption=caption,
    )


def acknowledged(statuses: Sequence[Status], here: Here, caption: str) -> Html:
    """Breaches that somebody has ended for a while."""
    return table(
        ("DAG", "promise", "by whom, why", "team"),
        (
            (here.named(each.dag_id), promise(each), cards.acknowledged(each, here), each.team)
            for each in statuses
        ),
        caption=caption,
    )


def unknown(statuses: Sequence[Status], here: Here, caption: str) -> Html:
    """What is not judged."""
    return table(
        ("DAG", "promise", "team"),
        ((_name(each, here), promise(each), each.team) for each in statuses),
        caption=caption,
    )


def _name(status: Status, here: Here) -> str:
    return status.dag_id if status.missing else here.named(status.dag_id)


def _standing(status: Status, here: Here) -> Html:
    if status.standing is Standing.BREACHED:
        return tag("span", f"late by {span(status.late)}", class_="late")
    if status.standing is Standing.AT_RISK:
        return tag("span", outlook(status, here) or "at risk", class_="risk")
    return (
        tag("span", "unknown", class_="dim") if status.standing is Standing.UNKNOWN else _next(status, here)
    )


def _next(status: Status, here: Here) -> Html:
    if status.deadline is None:
        return tag("span", "none in sight", class_="dim")
    done = ", done already" if status.met else ""
    return join(relative(status.deadline, here.now), " (", here.when(status.deadline), f"){done}")


def looks(chosen: Chosen, here: Here) -> Iterator[Html]:
    """What is wrong with SLAs themselves."""
    rows: list[tuple[str, ...]] = [
        (here.named(each.dag_id), f"tag {each.tag}", each.team, each.why, "") for each in chosen.wrong_tags
    ]
    rows += [(_name(s, here), promise(s), s.team, s.warning, s.place) for s in chosen.statuses if s.warning]
    wrong = here.view.sla_file_problem
    if not rows and not wrong:
        return
    yield tag("h2", "SLAs that need a look")
    if wrong:
        yield tag("p", f"The SLA file is wrong, the last good one counts: {wrong}", class_="late")
    if rows:
        more = len(rows) - _MOST_LOOKS
        if more > 0:
            yield tag("p", f"The first {_MOST_LOOKS}; {more} more are in the JSON.", class_="dim")
        yield table(
            ("DAG", "promise", "team", "what", "where"), rows[:_MOST_LOOKS], caption="SLAs that need a look"
        )


def show(here: Here, wanted: Wanted, asked: str) -> Response:
    """`/slas`: all of them, a hundred to a page; `asked` is which page, from 1."""
    chosen = filters.choose(here.view, wanted)
    found = by_need(chosen.statuses)
    last = max(1, -(-len(found) // _PAGE))
    number = min(max(1, int(asked)), last) if asked.isascii() and asked.isdigit() else 1
    part = found[(number - 1) * _PAGE : number * _PAGE]
    first = (number - 1) * _PAGE + 1
    said = f"{first} to {first + len(part) - 1} of {len(found)}" if part else "none"
    return page(
        "All SLAs · Windsock",
        tag("h1", "All SLAs"),
        filters.form(wanted, chosen, standing=True),
        *filters.sorry(chosen),
        tag("p", f"{said}{f' ({wanted.words})' if wanted.words else ''}, what needs somebody first."),
        _all(part, here) if part else None,
        _pages(wanted, number, last),
        status=HTTPStatus.BAD_REQUEST if chosen.mistakes else HTTPStatus.OK,
        root=here.root,
    )


def _all(part: Sequence[Status], here: Here) -> Html:
    return table(
        ("DAG", "promise", "standing", "how", "team"),
        (
            (
                _name(each, here),
                promise(each),
                tag("span", each.standing.value.replace("_", " "), class_=_COLOURS[each.standing]),
                _standing(each, here),
                each.team,
            )
            for each in part
        ),
        caption="SLAs",
    )


_COLOURS = {Standing.OK: "good", Standing.AT_RISK: "risk", Standing.BREACHED: "late", Standing.UNKNOWN: "dim"}


def _pages(wanted: Wanted, number: int, last: int) -> Html | None:
    if last == 1:
        return None
    query = wanted.but()
    lead = f"{query}&" if len(query) > 1 else query
    steps = (("previous", number - 1), (f"page {number} of {last}", 0), ("next", number + 1))
    return tag(
        "nav",
        *(
            tag("span", words)
            if not to
            else link(words, f"{lead}page={to}", rel="prev" if to < number else "next")
            for words, to in steps
            if to <= last and (to > 0 or words.startswith("page"))
        ),
        class_="links",
        aria_label="Pages of this list",
    )
