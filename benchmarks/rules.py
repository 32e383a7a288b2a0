"""How long Prometheus takes to evaluate all alert rules with ten thousand DAGs, by its own metrics.

Run:  .venv/bin/python -m benchmarks.rules
A real `windsock serve` reads a SQLite database of that many DAGs, each with an SLA, one in fifty late. Its
page is kept and served again with its heartbeats moved to now, so that the exporter takes no time from
Prometheus, which scrapes it and evaluates the rules every 15 s. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks import board
from demo.stack import programs
from demo.stack.ports import choose
from windsock.catalog import components, metadb
from windsock.deploy import services
from windsock.deploy.scrape import prometheus_yml

_RULES = programs.ROOT / "alerts" / "generated"
_LIMIT = 1.0
# Without these the page of a minute ago would look like an outage.
_MOVING = (str(components.HEARTBEAT), str(components.HOST_HEARTBEAT), str(metadb.SNAPSHOT))


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dags", type=int, default=10_000)
    parser.add_argument("--warm", type=float, default=240, help="seconds before the first look")
    parser.add_argument("--looks", type=int, default=20, help="one every 15 s")
    parser.add_argument("--keep", type=Path, help="file that holds the page, or will")
    parser.add_argument("--rules", type=Path, default=_RULES, help="folder of rule files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = given.keep or folder / "page.txt"
        if not kept.is_file():
            kept.write_bytes(shown(folder, given.dags))
        with (
            _served(kept.read_text(encoding="utf-8")) as page,
            _prometheus(folder, page, given.rules) as port,
        ):
            time.sleep(given.warm)
            looks = [_look(port) for _ in range(given.looks)]
            series = _ask(port, "prometheus_tsdb_head_series")[0][1]
            firing = _ask(port, 'count(ALERTS{alertstate="firing"})')
            scraped = _ask(port, 'scrape_samples_scraped{job="windsock"}')[0][1]
            slowest = _rules(port)
    print(f"{given.dags} DAGs and SLAs, {scraped:.0f} series of windsock, {series:.0f} in Prometheus,")
    print(f"{firing[0][1] if firing else 0:.0f} alerts firing, {given.looks} evaluations\n")
    _print(looks, slowest)


def _print(looks: list[dict[str, float]], slowest: list[tuple[str, float]]) -> None:
    print("| group | median, ms | longest, ms |\n|---|--:|--:|")
    for group in sorted(looks[0]):
        taken = [1000 * look.get(group, 0.0) for look in looks]
        print(f"| {group} | {statistics.median(taken):.1f} | {max(taken):.1f} |")
    sums = [1000 * sum(look.values()) for look in looks]
    print(f"| **all** | **{statistics.median(sums):.1f}** | **{max(sums):.1f}** |\n")
    print("| rule | last evaluation, ms |\n|---|--:|")
    for rule, seconds in slowest[:8]:
        print(f"| {rule} | {1000 * seconds:.1f} |")
    if max(sums) > 1000 * _LIMIT:
        sys.exit(f"more than {_LIMIT:g} s")


def shown(folder: Path, dags: int) -> bytes:
    """What windsock shows of so many DAGs, all collectors done."""
    board.make(folder / "airflow.db", dags)
    with _alive(folder / "airflow.db"), board.serve(folder) as port:
        time.sleep(40)
        return board.get(port, "/metrics")[2]


@contextmanager
def _served(page: str) -> Iterator[int]:
    """The page on a port, as if it were of now."""
    lines = page.split("\n")
    moving = [number for number, line in enumerate(lines) if line.startswith(_MOVING)]
    snapshot = next(line for line in lines if line.startswith(f"{metadb.SNAPSHOT} "))
    old = float(snapshot.rpartition(" ")[2])

    class Handler(BaseHTTPRequestHandler):
        """One scrape."""

        def do_GET(self) -> None:
            """The page, with what moves."""
            now = list(lines)
            for number in moving:
                name, _, value = now[number].rpartition(" ")
                now[number] = f"{name} {float(value) + time.time() - old}"
            body = "\n".join(now).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _alive(database: Path) -> Iterator[None]:
    """A scheduler, a DAG processor and a triggerer, as far as the database knows."""
    over = Event()

    def beat() -> None:
        while not over.is_set():
            now = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}.000000"
            with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
                connection.execute("UPDATE job SET latest_heartbeat = ?", (now,))
            over.wait(5)

    with closing(sqlite3.connect(database)) as connection, connection:
        for number, kind in enumerate(("SchedulerJob", "DagProcessorJob", "TriggererJob"), 1):
            connection.execute(
                "INSERT INTO job (id, job_type, state, hostname) VALUES (?, ?, 'running', 'host')",
                (number, kind),
            )
    thread = Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _prometheus(folder: Path, windsock: int, rules: Path) -> Iterator[int]:
    port = choose({"prometheus": 0})["prometheus"]
    own = f"127.0.0.1:{port}"
    targets = {services.JOB_WINDSOCK: f"127.0.0.1:{windsock}", services.JOB_PROMETHEUS: own}
    config = folder / "prometheus.yml"
    config.write_text(
        prometheus_yml(
            airflow="prod", targets=targets, rules=[f"{rules}/*.rules.yaml"], alertmanager="127.0.0.1:9"
        ),
        encoding="utf-8",
    )
    argv = services.prometheus(config=str(config), data=str(folder / "data"), listen=own, url=f"http://{own}")
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen([programs.prometheus(), *argv], stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _look(port: int) -> dict[str, float]:
    """Group -> seconds that its last evaluation took; 15 s later than the look before."""
    time.sleep(15)
    return {
        labels["rule_group"].rpartition(";")[2]: value
        for labels, value in _ask(port, "prometheus_rule_group_last_duration_seconds")
    }


def _rules(port: int) -> list[tuple[str, float]]:
    groups = _get(port, "/api/v1/rules")["data"]["groups"]
    found = [(rule["name"], float(rule["evaluationTime"])) for group in groups for rule in group["rules"]]
    return sorted(found, key=lambda each: -each[1])


def _ask(port: int, query: str) -> list[tuple[dict[str, str], float]]:
    answer = _get(port, f"/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]


def _get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
