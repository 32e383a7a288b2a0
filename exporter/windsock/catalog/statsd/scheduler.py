"""What the scheduler and every other component say about themselves."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_3, since, until
from windsock.catalog.statsd.build import LOOP, PARSE, counter, gauge, timer
from windsock.metric import Stability
from windsock.wire import Line, Timing

SUBJECT = "StatsD: components and scheduler"

# The components that cache serialized DAGs, and since when they say so.
_DAG_BAGS = (("scheduler", since("3.3")), ("api_server", since("3.2")))

HEARTBEATS = counter(
    "airflow_heartbeats_total",
    Line(name="scheduler_heartbeat", fixed={"component": "scheduler"}),
    Line(name="triggerer_heartbeat", fixed={"component": "triggerer"}, versions=since("2.8")),
    Line(name="dag_processor_heartbeat", fixed={"component": "dag_processor"}, versions=AIRFLOW_3),
    labels=("component",),
    help="Heartbeats, one every few seconds from each live scheduler, triggerer and (3.x) DAG processor.",
    subject=SUBJECT,
)
JOBS_STARTED = counter(
    "airflow_jobs_started_total",
    Line(name="job_start"),
    help="Job processes started: on 2.x one per task try and daemon, on 3.x hardly ever sent.",
    subject=SUBJECT,
)
JOBS_ENDED = counter(
    "airflow_jobs_ended_total",
    Line(name="job_end"),
    help="Job processes that ended in order; what was killed is missing here.",
    subject=SUBJECT,
)
JOB_HEARTBEAT_FAILURES = counter(
    "airflow_job_heartbeat_failures_total",
    Line(name="job_heartbeat_failure"),
    help="Heartbeats that a job process could not write to the metadata database.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
SCHEDULERS_FOUND_DEAD = counter(
    "airflow_schedulers_found_dead_total",
    Line(name="schedulerjobrunner_end"),
    help="Schedulers that another scheduler found without heartbeat and marked as failed.",
    subject=SUBJECT,
)
SCHEDULER_LOOP = timer(
    "airflow_scheduler_loop_seconds",
    Line(name="scheduler.scheduler_loop_duration", timing=Timing.TIMER),
    buckets=LOOP,
    help="One pass of the scheduler's main loop.",
    subject=SUBJECT,
)
CRITICAL_SECTION = timer(
    "airflow_scheduler_critical_section_seconds",
    Line(name="scheduler.critical_section_duration", timing=Timing.TIMER),
    buckets=LOOP,
    help="Time in the critical section, which only one scheduler at a time may enter to queue tasks.",
    subject=SUBJECT,
)
CRITICAL_SECTION_QUERY = timer(
    "airflow_scheduler_critical_section_query_seconds",
    Line(name="scheduler.critical_section_query_duration", timing=Timing.TIMER),
    buckets=LOOP,
    help="Time of the query in the critical section that picks the tasks to queue.",
    subject=SUBJECT,
)
CRITICAL_SECTION_BUSY = counter(
    "airflow_scheduler_critical_section_busy_total",
    Line(name="scheduler.critical_section_busy"),
    help="Times a scheduler skipped the critical section because another one held it.",
    subject=SUBJECT,
)
EXECUTOR_HEARTBEAT = timer(
    "airflow_scheduler_executor_heartbeat_seconds",
    Line(
        name="scheduler.executor_heartbeat_duration",
        tags=("executor",),
        versions=("3.3",),
        timing=Timing.TIMER,
    ),
    buckets=LOOP,
    labels=("executor",),
    help="Time the scheduler spent in one heartbeat of an executor.",
    subject=SUBJECT,
)
TASKS_STARVING = gauge(
    "airflow_scheduler_tasks_starving",
    Line(name="scheduler.tasks.starving"),
    ttl="2m",
    help="Task instances that could not be queued in the last loop because their pool had no slot.",
    subject=SUBJECT,
)
TASKS_EXECUTABLE = gauge(
    "airflow_scheduler_tasks_executable",
    Line(name="scheduler.tasks.executable"),
    ttl="2m",
    help="Task instances that the last loop found ready to be queued.",
    subject=SUBJECT,
)
TASKS_KILLED_EXTERNALLY = counter(
    "airflow_scheduler_tasks_killed_externally_total",
    Line(name="scheduler.tasks.killed_externally", tags=("dag_id", "task_id")),
    labels=("dag_id", "task_id"),
    help="Tasks whose executor reported an end that the database did not know: killed from outside.",
    subject=SUBJECT,
)
ORPHANED_TASKS = counter(
    "airflow_scheduler_orphaned_tasks_total",
    Line(name="scheduler.orphaned_tasks.cleared", fixed={"action": "cleared"}),
    Line(name="scheduler.orphaned_tasks.adopted", fixed={"action": "adopted"}),
    labels=("action",),
    help="Tasks of a dead scheduler that a live one took over (adopted) or started again (cleared).",
    subject=SUBJECT,
)
DAG_RUNS_RUNNING = gauge(
    "airflow_scheduler_dag_runs_running",
    Line(name="scheduler.dagruns.running", versions=since("3.2")),
    ttl="2m",
    help="DAG runs in state running, as the scheduler last counted them.",
    subject=SUBJECT,
)
DAG_BAG_LOOKUPS = counter(
    "airflow_dag_bag_lookups_total",
    *(
        Line(
            name=f"{component}.dag_bag.cache_{result}",
            fixed={"component": component, "result": result},
            versions=versions,
        )
        for component, versions in _DAG_BAGS
        for result in ("hit", "miss")
    ),
    labels=("component", "result"),
    help="Lookups of a serialized DAG in the component's cache.",
    subject=SUBJECT,
)
DAG_BAG_CLEARS = counter(
    "airflow_dag_bag_clears_total",
    *(
        Line(name=f"{component}.dag_bag.cache_clear", fixed={"component": component}, versions=versions)
        for component, versions in _DAG_BAGS
    ),
    labels=("component",),
    help="Times the component's cache of serialized DAGs was emptied.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
DAG_BAG_SIZE = gauge(
    "airflow_dag_bag_cached_dags",
    *(
        Line(name=f"{component}.dag_bag.cache_size", fixed={"component": component}, versions=versions)
        for component, versions in _DAG_BAGS
    ),
    ttl="1h",
    labels=("component",),
    help="Serialized DAGs in the component's cache; Airflow sends one change in ten.",
    subject=SUBJECT,
)


SERIALIZERS_LOADED = timer(
    "airflow_serializers_load_seconds",
    Line(name="serde.load_serializers", timing=Timing.TIMER),
    buckets=LOOP,
    help="Time a process took at its start to load the serializers.",
    subject=SUBJECT,
)
FILESYSTEMS_LOADED = timer(
    "airflow_filesystems_load_seconds",
    Line(name="airflow.io.load_filesystems", versions=since("2.8"), timing=Timing.TIMER),
    buckets=LOOP,
    help="Time a process took to load the file systems behind ObjectStoragePath.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
DB_DAGS_COLLECTED = timer(
    "airflow_collect_db_dags_seconds",
    Line(name="collect_db_dags", versions=until("3.0"), timing=Timing.TIMER),
    buckets=PARSE,
    help="Time to load every serialized DAG from the metadata database.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)

METRICS = (
    HEARTBEATS,
    JOBS_STARTED,
    JOBS_ENDED,
    JOB_HEARTBEAT_FAILURES,
    SCHEDULERS_FOUND_DEAD,
    SCHEDULER_LOOP,
    CRITICAL_SECTION,
    CRITICAL_SECTION_QUERY,
    CRITICAL_SECTION_BUSY,
    EXECUTOR_HEARTBEAT,
    TASKS_STARVING,
    TASKS_EXECUTABLE,
    TASKS_KILLED_EXTERNALLY,
    ORPHANED_TASKS,
    DAG_RUNS_RUNNING,
    DAG_BAG_LOOKUPS,
    DAG_BAG_CLEARS,
    DAG_BAG_SIZE,
    SERIALIZERS_LOADED,
    FILESYSTEMS_LOADED,
    DB_DAGS_COLLECTED,
)
