from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from contextlib import closing

import pytest

from windsock.errors import BadInput
from windsock.web import App, Request, Response, Route, Server, parse_listen, redirect, text


def _echo(request: Request) -> Response:
    return text(f"{dict(request.params)} {dict(request.query)} {request.headers.get('x-mark', '')}")


def _broken(_request: Request) -> Response:
    raise RuntimeError("page is broken")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(
        "127.0.0.1:0",
        App(
            (
                Route("/", lambda _request: text("root")),
                Route("/dags/{dag_id}/{which}", _echo),
                Route("/broken", _broken),
                Route("/away", lambda _request: redirect("https://airflow.example/a%20b")),
            )
        ),
    )
    server.start()
    yield server
    server.stop()


def _ask(server: Server, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request(method, path, headers={"X-Mark": "seen"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.getheaders()}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/", 200, "root", id="root"),
        pytest.param("/dags/a/b?x=1", 200, "{'dag_id': 'a', 'which': 'b'} {'x': '1'} seen", id="params"),
        pytest.param(
            "/dags/a%2Fb%20%C3%A9/c", 200, "{'dag_id': 'a/b é', 'which': 'c'} {} seen", id="encoded"
        ),
        pytest.param("/dags//c", 404, "not found\n", id="empty part"),
        pytest.param("/dags/a", 404, "not found\n", id="too short"),
        pytest.param("/broken", 500, "internal error, see the log\n", id="handler fails"),
    ],
)
def test_a_path_goes_to_the_route_that_matches_it(server: Server, path: str, status: int, body: str) -> None:
    assert _ask(server, path)[:2] == (status, body)


def test_a_redirect_names_its_target(server: Server) -> None:
    status, _, headers = _ask(server, "/away")
    assert (status, headers["location"]) == (302, "https://airflow.example/a%20b")


def test_head_has_the_length_and_no_body(server: Server) -> None:
    status, body, headers = _ask(server, "/", "HEAD")
    assert (status, body, headers["content-length"]) == (200, "", "4")


def test_nothing_can_be_posted(server: Server) -> None:
    assert _ask(server, "/", "POST")[0] == 405


@pytest.mark.parametrize(
    ("listen", "pair"),
    [
        pytest.param("127.0.0.1:9112", ("127.0.0.1", 9112), id="v4"),
        pytest.param("[::1]:80", ("::1", 80), id="v6"),
        pytest.param(":9112", ("0.0.0.0", 9112), id="every address"),
    ],
)
def test_listen_is_host_and_port(listen: str, pair: tuple[str, int]) -> None:
    assert parse_listen(listen) == pair


@pytest.mark.parametrize("listen", ["9112", "host:", "host:http", "host:70000"])
def test_other_addresses_are_refused_in_one_line(listen: str) -> None:
    with pytest.raises(BadInput, match="expected host:port"):
        parse_listen(listen)


def test_a_taken_port_is_refused_in_one_line(server: Server) -> None:
    with pytest.raises(BadInput, match="cannot listen there"):
        Server(f"127.0.0.1:{server.port}", App(()))


@pytest.mark.parametrize(
    ("accepted", "size", "packed"),
    [
        pytest.param("gzip, br", 5_000, True, id="a page"),
        pytest.param("gzip", 100, False, id="not worth it"),
        pytest.param("br", 5_000, False, id="not wanted"),
        pytest.param("", 5_000, False, id="nothing said"),
    ],
)
def test_a_page_is_compressed_for_those_who_take_it(accepted: str, size: int, *, packed: bool) -> None:
    app = App((Route("/", lambda _request: text("x" * size)),))
    given: dict[str, str] = {}
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT_ENCODING": accepted}
    (body,) = app(environ, lambda _status, headers: given.update(headers))
    assert (given.get("Content-Encoding") == "gzip") == packed
    assert given["Content-Length"] == str(len(body))
    assert (gzip.decompress(body) if packed else body) == b"x" * size


def test_what_is_compressed_already_stays_as_it_is() -> None:
    done = Response(body=b"y" * 5_000, headers={"Content-Encoding": "gzip"})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT_ENCODING": "gzip"}
    assert App((Route("/", lambda _request: done),))(environ, lambda _status, _headers: None) == [done.body]
