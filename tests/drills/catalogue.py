"""Every drill, in the order of running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from tests.drills import dagfaults, every_alert, faults
from tests.drills.drill import NO_SLAS, USUAL_SLAS, Drill, Expected, page, ticket
from tests.drills.ground import Ground
from tests.e2e.loop import Loop

BREACHED = "AirflowSlaBreached"
_Fault = Callable[[Loop], AbstractContextManager[None]]


def both(*each: _Fault) -> _Fault:
    """Several faults, one after the other; they heal in the order of their beginning."""

    @contextmanager
    def fault(loop: Loop) -> Iterator[None]:
        with ExitStack() as begun:
            for one in reversed(each):
                begun.enter_context(one(loop))
            yield

    return fault


@contextmanager
def packets_blocked(loop: Loop) -> Iterator[None]:
    """Between Airflow and statsd_exporter every packet is lost."""
    assert isinstance(loop, Ground)
    port, loop.relay.target = loop.relay.target, None
    loop.note("StatsD packets are dropped")
    yield
    loop.relay.target = port
    loop.note("StatsD packets arrive again")


@contextmanager
def late_while_prometheus_restarts(loop: Loop) -> Iterator[None]:
    """An SLA page is open when Prometheus ends and begins again."""
    with dagfaults.told(loop, "finance_close", "wait"):
        loop.until("a page", loop.open_pages)
        prometheus = loop.stack.services["prometheus"]
        prometheus.stop(grace=20)
        loop.stack.start_services("prometheus")
        loop.note("Prometheus restarted")
        yield


def _late(name: str, what: str, fault: _Fault, *words: str, hold: str = "sla_breached", **more: Any) -> Drill:
    """A drill after which an SLA of a finance DAG is missed."""
    known = {"deadline_of": "finance_close", **more}
    return Drill(
        name=name, what=what, fault=fault, expects=page(BREACHED, "finance", *words), hold=hold, **known
    )


_LEDGER = "slas:\n- {dag: finance_ledger, name: ledger, max_age: 30s}\n"
# Sooner than the next run is due: without catch-up Airflow forgets then that this one was.
_INTAKE = "slas:\n- {dag: commerce_intake, name: intake, max_start_delay: 6s}\n"
_PROMISE = "airflow_slas: page\nslas: []\n"
_RETRY = "slas:\n- {dag: finance_retry, name: retry, max_age: 60s}\n"

DRILLS = (
    # What Airflow runs on.
    Drill(
        name="scheduler-killed",
        what="scheduler killed",
        fault=lambda loop: faults.killed(loop, "scheduler"),
        expects=page("AirflowSchedulerDown", "data-platform", "crashed or killed"),
    ),
    Drill(
        name="scheduler-stopped",
        what="scheduler stopped in order",
        fault=lambda loop: faults.stopped(loop, "scheduler"),
        expects=page("AirflowSchedulerDown", "data-platform", "stopped in order"),
        hold="component_stopped",
    ),
    Drill(
        name="scheduler-stuck",
        what="scheduler alive but stuck (its processes are stopped)",
        fault=lambda loop: faults.frozen(loop, "scheduler"),
        expects=page("AirflowSchedulerDown"),
    ),
    Drill(
        name="dag-processor-killed",
        what="DAG processor killed",
        fault=lambda loop: faults.killed(loop, "dag-processor"),
        expects=page("AirflowDagProcessorDown"),
    ),
    Drill(
        name="triggerer-killed",
        what="triggerer killed while a task is deferred",
        fault=lambda loop: dagfaults.deferred_and_killed(loop, "commerce_wait"),
        expects=page("AirflowTriggererDown"),
        patience=60,
    ),
    Drill(
        name="api-server-killed",
        what="API server killed",
        fault=lambda loop: faults.killed(loop, "api-server"),
        expects=page("AirflowApiServerDown"),
        hold="api_server_down",
        airflow="3.3",
    ),
    Drill(
        name="api-server-frozen",
        what="API server frozen",
        fault=lambda loop: faults.frozen(loop, "api-server"),
        expects=page("AirflowApiServerDown"),
        # So long the probe waits for an answer.
        lag=5,
        hold="api_server_down",
        airflow="3.3",
    ),
    Drill(
        name="database-stopped",
        what="database stopped",
        fault=faults.database_stopped,
        expects=page("AirflowMetadataDatabaseUnreachable"),
        hold="database_unreachable",
    ),
    Drill(
        name="role-loses-a-right",
        what="Windsock's role loses a right",
        fault=faults.right_lost,
        expects=ticket("WindsockCollectorFailing"),
        hold="collector_failing",
        slas=NO_SLAS,
    ),
    # What runs tasks.
    Drill(
        name="workers-frozen",
        what="workers gone, tasks queued",
        fault=faults.workers_frozen,
        expects=page("AirflowQueueStuck"),
        hold="queue_stuck",
        slas=NO_SLAS,
        # Until something is due again and queued.
        lag=15,
    ),
    _late(
        "pool-exhausted",
        "pool exhausted",
        lambda loop: dagfaults.pool_of(loop, "closing", 0),
        "pool full",
    ),
    _late(
        "pool-deleted",
        "pool deleted",
        lambda loop: dagfaults.pool_deleted(loop, "closing"),
        "pool missing",
    ),
    Drill(
        name="long-backlog",
        what="long legitimate backlog behind a full pool",
        fault=lambda loop: dagfaults.backlog(loop, "commerce_backlog"),
        watch=100,
    ),
    # What DAGs do.
    _late(
        "dag-paused",
        "DAG paused while due",
        lambda loop: dagfaults.paused(loop, "finance_close"),
        "paused",
    ),
    _late(
        "run-too-long",
        "run far longer than usual: SLA missed",
        lambda loop: dagfaults.told(loop, "finance_close", "wait"),
        "running long",
    ),
    _late(
        "fails-for-good",
        "DAG fails for good",
        lambda loop: dagfaults.told(loop, "finance_close", "fail"),
        "failed",
    ),
    Drill(
        name="fails-once",
        what="DAG fails once and heals by retry",
        fault=lambda loop: dagfaults.retried(loop, "finance_retry"),
        slas=_RETRY,
        dags=("finance_retry",),
        watch=15,
    ),
    _late(
        "import-error",
        "import error in the file of a DAG with an SLA",
        lambda loop: dagfaults.file_broken(loop, "alone.py"),
        "import error",
        deadline_of="finance_ledger",
        slas=_LEDGER,
        dags=("finance_ledger",),
        patience=30,
    ),
    _late(
        "file-deleted",
        "DAG file deleted",
        lambda loop: dagfaults.file_deleted(loop, "alone.py"),
        "dag missing",
        deadline_of="finance_ledger",
        slas=_LEDGER,
        dags=("finance_ledger",),
        patience=60,
    ),
    Drill(
        name="run-never-starts",
        what="run never starts (max_active_runs)",
        fault=lambda loop: dagfaults.told(loop, "commerce_intake", "wait"),
        expects=page(BREACHED, "commerce", "max active runs"),
        hold="sla_breached",
        deadline_of="commerce_intake",
        slas=_INTAKE,
        dags=("commerce_intake",),
        patience=30,
    ),
    Drill(
        name="at-risk-then-met",
        what="SLA at risk, then met",
        fault=lambda loop: dagfaults.at_risk(loop, "finance_close", met=True),
        watch=40,
    ),
    _late(
        "at-risk-then-missed",
        "SLA at risk, then missed",
        lambda loop: dagfaults.at_risk(loop, "finance_close", met=False),
    ),
    _late(
        "finish-by-missed",
        "not done by a local time",
        lambda loop: dagfaults.due_at(loop, "finance_daily"),
        "running long",
        deadline_of="finance_daily",
        slas=NO_SLAS,
        patience=90,
    ),
    Drill(
        name="deadline-missed",
        what="deadline of Airflow's own missed",
        fault=lambda loop: dagfaults.told(loop, "commerce_promise", "wait"),
        expects=page(BREACHED, "commerce"),
        hold="sla_breached",
        deadline_of="commerce_promise",
        slas=_PROMISE,
        dags=("commerce_promise",),
        airflow="3.3",
        patience=60,
    ),
    Drill(
        name="task-killed",
        what="task killed, no heartbeat",
        fault=lambda loop: dagfaults.task_killed(loop, "finance_slow"),
        slas=NO_SLAS,
        dags=("finance_slow",),
        watch=40,
    ),
    # Who watches.
    _late(
        "statsd-exporter-killed",
        "SLA missed while statsd_exporter is dead",
        both(
            lambda loop: faults.service_killed(loop, "statsd-exporter"),
            lambda loop: dagfaults.told(loop, "finance_close", "wait"),
        ),
        "running long",
    ),
    Drill(
        name="packets-blocked",
        what="StatsD packets blocked",
        fault=packets_blocked,
        expects=ticket("StatsdSilent"),
        hold="statsd_silent",
    ),
    Drill(
        name="exporter-killed",
        what="windsock killed",
        fault=lambda loop: faults.service_killed(loop, "windsock"),
        expects=page("WindsockExporterStale"),
        hold="exporter_stale",
    ),
    _late(
        "prometheus-restarted", "Prometheus restarted while a page is open", late_while_prometheus_restarts
    ),
    # Several at once.
    Drill(
        name="two-incidents",
        what="two unrelated incidents at once",
        fault=lambda loop: dagfaults.paused_and_killed(loop, "finance_close", "dag-processor"),
        expects=(
            *page("AirflowDagProcessorDown"),
            *page(BREACHED, "finance", "paused"),
        ),
        patience=30,
    ),
    Drill(
        name="deployment",
        what="Airflow restarted by a deployment",
        fault=faults.deployed,
        watch=20,
        scale=3,
    ),
    Drill(
        name="every-alert",
        what="every optional alert enabled, and all is well",
        fault=every_alert.enabled,
        watch=180,
    ),
    Drill(
        name="healthy-hour",
        what="an hour with 30 DAGs more, all healthy",
        fault=lambda loop: dagfaults.healthy(loop, 30),
        slas=f'{USUAL_SLAS}- {{dag: "crowd_*", max_age: 10m}}\n',
        watch=3600,
        scale=1,
    ),
    Drill(
        name="crowd",
        what="200 failing DAGs of three teams under a dead scheduler",
        fault=dagfaults.crowd_behind_a_dead_scheduler,
        expects=(
            *page("AirflowSchedulerDown"),
            *(Expected(alert=BREACHED, receiver=team) for team in ("finance", "commerce", "marketing")),
        ),
        slas=NO_SLAS,
        patience=900,
    ),
    # Every part says that it is well.
    Drill(
        name="pools-locked",
        what="a lock stops scheduling",
        fault=faults.pools_locked,
        expects=page("AirflowNothingMoves"),
        hold="nothing_moves",
        slas=NO_SLAS,
        # Until something is due again and ready.
        lag=15,
    ),
    Drill(
        name="database-slow",
        what="database slow",
        fault=faults.database_slow,
        watch=60,
    ),
)
