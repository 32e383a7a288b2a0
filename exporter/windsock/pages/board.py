"""`/`: the status board. What is late and whose it is comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus

from windsock.pages import filters, lists, platform, timeline
from windsock.pages.cards import card
from windsock.pages.filters import Chosen, Wanted
from windsock.pages.here import Here
from windsock.pages.html import Html, link, page, tag
from windsock.sla import Standing, Status
from windsock.web import Response

REFRESH = 15
# Where `kept` puts in how old the page is; nothing that is escaped can look like it.
AGE = Html("<!-- age -->")
# As many as one can look at; the others are a line each, or a link.
_CARDS = {Standing.BREACHED: 10, Standing.AT_RISK: 5}
_LINES = 20
_SOON = timedelta(hours=3)


def show(here: Here, wanted: Wanted) -> Response:
    """The whole board, of those SLAs that were asked for; how old it is goes where `AGE` stands."""
    chosen = filters.choose(here.view, wanted)
    of: dict[Standing, list[Status]] = {standing: [] for standing in Standing}
    for each in chosen.statuses:
        of[each.standing].append(each)
    late = len(of[Standing.BREACHED])
    return page(
        f"{late} late · Windsock" if late else "Windsock",
        tag("h1", "What is late", class_="hidden"),
        AGE,
        *filters.sorry(chosen),
        *([] if chosen.mistakes else _sections(here, wanted, chosen, of)),
        status=HTTPStatus.BAD_REQUEST if chosen.mistakes else HTTPStatus.OK,
        refresh=REFRESH,
        late=late > 0,
        summary=f"{late} late, {len(of[Standing.AT_RISK])} at risk",
    )


def _sections(
    here: Here, wanted: Wanted, chosen: Chosen, of: dict[Standing, list[Status]]
) -> Iterator[Html | None]:
    yield _counts(of, here)
    yield filters.folded(wanted, chosen)
    first = {standing: lists.first(each, _CARDS.get(standing, 0) + _LINES) for standing, each in of.items()}
    yield tag("h2", "Late", id="late")
    yield from _urgent(first, len(of[Standing.BREACHED]), Standing.BREACHED, here, wanted)
    if not of[Standing.BREACHED]:
        yield _nothing_late(chosen.statuses, wanted)
    if of[Standing.AT_RISK]:
        yield tag("h2", "At risk", id="at_risk")
        yield from _urgent(first, len(of[Standing.AT_RISK]), Standing.AT_RISK, here, wanted)
    quiet = [each for each in chosen.statuses if each.acknowledged is not None]
    if quiet:
        yield tag("h2", "Acknowledged", id="acknowledged")
        yield lists.acknowledged(quiet[:_LINES], here, "Acknowledged breaches")
    yield from timeline.draw(first, chosen.statuses, here)
    if of[Standing.OK]:
        yield tag("h2", "Next to come due", id="ok")
        yield lists.upcoming(first[Standing.OK][:_LINES], here, "Next to come due")
        yield _more(len(of[Standing.OK]), Standing.OK, wanted, "All that are in time")
    unknown = [each for each in of[Standing.UNKNOWN] if not each.missing and not each.warning]
    if unknown:
        yield tag("h2", "Unknown", id="unknown")
        yield tag("p", "Not judged until there are fresh facts.", class_="dim")
        yield lists.unknown(unknown[:_LINES], here, "Unknown")
        if len(unknown) > _LINES:
            yield _more(len(unknown), Standing.UNKNOWN, wanted, "All that are unknown")
    yield from lists.looks(chosen, here)
    yield from platform.sections(here)


def _counts(of: dict[Standing, list[Status]], here: Here) -> Html | None:
    """The numbers, each a link to its part of the page."""
    if not any(of.values()):
        return None
    kept = of[Standing.OK]
    limit = here.now + _SOON
    soon = sum(not each.met and each.deadline is not None and each.deadline <= limit for each in kept)
    shown = (
        ("late", "late", len(of[Standing.BREACHED]), "breached"),
        ("at risk", "at_risk", len(of[Standing.AT_RISK]), "at_risk"),
        ("due in 3 h", "ok", soon, "ok"),
        ("in time", "ok", len(kept), "ok"),
        ("unknown", "unknown", len(of[Standing.UNKNOWN]), "unknown"),
    )
    there = {"late", *(target for _, target, count, _ in shown if count)}
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag("a", tag("strong", str(count)), words, href=f"#{target}" if target in there else None),
                class_=f"{colour} some" if count else colour,
            )
            for words, target, count, colour in shown
        ),
        class_="counts",
    )


def _urgent(
    first: Mapping[Standing, Sequence[Status]], count: int, standing: Standing, here: Here, wanted: Wanted
) -> Iterator[Html]:
    found, cards = first[standing], _CARDS[standing]
    yield from (card(each, here) for each in found[:cards])
    if rest := found[cards:]:
        yield lists.late(rest, here, "More of them")
    if count > len(found):
        yield _more(count, standing, wanted, "All of them")


def _more(count: int, standing: Standing, wanted: Wanted, words: str) -> Html:
    return tag("p", link(f"{words} ({count})", f"slas{wanted.but(standing=standing.value)}"))


def _nothing_late(statuses: Sequence[Status], wanted: Wanted) -> Html:
    if not statuses:
        if wanted.words:
            return tag("p", "No such SLA.", class_="dim")
        return tag("p", "No SLA is known: write --sla-file or tag a DAG (docs/slas.md).", class_="dim")
    if any(status.standing is Standing.UNKNOWN and not status.missing for status in statuses):
        return tag("p", "Nothing that is known.", class_="dim")
    return tag("p", "Nothing is late.", class_="good big")
