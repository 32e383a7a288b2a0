"""Where StatsD lines are taken, and how: statsd_exporter's own flags."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
import structlog

from windsock.statsd import flags
from windsock.statsd.engine.line import TagStyles
from windsock.statsd.listener import kernel
from windsock.statsd.listener.addresses import bind, bind_unixgram
from windsock.statsd.listener.reception import Sockets
from windsock.statsd.listener.service import Listener
from windsock.statsd.listener.store import Limits

F = TypeVar("F", bound=Callable[..., Any])
_log = structlog.get_logger()
_FILE = click.Path(dir_okay=False, path_type=Path)
_STYLES = ("dogstatsd", "influxdb", "librato", "signalfx")
# Of the original's queues, which this one does not have.
_WITHOUT_EFFECT = (
    "statsd.cache-type",
    "statsd.event-flush-interval",
    "statsd.event-flush-threshold",
    "statsd.event-queue-size",
    "statsd.udp-packet-queue-size",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What the flags say.

    Attributes:
        mapping: the mapping file.
        ids: file of known DAG and task ids.
        udp: `host:port`; empty for none, as with all addresses.
        tcp: `host:port`.
        unixgram: path of a Unix socket.
        mode: permissions of that, octal.
        read_buffer: bytes of the UDP socket's receive buffer; 0 for the system's own.
        cache_size: how many beginnings of lines are remembered.
        styles: which tags are read.
        limits: of series and families.
    """

    mapping: Path | None
    ids: Path | None
    udp: str
    tcp: str
    unixgram: str
    mode: str
    read_buffer: int
    cache_size: int
    styles: TagStyles
    limits: Limits

    @property
    def wanted(self) -> bool:
        """Whether anything is listened to."""
        return bool(self.udp or self.tcp or self.unixgram)

    def open(self) -> Listener:
        """Bind the sockets and read the mapping.

        Raises:
            BadInput: an address cannot be had, or the mapping is wrong.
        """
        sockets = Sockets()
        try:
            if self.udp:
                sockets.udp = bind("--statsd.listen-udp", self.udp, socket.SOCK_DGRAM)
                self._set_buffer(sockets.udp)
            if self.tcp:
                sockets.tcp = bind("--statsd.listen-tcp", self.tcp, socket.SOCK_STREAM)
            if self.unixgram:
                sockets.unixgram = bind_unixgram(Path(self.unixgram), self.mode)
                self._set_buffer(sockets.unixgram)
            return Listener(
                sockets,
                mapping=self.mapping,
                ids=self.ids,
                styles=self.styles,
                cache_size=self.cache_size,
                limits=self.limits,
            )
        except BaseException:
            sockets.close()
            raise

    def _set_buffer(self, sock: socket.socket) -> None:
        given = kernel.set_buffer(sock, self.read_buffer)
        if given < self.read_buffer:
            _log.warning(
                "the receive buffer is smaller than asked for: bursts of StatsD lines may be lost;"
                f" set net.core.rmem_max to {self.read_buffer} on this host",
                asked=self.read_buffer,
                given=given,
            )
        else:
            _log.info("receive buffer", bytes=given)


def listening(*, udp: str = "", tcp: str = "") -> Callable[[F], F]:
    """Add the flags; the command gets `listening: Listening`.

    Args:
        udp: default of --statsd.listen-udp.
        tcp: default of --statsd.listen-tcp.
    """

    def add(command: F) -> F:
        @wraps(command)
        def found(*arguments: Any, **given: Any) -> Any:
            mine = {name: given.pop(f"statsd_{name}") for name in _PARAMETERS}
            styles = TagStyles(**{style: mine.pop(style) for style in _STYLES})
            limits = Limits(**{name: mine.pop(name) for name in ("series", "all", "families")})
            idle = {name: given.pop(_parameter(name)) for name in _WITHOUT_EFFECT}
            for name, value in idle.items():
                if value is not None:
                    _log.info(f"--{name} has no effect: there is no such queue here")
            return command(*arguments, listening=Listening(styles=styles, limits=limits, **mine), **given)

        result: Any = found
        for option in reversed(_options(udp, tcp)):
            result = option(result)
        typed: F = result
        return typed

    return add


_PARAMETERS = (
    *(
        "mapping",
        "ids",
        "udp",
        "tcp",
        "unixgram",
        "mode",
        "read_buffer",
        "cache_size",
        "series",
        "all",
        "families",
    ),
    *_STYLES,
)


def _options(udp: str, tcp: str) -> list[Callable[[Any], Any]]:
    return [
        _option(
            "mapping-config", "mapping", type=_FILE, help="The mapping file; read again when it changes."
        ),
        _option(
            "known-ids",
            "ids",
            type=_FILE,
            help="DAG and task ids, so that names with dots in them are split right; docs/statsd-serve.md.",
        ),
        _option("listen-udp", "udp", default=udp, metavar="HOST:PORT", help='UDP address; "" for none.'),
        _option("listen-tcp", "tcp", default=tcp, metavar="HOST:PORT", help='TCP address; "" for none.'),
        _option("listen-unixgram", "unixgram", default="", metavar="PATH", help="Unix datagram socket."),
        _option("unixsocket-mode", "mode", default="755", metavar="MODE", help="Permissions of that socket."),
        _option(
            "read-buffer",
            "read_buffer",
            type=click.IntRange(min=0, max=2**30),
            default=flags.READ_BUFFER,
            metavar="BYTES",
            help="Receive buffer to ask for; 0 takes the system's. Linux caps it at net.core.rmem_max.",
        ),
        _option(
            "cache-size",
            "cache_size",
            type=click.IntRange(min=0),
            default=flags.CACHE_SIZE,
            help="How many beginnings of lines are remembered with the series that they lead to.",
        ),
        _option(
            "max-series",
            "series",
            type=click.IntRange(min=1),
            default=Limits().series,
            help="Series of one family; events of further ones are dropped and counted.",
        ),
        _option(
            "max-series-in-all",
            "all",
            type=click.IntRange(min=1),
            default=Limits().all,
            help="Series of all families together; events of further ones are dropped and counted.",
        ),
        _option(
            "max-families",
            "families",
            type=click.IntRange(min=1),
            default=Limits().families,
            help="Families; events of further ones are dropped and counted.",
        ),
        *(
            click.option(
                f"--statsd.parse-{style}-tags/--no-statsd.parse-{style}-tags",
                f"statsd_{style}",
                default=True,
                show_default="on",
                envvar=f"WINDSOCK_STATSD_PARSE_{style.upper()}_TAGS",
                help=f"Whether tags in the style of {style} are read.",
            )
            for style in _STYLES
        ),
        *(click.option(f"--{name}", _parameter(name), hidden=True) for name in _WITHOUT_EFFECT),
    ]


def _option(flag: str, name: str, **more: Any) -> Callable[[Any], Any]:
    variable = f"WINDSOCK_STATSD_{flag.upper().replace('-', '_')}"
    return click.option(f"--statsd.{flag}", f"statsd_{name}", envvar=variable, show_default=True, **more)


def _parameter(flag: str) -> str:
    return flag.replace(".", "_").replace("-", "_")
