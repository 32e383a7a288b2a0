from __future__ import annotations

from collections.abc import Iterator

import pytest

from windsock.catalog import components
from windsock.errors import BadInput
from windsock.figures import Figures
from windsock.probe import Probe
from windsock.web import App, Request, Response, Route, Server, text

_status = 200


def _health(_request: Request) -> Response:
    return text("{}", status=_status)


@pytest.fixture
def airflow() -> Iterator[Server]:
    server = Server(
        "127.0.0.1:0", App((Route("/base/health", _health), Route("/api/v2/monitor/health", _health)))
    )
    server.start()
    yield server
    server.stop()


def _up(probe: Probe) -> float | None:
    figures = Figures()
    probe.ask()
    probe.add(figures)
    return figures.value(components.API_SERVER_UP)


def test_each_major_is_asked_for_its_own_health(airflow: Server) -> None:
    assert _up(Probe(f"http://127.0.0.1:{airflow.port}", major=3)) == 1
    assert _up(Probe(f"http://127.0.0.1:{airflow.port}/base/", major=2)) == 1
    assert _up(Probe(f"http://127.0.0.1:{airflow.port}", major=2)) == 0


def test_a_server_that_went_away_is_down_and_keeps_its_last_time(airflow: Server) -> None:
    probe = Probe(f"http://127.0.0.1:{airflow.port}", major=3)
    assert _up(probe) == 1
    airflow.stop()
    assert _up(probe) == 0
    figures = Figures()
    probe.add(figures)
    assert figures.value(components.API_SERVER_RESPONSE) is not None


def test_a_server_that_fails_is_down(airflow: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "_status", 503)
    assert _up(Probe(f"http://127.0.0.1:{airflow.port}", major=3)) == 0


def test_before_the_first_answer_nothing_is_said(airflow: Server) -> None:
    figures = Figures()
    Probe(f"http://127.0.0.1:{airflow.port}", major=3).add(figures)
    assert figures.render() == b""


@pytest.mark.parametrize("url", ["airflow.example:8080", "ftp://airflow.example", "http://"])
def test_other_urls_are_refused_in_one_line(url: str) -> None:
    with pytest.raises(BadInput, match="--airflow-url"):
        Probe(url, major=3)
