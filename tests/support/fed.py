"""A real Prometheus fed by real statsd_exporters and real exporters: recorded lines, recorded and made rows.

What a query of a dashboard must find data in. One Airflow of the newest line with everything, and others that
prove what it cannot have: each is a recording of StatsD lines, or an exporter that shows more.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from demo.stack import ports, programs
from demo.stack.postgres import Postgres
from demo.stack.process import Process, stop_all
from tests.support import board_world, fed_rows
from tests.support.exporter_process import ExporterProcess
from tests.support.lines import every_line
from tests.support.prometheus import Prometheus
from tests.support.statsd import recording
from windsock.deploy import services
from windsock.owners import Owners
from windsock.statsd import flags
from windsock.statsd.options import Options
from windsock.wire import Profile, Wire
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

NEWEST = "3.3"
WINDOW = "20s"
# Until nearly every rate has two values.
_WARM_SECONDS = 12.0
_MAPPINGS = programs.ROOT / "exporter" / "generated" / "statsd"
_SLAS = (
    # At risk, and missed one after the other, for longer than a slow machine needs to look.
    board_world.SLAS.replace("24h15m", "24h25m")
    + """
- {dag: report, name: soon, max_age: 24h11m, team: reporting}
- {dag: report, name: next, max_age: 24h12m30s, team: reporting}
- {dag: report, name: last, max_age: 24h14m, team: reporting}
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
# Of executors and accidents that no recording has: lines as the sources of Airflow and providers make them,
# which `tests/integration/test_statsd_drift.py` compares.
SOURCES = "lines of the sources of 3.3"
SOURCES_2 = "lines of the sources of 2.11"


@dataclass(frozen=True, slots=True)
class Fed:
    """What runs: the Prometheus, and which Airflows it knows."""

    prometheus: Prometheus
    airflows: frozenset[str]

    def dags(self) -> list[str]:
        """The hundred DAGs that most series are about."""
        of = f'{{dag_id=~"[a-zA-Z0-9_.-]+", airflow!~"{SOURCES}|{SOURCES_2}"}}'
        found = self.prometheus.ask(f"sort_desc(topk(100, count by (dag_id) ({of})))")
        return [each["metric"]["dag_id"] for each in found]

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
        for name, of, sent in (
            (NEWEST, NEWEST, _lines("airflow-3.3.2-tags")),
            (SOURCES, NEWEST, _of_the_sources(NEWEST)),
            (SOURCES_2, AIRFLOW_2, _of_the_sources(AIRFLOW_2)),
            *((each, _line_of(each), _lines(each)) for each in recordings),
        ):
            port = until_the_end.enter_context(_statsd(folder, name, of, sent))
            targets.append((services.JOB_STATSD, name, port))
        for name, port in until_the_end.enter_context(_exporters(folder, cluster)):
            targets.append((services.JOB_WINDSOCK, name, port))
        prometheus = until_the_end.enter_context(_prometheus(folder, targets))
        time.sleep(_WARM_SECONDS)
        yield Fed(prometheus, frozenset(name for _, name, _ in targets))


@contextmanager
def _statsd(folder: Path, name: str, of: str, sent: Sequence[str]) -> Iterator[int]:
    """A statsd_exporter for a line of Airflow that gets these lines once a second; the port of its page."""
    chosen = ports.choose({"web": 0, "statsd": 0})
    listen = f"{ports.HOST}:{chosen['statsd']}"
    arguments = flags.arguments(
        mapping=str(_MAPPINGS / f"airflow-{of}-tags.yml"),
        web=f"{ports.HOST}:{chosen['web']}",
        udp=listen,
        tcp=listen,
    )
    process = Process(
        f"statsd_exporter of {name}",
        [programs.statsd_exporter(), *arguments],
        log=folder / f"statsd-{name.replace(' ', '-')}.log",
    )
    process.start()
    over = threading.Event()
    lines = "".join(f"{line}\n" for line in sent).encode()
    sender = threading.Thread(target=_send, args=(chosen["statsd"], lines, over))
    try:
        process.wait(lambda: ports.taken(chosen["statsd"]), timeout=120)
        sender.start()
        yield chosen["web"]
    finally:
        over.set()
        if sender.ident:
            sender.join()
        process.stop()


def _of_the_sources(version: str) -> list[str]:
    return [each.text for each in every_line(Options(version=version, profile=Profile.TAGS))]


def _line_of(recorded: str) -> str:
    return recorded.split("-")[1].rpartition(".")[0]


def _lines(recorded: str) -> list[str]:
    """One line for each name with its tags; of counters one that counts."""
    chosen: dict[tuple[str, Wire], str] = {}
    for row in recording(recorded):
        if row.wire is not Wire.COUNTER or row.value > 0:
            chosen[row.line.split(":", 1)[0], row.wire] = row.line
    return list(chosen.values())


def _send(port: int, lines: bytes, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(OSError), socket.create_connection((ports.HOST, port), timeout=5) as sock:
            sock.sendall(lines)
        over.wait(1)


@contextmanager
def _exporters(folder: Path, cluster: Postgres) -> Iterator[list[tuple[str, int]]]:
    """(Airflow, port) of exporters: three databases of one Airflow, and two Airflows besides; all at work."""
    over, world = threading.Event(), folder / "world.db"
    rows = {line: fed_rows.recorded(cluster, line) for line in (NEWEST, AIRFLOW_2)}
    made = {line: fed_rows.made(cluster, line) for line in (NEWEST, AIRFLOW_2)}
    with ExitStack() as until_the_end:
        standby = until_the_end.enter_context(_standby(folder, cluster))
        replica = standby.url(rows[NEWEST].rpartition("/")[2])
        running: list[tuple[str, ExporterProcess]] = []
        api_server = until_the_end.enter_context(_api_server())
        for number, (name, url, more) in enumerate(
            (
                (NEWEST, rows[NEWEST], ("--check-tasks", "extract")),
                (NEWEST, made[NEWEST], ("--check-tasks", "check_*")),
                (NEWEST, fed_rows.late_and_at_risk(world), ()),
                (FULL, rows[NEWEST], ("--cardinality", "full", "--replica-url", replica)),
                (AIRFLOW_2, rows[AIRFLOW_2], ("--max-series", "2")),
                (AIRFLOW_2, made[AIRFLOW_2], ()),
            )
        ):
            home = folder / f"serve-{number}"
            home.mkdir()
            fed_rows.a_week_of_queues(home / "state")
            exporter = ExporterProcess(
                home,
                *("--fast-interval", "1s", "--slow-interval", "2s", "--airflow-url", api_server),
                *("--sla-file", str(folder / "slas.yaml"), "--owners-file", str(folder / "owners.yaml")),
                *("--alerts-file", str(folder / "alerts.yaml"), *more),
            )
            until_the_end.callback(exporter.kill)
            exporter.start(url)
            running.append((name, exporter))
        for _, exporter in running:
            exporter.until_ready()
        for doing, url in (
            *((fed_rows.work, each) for each in rows.values()),
            *((fed_rows.happen, each) for each in made.values()),
        ):
            thread = threading.Thread(target=doing, args=(url, over))
            thread.start()
            until_the_end.callback(thread.join)
        until_the_end.callback(over.set)
        until_the_end.enter_context(board_world.beating(world))
        yield [(name, exporter.port) for name, exporter in running]


@contextmanager
def _standby(folder: Path, cluster: Postgres) -> Iterator[Postgres]:
    made = Postgres(port=ports.choose({"standby": 0})["standby"], log=folder / "standby.log")
    try:
        made.follow(cluster)
        made.start()
        yield made
    finally:
        made.remove()


@contextmanager
def _api_server() -> Iterator[str]:
    """Its URL."""
    server = ThreadingHTTPServer((ports.HOST, 0), _ApiServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{ports.HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


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
        processes[1].wait(asked.ready, timeout=120)
        yield asked
    finally:
        stop_all(processes)
        shutil.rmtree(folder / "prometheus", ignore_errors=True)
