"""What the exporter of an Airflow in trouble shows: each trouble is known by the alert that it sets off.

Troubles come and go at given seconds; several at once are laid over each other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demo.stack import ports
from windsock.catalog import components, dags, metadb, sla, tasks
from windsock.metric import Database, Metric

Key = tuple[Metric, tuple[tuple[str, str], ...]]
Series = dict[Key, float]
# The database's figures stay for a while after it is gone.
STALE_AFTER = 4.0
DAG = "finance_daily"
CANARY = "windsock_canary"
_OTHERS = ("other_1", "other_2", "other_3")
_SLA = {"sla": "morning", "dag_id": DAG}
# In the first seconds of a breach the cause is another than later.
_FIRST_CAUSE = 8.0


@dataclass(frozen=True)
class Story:
    """What one Airflow goes through.

    Attributes:
        troubles: alert (a component behind a slash where it has several) to the seconds after the start
            between which its problem lasts.
    """

    troubles: Mapping[str, tuple[float, float]]

    def metrics(self, at: float, now: float) -> Series:
        """All series `at` seconds after the start, which is `now` in seconds since 1970."""
        series = _healthy(now)
        lasting = {name: at - span[0] for name, span in self.troubles.items() if span[0] <= at < span[1]}
        for name, age in lasting.items():
            SHOWN[name](series, age, now)
        if lasting.get("AirflowPlatformSilent/metadata_database", 0) > STALE_AFTER:
            series = {key: value for key, value in series.items() if not isinstance(key[0].source, Database)}
        return {} if "AirflowPlatformSilent/exporter" in lasting else series


def key(metric: Metric, **labels: str) -> Key:
    return metric, tuple(labels.items())


def _healthy(now: float) -> Series:
    info = {**_SLA, "kind": "finish_by", "team": "finance", "severity": "page", "deadline_text": "06:30 UTC"}
    return {
        key(metadb.SNAPSHOT): now,
        key(metadb.METADB_UP): 1,
        key(metadb.METADB_INFO, airflow_version_max="3.3.2"): 1,
        key(components.API_SERVER_UP): 1,
        key(components.HEARTBEAT, job_type="SchedulerJob"): now,
        key(components.HEARTBEAT, job_type="DagProcessorJob"): now,
        key(sla.SLA_INFO, **info): 1,
        key(sla.SLA_LATE, **_SLA): 0,
        key(sla.SLA_BREACHED, **_SLA): 0,
        key(dags.DAG_INFO, dag_id=DAG, team="finance", owners="cfo, finance"): 1,
        key(dags.DAG_INFO, dag_id=CANARY, team="data-platform", owners="airflow"): 1,
        key(dags.SCHEDULED): 1000,
        key(dags.OVERDUE, dag_id=DAG): 0,
        **{key(dags.OVERDUE, dag_id=other): 0 for other in _OTHERS},
        key(dags.LAST_FINISHED_SUCCESS, dag_id=DAG): 1,
        key(dags.LAST_SUCCESS, dag_id=CANARY): now,
        key(tasks.TASK_INSTANCES, state="queued", pool="default_pool", queue="default"): 0,
        key(tasks.QUEUE_LAST_START, queue="default"): now,
    }


def _sla_breached(series: Series, age: float, _now: float) -> None:
    series[key(sla.SLA_LATE, **_SLA)] = age
    series[key(sla.SLA_BREACHED, **_SLA)] = 1
    series[key(sla.SLA_CAUSE, **_SLA, cause="queue" if age < _FIRST_CAUSE else "running_long")] = 1


def _dag_overdue(series: Series, age: float, _now: float) -> None:
    series[key(dags.OVERDUE, dag_id=DAG)] = age


def _many_overdue(series: Series, age: float, _now: float) -> None:
    series.update({key(dags.OVERDUE, dag_id=other): age for other in _OTHERS})


def _last_run_failed(series: Series, _age: float, _now: float) -> None:
    series[key(dags.LAST_FINISHED_SUCCESS, dag_id=DAG)] = 0


def _canary_late(series: Series, age: float, now: float) -> None:
    series[key(dags.LAST_SUCCESS, dag_id=CANARY)] = now - age


def _queue_stuck(series: Series, age: float, now: float) -> None:
    series[key(tasks.TASK_INSTANCES, state="queued", pool="default_pool", queue="default")] = 7
    series[key(tasks.QUEUE_LAST_START, queue="default")] = now - age


def _import_errors(series: Series, age: float, now: float) -> None:
    broken = {"bundle": "dags", "file": "finance/broken.py", "team": "finance"}
    series[key(dags.IMPORT_ERROR_FIRST_SEEN, **broken)] = now - age


def _scheduler_silent(series: Series, age: float, now: float) -> None:
    series[key(components.HEARTBEAT, job_type="SchedulerJob")] = now - age


def _dag_processor_silent(series: Series, age: float, now: float) -> None:
    series[key(components.HEARTBEAT, job_type="DagProcessorJob")] = now - age


def _database_gone(series: Series, _age: float, _now: float) -> None:
    series[key(metadb.METADB_UP)] = 0


def _api_server_down(series: Series, _age: float, _now: float) -> None:
    series[key(components.API_SERVER_UP)] = 0


def _nothing_shown(_series: Series, _age: float, _now: float) -> None:
    """The exporter itself is gone."""


SHOWN: dict[str, Callable[[Series, float, float], None]] = {
    "AirflowSlaBreached": _sla_breached,
    "AirflowDagOverdue": _dag_overdue,
    "AirflowManyDagsOverdue": _many_overdue,
    "AirflowDagLastRunFailed": _last_run_failed,
    "AirflowCanaryLate": _canary_late,
    "AirflowQueueStuck": _queue_stuck,
    "AirflowImportErrors": _import_errors,
    "AirflowSchedulerSilent": _scheduler_silent,
    "AirflowDagProcessorSilent": _dag_processor_silent,
    "AirflowPlatformSilent/metadata_database": _database_gone,
    "AirflowPlatformSilent/api_server": _api_server_down,
    "AirflowPlatformSilent/exporter": _nothing_shown,
}


def exposition(stories: Mapping[str, Story], at: float, now: float) -> str:
    """All stories as one page of metrics; the name of a story is the label `airflow`."""
    lines = []
    for name, story in stories.items():
        for (metric, labels), value in story.metrics(at, now).items():
            text = "".join(f',{label}="{value}"' for label, value in labels)
            lines.append(f'{metric}{{airflow="{name}"{text}}} {value}\n')
    return "".join(lines)


class Exporter:
    """All stories behind one address; they begin with the exporter."""

    def __init__(self, port: int, stories: Mapping[str, Story]) -> None:
        self.began = time.time()
        began = self.began

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                now = time.time()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(exposition(stories, now - began, now).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer((ports.HOST, port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
