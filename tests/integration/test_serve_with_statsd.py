"""`windsock serve --statsd.listen-udp`: the database and StatsD lines by one process."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.stack import ports, programs, web
from demo.stack.ports import HOST
from demo.stack.process import Process
from tests.support.metadb import make_sqlite
from tests.support.statsd import Page

_PATIENCE_SECONDS = 90.0
_MAPPING = "mappings: [{match: a.*, name: seen_total, labels: {id_: $1}}]\n"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yml"
    file.write_text(_MAPPING)
    return file


def test_one_process_reads_the_database_and_takes_lines(mapping: Path, tmp_path: Path) -> None:
    port = ports.choose({"web": 0, "statsd": 0})
    url = f"http://{HOST}:{port['web']}"
    process = Process(
        "windsock",
        [
            *(str(programs.windsock()), "serve", f"--listen={HOST}:{port['web']}", "--fast-interval=1s"),
            *(f"--statsd.mapping-config={mapping}", f"--statsd.listen-udp={HOST}:{port['statsd']}"),
        ],
        log=tmp_path / "log.txt",
        env={**os.environ, "WINDSOCK_DATABASE_URL": make_sqlite(tmp_path / "airflow.db", "3.3")},
    )
    process.start()
    try:
        process.wait(lambda: web.answers(f"{url}/-/ready"), timeout=_PATIENCE_SECONDS)
        database = Page.parse(web.text(f"{url}/metrics"))
        assert database.value("airflow_metadb_up") == 1
        assert not [name for name in database.families if name.startswith("statsd_")]
        _until_counted(url, port["statsd"], "seen_total", process)
        # A file that changes, and a signal, are seen here too.
        mapping.write_text(_MAPPING.replace("seen", "found"))
        _until_counted(url, port["statsd"], "found_total", process)
        mapping.write_text("mappings: 1\n")
        process.send(signal.SIGHUP)
        _until(url, lambda page: page.value("windsock_statsd_mapping_last_reload_successful") == 0, process)
        assert _statsd(url).value("seen_total") >= 1
    finally:
        process.stop()
    log = process.tail(1_000)
    assert "Traceback" not in log
    assert "stopping" in log


def _statsd(url: str) -> Page:
    return Page.parse(web.text(f"{url}/statsd/metrics"))


def _until_counted(url: str, port: int, name: str, process: Process) -> None:
    def seen(page: Page) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"a.x:1|c", (HOST, port))
        return page.value(name, id_="x") > 0

    _until(url, seen, process)


def _until(url: str, ready: Callable[[Page], bool], process: Process) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not ready(_statsd(url)):
        assert time.monotonic() < deadline, process.tail()
        time.sleep(0.2)
