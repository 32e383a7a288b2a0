"""Platform: does Airflow itself work, and can the monitoring be believed?"""

from __future__ import annotations

from windsock.catalog import components, dags, metadb
from windsock.catalog.statsd import dagruns, parsing, scheduler, tasks
from windsock_dashboards import alerts, monitoring, words
from windsock_dashboards.links import PLATFORM
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Board, Panel, Query, Row, Series, Shown, Stat, Timeline
from windsock_dashboards.thirdparty import UP


def board(scope: Scope) -> Board:
    """Components, scheduler, parsing, metadata database, and the monitoring itself."""
    return Board(
        uid=PLATFORM,
        title="Platform",
        description="Is Airflow itself alive and fast, and can the monitoring be believed?",
        choices=(),
        rows=(
            Row("head", "", _head(scope)),
            Row("components", "Components", _components(scope)),
            Row("scheduler", "Scheduler", _scheduler(scope)),
            Row("files", "DAG files", _files(scope)),
            Row("database", "Metadata database and exporter", monitoring.exporter(scope)),
            Row("monitoring", "StatsD, Prometheus, Alertmanager", monitoring.pipeline(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="heartbeat",
            title="How long ago did each component report?",
            description="Age of the newest heartbeat per component; a healthy one reports every few seconds.",
            queries=(Query(scope.age(components.HEARTBEAT, "job_type"), "{{job_type}} " + scope.legend),),
            unit=Shown.AGE,
            width=9,
            steps=words.HEARTBEAT_AGE,
            sparkline=False,
            decimals=0,
            empty="no component seen",
        ),
        Stat(
            key="api-server",
            title="API server?",
            description=(
                "Probe of --airflow-url: API server (3.x), where tasks report to, or web server (2.x)."
            ),
            queries=(Query(f"min({scope.max(components.API_SERVER_UP)})"),),
            unit=components.API_SERVER_UP,
            width=3,
            meanings=words.ANSWERS,
            sparkline=False,
            empty="not probed",
        ),
        Stat(
            key="metadb",
            title="Database?",
            description="Whether the metadata database answered the exporter's last cycle.",
            queries=(Query(f"min({scope.max(metadb.METADB_UP)})"),),
            unit=metadb.METADB_UP,
            width=3,
            meanings=words.ANSWERS,
            sparkline=False,
            empty="no exporter",
        ),
        Stat(
            key="exporter",
            title="Age of figures?",
            description=(
                "Age of the exporter's snapshot. Above two minutes it hangs, whatever the panels say."
            ),
            queries=(Query(f"max({scope.age(metadb.SNAPSHOT)})"),),
            unit=Shown.AGE,
            width=3,
            steps=words.FRESHNESS,
            sparkline=False,
            decimals=0,
            empty="no exporter",
        ),
        Stat(
            key="targets",
            title="Targets down?",
            description="Scrape jobs that carry the Airflow label and of which no target answers.",
            queries=(Query(f"sum(1 - {scope.max(UP, 'job')})"),),
            unit=Shown.NUMBER,
            width=3,
            steps=words.BAD_FROM_ONE,
            empty="no target",
        ),
        alerts.count(scope, width=3),
    )


def _components(scope: Scope) -> tuple[Panel, ...]:
    silent = f"({scope.age(components.HEARTBEAT, 'job_type')} > bool 45)"
    refuses = f"1 - {scope.max(components.API_SERVER_UP)}"
    return (
        Timeline(
            key="silent",
            width=8,
            title="Which component was silent, and when?",
            description=(
                "No heartbeat for 45 seconds, or no answer to the probe of the API server. Gap: no data."
            ),
            queries=(
                Query(silent, "{{job_type}} " + scope.legend),
                Query(refuses, "API server " + scope.legend),
            ),
            unit=Shown.NUMBER,
            meanings=words.SILENT,
        ),
        Series(
            key="alive",
            width=8,
            title="How many of each component are alive?",
            description=(
                "Components with a heartbeat younger than 30 seconds. A step down is a restart or a crash."
            ),
            queries=(Query(scope.max(components.ALIVE, "job_type"), "{{job_type}} " + scope.legend),),
            unit=components.ALIVE,
            decimals=0,
        ),
        Series(
            key="api-response",
            width=8,
            title="How fast does the API server answer?",
            description=(
                "Time of the last successful probe. It rises before tasks start to lose their connection."
            ),
            queries=(Query(scope.max(components.API_SERVER_RESPONSE), scope.legend),),
            unit=components.API_SERVER_RESPONSE,
        ),
    )


def _scheduler(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    lost = scope.events(
        orphans_adopted_or_cleared=scheduler.ORPHANED_TASKS,
        killed_from_outside=scheduler.TASKS_KILLED_EXTERNALLY,
        lost_their_heartbeat=tasks.HEARTBEATS_LOST,
        schedulers_found_dead=scheduler.SCHEDULERS_FOUND_DEAD,
    )
    return (
        Series(
            key="loop",
            title="How long does one pass of the scheduler take?",
            description=(
                "Main loop, all schedulers together. p95 above some seconds: too many DAG runs, slow "
                "database."
            ),
            queries=(
                Query(scope.quantile(0.5, scheduler.SCHEDULER_LOOP), f"p50 {airflow}"),
                Query(scope.quantile(0.95, scheduler.SCHEDULER_LOOP), f"p95 {airflow}"),
            ),
            unit=scheduler.SCHEDULER_LOOP,
        ),
        Series(
            key="critical-section",
            title="How long is the scheduler's critical section?",
            description=(
                "Where tasks are queued; one scheduler at a time. Near the loop's time: more of them "
                "do not help."
            ),
            queries=(
                Query(scope.quantile(0.5, scheduler.CRITICAL_SECTION), f"p50 {airflow}"),
                Query(scope.quantile(0.95, scheduler.CRITICAL_SECTION), f"p95 {airflow}"),
            ),
            unit=scheduler.CRITICAL_SECTION,
        ),
        Series(
            key="delay",
            title="How late do scheduled runs begin?",
            description=(
                "From due time to the start of the run. Backfills may count, so it shows quantiles, no mean."
            ),
            queries=(
                Query(scope.quantile(0.5, dagruns.SCHEDULE_DELAY), f"p50 {airflow}"),
                Query(scope.quantile(0.95, dagruns.SCHEDULE_DELAY), f"p95 {airflow}"),
            ),
            unit=dagruns.SCHEDULE_DELAY,
        ),
        Series(
            key="candidates",
            title="Does the scheduler find tasks that it cannot place?",
            description="Ready for the queue, and of these without a slot in their pool, in the last loop.",
            queries=(
                Query(scope.max(scheduler.TASKS_EXECUTABLE), f"ready {airflow}"),
                Query(scope.max(scheduler.TASKS_STARVING), f"starving {airflow}"),
            ),
            unit=scheduler.TASKS_EXECUTABLE,
            decimals=0,
        ),
        Series(
            key="heartbeats",
            title="Do heartbeats reach StatsD?",
            description=(
                "Heartbeats per second by component. Here missing but in the database fresh: the StatsD path."
            ),
            queries=(Query(scope.rate(scheduler.HEARTBEATS, "component"), "{{component}} " + airflow),),
            unit=Shown.PER_SECOND,
        ),
        Series(
            key="lost",
            title="What got lost between scheduler and workers?",
            description=(
                "Tasks taken over from dead schedulers, killed from outside or without heartbeat, per minute."
            ),
            queries=(Query(lost, "{{event}} " + airflow),),
            unit=Shown.PER_MINUTE,
        ),
    )


def _files(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    slowest = scope.quantile(0.95, parsing.FILE_DURATION, "bundle_name", "file_name")
    return (
        Series(
            key="parse-pass",
            title="How long does a pass over all DAG files take?",
            description="A change of a DAG file takes about this long to be seen.",
            queries=(Query(scope.max(parsing.TOTAL_PARSE_TIME), airflow),),
            unit=parsing.TOTAL_PARSE_TIME,
        ),
        Series(
            key="parse-file",
            title="Which DAG files are slow to parse?",
            description=(
                "p95 per file, the ten slowest. Network, database or heavy imports at the top level of "
                "a file."
            ),
            queries=(Query(f"topk(10, {slowest})", "{{bundle_name}} {{file_name}} " + airflow),),
            unit=parsing.FILE_DURATION,
        ),
        Series(
            key="parse-queue",
            title="Do DAG files wait to be parsed?",
            description=(
                "Files in the DAG processor's queue; one that never empties needs more parsing processes."
            ),
            queries=(Query(scope.max(parsing.FILE_QUEUE_SIZE), airflow),),
            unit=parsing.FILE_QUEUE_SIZE,
            decimals=0,
        ),
        Series(
            key="parse-age",
            title="Which DAG files were not parsed for long?",
            description=(
                "Time since the last parse, the ten oldest files. Rising without end: the processor skips it."
            ),
            queries=(
                Query(
                    f"topk(10, {scope.max(parsing.LAST_RUN_AGE, 'bundle_name', 'file_name')})",
                    "{{bundle_name}} {{file_name}} " + airflow,
                ),
            ),
            unit=parsing.LAST_RUN_AGE,
        ),
        Series(
            key="import-errors",
            title="How many DAG files are broken?",
            description=(
                "Files that Airflow cannot import. Many at once: a missing package or a bad deployment."
            ),
            queries=(Query(scope.max(dags.IMPORT_ERRORS), scope.legend),),
            unit=dags.IMPORT_ERRORS,
            decimals=0,
        ),
        Series(
            key="dags",
            title="Did DAGs vanish or get paused?",
            description=(
                "DAGs by state. Active ones turning stale together: files were lost or are not parsed."
            ),
            queries=(Query(scope.max(dags.DAGS, "state"), "{{state}} " + airflow),),
            unit=dags.DAGS,
            colors=words.DAG_STATES,
            decimals=0,
        ),
    )
