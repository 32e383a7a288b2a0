"""`?team=finance&tag=pci&dag=load&standing=breached`: which SLAs a page or the API shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from windsock.pages.html import Html, join, link, tag
from windsock.sla import Standing, Status
from windsock.sla.status import WrongTag
from windsock.sla.tags import looks_like
from windsock.view import View

_TAGS_UNKNOWN = "Which DAG has which tag is not known without facts, so nothing is left out by tag."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for; empty for everything.

    Attributes:
        dag: part of a DAG id, upper or lower case.
        standing: `ok`, `at_risk`, `breached` or `unknown`.
    """

    team: str = ""
    tag: str = ""
    dag: str = ""
    standing: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """From the query of a URL."""
        return cls(**{field.name: query.get(field.name, "") for field in fields(cls)})

    def but(self, **changed: str) -> str:
        """The query of the same URL with something changed, `?` included."""
        given = replace(self, **changed)
        found = {field.name: getattr(given, field.name) for field in fields(given)}
        return f"?{urlencode({key: value for key, value in found.items() if value}, errors='replace')}"

    @property
    def words(self) -> str:
        """`team finance, tag pci`; empty if everything is wanted."""
        given = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ", ".join(f"{name} {value}" for name, value in given if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is left.

    Attributes:
        teams, tags: what may be asked for, sorted.
        mistakes: what was asked for and is none of these, in a sentence each.
        notice: why something was not left out after all.
    """

    statuses: tuple[Status, ...]
    wrong_tags: tuple[WrongTag, ...]
    teams: tuple[str, ...]
    tags: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    notice: str = ""


def choose(view: View, wanted: Wanted) -> Chosen:
    """The SLAs of the view that were asked for; none if a team, tag or standing is not there at all."""
    every: tuple[Status | WrongTag, ...] = (*view.statuses, *view.wrong_tags)
    teams = {each.team for each in every}
    dags = view.facts.dags if view.facts else {}
    spoken = {each.dag_id for each in every}
    tags = {tag for dag_id in spoken if (dag := dags.get(dag_id)) for tag in dag.tags}
    notice = _TAGS_UNKNOWN if wanted.tag and view.facts is None else ""
    by_tag = wanted.tag and not notice
    # Before the first cycle nothing is known: that is no mistake of who asks.
    known = bool(teams)
    mistakes = [
        *_mistake("team", wanted.team, teams if known else {wanted.team}),
        *_mistake("tag", wanted.tag, tags if known and by_tag else {wanted.tag}),
        *_mistake("standing", wanted.standing, {each.value for each in Standing}),
    ]
    part = wanted.dag.casefold()

    def fits(each: Status | WrongTag) -> bool:
        if wanted.team and each.team != wanted.team:
            return False
        if part and part not in each.dag_id.casefold():
            return False
        if not by_tag:
            return True
        dag = dags.get(each.dag_id)
        return dag is not None and wanted.tag in dag.tags

    return Chosen(
        statuses=()
        if mistakes
        else tuple(
            each for each in view.statuses if fits(each) and wanted.standing in {"", each.standing.value}
        ),
        wrong_tags=() if mistakes or wanted.standing else tuple(filter(fits, view.wrong_tags)),
        teams=tuple(sorted(teams)),
        tags=tuple(sorted(tag for tag in tags if not looks_like(tag))),
        mistakes=tuple(mistakes),
        notice=notice,
    )


def _mistake(what: str, given: str, valid: set[str]) -> Iterator[str]:
    if given and given not in valid:
        yield (
            f"No SLA has the {what} `{given}`." if what != "standing" else f"There is no standing `{given}`."
        )


def folded(wanted: Wanted, chosen: Chosen) -> Html | None:
    """The same, out of the way until somebody wants it."""
    fields = form(wanted, chosen)
    if fields is None:
        return None
    said = tag("strong", f": {wanted.words}") if wanted.words else None
    return tag(
        "details", tag("summary", "Filter", said), fields, open="" if wanted.words else None, id="filter"
    )


def form(wanted: Wanted, chosen: Chosen, *, standing: bool = False) -> Html | None:
    """The filters as a form that works without a script; None where there is nothing to choose."""
    if not chosen.teams:
        return None
    return tag(
        "form",
        _select("team", wanted.team, chosen.teams),
        _select("tag", wanted.tag, chosen.tags),
        _select("standing", wanted.standing, [each.value for each in Standing]) if standing else None,
        tag(
            "div",
            tag("label", "DAG id contains", for_="dag"),
            tag("input", type="search", name_="dag", id="dag", value=wanted.dag or None),
        ),
        tag("button", "Filter", type="submit"),
        link("show all", "?") if wanted.words else None,
        method="get",
        role="search",
        aria_label="Filter",
    )


def _select(name: str, chosen: str, valid: tuple[str, ...] | list[str]) -> Html:
    return tag(
        "div",
        tag("label", name, for_=name),
        tag(
            "select",
            tag("option", "all", value=""),
            *(tag("option", each, value=each, selected="" if each == chosen else None) for each in valid),
            name_=name,
            id=name,
        ),
    )


def sorry(chosen: Chosen) -> Iterator[Html]:
    """What was asked for in vain, and what may be asked for."""
    for mistake in chosen.mistakes:
        yield tag("p", mistake, class_="big late")
    if chosen.mistakes:
        yield tag("p", "Teams: ", _each("team", chosen.teams))
        yield tag("p", "Tags: ", _each("tag", chosen.tags))
    if chosen.notice:
        yield tag("p", chosen.notice, class_="late")


def _each(key: str, valid: tuple[str, ...]) -> Html:
    if not valid:
        return tag("span", "none", class_="dim")
    found: list[Html | str] = []
    for each in valid:
        found += [", ", link(each, Wanted().but(**{key: each}))]
    return join(*found[1:])
