"""`windsock statsd record` and `replay`: lines into a file, and back."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from windsock import duration
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd import capture
from windsock.statsd.pseudonyms import Pseudonyms


@click.command()
@click.option(
    "--listen",
    default="127.0.0.1:9125",
    show_default=True,
    metavar="HOST:PORT",
    envvar="WINDSOCK_LISTEN",
    help="UDP address to take lines on. Point Airflow, or statsd_exporter's --statsd.relay.address, to it.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="WINDSOCK_OUT",
    help="File to write; it must not exist.",
)
@click.option(
    "--for",
    "length",
    default="1h",
    show_default=True,
    metavar="DURATION",
    callback=duration.option,
    envvar="WINDSOCK_FOR",
    help="How long. Ctrl-C ends it earlier; what arrived is kept.",
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    envvar="WINDSOCK_PSEUDONYMS",
    help="Replace ids: parts of names that are no words of Airflow's, and values of tags other than states,"
    " become p1, p2, …, the same each time. Look at the file before you give it away.",
)
@click.option(
    "--prefix",
    default="airflow",
    show_default=True,
    envvar="WINDSOCK_PREFIX",
    help="Airflow's statsd_prefix.",
)
@common
def record(listen: str, out: Path, length: float, prefix: str, *, pseudonyms: bool) -> None:
    """Write StatsD lines that arrive over UDP to a file, for a bug report or a test.

    Each row is the seconds since the first line, a tab, and the line. statsd_exporter can send a copy of
    everything while it works on: --statsd.relay.address=HOST:PORT.

    \b
    Examples:
      windsock statsd record --out monday.txt --for 10m
      windsock statsd record --out report.txt --pseudonyms
    """  # noqa: D301 (click reads the backspace)
    change = Pseudonyms(prefix).line if pseudonyms else bytes
    end = time.monotonic() + length
    with _udp(listen) as (sock, address), _stop() as stopped:
        try:
            sock.bind(address)
        except OSError as error:
            raise BadInput(f"--listen: {listen}: {error.strerror}") from error
        try:
            file = out.open("xb")
        except OSError as error:
            raise BadInput(f"--out: {out} cannot be written: {error.strerror}") from error
        with file:
            lines = capture.record(
                sock, file, until=lambda: bool(stopped) or time.monotonic() > end, change=change
            )
    click.echo(f"{lines} lines in {out}.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to",
    default="127.0.0.1:9125",
    show_default=True,
    metavar="HOST:PORT",
    envvar="WINDSOCK_TO",
    help="UDP address to send to.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0),
    envvar="WINDSOCK_SPEED",
    help="1 is the pace of the recording, 10 ten times that; 0 sends 10,000 lines a second.",
)
@common
def replay(file: Path, to: str, speed: float) -> None:
    """Send the lines of a file to statsd_exporter, as they came.

    The file is of `windsock statsd record`, or has plain StatsD lines, which are sent at once.

    \b
    Example:
      windsock statsd replay monday.txt --to 127.0.0.1:9125 --speed 10
    """  # noqa: D301 (click reads the backspace)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    with _udp(to) as (sock, address):
        try:
            lines = capture.replay(sock, address, capture.read(text), speed=speed)
        except ValueError as error:
            raise BadInput(f"{file}: {error}") from error
        except OSError as error:
            raise BadInput(f"--to: {to}: {error.strerror}") from error
    click.echo(f"{lines} lines sent to {to}.")


@contextmanager
def _udp(text: str) -> Iterator[tuple[socket.socket, tuple[str, int]]]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise BadInput(f"{text!r} is no address; write HOST:PORT, such as 127.0.0.1:9125")
    try:
        family, *_, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
    except (OSError, OverflowError) as error:
        raise BadInput(f"{text}: {getattr(error, 'strerror', None) or error}") from error
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        yield sock, (str(address[0]), int(address[1]))


@contextmanager
def _stop() -> Iterator[list[int]]:
    """A list that is no longer empty after Ctrl-C or SIGTERM."""
    stopped: list[int] = []
    before = {
        one: signal.signal(one, lambda number, _frame: stopped.append(number))
        for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
