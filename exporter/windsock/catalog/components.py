"""Airflow's own processes: are they alive?"""

from __future__ import annotations

from windsock.airflow_versions import since, spans
from windsock.cardinality import Preset
from windsock.metric import Database, Kind, Metric, Process, Unit

SUBJECT = "Components"

HEARTBEAT = Metric(
    name="airflow_component_heartbeat_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("job_type",),
    help="Newest heartbeat of any SchedulerJob, DagProcessorJob or TriggererJob, however old it is.",
    subject=SUBJECT,
    source=Database(tables=("job",)),
)
STOPPED = Metric(
    name="airflow_component_stopped_gracefully",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("job_type",),
    help="1 if the component with the newest heartbeat was shut down in order, 0 if it runs or crashed.",
    subject=SUBJECT,
    source=Database(tables=("job",)),
)
NEWEST = Metric(
    name="airflow_component_newest_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("job_type", "hostname", "state"),
    help="Host and state of the component with the newest heartbeat; a crash leaves the state running.",
    subject=SUBJECT,
    source=Database(tables=("job",)),
)
HOST_HEARTBEAT = Metric(
    name="airflow_component_host_heartbeat_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("job_type", "hostname"),
    help="Newest heartbeat by host, for an hour after the last; the 100 newest.",
    subject=SUBJECT,
    source=Database(tables=("job",), least=Preset.DEFAULT),
)
STARTS = Metric(
    name="airflow_component_starts_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("job_type",),
    help="Components that have started; one that starts and falls silent while nobody looks is missed.",
    subject=SUBJECT,
    source=Database(tables=("job",)),
)
ALIVE = Metric(
    name="airflow_components_alive",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("job_type",),
    help="Components of this type whose heartbeat is younger than 30 seconds.",
    subject=SUBJECT,
    source=Database(tables=("job",)),
)
API_SERVER_UP = Metric(
    name="airflow_api_server_up",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if the API server (3.x) or web server (2.x) at --airflow-url answered the last probe.",
    subject=SUBJECT,
    source=Process(origin="HTTP probe of --airflow-url"),
)
API_SERVER_RESPONSE = Metric(
    name="airflow_api_server_response_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    help="How long the API server or web server took to answer the last successful probe.",
    subject=SUBJECT,
    source=Process(origin="HTTP probe of --airflow-url"),
)

EDGE_WORKERS = Metric(
    name="airflow_edge_workers",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state", "queues"),
    help="Workers of the edge3 provider by state and queues (sorted, empty for all queues); one that has been"
    " silent for ten minutes is `unknown`, whatever it said last.",
    subject=SUBJECT,
    source=Database(tables=("edge_worker",), versions=f"{spans(since('2.10'))} with edge3"),
)

EDGE_JOBS = Metric(
    name="airflow_edge_jobs",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state", "queue"),
    help="Jobs of the edge3 provider by state and queue; those that are done stay for some minutes.",
    subject=SUBJECT,
    source=Database(tables=("edge_job",), versions=f"{spans(since('2.10'))} with edge3"),
)
EDGE_JOB_OLDEST = Metric(
    name="airflow_edge_job_oldest_queued_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("queue",),
    help="When the edge job that has waited longest for a worker was queued; absent while none waits.",
    subject=SUBJECT,
    source=Database(tables=("edge_job",), versions=f"{spans(since('2.10'))} with edge3"),
)

METRICS = (
    HEARTBEAT,
    STOPPED,
    NEWEST,
    HOST_HEARTBEAT,
    STARTS,
    ALIVE,
    API_SERVER_UP,
    API_SERVER_RESPONSE,
    EDGE_WORKERS,
    EDGE_JOBS,
    EDGE_JOB_OLDEST,
)
