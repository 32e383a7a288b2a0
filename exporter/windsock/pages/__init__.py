"""The pages of `windsock serve` for people: status board, DAGs, links into Airflow, runbooks, and JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from windsock.pages import api, board, dag, go, lists, runbooks, static
from windsock.pages.filters import Wanted
from windsock.pages.here import Here
from windsock.sla.record import Reader
from windsock.view import View
from windsock.web import Request, Response, Route


def routes(
    view: Callable[[], View],
    airflow_url: str | None,
    grafana_url: str | None = None,
    *,
    record: Reader | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> tuple[Route, ...]:
    """Every page.

    Args:
        view: gives the last picture; called once per request.
        airflow_url: where people's browsers reach Airflow; without it nothing leads there.
        grafana_url: where Grafana is; without it no dashboard is linked.
        record: what was; without it nothing is remembered.
        clock: the exporter's.
    """
    base = airflow_url.rstrip("/") if airflow_url else None
    reader = record or Reader(None)

    def here(root: str = "") -> Here:
        return Here(view=view(), now=clock(), airflow=base, grafana=grafana_url, root=root)

    def dag_page(request: Request) -> Response:
        return dag.show(here("../"), reader, request.params["dag_id"], request.query.get("at", ""))

    def slas(request: Request) -> Response:
        return lists.show(here(), Wanted.of(request.query), request.query.get("page", ""))

    def runbook(request: Request) -> Response:
        return runbooks.show(request.params["alert"].removesuffix(".md"))

    return (
        Route("/", lambda request: board.show(here(), Wanted.of(request.query))),
        Route("/slas", slas),
        Route("/dags/{dag_id}", dag_page),
        Route("/api/v1/slas", lambda request: api.slas(view(), base, Wanted.of(request.query))),
        Route(
            "/go/dags/{dag_id}/{which}",
            lambda request: go.answer(view(), base, request.params["dag_id"], request.params["which"]),
        ),
        Route("/runbooks", lambda _request: runbooks.index("")),
        Route("/runbooks/", lambda _request: runbooks.index("../")),
        Route("/runbooks/{alert}", runbook),
        Route("/static/{name}", lambda request: static.show(request.params["name"])),
    )
