"""`/dags/<id>`: one DAG with its promises, the last runs, and what became of its promises before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from http import HTTPStatus

from windsock.facts import Dag
from windsock.pages import lists, record, runs
from windsock.pages.cards import card
from windsock.pages.filters import Wanted
from windsock.pages.freshness import freshness
from windsock.pages.here import Here
from windsock.pages.html import Html, join, link, page, tag
from windsock.sla import Standing, Status
from windsock.sla.record import Reader
from windsock.spoken import relative
from windsock.web import Response

REFRESH = 15


def show(here: Here, reader: Reader, dag_id: str, at: str) -> Response:
    """The page.

    Args:
        here: the request; its root leads from this page to the board.
        reader: of the record.
        dag_id: which DAG, decoded.
        at: a moment of the past in ISO 8601 to explain; empty for none.
    """
    statuses = lists.by_need([each for each in here.view.statuses if each.dag_id == dag_id])
    dag = here.dag(dag_id)
    late = sum(each.standing is Standing.BREACHED for each in statuses)
    if dag is None and not statuses and here.view.facts is not None:
        return page(
            f"{dag_id}: no such DAG",
            tag("h1", dag_id),
            tag("p", "Airflow has no DAG of this name (or it is stale), and no SLA speaks of it."),
            root=here.root,
            status=HTTPStatus.NOT_FOUND,
        )
    moment, mistake = _moment(at)
    return page(
        f"{dag_id} · Windsock",
        tag("h1", dag_id),
        *freshness(here),
        _about(dag, statuses, here) if dag else None,
        tag("p", *here.onward(dag_id), class_="links"),
        tag("h2", "SLAs"),
        *(_promise(each, here) for each in statuses),
        None if statuses else tag("p", "No SLA speaks of this DAG.", class_="dim"),
        *(runs.sections(here, dag, statuses) if dag and statuses else ()),
        tag("h2", "Record", id="record"),
        mistake,
        *record.section(reader, here, dag_id, moment),
        root=here.root,
        refresh=REFRESH,
        late=late > 0,
        summary=f"{late} of {len(statuses)} SLAs late",
    )


def _moment(at: str) -> tuple[datetime | None, Html | None]:
    if not at:
        return None, None
    try:
        found = datetime.fromisoformat(at.replace("Z", "+00:00"))
    except ValueError:
        return None, tag("p", f"{at} is no time; write it like 2026-03-02T06:30:00Z.", class_="late")
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)), None


def _promise(status: Status, here: Here) -> Html:
    return card(
        status,
        here,
        named=False,
        more=(
            tag("p", tag("strong", "Declared: "), status.place, class_="dim small") if status.place else None,
            record.steps(status, here.now),
        ),
    )


def _about(dag: Dag, statuses: Sequence[Status], here: Here) -> Html:
    return tag(
        "dl",
        *(
            part
            for name, value in _facts(dag, statuses, here)
            for part in (tag("dt", name), tag("dd", value))
        ),
    )


def _facts(dag: Dag, statuses: Sequence[Status], here: Here) -> Iterator[tuple[str, str]]:
    told = {each.team for each in statuses}
    # What no SLA has cannot be asked for.
    yield "team", _listed([_filter(here, team=each) for each in sorted(told)]) if told else dag.team
    if dag.owners:
        yield "owner", ", ".join(dag.owners)
    if dag.tags:
        yield "tags", _listed([_filter(here, tag=each) if told else each for each in dag.tags])
    if dag.schedule:
        yield "schedule", dag.schedule
    if dag.paused:
        yield "paused", tag("span", "yes: no run is created", class_="late")
    if dag.import_error:
        yield "import error", tag("span", "yes: its file does not import", class_="late")
    if dag.next_due is not None:
        yield "next run due", join(relative(dag.next_due, here.now), " (", here.when(dag.next_due), ")")
    if dag.file:
        yield "file", dag.file


def _filter(here: Here, **key: str) -> Html:
    """A link to the board of a team or tag."""
    (value,) = key.values()
    return link(value, here.root + Wanted().but(**key))


def _listed(parts: Sequence[str]) -> Html:
    return join(*[piece for part in parts for piece in (", ", part)][1:])
