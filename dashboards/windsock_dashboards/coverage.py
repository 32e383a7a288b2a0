"""What other public dashboards for Airflow show, and where it is here, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windsock_dashboards.shapes.mistakes import no_such
from windsock_dashboards.shapes.spec import Board

_HEAD = """# What the dashboards cover

Every panel that is known from public dashboards for Airflow, and what people have asked for: where it is
here, or why it is not. Made from `dashboards/windsock_dashboards/coverage.py`, which fails on panels that do
not exist; [dashboards.md](dashboards.md) describes the dashboards.
"""


@dataclass(frozen=True, slots=True)
class Public:
    """A panel of others.

    Attributes:
        shows: what it shows.
        here: panels as `dashboard/key`, the dashboard without `windsock-`.
        note: what is different, or why there is none.
    """

    shows: str
    here: tuple[str, ...] = ()
    note: str = ""


_KUBERNETES = "your monitoring of Kubernetes has it for every workload; Airflow does not know it"
_REMOTE = "no recording of a real one proves the panel: *Everything* has the metrics"

SUBJECTS: Mapping[str, Sequence[Public]] = {
    "Fleet overview": (
        Public(
            "deployment and health status",
            ("overview/heartbeat", "overview/api-server", "overview/metadb", "overview/alert-count"),
        ),
        Public(
            "heartbeat of scheduler, triggerer, DAG processor",
            ("platform/heartbeat", "platform/silent", "platform/heartbeats"),
            "as age and by time: a raw counter says nothing",
        ),
        Public("successful and failed tasks, totals and rates", ("overview/attempts", "overview/runs")),
        Public("success ratio", ("overview/success-share", "overview/success-ratio")),
        Public("task volume of a day", ("overview/done",), "of the time shown"),
        Public(
            "DAGs total, healthy, unhealthy list", ("overview/dags", "overview/failed", "overview/overdue")
        ),
        Public("active alerts", ("overview/alerts",), "with team, runbook and DAG"),
        Public("size of the DAG bag", ("platform/dags", "platform/dagbag")),
        Public("import errors", ("overview/import-count", "overview/files", "platform/import-errors")),
        Public("SLA misses", ("late/misses", "late/task-slas")),
        Public("top running DAGs, saturated pools", ("overview/busiest", "overview/full-count")),
        Public("worst offenders with owner", ("overview/teams", "overview/overdue", "late/breached")),
    ),
    "Scheduler and parsing": (
        Public(
            "heartbeat per scheduler, unhealthy ones", ("platform/hosts", "platform/alive", "platform/starts")
        ),
        Public("tasks executable, pending, starving", ("platform/candidates", "platform/blocked")),
        Public(
            "schedule delay",
            ("platform/delay", "platform/delay-now", "dag/start-delay"),
            "quantiles, no mean",
        ),
        Public("dependency-check time", ("platform/dependencies",)),
        Public("starts and ends of jobs", ("platform/jobs",)),
        Public("ongoing local task jobs", (), "a difference of two counters, wrong after each restart"),
        Public("total parse time", ("platform/parse-pass",)),
        Public("parse time per DAG file, the slowest", ("platform/parse-file", "delivery/parse-cost")),
        Public(
            "parsing processes",
            ("platform/parse-events",),
            "as rate: Airflow's gauge is a counter that goes down",
        ),
        Public("processor timeouts", ("platform/parse-timeouts",)),
        Public("file queue size", ("platform/parse-queue",)),
        Public("DAG file refresh errors", ("platform/parse-events",)),
        Public("zombies killed", ("platform/lost", "dag/task-events")),
        Public(
            "durations of loop, critical section, executor heartbeat",
            ("platform/loop", "platform/critical-section", "platform/executor-heartbeat"),
        ),
        Public("orphaned tasks adopted or cleared", ("platform/lost", "queues/orphans")),
        Public("timers of the Kubernetes executor", (), _REMOTE),
    ),
    "Executor, queues, pools": (
        Public("open, queued, running slots", ("queues/slots",)),
        Public(
            "pool slots open, used, queued, starving, deferred, scheduled",
            ("queues/pool-table", "queues/pool-states", "queues/pool-statsd", "queues/pool-starving"),
        ),
        Public("queued and running tasks", ("queues/states", "queues/queued-count", "queues/running-count")),
        Public("running and queued per queue", ("queues/queue-table", "queues/queue-running")),
        Public("age of the oldest queued task per queue", ("queues/queue-age", "queues/oldest-queued")),
        Public("quantiles of the wait in the queue", ("queues/queue-wait", "queues/schedule-wait")),
        Public("time to clear the backlog", ("queues/clear",)),
        Public(
            "triggers running, room left, failed, blocked, succeeded",
            ("assets/triggers", "assets/capacity", "assets/trigger-events"),
        ),
        Public(
            "worker count against minimum, evictions",
            ("queues/edge-workers",),
            f"Edge workers; else {_KUBERNETES}",
        ),
        Public("Celery and Kubernetes executor", (), _REMOTE),
    ),
    "DAG": (
        Public("duration of successful and failed runs", ("dag/duration",)),
        Public(
            "duration by quantile",
            ("dag/duration",),
            "from histograms; quantiles of summaries cannot be added",
        ),
        Public("state of the last runs over time", ("dag/history", "dag/last", "dag/streak")),
        Public(
            "progress of a run in percent",
            ("dag/overrun", "dag/slas"),
            "as time against the usual, and likely end",
        ),
        Public("duration of tasks", ("dag/slow-tasks",)),
        Public(
            "task counts by state, pie and series",
            ("dag/task-ends", "dag/task-states"),
            "series: a pie hides change",
        ),
        Public("longest tasks", ("dag/slow-tasks",)),
        Public(
            "failed tasks with a link to the log",
            ("dag/failing-tasks", "dag/last"),
            "the link leads to the run",
        ),
        Public(
            "graph of tasks with states", (), "Airflow's own page of the run, one click away, is that graph"
        ),
        Public("duration against a baseline", ("dag/duration", "dag/overrun", "late/long-runs")),
        Public(
            "time of day of start and end",
            (),
            "the status board's page of the DAG draws it; a series per run is none",
        ),
        Public(
            "schedule against actual, next run, time since success",
            ("dag/schedule", "dag/next", "dag/overdue", "dag/age", "dag/fresh"),
        ),
        Public("retries", ("dag/retries", "practices/retry-share")),
        Public("CPU and memory of tasks", ("dag/cpu", "dag/memory")),
    ),
    "SLA": (
        Public("SLA misses over time, top DAGs and tasks", ("late/misses", "late/task-slas", "late/since")),
        Public("running DAGs at risk", ("late/at-risk", "late/long-runs")),
        Public("delay analysis", ("late/per-cause", "platform/delay")),
        Public(
            "error budgets",
            ("late/budgets", "late/kept"),
            "by deadlines, no burn rate: a daily DAG has no rate",
        ),
        Public("calendar of deadlines", ("late/next", "late/deadlines")),
        Public("list of what is overdue", ("late/breached", "overview/overdue")),
    ),
    "Assets and deferred tasks": (
        Public("asset updates, runs that assets started", ("assets/asset-events", "assets/asset-runs")),
        Public("stale assets", ("assets/stale-assets", "assets/waiting-dags")),
    ),
    "Metadata database and infrastructure": (
        Public("connections, waiting clients", ("metadb/connections", "metadb/connections-share")),
        Public(
            "clients, query time and bytes of PgBouncer",
            (),
            "its own exporter has them; Windsock asks the database",
        ),
        Public("CPU, memory, network, storage of components", (), _KUBERNETES),
        Public("CPU, disk, memory of the database server", (), "its own exporter has them"),
        Public(
            "table sizes, oldest rows", ("metadb/tables", "metadb/size", "metadb/growth", "metadb/oldest")
        ),
        Public(
            "statsd_exporter and exporter about themselves",
            (
                "monitoring/statsd-lines",
                "monitoring/statsd-bad",
                "monitoring/collectors",
                "monitoring/exporter",
            ),
        ),
    ),
    "Business view": (
        Public(
            "runs of the last hour by result, average duration",
            ("overview/runs", "dag/duration"),
            "no average",
        ),
        Public("an owner's own DAGs", ("team/my-dags", "team/slot-hours")),
    ),
    "Logs": (
        Public(
            "log volume, logs by DAG file, retry views",
            (),
            "Windsock reads no logs; each DAG leads to its run",
        ),
    ),
    "What nobody had": (
        Public("state of the last run of each DAG", ("team/my-dags", "dag/history")),
        Public(
            "comparison of several Airflows",
            ("delivery/bundles", "metadb/versions"),
            "and on each board: *Airflow*, All",
        ),
        Public("deployments and alerts on graphs", (), "lines across the graphs of every dashboard"),
        Public("parse age per file or DAG", ("platform/parse-file-age", "delivery/unparsed")),
        Public(
            "share of isolated work, slots held by waiting", ("practices/isolation", "practices/by-operator")
        ),
        Public("load bunched on the hour", ("practices/minutes", "practices/bunched")),
        Public("DAGs without owner", ("practices/unowned",)),
        Public("cost of starting pods and environments", ("practices/start-tax",)),
        Public("questions that wait for people", ("assets/people", "assets/people-age")),
        Public("checks of data, last time green", ("dag/checks",)),
        Public("who starts runs", ("practices/run-types",)),
    ),
}


def render(boards: Sequence[Board]) -> str:
    """The page.

    Raises:
        DashboardError: a panel that does not exist.
    """
    titles = {
        f"{board.uid.removeprefix('windsock-')}/{panel.key}": (board.title, panel.title)
        for board in boards
        for row in board.rows
        for panel in row.panels
    }
    parts = [_HEAD]
    for subject, rows in SUBJECTS.items():
        parts.append(f"## {subject}\n\n| others show | here | note |\n|---|---|---|")
        parts += [f"| {row.shows} | {_here(row, titles)} | {row.note} |" for row in rows]
        parts.append("")
    return "\n".join(parts)


def _here(row: Public, titles: Mapping[str, tuple[str, str]]) -> str:
    found: dict[str, list[str]] = {}
    for place in row.here:
        if place not in titles:
            raise no_such("panel", place, list(titles))
        board, panel = titles[place]
        found.setdefault(board, []).append(panel)
    return "<br>".join(f"*{board}*: {' '.join(panels)}" for board, panels in found.items()) or "–"
