"""`windsock serve`: the exporter, the SLA engine and the pages."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click
import structlog

from windsock import allocator, duration, owners, pages, sla
from windsock.cardinality import Preset
from windsock.cli import shown
from windsock.cli.database_options import Addresses, database
from windsock.cli.options import common
from windsock.cli.statsd_listening import Listening, listening
from windsock.collect.default import wanted
from windsock.counters import Counters
from windsock.errors import BadInput
from windsock.gathering import Settings
from windsock.metadb.source import Source
from windsock.probe import Probe
from windsock.protection import Protection
from windsock.service import Service
from windsock.sla.acknowledgements import Acknowledgements
from windsock.sla.record import Reader
from windsock.sla.recorder import Recorder
from windsock.state import State
from windsock.statsd.listener.service import Listener
from windsock.web import App, Route, Server, text

if TYPE_CHECKING:
    from windsock_alerts.serving import Serving

_log = structlog.get_logger()
# A scrape must not wait for the thread that renders the next page: at Python's 5 ms, one that comes meanwhile
# takes three times as long as at half a millisecond (measured with 6,000 series).
_THREAD_SWITCH_SECONDS = 0.0005
# A signal that does not wake the thread that handles it is handled after so many seconds.
_SIGNAL_SECONDS = 0.5
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@database
@click.option("--sla-file", envvar="WINDSOCK_SLA_FILE", type=_FILE, help="SLAs: which DAG must be done when.")
@click.option(
    "--owners-file", envvar="WINDSOCK_OWNERS_FILE", type=_FILE, help="Which DAG belongs to which team."
)
@click.option(
    "--alerts-file",
    envvar="WINDSOCK_ALERTS_FILE",
    type=_FILE,
    help="alerts.yaml: thresholds of single DAGs are exported; the board links to its Grafana.",
)
@click.option(
    "--state-dir",
    envvar="WINDSOCK_STATE_DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to remember counters, SLA breaches and import errors across restarts.",
)
@click.option(
    "--airflow-url",
    envvar="WINDSOCK_AIRFLOW_URL",
    help="Base URL of Airflow's API server (3.x) or web server (2.x); probed.",
)
@click.option(
    "--airflow-public-url",
    envvar="WINDSOCK_AIRFLOW_PUBLIC_URL",
    help="Where people's browsers reach Airflow, for links, if that is not --airflow-url.",
)
@click.option(
    "--listen",
    "--web.listen-address",
    "listen",
    envvar="WINDSOCK_LISTEN",
    default="127.0.0.1:9112",
    show_default=True,
    help="host:port to answer on.",
)
@click.option(
    "--fast-interval",
    envvar="WINDSOCK_FAST_INTERVAL",
    callback=duration.option,
    default="15s",
    show_default=True,
    help="How often components, tasks, queues, runs and due times are read.",
)
@click.option(
    "--slow-interval",
    envvar="WINDSOCK_SLOW_INTERVAL",
    callback=duration.option,
    default="60s",
    show_default=True,
    help="How often last results and tags are read.",
)
@click.option(
    "--drop-after",
    envvar="WINDSOCK_DROP_AFTER",
    callback=duration.option,
    default="90s",
    show_default=True,
    help="Figures older than this are not shown; never less than three intervals.",
)
@click.option(
    "--overdue-grace",
    envvar="WINDSOCK_OVERDUE_GRACE",
    callback=duration.option,
    default="60s",
    show_default=True,
    help="How long past due a run may be missing before its DAG is overdue.",
)
@click.option(
    "--isolated-operators",
    envvar="WINDSOCK_ISOLATED_OPERATORS",
    multiple=True,
    metavar="PATTERN",
    help="Operators that work apart from the worker, beside those that Windsock knows, e.g. 'MyPod*'.",
)
@click.option(
    "--web.config.file",
    "web_config_file",
    envvar="WINDSOCK_WEB_CONFIG_FILE",
    type=_FILE,
    help="TLS and basic authentication, in the format of all Prometheus exporters; docs/security.md.",
)
@listening()
@click.option(
    "--statsd.telemetry-path",
    "statsd_path",
    envvar="WINDSOCK_STATSD_TELEMETRY_PATH",
    default="/statsd/metrics",
    show_default=True,
    help="Where the metrics from StatsD lines are, if any --statsd.listen-… is given.",
)
@shown.options
@common
def serve(
    *,
    addresses: Addresses,
    sla_file: Path | None,
    owners_file: Path | None,
    alerts_file: Path | None,
    state_dir: Path | None,
    airflow_url: str | None,
    airflow_public_url: str | None,
    listen: str,
    fast_interval: float,
    slow_interval: float,
    drop_after: float,
    overdue_grace: float,
    isolated_operators: tuple[str, ...],
    web_config_file: Path | None,
    listening: Listening,
    statsd_path: str,
    cardinality: str,
    dags: tuple[str, ...],
    without_dags: tuple[str, ...],
    max_series: int,
    assets: tuple[str, ...],
    check_tasks: tuple[str, ...],
    dag_tags: tuple[str, ...],
    without_collectors: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Read Airflow's metadata database and answer on /metrics.

    Reads only, in short transactions, with a role that needs SELECT on a few columns (docs/metadb.md). The
    address is found in this order: --database-url, --database-url-file, and at last Airflow's own
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN. Keep a password off the command line:

    \b
      echo 'postgresql://windsock:secret@db.example/airflow' > /run/secrets/windsock
      windsock serve --database-url-file /run/secrets/windsock --airflow-url http://airflow.example:8080

    The SLA file and the alerts file are read again when they change, and at SIGHUP; a wrong one is told and
    does not count.

    With --statsd.listen-udp it takes Airflow's StatsD lines too, in place of statsd_exporter
    (docs/statsd-serve.md); their metrics have a path and a scrape job of their own.

    With --replica-url the slow tier reads a hot standby instead; if that is down, its figures disappear.
    """  # noqa: D301 (click reads the backspace)
    allocator.give_back()
    dag_settings = _dag_settings(alerts_file)
    teams = owners.read(owners_file)
    protection = Protection(web_config_file) if web_config_file else None
    slas = sla.load(sla_file) if sla_file else None
    if slas is not None and state_dir is None:
        _log.warning("without --state-dir a restart forgets which SLAs are breached")
    settings = Settings(
        fast_interval=fast_interval,
        slow_interval=slow_interval,
        drop_after=drop_after,
        overdue_grace=overdue_grace,
    )
    primary, replica = addresses.open()
    limits = shown.cardinality(preset=cardinality, dags=dags, without_dags=without_dags, cap=max_series)
    kinds = shown.without(without_collectors)
    source = Source(primary, wanted(kinds), replica)
    probe = Probe(airflow_url, major=source.schema.major) if airflow_url else None
    service = Service(
        source,
        settings=settings,
        owners=teams,
        state=State(None if dry_run else state_dir),
        counters=Counters(None if dry_run else state_dir),
        recorder=Recorder(None if dry_run else state_dir),
        acknowledged=Acknowledgements(None if dry_run else state_dir),
        slas=slas,
        sla_file=sla_file,
        probe=probe,
        # Every preset is rehearsed, and read is what the largest one asks for.
        cardinality=replace(limits, preset=Preset.FULL) if dry_run else limits,
        choices=shown.choices(
            assets=assets, check_tasks=check_tasks, dag_tags=dag_tags, isolated=isolated_operators
        ),
        dag_settings=dag_settings,
        kinds=kinds,
    )
    if dry_run:
        click.echo(shown.report(service.rehearse(), limits.preset))
        service.stop()
        return
    web = pages.Pages(
        lambda: service.view,
        airflow_public_url or airflow_url,
        dag_settings.settings.urls.grafana if dag_settings else None,
        record=Reader(state_dir),
    )
    service.tell(web.prepare)
    if not statsd_path.startswith("/") or statsd_path == "/metrics":
        raise BadInput(
            f"--statsd.telemetry-path: {statsd_path!r} must begin with a slash, and not be /metrics"
        )
    statsd = listening.open() if listening.wanted else None
    server = Server(
        listen,
        App(
            (
                Route("/metrics", service.metrics),
                *([Route(statsd_path, statsd.metrics)] if statsd else []),
                Route("/-/healthy", lambda _request: text("healthy\n")),
                Route("/-/ready", service.ready),
                *web.routes,
            ),
            protection,
        ),
        protection,
    )
    _run(service, server, statsd)


def _dag_settings(alerts_file: Path | None) -> Serving | None:
    """The alerts file; the package of the rules is needed by those who give one only."""
    if alerts_file is None:
        return None
    from windsock_alerts.serving import Serving  # noqa: PLC0415 (the core does without)

    return Serving(alerts_file)


def _run(service: Service, server: Server, statsd: Listener | None) -> None:
    sys.setswitchinterval(_THREAD_SWITCH_SECONDS)
    allocator.look_rarely()
    # Handlers run in this thread, in the middle of whatever it does: only a SimpleQueue may be used there.
    arrived: SimpleQueue[int] = SimpleQueue()
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda number, _frame: arrived.put(number))
    service.start()
    if statsd is not None:
        statsd.start()
    server.start()
    _log.info("serving", port=server.port)
    while _next(arrived, statsd) == signal.SIGHUP:
        service.reload()
        if statsd is not None:
            statsd.look(anyway=True)
    _log.info("stopping")
    if statsd is not None:
        statsd.stop()
    server.stop()
    service.stop()


def _next(arrived: SimpleQueue[int], statsd: Listener | None) -> int:
    """The next signal. Looks again and again: one that another thread receives does not end a wait here."""
    while True:
        if statsd is not None:
            statsd.look()
        with suppress(Empty):
            return arrived.get(timeout=_SIGNAL_SECONDS)
