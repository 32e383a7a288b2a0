"""A real Prometheus fed by real statsd_exporters and real exporters: recorded lines, recorded and made rows.

What a query of a dashboard must find data in. One Airflow of the newest line with everything, and others that
prove what it cannot have: each is a recording of StatsD lines, or an exporter that shows more.
"""

from __future__ import annotations

import random
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import yaml

from demo.stack import ports, programs
from demo.stack.postgres import Postgres
from demo.stack.process import Process, stop_all
from tests.support import board_world, events, waiting
from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import at, schema
from tests.support.prometheus import Prometheus
from tests.support.seed import one_late_dag
from tests.support.simulator import Simulator
from tests.support.simulator_model import FINAL, SHOP
from tests.support.statsd import recording
from windsock.deploy import services
from windsock.owners import Owners
from windsock.statsd import flags
from windsock.wire import Wire
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

NEWEST = "3.3"
# Each has some of what a page about one DAG shows: at work now, with SLAs, waiting, paused, in StatsD.
DAGS = (
    *("shop", "finance_daily", "report", "late", "m_free", "m_paused"),
    *("etl_daily_sales", "failing-with-retries", "steady"),
)
WINDOW = "20s"
# Until nearly every rate has two values.
_WARM_SECONDS = 12.0
_MAPPINGS = programs.ROOT / "exporter" / "generated" / "statsd"
# When the recorded databases were dumped, and when the made rows are.
_ENDED = {"2.11": at("2026-11-22 08:05:30"), "3.3": at("2026-11-22 08:22:00")}
_MADE = at("2026-01-10 12:00")
_SLAS = (
    board_world.SLAS
    + """
- {dag: late, max_age: 1h, team: finance, severity: page, objective: 90% of 20}
- {dag: shop, max_age: 1h, team: commerce}
- {dag: no_such_dag, max_age: 1h, team: commerce}
"""
)
_OWNERS = """
platform: data-platform
teams: [{team: finance, owners: [cfo, a]}, {team: commerce, owners: [airflow]}]
receivers:
  default: {page: {webhook: {url: "http://127.0.0.1:9/"}}, ticket: {webhook: {url: "http://127.0.0.1:9/"}}}
  data-platform: default
  finance: default
  commerce: default
"""
_ALERTS = """
environment: demo
dags:
- {dag: late, thresholds: {dag_overdue: 5m}, alerts: {AirflowDagOverdue: {severity: page}}}
"""
# More exporters, each an Airflow of its name: the recorded rows of a line, with more arguments.
FULL = "3.3 with --cardinality full"
AIRFLOW_2 = "2.11"


@dataclass(frozen=True, slots=True)
class Fed:
    """What runs: the Prometheus, and which Airflows it knows."""

    prometheus: Prometheus
    airflows: frozenset[str]

    def data(self, expr: str) -> bool:
        """Whether it gives a number: NaN is none."""
        return any(found["value"][1] != "NaN" for found in self.prometheus.ask(expr))


@contextmanager
def fed(folder: Path, cluster: Postgres, recordings: Sequence[str]) -> Iterator[Fed]:
    """Run everything until the block ends.

    Args:
        folder: for databases, configuration and logs.
        cluster: with the databases `recorded_2` and `recorded_3`.
        recordings: more StatsD recordings, each an Airflow of its name: `airflow-2.7.3-tags`.
    """
    with ExitStack() as until_the_end:
        (folder / "slas.yaml").write_text(_SLAS, encoding="utf-8")
        (folder / "owners.yaml").write_text(_OWNERS, encoding="utf-8")
        (folder / "alerts.yaml").write_text(_ALERTS, encoding="utf-8")
        targets: list[tuple[str, str, int]] = []
        for name, recorded in ((NEWEST, "airflow-3.3.2-tags"), *((each, each) for each in recordings)):
            port = until_the_end.enter_context(_statsd(folder, recorded))
            targets.append((services.JOB_STATSD, name, port))
        for name, port in until_the_end.enter_context(_exporters(folder, cluster)):
            targets.append((services.JOB_WINDSOCK, name, port))
        prometheus = until_the_end.enter_context(_prometheus(folder, targets))
        time.sleep(_WARM_SECONDS)
        yield Fed(prometheus, frozenset(name for _, name, _ in targets))


@contextmanager
def _statsd(folder: Path, recorded: str) -> Iterator[int]:
    """A statsd_exporter that takes the lines of a recording once a second; the port of its page."""
    _, release, mode = recorded.split("-")
    line = release.rpartition(".")[0]
    chosen = ports.choose({"web": 0, "statsd": 0})
    listen = f"{ports.HOST}:{chosen['statsd']}"
    arguments = flags.arguments(
        mapping=str(_MAPPINGS / f"airflow-{line}-{mode}.yml"),
        web=f"{ports.HOST}:{chosen['web']}",
        udp=listen,
        tcp=listen,
    )
    log = folder / f"{recorded}.log"
    process = Process(f"statsd-{recorded}", [programs.statsd_exporter(), *arguments], log=log)
    process.start()
    over = threading.Event()
    sender = threading.Thread(target=_send, args=(chosen["statsd"], _lines(recorded), over))
    try:
        process.wait(lambda: ports.taken(chosen["statsd"]), timeout=30)
        sender.start()
        yield chosen["web"]
    finally:
        over.set()
        if sender.ident:
            sender.join()
        process.stop()


def _lines(recorded: str) -> bytes:
    """One line for each name with its tags; of counters one that counts."""
    chosen: dict[tuple[str, Wire], str] = {}
    for row in recording(recorded):
        head = row.line.split(":", 1)[0] + row.line.partition("|#")[2]
        if row.wire is not Wire.COUNTER or row.value > 0:
            chosen[head, row.wire] = row.line
    return "".join(f"{line}\n" for line in chosen.values()).encode()


def _send(port: int, lines: bytes, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(OSError), socket.create_connection((ports.HOST, port), timeout=5) as sock:
            sock.sendall(lines)
        over.wait(1)


@contextmanager
def _exporters(folder: Path, cluster: Postgres) -> Iterator[list[tuple[str, int]]]:
    """(Airflow, port) of exporters: three databases of one Airflow, and two Airflows besides; all at work."""
    world, over = folder / "world.db", threading.Event()
    recorded, made, older = _recorded(cluster, "3.3"), _made(cluster, "3.3"), _recorded(cluster, "2.11")
    wanted = (
        (NEWEST, recorded, ("--check-tasks", "extract")),
        (NEWEST, made, ("--check-tasks", "check_*")),
        (NEWEST, board_world.make(world), ("--without-collector", "audit", "--max-series", "1000")),
        (FULL, recorded, ("--cardinality", "full")),
        (AIRFLOW_2, older, ("--max-series", "2")),
    )
    running: list[ExporterProcess] = []
    working = [
        threading.Thread(target=_work, args=(recorded, "3.3", over)),
        threading.Thread(target=_work, args=(older, "2.11", over)),
        threading.Thread(target=_happen, args=(made, over)),
    ]
    api_server = ThreadingHTTPServer((ports.HOST, 0), _ApiServer)
    threading.Thread(target=api_server.serve_forever, daemon=True).start()
    try:
        for number, (_, url, more) in enumerate(wanted):
            home = folder / f"serve-{number}"
            home.mkdir()
            exporter = ExporterProcess(
                home,
                *("--fast-interval", "1s", "--slow-interval", "2s"),
                *("--airflow-url", f"http://{ports.HOST}:{api_server.server_address[1]}"),
                *("--sla-file", str(folder / "slas.yaml"), "--owners-file", str(folder / "owners.yaml")),
                *("--alerts-file", str(folder / "alerts.yaml"), *more),
            )
            exporter.start(url)
            running.append(exporter)
        for exporter in running:
            exporter.until_ready()
        for thread in working:
            thread.start()
        with board_world.beating(world):
            yield [(name, exporter.port) for (name, _, _), exporter in zip(wanted, running, strict=True)]
    finally:
        over.set()
        for thread in working:
            if thread.ident:
                thread.join()
        for exporter in running:
            exporter.kill()
        api_server.shutdown()
        api_server.server_close()


class _ApiServer(BaseHTTPRequestHandler):
    """Answers the probe of the exporter, which only looks at how and how fast."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


def _recorded(cluster: Postgres, line: str) -> str:
    """A copy of the recorded database as if its last moment were now; its URL."""
    name = f"fed_{line[0]}"
    cluster.sql(f"CREATE DATABASE {name} TEMPLATE recorded_{line[0]}")
    _shift(_dsn(cluster, name), _ENDED[line])
    return cluster.url(name)


def _made(cluster: Postgres, line: str) -> str:
    """A database with one row of everything that waits, as if it were now; its URL."""
    name = f"fed_made_{line[0]}"
    cluster.sql(f"CREATE DATABASE {name}")
    with psycopg.connect(_dsn(cluster, name), autocommit=True) as connection:
        connection.execute(schema(line, "postgresql").encode())
    with psycopg.connect(_dsn(cluster, name), autocommit=True) as connection:
        one_late_dag(connection)
        waiting.fill(connection)
        events.before(connection, line)
    _shift(_dsn(cluster, name), _MADE)
    return cluster.url(name)


def _dsn(cluster: Postgres, database: str) -> str:
    return cluster.url(database).replace("+psycopg2", "")


def _shift(dsn: str, ended: datetime) -> None:
    """Move every time in the database so that `ended` is now."""
    by = datetime.now(timezone.utc) - ended
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        found = connection.execute(
            "SELECT table_name, string_agg(format('%1$I = %1$I + %%1$s', column_name), ', ')"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND data_type LIKE 'timestamp%' GROUP BY table_name"
        ).fetchall()
        for table, changes in found:
            amount = f"interval '{by.total_seconds()} s'"
            connection.execute(f'UPDATE "{table}" SET {changes.replace("%1$s", amount)}'.encode())


def _work(url: str, line: str, over: threading.Event) -> None:
    """Runs with every kind of task, one after the other; some fail."""
    rng = random.Random(1)
    simulator = Simulator(url.replace("+psycopg2", ""), three=line.startswith("3"), rng=rng)
    simulator.history(20_000)
    while not over.is_set():
        run = simulator.create("shop", SHOP)
        simulator.start(run)
        while not over.is_set() and (left := [task for task in run.tasks if task.state not in FINAL]):
            for task in left:
                if simulator.ready(run, task):
                    simulator.advance(run, task, succeeds=rng.random() < 0.7)
            over.wait(0.15)
        simulator.finish(run)
    simulator.connection.close()


def _happen(url: str, over: threading.Event) -> None:
    """Audit events, assets, checks, deadlines, once the exporter has looked a first time."""
    over.wait(6)
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as connection:
        events.happen(connection)


@contextmanager
def _prometheus(folder: Path, targets: Sequence[tuple[str, str, int]]) -> Iterator[Prometheus]:
    """Prometheus with our rules, and an Alertmanager with our routes."""
    chosen = ports.choose({"prometheus": 0, "alertmanager": 0})
    at_ = {name: f"{ports.HOST}:{port}" for name, port in chosen.items()}
    settings = parse(_ALERTS, Settings, name="alerts.yaml").divided(60)
    owners = parse(_OWNERS, Owners, name="owners.yaml")
    for name, text in build.files(settings, owners, owners_file="owners.yaml").items():
        (folder / name).write_text(text, encoding="utf-8")
    own = [
        (services.JOB_PROMETHEUS, NEWEST, chosen["prometheus"]),
        (services.JOB_ALERTMANAGER, NEWEST, chosen["alertmanager"]),
    ]
    jobs: dict[str, list[dict[str, Any]]] = {}
    for job, airflow, port in (*targets, *own):
        target = {"targets": [f"{ports.HOST}:{port}"], "labels": {"airflow": airflow}}
        jobs.setdefault(job, []).append(target)
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["*.rules.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [at_["alertmanager"]]}]}]},
        "scrape_configs": [{"job_name": job, "static_configs": where} for job, where in jobs.items()],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    processes = []
    for name, program, make, end in (
        ("alertmanager", programs.alertmanager(), services.alertmanager, "yaml"),
        ("prometheus", programs.prometheus(), services.prometheus, "yml"),
    ):
        argv = make(
            config=str(folder / f"{name}.{end}"),
            data=str(folder / name),
            listen=at_[name],
            url=f"http://{at_[name]}",
        )
        processes.append(Process(name, [program, *argv], log=folder / f"{name}.log"))
    asked = Prometheus(chosen["prometheus"])
    try:
        for process in processes:
            process.start()
        processes[1].wait(asked.ready, timeout=60)
        yield asked
    finally:
        stop_all(processes)
        shutil.rmtree(folder / "prometheus", ignore_errors=True)
