"""What every part of a page needs to know: what there is to show, when, and where links lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from windsock.facts import Dag
from windsock.pages import links
from windsock.pages.html import Html, link, tag
from windsock.sla import Status
from windsock.spoken import moment
from windsock.view import View

_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """One request.

    Attributes:
        now: when it came, by the exporter's clock.
        airflow: where people's browsers reach Airflow; None without links there.
        grafana: where Grafana is; None without links there.
        root: from this page to the board: empty or `../`.
    """

    view: View
    now: datetime
    airflow: str | None = None
    grafana: str | None = None
    root: str = ""

    def dag(self, dag_id: str) -> Dag | None:
        """What is known of a DAG."""
        return self.view.facts.dags.get(dag_id) if self.view.facts else None

    def named(self, dag_id: str) -> Html:
        """A link to the DAG's own page."""
        return link(dag_id, self.root + links.page(dag_id))

    def when(self, at: datetime) -> Html:
        """A moment, as short as it stays clear today; whole where one points at it."""
        whole = moment(at)
        local, today = at.astimezone(timezone.utc), self.now.astimezone(timezone.utc)
        if local.date() == today.date():
            short = f"{local:%H:%M} UTC"
        elif abs(local - today) < _WEEK:
            short = f"{local:%a %H:%M} UTC"
        else:
            short = f"{local:%Y-%m-%d %H:%M} UTC"
        return tag("time", short, datetime=iso(at), title=whole)

    def onward(self, dag_id: str) -> Iterator[Html]:
        """Links to the DAG's runs that exist, to Airflow and to Grafana."""
        if self.airflow is not None:
            runs = self.view.runs.get(dag_id)
            known = (
                {"latest": runs.latest, "running": runs.running, "last-failed": runs.last_failed}
                if runs
                else {}
            )
            for which in links.WHICH:
                if known.get(which) is not None:
                    yield link(f"{which.replace('-', ' ')} run", self.root + links.go(dag_id, which))
            yield link("DAG in Airflow", links.dag(self.airflow, self.view.major, dag_id))
        if self.grafana is not None:
            yield link("dashboard", links.dashboard(self.grafana, dag_id))


def iso(at: datetime) -> str:
    """In UTC, to the second: `2026-03-02T06:30:00Z`."""
    return at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def promise(status: Status) -> str:
    """What was promised, with the SLA's name if it has one."""
    unnamed = status.sla == status.kind or (status.scope and status.sla.startswith(f"{status.kind}:"))
    named = "" if unnamed else f"{status.sla}: "
    return f"{named}{status.deadline_text}"
