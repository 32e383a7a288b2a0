"""`/go/dags/<id>/latest|running|last-failed`: a redirect to that run in Airflow's UI.

A run id is never a label, so an alert cannot carry it: this page looks it up when somebody follows the link.
"""

from __future__ import annotations

from http import HTTPStatus

from windsock.pages import links
from windsock.pages.html import Html, join, link, page, tag
from windsock.view import RunIds, View
from windsock.web import Response, redirect


def answer(view: View, base: str | None, dag_id: str, which: str) -> Response:
    """The redirect, or a page that says what is known instead."""
    runs = view.runs.get(dag_id, RunIds())
    found = {"latest": runs.latest, "running": runs.running, "last-failed": runs.last_failed}
    if which not in found:
        return _sorry(view, base, dag_id, found, f"There is no such link; known: {', '.join(links.WHICH)}.")
    run_id = found[which]
    if run_id is None:
        return _sorry(view, base, dag_id, found, _why(view, dag_id, which))
    if base is None:
        why = f"The run is {run_id}. To link to Airflow, windsock serve needs --airflow-url."
        return _sorry(view, base, dag_id, found, why)
    return redirect(links.run(base, view.major, dag_id, run_id))


def _why(view: View, dag_id: str, which: str) -> str:
    if not view.database_up:
        return "The metadata database does not answer, so nothing is known of its runs."
    if view.facts is not None and dag_id not in view.facts.dags:
        return "Airflow has no DAG of this name (or it is stale)."
    kinds = {"latest": "no run", "running": "no run that is running", "last-failed": "no run that failed"}
    return f"This DAG has {kinds[which]}. Backfills are left out."


def _sorry(view: View, base: str | None, dag_id: str, found: dict[str, str | None], why: str) -> Response:
    known = [
        tag("li", f"{which}: ", link(run_id, links.run(base, view.major, dag_id, run_id)) if base else run_id)
        for which, run_id in found.items()
        if run_id is not None
    ]
    return page(
        f"{dag_id}: no run to go to",
        tag("h1", dag_id),
        tag("p", why),
        tag("ul", *known) if known else None,
        tag("p", _onward(base, view, dag_id), class_="links"),
        root="../../../",
        status=HTTPStatus.NOT_FOUND,
    )


def _onward(base: str | None, view: View, dag_id: str) -> Html:
    board = link("status board", "../../../")
    return join(link("DAG in Airflow", links.dag(base, view.major, dag_id)), " ", board) if base else board
