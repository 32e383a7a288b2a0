"""HTTP by the standard library: requests, responses, a table of routes, a threading server.

A handler is a function from `Request` to `Response` that reads what is in memory and never waits for the
database. Every page of `windsock serve` is one `Route`:

    Route("/go/dags/{dag_id}/{which}", handler)     # handler sees request.params["dag_id"], decoded
"""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog

from windsock.errors import BadInput
from windsock.protection import Protection

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

_WORTH_PACKING = 2_000
_READING = frozenset({"GET", "HEAD"})
_RAW_PATH = "windsock.raw_path"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a handler may know of a request.

    Attributes:
        path: the path as it came, still percent-encoded.
        params: values of the route's `{…}` parts, decoded; a slash may come as %2F.
        query: the query string; of repeated keys the last one.
        headers: by lower-case name.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What goes back; `headers` come on top of content type and length."""

    body: bytes = b""
    status: int = HTTPStatus.OK
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def text(body: str, *, status: int = HTTPStatus.OK) -> Response:
    """A line or two of plain text."""
    return Response(body=body.encode(), status=status, content_type=TEXT)


def redirect(location: str) -> Response:
    """Send the browser to `location`, a URL that is already percent-encoded."""
    return Response(
        body=f"See {location}\n".encode(),
        status=HTTPStatus.FOUND,
        content_type=TEXT,
        headers={"Location": location, "Cache-Control": "no-store"},
    )


Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A path and who answers it; a part `{name}` matches exactly one part of the path.

    Attributes:
        pattern: the path.
        handler: who answers.
        methods: of the requests that are answered.
    """

    pattern: str
    handler: Handler
    methods: frozenset[str] = _READING

    def match(self, path: str) -> dict[str, str] | None:
        """The decoded values of the `{…}` parts, or None if the path is another."""
        wanted, given = self.pattern.split("/"), path.split("/")
        if len(wanted) != len(given):
            return None
        params = {}
        for pattern, part in zip(wanted, given, strict=True):
            if pattern.startswith("{") and pattern.endswith("}") and part:
                params[pattern[1:-1]] = unquote(part)
            elif pattern != unquote(part):
                return None
        return params


class App:
    """The WSGI application: the first route that matches answers.

    Args:
        routes: in the order in which they are asked.
        protection: who may ask; without it, everybody.
    """

    def __init__(self, routes: Iterable[Route], protection: Protection | None = None) -> None:
        self._routes = tuple(routes)
        self._protection = protection

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Sequence[bytes]:
        """WSGI's call."""
        response = _packed(self.answer(environ), str(environ.get("HTTP_ACCEPT_ENCODING", "")))
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "X-Content-Type-Options": "nosniff",
            **response.headers,
            **(self._protection.headers if self._protection else {}),
        }
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", list(headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    def answer(self, environ: Mapping[str, Any]) -> Response:
        """Find the route and call its handler; a handler that fails is a 500 and one line in the log."""
        path = environ.get(_RAW_PATH) or environ.get("PATH_INFO") or "/"
        method = environ["REQUEST_METHOD"]
        found = next(
            ((route, params) for route in self._routes if (params := route.match(path)) is not None), None
        )
        methods = _READING if found is None else found[0].methods
        if method not in methods:
            return text(f"only {' or '.join(sorted(methods))}\n", status=HTTPStatus.METHOD_NOT_ALLOWED)
        if self._protection and not self._protection.allows(path, environ.get("HTTP_AUTHORIZATION", "")):
            refused = text("who are you?\n", status=HTTPStatus.UNAUTHORIZED)
            return replace(refused, headers={"WWW-Authenticate": 'Basic realm="windsock"'})
        if found is None:
            return text("not found\n", status=HTTPStatus.NOT_FOUND)
        route, params = found
        request = Request(
            path=path,
            params=params,
            query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
            headers=_headers(environ),
        )
        try:
            return route.handler(request)
        except Exception as error:  # noqa: BLE001 (a broken page must not take /metrics with it)
            _log.error("page failed", path=path, error=repr(error))
            return text("internal error, see the log\n", status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _packed(response: Response, accepted: str) -> Response:
    """The same compressed, for those who take it: a page is six times as small, and phones are far away."""
    small = len(response.body) < _WORTH_PACKING
    if small or "gzip" not in accepted or "Content-Encoding" in response.headers:
        return response
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(response, body=gzip.compress(response.body, compresslevel=1, mtime=0), headers=headers)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    return {
        key.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }


class _Handler(WSGIRequestHandler):
    timeout = 10  # a client that sends nothing gives its thread back

    def setup(self) -> None:
        # Not where connections are taken: a client that is slow at its greeting holds up only itself.
        protection = self.server.protection  # type: ignore[attr-defined]
        if protection and (context := protection.tls()):
            self.request.settimeout(self.timeout)
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        # The server closes the socket that it knows, which TLS has taken over.
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        # PATH_INFO is decoded already, so an id with %2F in it would look like two parts.
        environ[_RAW_PATH] = self.path.partition("?")[0]
        return environ

    def address_string(self) -> str:
        return str(self.client_address[0])  # no look-up of names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class' name)
        _log.debug("request", client=self.address_string(), line=format % args)


class _Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128
    protection: Protection | None = None

    def server_bind(self) -> None:
        # Like WSGIServer's, without its reverse look-up of the own address, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (its signature)
        _log.debug("client went away", client=str(client_address))


class _Threading6(_Threading):
    address_family = socket.AF_INET6


class Server:
    """Listens on `listen` (`host:port`) from construction on and serves in its own thread after `start`.

    Args:
        listen: where.
        app: what answers.
        protection: of the connection; without it there is no TLS.

    Raises:
        BadInput: the address is not `host:port` or cannot be bound.
    """

    def __init__(self, listen: str, app: App, protection: Protection | None = None) -> None:
        host, port = parse_listen(listen)
        kind = _Threading6 if ":" in host else _Threading
        try:
            self._server = kind((host, port), _Handler)
        except OSError as error:
            raise BadInput(f"--listen {listen}: cannot listen there: {error.strerror or error}") from error
        self._server.set_app(app)
        self._server.protection = protection
        self._thread = Thread(target=self._server.serve_forever, args=(0.2,), name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port, also where 0 was asked for."""
        return self._server.server_port

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def parse_listen(listen: str) -> tuple[str, int]:
    """`host:port`, `[v6]:port` or `:port` (every address) as a pair.

    Raises:
        BadInput: it is none of these.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise BadInput(f"--listen {listen}: expected host:port, e.g. 127.0.0.1:9112")
    return (host.removeprefix("[").removesuffix("]") or "0.0.0.0"), int(port)  # noqa: S104 (asked for)
