"""`windsock serve` within the test: the real service and web server at a quick pace."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from windsock.collect.collector import Collector
from windsock.collect.default import COLLECTORS, wanted
from windsock.collect.pace import Limits
from windsock.gathering import Settings
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.url import parse
from windsock.owners import Owners
from windsock.service import Service
from windsock.sla import Slas
from windsock.state import State
from windsock.web import App, Request, Route, Server

UP = "airflow_metadb_up 1.0\n"
DOWN = "\nairflow_metadb_up 0.0\n"
_READY = Request(path="/-/ready")
# On a busy machine a fifth of so short an interval is soon gone.
QUICK = Settings(fast_interval=0.3, slow_interval=0.5, drop_after=5.0, limits=Limits(share=10, rest=1, lag=2))


@dataclass(frozen=True, slots=True)
class Serving:
    """A running exporter."""

    port: int
    service: Service

    def scrape(self) -> str:
        """The text of /metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
        return text

    def until(self, said: Callable[[str], bool], *, seconds: float = 180.0) -> str:
        """The first text of /metrics of which `said` is true."""
        deadline = time.monotonic() + seconds
        text = self.scrape()
        while not said(text):
            assert time.monotonic() < deadline, f"still not after {seconds} s:\n{text[-6000:]}"
            time.sleep(0.1)
            text = self.scrape()
        return text


@contextmanager
def serving(
    url: str,
    *,
    settings: Settings = QUICK,
    slas: Slas | None = None,
    replica: str | None = None,
    kinds: Sequence[type[Collector[Any]]] = COLLECTORS,
) -> Iterator[Serving]:
    """Serve the database at `url` until the block ends."""
    source = Source(_database(url), wanted(kinds), None if replica is None else _database(replica))
    service = Service(source, settings=settings, owners=Owners(), state=State(None), slas=slas, kinds=kinds)
    server = Server(
        "127.0.0.1:0", App((Route("/metrics", service.metrics), Route("/-/ready", service.ready)))
    )
    service.start()
    server.start()
    try:
        deadline = time.monotonic() + 60
        while service.ready(_READY).status != HTTPStatus.OK:
            assert time.monotonic() < deadline, "no figures after 60 s"
            time.sleep(0.05)
        yield Serving(server.port, service)
    finally:
        server.stop()
        service.stop()


def _database(url: str) -> Database:
    return Database(parse(url, origin="test"), connect_timeout=2, patience=0.5)


def ok(collector: str, *, succeeded: bool = True) -> str:
    """The line of a collector whose last run succeeded, or did not."""
    return f'airflow_metadb_collector_success{{collector="{collector}"}} {float(succeeded)}\n'


def off(collector: str, reason: str) -> str:
    """The line of a collector that is switched off."""
    return f'airflow_metadb_collector_disabled{{collector="{collector}",reason="{reason}"}} 1.0\n'
