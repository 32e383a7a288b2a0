"""Every service of the loop: its image and its command line, as a function of addresses and paths only.

Compose, the demo and the end-to-end tests all call these functions: a flag that one of them runs with is one
that all of them run with.
"""

from __future__ import annotations

from windsock.statsd import flags
from windsock.statsd.airflow_config import HANDLER

# Pinned; the native stack runs what the distribution ships, with the same flags.
IMAGES = {
    "airflow": "apache/airflow:3.3.2",
    "postgres": "postgres:17.6",
    "statsd-exporter": f"prom/statsd-exporter:v{flags.VERSION}",
    "prometheus": "prom/prometheus:v3.16.0",
    "alertmanager": "prom/alertmanager:v0.34.2",
    "grafana": "grafana/grafana:13.2.3",
    "python": "python:3.13-slim-bookworm",
}

# One scrape job each; dashboards and alerts know the targets by these names.
JOB_WINDSOCK = "windsock"
JOB_STATSD = "airflow-statsd"
JOB_PROMETHEUS = "prometheus"
JOB_ALERTMANAGER = "alertmanager"

# Airflow's components by major version. The log servers would listen on every address, so they stay off; logs
# are read from the shared folder.
_SCHEDULER = ["scheduler", "--skip-serve-logs"]
_TRIGGERER = ["triggerer", "--skip-serve-logs"]
_COMPONENTS = {
    2: {
        "webserver": ["webserver"],
        "scheduler": _SCHEDULER,
        "dag-processor": ["dag-processor"],
        "triggerer": _TRIGGERER,
    },
    3: {
        "api-server": ["api-server"],
        "scheduler": _SCHEDULER,
        "dag-processor": ["dag-processor"],
        "triggerer": _TRIGGERER,
    },
}


def airflow_components(major: int) -> dict[str, list[str]]:
    """Component name -> arguments of the `airflow` command, for Airflow 2 or 3."""
    return {name: list(arguments) for name, arguments in _COMPONENTS[major].items()}


def airflow_environment(
    major: int,
    *,
    database_url: str,
    dags: str,
    host: str,
    port: int,
    url: str,
    execution_url: str,
    statsd_host: str,
    statsd_port: int,
) -> dict[str, str]:
    """Settings of every Airflow component: LocalExecutor, StatsD with tags, the web address `host:port`.

    Args:
        major: 2 or 3.
        database_url: SQLAlchemy URL of the metadata database.
        dags: folder of the DAG files.
        host: address on which the API server (2.x: web server) listens.
        port: its port.
        url: base URL under which a browser reaches it.
        execution_url: under which tasks of Airflow 3 report, ends in `/execution/`.
        statsd_host: where statsd_exporter listens.
        statsd_port: its UDP port.
    """
    common = {
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "8",
        "CORE__DAGS_FOLDER": dags,
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "DATABASE__SQL_ALCHEMY_CONN": database_url,
        "METRICS__STATSD_ON": "True",
        "METRICS__STATSD_HOST": statsd_host,
        "METRICS__STATSD_PORT": str(statsd_port),
        "METRICS__STATSD_INFLUXDB_ENABLED": "True",
    }
    web = (
        {
            "WEBSERVER__WEB_SERVER_HOST": host,
            "WEBSERVER__WEB_SERVER_PORT": str(port),
            "WEBSERVER__BASE_URL": url,
            "WEBSERVER__WORKERS": "1",
            "SCHEDULER__STANDALONE_DAG_PROCESSOR": "True",
        }
        if major == 2
        else {
            "API__HOST": host,
            "API__PORT": str(port),
            "API__BASE_URL": url,
            "CORE__EXECUTION_API_SERVER_URL": execution_url,
            "API__WORKERS": "1",
            # With tags each line is complete under its plain name; the twin would only be dropped again.
            "METRICS__LEGACY_NAMES_ON": "False",
        }
    )
    return {f"AIRFLOW__{key}": value for key, value in {**common, **web}.items()}


def airflow_names(folder: str) -> dict[str, str]:
    """Further settings of every Airflow component, so that no DAG id stops it (`windsock-statsd-names`).

    Args:
        folder: holds the package, as the process sees it.
    """
    return {"PYTHONPATH": folder, "AIRFLOW__METRICS__STAT_NAME_HANDLER": HANDLER}


def statsd_exporter(*, mapping: str, udp: str, listen: str) -> list[str]:
    """Arguments of statsd_exporter: StatsD over UDP on `udp`, `/metrics` on `listen`, nothing over TCP."""
    return flags.arguments(mapping=mapping, udp=udp, web=listen)


def windsock(
    *,
    listen: str,
    airflow_url: str,
    airflow_public_url: str,
    slas: str,
    owners: str,
    alerts: str,
    state: str,
    interval_seconds: float = 15,
    time_factor: float = 1,
) -> list[str]:
    """Arguments of `windsock`; the database URL holds a password and comes by WINDSOCK_DATABASE_URL.

    Args:
        listen: `host:port` to answer on.
        airflow_url: where it reaches Airflow's API server.
        airflow_public_url: where a browser reaches it.
        slas: SLA file.
        owners: owners file.
        alerts: settings of the alerts, for the links.
        state: folder that survives a restart.
        interval_seconds: of the fast collection; the slow one takes four times as long.
        time_factor: divides the graces, as it divides the thresholds of the alerts.
    """
    return [
        "serve",
        f"--listen={listen}",
        f"--airflow-url={airflow_url}",
        f"--airflow-public-url={airflow_public_url}",
        f"--sla-file={slas}",
        f"--owners-file={owners}",
        f"--alerts-file={alerts}",
        f"--state-dir={state}",
        f"--fast-interval={interval_seconds:g}s",
        f"--slow-interval={4 * interval_seconds:g}s",
        f"--drop-after={90 / time_factor:.3g}s",
        f"--overdue-grace={60 / time_factor:.3g}s",
    ]


def prometheus(*, config: str, data: str, listen: str, url: str) -> list[str]:
    """Arguments of Prometheus 2.42 or newer."""
    return [
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=15d",
        f"--web.listen-address={listen}",
        f"--web.external-url={url}",
    ]


def alertmanager(*, config: str, data: str, listen: str, url: str) -> list[str]:
    """Arguments of Alertmanager; it is alone, so the port for its peers stays closed."""
    return [
        f"--config.file={config}",
        f"--storage.path={data}",
        f"--web.listen-address={listen}",
        f"--web.external-url={url}",
        "--cluster.listen-address=",
    ]
