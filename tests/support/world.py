"""A made-up Airflow in trouble, as the series that Prometheus would hold: something of every metric.

`samples(at, now)` is what a scrape at `at` sees of a story that ends `now`, so it serves a live page and
a history alike. What the story does not name gets plausible values by its labels and unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from windsock.catalog import METRICS, components, dags, metadb, sla, tasks
from windsock.metric import Kind, Metric, Statsd, Unit

HOUR = 3600.0
Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series, without the labels that the scrape adds."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Dag:
    """A DAG of the story; hours are before `now`."""

    dag_id: str
    team: str
    owners: str
    schedule: str
    succeeded: float
    failed: float | None = None
    failures: int = 0
    overdue: float = 0.0
    paused: bool = False
    blocked: str = ""
    has_info: bool = True


@dataclass(frozen=True, slots=True)
class Sla:
    """An SLA of the story: the deadline is so many hours before (negative: after) `now`."""

    dag_id: str
    sla: str
    kind: str
    team: str
    severity: str
    text: str
    deadline: float
    cause: str = ""
    known: bool = True


DAGS = (
    Dag("shop_orders", "commerce", "commerce", "*/10 * * * *", succeeded=0.1),
    Dag("finance_daily", "finance", "finance", "0 4 * * *", succeeded=25.2),
    Dag("marketing_sync", "marketing", "marketing", "*/15 * * * *", succeeded=2.2, failed=0.05, failures=8),
    Dag("ml_training", "default", "ml", "0 * * * *", succeeded=9.5, overdue=3.6, blocked="max_active_runs"),
    Dag("crm_export", "commerce", "commerce", "0 2 * * *", succeeded=29.2, paused=True, blocked="paused"),
    Dag("dwh_load", "finance", "bi,finance", "*/30 * * * *", succeeded=1.9, overdue=0.9),
    Dag("cfo_report", "finance", "finance", "0 5 * * *", succeeded=23.9),
    Dag("ads_hourly", "marketing", "marketing", "0 * * * *", succeeded=0.6, failed=0.3, failures=1),
    Dag("just_deployed", "", "", "", succeeded=1.0, overdue=0.4, has_info=False),
    Dag("windsock_canary", "data-platform", "data-platform", "*/5 * * * *", succeeded=0.03),
)
SLAS = (
    Sla(
        "finance_daily", "finish_by", "finish_by", "finance", "page", "06:30 Europe/Berlin", 1.3, "pool_full"
    ),
    Sla("crm_export", "max_age", "max_age", "commerce", "page", "26h after the last success", 3.2, "paused"),
    Sla(
        "marketing_sync",
        "fresh",
        "max_age",
        "marketing",
        "ticket",
        "2h after the last success",
        0.4,
        "failed",
    ),
    Sla("shop_orders", "max_age", "max_age", "commerce", "page", "1h after the last success", -0.9),
    Sla("cfo_report", "board", "finish_by", "finance", "page", "09:00 Europe/Berlin", -0.7),
    Sla("dwh_load", "max_age", "max_age", "finance", "ticket", "4h after the last success", -2.1),
    Sla(
        "ads_hourly",
        "max_age",
        "max_age",
        "marketing",
        "ticket",
        "3h after the last success",
        -2.4,
        known=False,
    ),
)
POOLS = {"default_pool": (128.0, 57.0, 0.0), "dwh": (16.0, 16.0, 34.0), "api": (8.0, 6.0, 0.0)}
QUEUES = ("default", "heavy")
RISKY_HOURS = 1.0  # this long before its deadline an SLA that is kept is at risk
STUCK_HOURS = 0.24  # since when the queue `heavy` starts nothing
SCHEDULER_DOWN = (2.6, 2.45)
COMPONENTS = {"SchedulerJob": 2, "DagProcessorJob": 1, "TriggererJob": 1}


def samples(at: float, now: float) -> list[Sample]:
    """Every series of the story at one moment."""
    told = [*_components(at, now), *_dags(at, now), *_slas(at, now), *_tasks(at, now), *_exporter(at, now)]
    names = {sample.name for sample in told}
    for metric in METRICS:
        if metric.name not in names:
            told.extend(_plausible(metric, at))
    return told


def _s(metric: Metric, value: float, **labels: str) -> Sample:
    assert set(labels) == set(metric.labels), (metric.name, labels)
    return Sample(metric.name, labels, value)


def _components(at: float, now: float) -> Iterator[Sample]:
    ago = (now - at) / HOUR
    down = SCHEDULER_DOWN[0] > ago > SCHEDULER_DOWN[1]
    for job_type, count in COMPONENTS.items():
        dead = down and job_type == "SchedulerJob"
        beat = now - SCHEDULER_DOWN[0] * HOUR if dead else at - 2 - at % 5
        yield _s(components.HEARTBEAT, beat, job_type=job_type)
        yield _s(components.STOPPED, 0.0, job_type=job_type)
        yield _s(components.ALIVE, 0.0 if dead else float(count), job_type=job_type)
    yield _s(components.API_SERVER_UP, 1.0)
    yield _s(components.API_SERVER_RESPONSE, 0.04 + 0.02 * _wave(at, 1100))


def _dags(at: float, now: float) -> Iterator[Sample]:
    ago = (now - at) / HOUR
    states = {"active": 8.0, "paused": 1.0, "stale": 2.0, "import_error": 1.0}
    yield from (_s(dags.DAGS, value, state=state) for state, value in states.items())
    for dag in DAGS:
        key = {"dag_id": dag.dag_id}
        if dag.has_info:
            about = {"owners": dag.owners, "team": dag.team, "schedule": dag.schedule, "airflow_team": ""}
            yield _s(dags.DAG_INFO, 1.0, **key, **about, tags="", bundle="main", folder=dag.team)
        yield _s(dags.DAG_PAUSED, float(dag.paused), **key)
        running = (
            1.0 if dag.overdue or dag.dag_id == "finance_daily" else round(_wave(at, 900 + len(dag.dag_id)))
        )
        yield _s(dags.DAG_RUNS, running, **key, state="running")
        yield _s(dags.DAG_RUNS, 3.0 if dag.dag_id == "dwh_load" else 0.0, **key, state="queued")
        if running:
            age = (dag.overdue or 0.2) * HOUR
            yield _s(dags.DAG_RUNS_OLDEST_AGE, max(60.0, age - ago * HOUR), **key, state="running")
        yield _s(dags.LAST_SUCCESS, min(now - dag.succeeded * HOUR, at - 60), **key)
        broken = dag.failed is not None and ago < dag.succeeded
        if dag.failed is not None:
            yield _s(dags.LAST_FAILURE, min(now - dag.failed * HOUR, at - 30), **key)
        yield _s(dags.LAST_FINISHED_SUCCESS, 0.0 if broken else 1.0, **key)
        failures = math.ceil(dag.failures * (1 - ago / dag.succeeded)) if broken else 0
        yield _s(dags.CONSECUTIVE_FAILURES, float(failures), **key)
        if not dag.paused:
            yield _s(dags.NEXT_RUN, now + 0.15 * HOUR * len(dag.dag_id) / 10 - dag.overdue * HOUR, **key)
        yield _s(dags.OVERDUE, max(0.0, (dag.overdue - ago) * HOUR), **key)
        for reason in ("paused", "import_error", "max_active_runs"):
            yield _s(dags.BLOCKED, float(dag.blocked == reason), **key, reason=reason)
    yield _s(dags.IMPORT_ERRORS, 1.0 if ago < 0.8 else 0.0)
    if ago < 0.8:
        since = now - 0.8 * HOUR
        file = "finance/new_report.py"
        yield _s(dags.IMPORT_ERROR_FIRST_SEEN, since, bundle="dags-folder", file=file, team="finance")


def _slas(at: float, now: float) -> Iterator[Sample]:
    for one in SLAS:
        key = {"sla": one.sla, "dag_id": one.dag_id}
        deadline = now - one.deadline * HOUR
        about = {"kind": one.kind, "team": one.team, "severity": one.severity, "deadline_text": one.text}
        yield _s(sla.SLA_INFO, 1.0, **key, **about, at_risk_severity="ticket", tier="", runbook="")
        yield _s(sla.SLA_DEADLINE, deadline, **key)
        if not one.known:
            continue
        breached = at > deadline
        yield _s(sla.SLA_BREACHED, float(breached), **key)
        yield _s(sla.SLA_LATE, max(0.0, at - deadline), **key)
        risky = at > deadline - RISKY_HOURS * HOUR and not breached
        yield _s(sla.SLA_AT_RISK, float(risky), **key)
        yield _s(sla.SLA_RECENT, 20.0, **key)
        yield _s(sla.SLA_RECENT_MET, 17.0 if one.cause else 20.0, **key)
        yield _s(sla.SLA_BUDGET, -50.0 if one.cause == "paused" else 25.0 if one.cause else 100.0, **key)
        yield _s(sla.SLA_MISSED, 40.0 + breached if one.cause else 0.0, **key)
        if breached or risky:
            cause = one.cause or "running_long"
            yield _s(sla.SLA_CAUSE, 1.0, **key, cause=cause)
            pool = "dwh" if cause == "pool_full" else ""
            about = {"cause": cause, "run_id": "", "task_id": "load_gl", "pool": pool, "queue": ""}
            yield _s(sla.SLA_EVIDENCE, 1.0, **key, **about)
        if risky:
            yield _s(sla.SLA_PREDICTED, deadline + 0.4 * HOUR, **key)
            yield _s(sla.SLA_MISS_PERCENT, 83.0, **key)
    yield _s(sla.SLA_DAG_MISSING, 1.0, sla="max_age", dag_id="nightly_*")


def _tasks(at: float, now: float) -> Iterator[Sample]:
    ago = (now - at) / HOUR
    stuck = max(0.0, STUCK_HOURS - ago) * HOUR
    for queue in QUEUES:
        heavy = queue == "heavy"
        waits = stuck if heavy else 8 + 6 * _wave(at, 700)
        yield _s(tasks.QUEUE_OLDEST_AGE, waits, queue=queue, state="queued")
        yield _s(tasks.QUEUE_OLDEST_AGE, 20 + 30 * _wave(at, 1300), queue=queue, state="scheduled")
        yield _s(tasks.QUEUE_LAST_START, at - (stuck if heavy and stuck else 4), queue=queue)
        for pool, (_, used, wanted) in POOLS.items():
            share = 0.2 if heavy else 0.8
            swing = 0.6 + 0.4 * _wave(at, 2600)
            values = {
                "running": used * share * swing,
                "queued": stuck / 20 if heavy else 2.0,
                "scheduled": wanted * share,
            }
            for state, value in {**values, "deferred": 3.0, "up_for_retry": 1.0}.items():
                yield _s(tasks.TASK_INSTANCES, float(round(value)), state=state, pool=pool, queue=queue)
    for pool, (limit, used, wanted) in POOLS.items():
        full = used == limit
        yield _s(tasks.POOL_LIMIT, limit, pool=pool)
        yield _s(
            tasks.POOL_OCCUPIED,
            used if full and ago < 2 else round(used * (0.6 + 0.4 * _wave(at, 2600))),
            pool=pool,
        )
        yield _s(tasks.POOL_DEMANDED, round(wanted * max(0.0, 1 - ago / 2)), pool=pool)
    yield _s(tasks.TASK_INSTANCES_WAITING, 212.0 + round(60 * _wave(at, 3000)))


def _exporter(at: float, now: float) -> Iterator[Sample]:
    yield _s(metadb.METADB_UP, 1.0)
    yield _s(
        metadb.METADB_INFO,
        1.0,
        revision="a1b2c3d4e5f6",
        airflow_version_min="3.3.0",
        airflow_version_max="3.3.2",
        dialect="postgresql",
        server_version="15.8",
        tested="true",
    )
    yield _s(metadb.CLOCK_SKEW, 0.12)
    yield _s(metadb.SNAPSHOT, at - 3)
    yield _s(metadb.BUILD_INFO, 1.0, version="0.1.0", python_version="3.11.2")
    for index, collector in enumerate(("components", "dags", "imports", "pools", "runs", "slas", "tasks")):
        failing = collector == "imports" and 1.2 > (now - at) / HOUR > 1.0
        yield _s(metadb.COLLECTOR_SUCCESS, float(not failing), collector=collector)
        yield _s(metadb.COLLECTOR_DURATION, 0.002 * (1 + index) * (1 + _wave(at, 800)), collector=collector)
        yield _s(metadb.COLLECTOR_ROWS, float(10 ** (index % 4)), collector=collector)
        yield _s(metadb.COLLECTOR_LAST_SUCCESS, at - 5, collector=collector)
    yield _s(metadb.COLLECTOR_DISABLED, 1.0, collector="imports", reason="setting")


_RARE = ("fail", "error", "killed", "unknown", "timeout", "orphan", "dead", "lost")
_VALUES: dict[str, tuple[str, ...]] = {
    "dag_id": tuple(dag.dag_id for dag in DAGS),
    "task_id": ("extract", "load"),
    "state": ("success", "failed", "up_for_retry"),
    "run_type": ("scheduled",),
    "component": ("scheduler", "triggerer", "dag_processor"),
    "bundle_name": ("dags-folder",),
    "file_name": ("finance", "marketing", "ml", "shop"),
    "file_path": ("dags.py",),
    "hostname": ("triggerer-0",),
    "executor_class_name": ("CeleryExecutor",),
    "operator_name": ("BashOperator", "PythonOperator"),
    "pool": tuple(POOLS),
    "pool_name": tuple(POOLS),
    "queue": QUEUES,
    "action": ("adopted", "cleared"),
    "operator": ("BashOperator", "PythonOperator", "ExternalTaskSensor", "KubernetesPodOperator"),
    "isolation": ("shared", "isolated"),
    "minute": tuple(f"{minute:02}" for minute in range(0, 60, 5)),
    "job_type": ("SchedulerJob", "TriggererJob"),
    "table": ("task_instance", "xcom", "log", "dag_run", "job"),
    "bundle": ("main", "finance"),
    "folder": ("finance", "shop"),
    "triggerer": ("alive", "dead", "none"),
    "asset": ("s3://lake/orders", "s3://lake/prices"),
    "warning_type": ("non-existent pool", "asset conflict"),
    "event": ("clear", "trigger", "paused"),
    "triggered_by": ("timetable", "rest_api"),
    "result": ("success", "failed", "reaped"),
    "statistic": ("p50", "p95"),
    "task_type": ("BashOperator", "PythonOperator"),
    "type": ("dag_processor", "triggerer"),
}


def _plausible(metric: Metric, at: float) -> Iterable[Sample]:
    """Values for a metric that the story leaves alone, by its labels and its unit."""
    for index, labels in enumerate(_combinations(metric.labels)):
        if metric.kind is Kind.COUNTER:
            rare = any(word in metric.name for word in _RARE) or labels.get("state") == "failed"
            yield Sample(
                metric.name, labels, float(int((0.0005 if rare else 0.05) * (1 + index % 5) * (at % 1e7)))
            )
        elif metric.kind is Kind.HISTOGRAM:
            yield from _histogram(metric.name, labels, at, slow=1 + index % 4)
        else:
            yield Sample(metric.name, labels, _gauge(metric.unit, at, index))


def _gauge(unit: Unit, at: float, index: int) -> float:
    match unit:
        case Unit.TIMESTAMP:
            return at - 60
        case Unit.BOOLEAN | Unit.INFO:
            return 1.0
        case Unit.SECONDS:
            return (1 + index % 4) * (1 + 0.3 * _wave(at, 900))
        case Unit.BYTES:
            return 1e8
        case _:
            return float(round((1 + index % 4) * (4 + 2 * _wave(at, 1700))))


def _histogram(name: str, labels: Labels, at: float, *, slow: int) -> Iterator[Sample]:
    count = float(int(0.3 * (at % 1e7)))
    for bound in (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, math.inf):
        share = 1.0 if bound == math.inf else 1 - math.exp(-bound / (0.4 * slow))
        le = "+Inf" if bound == math.inf else str(bound)
        yield Sample(f"{name}_bucket", {**labels, "le": le}, float(int(count * share)))
    yield Sample(f"{name}_sum", labels, count * 0.4 * slow)
    yield Sample(f"{name}_count", labels, count)


def _combinations(names: tuple[str, ...]) -> Iterator[Labels]:
    if not names:
        yield {}
        return
    first, *rest = names
    for value in _VALUES.get(first, ("a",)):
        for others in _combinations(tuple(rest)):
            yield {first: value, **others}


def _wave(at: float, period: float) -> float:
    return 0.5 + 0.5 * math.sin(2 * math.pi * at / period)


_STATSD = {
    f"{metric.name}{end}"
    for metric in METRICS
    if isinstance(metric.source, Statsd)
    for end in ("", "_bucket", "_sum", "_count")
}


def is_statsd(name: str) -> bool:
    """Whether a series comes from statsd_exporter's scrape rather than from the exporter's."""
    return name in _STATSD


def exposition(seen: Iterable[Sample]) -> str:
    """The text that a scrape gets."""
    return "".join(f"{sample.name}{{{_pairs(sample.labels)}}} {sample.value}\n" for sample in seen)


def _pairs(labels: Labels) -> str:
    escaped = ((key, value.replace("\\", r"\\").replace('"', r"\"")) for key, value in labels.items())
    return ",".join(f'{key}="{value}"' for key, value in escaped)
