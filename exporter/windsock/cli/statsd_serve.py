"""`windsock statsd serve`: StatsD lines to metrics, in place of statsd_exporter."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import click
import structlog

from windsock import allocator
from windsock.cli.options import common
from windsock.cli.statsd_listening import Listening, listening
from windsock.errors import BadInput
from windsock.protection import Protection
from windsock.statsd.listener import known_ids, mapping_file
from windsock.statsd.listener.service import Listener
from windsock.web import App, Request, Response, Route, Server, text

_log = structlog.get_logger()
# The thread that takes lines waits no longer than this for one that renders.
_THREAD_SWITCH_SECONDS = 0.0005
# How often signals and the mapping file are looked at.
_LOOK_SECONDS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_WRITING = frozenset({"POST", "PUT"})


@click.command()
@listening(udp=":9125", tcp=":9125")
@click.option(
    "--web.listen-address",
    "listen",
    default=":9102",
    show_default=True,
    metavar="HOST:PORT",
    envvar="WINDSOCK_WEB_LISTEN_ADDRESS",
    help="Where /metrics is.",
)
@click.option(
    "--web.telemetry-path",
    "path",
    default="/metrics",
    show_default=True,
    envvar="WINDSOCK_WEB_TELEMETRY_PATH",
    help="Path of the metrics.",
)
@click.option(
    "--web.enable-lifecycle",
    "lifecycle",
    is_flag=True,
    envvar="WINDSOCK_WEB_ENABLE_LIFECYCLE",
    help="Let POST /-/reload read the mapping again, and POST /-/quit end the process.",
)
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WINDSOCK_WEB_CONFIG_FILE",
    help="TLS and basic authentication, in the format of all Prometheus exporters; docs/security.md.",
)
@click.option(
    "--check-config",
    is_flag=True,
    envvar="WINDSOCK_CHECK_CONFIG",
    help="Read the files, say if they are good, and end.",
)
@common
def serve(  # noqa: PLR0917 (click calls by name)
    listening: Listening,
    listen: str,
    path: str,
    lifecycle: bool,  # noqa: FBT001
    web_config_file: Path | None,
    check_config: bool,  # noqa: FBT001
) -> None:
    """Take StatsD lines and answer on /metrics, as statsd_exporter does, with its flags and its own figures.

    No line can end it or make /metrics fail: what statsd_exporter would end on is counted and dropped. The
    mapping is read again when the file changes, and at SIGHUP; series stay, and a wrong file does not count.
    What differs is in docs/statsd-serve.md.

    \b
    Examples:
      windsock statsd mapping --airflow 3.3 --out mapping.yml
      windsock statsd serve --statsd.mapping-config mapping.yml --statsd.listen-udp 127.0.0.1:9125
      windsock statsd serve --statsd.mapping-config mapping.yml --check-config
    """  # noqa: D301 (click reads the backspace)
    if check_config:
        rules = len(mapping_file.read(listening.mapping).rules) if listening.mapping else 0
        if listening.ids:
            known_ids.read(listening.ids)
        click.echo(f"The mapping is good: {rules} rules.")
        return
    if not path.startswith("/"):
        raise BadInput(f"--web.telemetry-path: {path!r} does not begin with a slash")
    allocator.give_back()
    protection = Protection(web_config_file) if web_config_file else None
    arrived: SimpleQueue[int] = SimpleQueue()
    for each in _SIGNALS:
        # Only a SimpleQueue may be used there: handlers run in the middle of whatever this thread does.
        signal.signal(each, lambda number, _frame: arrived.put(number))
    listener = listening.open()
    try:
        server = _server(listen, _routes(listener, path, arrived if lifecycle else None), protection)
    except BadInput:
        listener.stop()
        raise
    _run(listener, server, arrived)


def _server(listen: str, routes: list[Route], protection: Protection | None) -> Server:
    try:
        return Server(listen, App(routes, protection), protection)
    except BadInput as error:
        raise BadInput(str(error).replace("--listen", "--web.listen-address", 1)) from error


def _routes(listener: Listener, path: str, lifecycle: SimpleQueue[int] | None) -> list[Route]:
    def ready(_request: Request) -> Response:
        return text("ready\n") if listener.running else text("no lines are taken\n", status=503)

    def reload(_request: Request) -> Response:
        good = listener.look(anyway=True)
        return text("reloaded\n") if good else text("the mapping is wrong, see the log\n", status=500)

    def leave(_request: Request) -> Response:
        assert lifecycle is not None  # noqa: S101 (the route would not be there)
        lifecycle.put(signal.SIGTERM)
        return text("ending\n")

    routes = [
        Route(path, listener.metrics),
        Route("/-/healthy", lambda _request: text("healthy\n")),
        Route("/-/ready", ready),
    ]
    if lifecycle is not None:
        routes += [Route("/-/reload", reload, _WRITING), Route("/-/quit", leave, _WRITING)]
    return routes


def _run(listener: Listener, server: Server, arrived: SimpleQueue[int]) -> None:
    sys.setswitchinterval(_THREAD_SWITCH_SECONDS)
    allocator.look_rarely()
    listener.start()
    server.start()
    _log.info("serving", port=server.port)
    number = 0
    while number in {0, signal.SIGHUP}:
        listener.look(anyway=number == signal.SIGHUP)
        number = 0
        with suppress(Empty):
            number = arrived.get(timeout=_LOOK_SECONDS)
    _log.info("stopping")
    listener.stop()
    server.stop()
