"""The pages of `windsock serve` for people: status board, links into Airflow, runbooks, and their JSON."""

from __future__ import annotations

from collections.abc import Callable

from windsock.pages import api, board, go, runbooks
from windsock.view import View
from windsock.web import Route


def routes(
    view: Callable[[], View], airflow_url: str | None, grafana_url: str | None = None
) -> tuple[Route, ...]:
    """Every page.

    Args:
        view: gives the last picture; called once per request.
        airflow_url: where people's browsers reach Airflow; without it nothing leads there.
        grafana_url: where Grafana is; without it no dashboard is linked.
    """
    base = airflow_url.rstrip("/") if airflow_url else None
    return (
        Route("/", lambda _request: board.show(view(), base, grafana_url)),
        Route("/api/v1/slas", lambda _request: api.slas(view(), base)),
        Route(
            "/go/dags/{dag_id}/{which}",
            lambda request: go.answer(view(), base, request.params["dag_id"], request.params["which"]),
        ),
        Route("/runbooks", lambda _request: runbooks.index()),
        Route("/runbooks/", lambda _request: runbooks.index()),
        Route(
            "/runbooks/{alert}", lambda request: runbooks.show(request.params["alert"].removesuffix(".md"))
        ),
    )
