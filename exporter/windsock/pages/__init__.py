"""The pages of `windsock serve` for people: status board, DAGs, links into Airflow, runbooks, and JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from windsock.pages import api, dag, go, lists, past, runbooks, static
from windsock.pages.filters import Wanted
from windsock.pages.here import Here
from windsock.pages.kept import Kept
from windsock.sla.record import Reader
from windsock.view import View
from windsock.web import Request, Response, Route


class Pages:
    """Every page.

    Args:
        view: gives the last picture; called once per request.
        airflow_url: where people's browsers reach Airflow; without it nothing leads there.
        grafana_url: where Grafana is; without it no dashboard is linked.
        record: what was; without it nothing is remembered.
        clock: the exporter's.
    """

    def __init__(
        self,
        view: Callable[[], View],
        airflow_url: str | None,
        grafana_url: str | None = None,
        *,
        record: Reader | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._view = view
        self._airflow = airflow_url.rstrip("/") if airflow_url else None
        self._grafana = grafana_url
        self._record = record or Reader(None)
        self._clock = clock
        self._boards = Kept(self._here)

    def prepare(self, view: View) -> None:
        """Render what will be asked for next, so that it is there at once."""
        self._boards.prepare(view)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Who answers which path."""
        return (
            Route("/", lambda request: self._boards.answer(self._view(), Wanted.of(request.query))),
            Route("/slas", self._slas),
            Route("/dags/{dag_id}", self._dag),
            Route(
                "/api/v1/slas",
                lambda request: api.slas(self._view(), self._airflow, Wanted.of(request.query)),
            ),
            Route("/api/v1/slas/{dag_id}/record", self._past),
            Route("/api/v1/slas/{dag_id}/explanation", self._explanation),
            Route("/go/dags/{dag_id}/{which}", self._go),
            Route("/runbooks", lambda _request: runbooks.index("")),
            Route("/runbooks/", lambda _request: runbooks.index("../")),
            Route("/runbooks/{alert}", lambda request: runbooks.show(request.params["alert"])),
            Route("/static/{name}", lambda request: static.show(request.params["name"])),
        )

    def _here(self, view: View, root: str = "") -> Here:
        return Here(view=view, now=self._clock(), airflow=self._airflow, grafana=self._grafana, root=root)

    def _slas(self, request: Request) -> Response:
        return lists.show(self._here(self._view()), Wanted.of(request.query), request.query.get("page", ""))

    def _dag(self, request: Request) -> Response:
        here = self._here(self._view(), "../")
        return dag.show(here, self._record, request.params["dag_id"], request.query.get("at", ""))

    def _go(self, request: Request) -> Response:
        return go.answer(self._view(), self._airflow, request.params["dag_id"], request.params["which"])

    def _past(self, request: Request) -> Response:
        return past.record(self._record, request, self._clock())

    def _explanation(self, request: Request) -> Response:
        return past.explanation(self._record, self._view(), request, self._clock())
