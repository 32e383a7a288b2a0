"""How old what a page shows is: one quiet line, or a loud box where it is too old to be trusted."""

from __future__ import annotations

from collections.abc import Iterator

from windsock.pages import links
from windsock.pages.here import Here
from windsock.pages.html import Html, join, link, tag
from windsock.spoken import moment, span


def freshness(here: Here) -> Iterator[Html]:
    """For the top of every page that shows SLAs."""
    view = here.view
    version = f"Airflow {view.airflow_version}" if view.airflow_version else "Airflow"
    age = None if view.read_at is None else max(0.0, (here.now - view.read_at).total_seconds())
    read = "nothing was read yet" if age is None else f"read {span(age)} ago, {moment(here.now)}"
    yield tag("p", f"{version} · {read}", class_="dim")
    if not view.database_up:
        known = (
            "Nothing is known at present"
            if view.read_at is None or age is None
            else f"The last facts are {span(age)} old, from {moment(view.read_at)}"
        )
        yield _loud(
            here,
            "The metadata database does not answer",
            f"{known}. SLAs that were breached stay breached, the others are unknown.",
        )
    elif age is not None and age > view.stale_after:
        yield _loud(
            here,
            f"These facts are {span(age)} old",
            "Windsock reads them more often than that: a collector is slow or in trouble, see below.",
        )


def _loud(here: Here, what: str, so: str) -> Html:
    runbook = link("runbook", here.root + links.runbook("AirflowMetadataDatabaseUnreachable"))
    return tag(
        "div",
        tag("p", what, class_="big late"),
        tag("p", so),
        tag("p", join(runbook), class_="links"),
        class_="card down",
        role="alert",
    )
