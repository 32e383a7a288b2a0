"""The thresholds of the alerts that `alerts.yaml` must enable."""

from __future__ import annotations

from pydantic import Field

from windsock.yamlfile import Entry
from windsock_alerts.durations import Duration
from windsock_alerts.marks import DagDuration, DagFactor

# What no time factor divides: how far back something is known, and what Airflow takes whatever the clock.
NO_TIME = {"memory", "scheduler_loop", "parse_pass", "retention"}


class OptionalThresholds(Entry):
    """A count, a share (0.2 is 20%), or a duration each."""

    schedulers: int = Field(2, ge=1, description="Schedulers that should be alive.")
    few_schedulers: Duration = Field(300.0, description="How long fewer may be.")
    component_restarts: int = Field(5, ge=2, description="Starts of one kind of component in an hour.")
    statsd_heartbeat: Duration = Field(180.0, description="Without a scheduler's heartbeat over StatsD.")
    heartbeat_failures: int = Field(3, ge=1, description="Heartbeats not written in a quarter of an hour.")
    start_delay: Duration = Field(300.0, description="How late one of ten scheduled runs may start.")
    start_delay_runs: int = Field(20, ge=5, description="Of fewer runs in half an hour nothing is said.")
    run_queued: DagDuration = Field(3600.0, description="How long a run may be queued.")
    scheduler_loop: Duration = Field(
        10.0, description="How long one of twenty loops of a scheduler may take."
    )
    orphans: Duration = Field(900.0, description="How long tasks may be left by their run.")
    pool_missing: Duration = Field(300.0, description="How long tasks may ask for a pool that is not there.")
    pool_too_small: Duration = Field(600.0, description="How long tasks may wait before an empty pool.")
    queue_unserved: Duration = Field(300.0, description="How long tasks may wait in a queue without worker.")
    backlog: Duration = Field(1800.0, description="How long the backlog of a queue may grow.")
    backlog_growth: float = Field(2.0, gt=1, description="By which factor it may grow in that time.")
    backlog_tasks: int = Field(50, ge=1, description="Of fewer waiting tasks nothing is said.")
    requeues: int = Field(5, ge=1, description="Tasks of a queue that waited for too long, in an hour.")
    executor_full: Duration = Field(900.0, description="How long all slots of an executor may be taken.")
    pool_starving: Duration = Field(900.0, description="How long tasks may starve, told by StatsD alone.")
    triggers_unassigned: Duration = Field(300.0, description="How long nobody may run a trigger.")
    deferred_overdue: Duration = Field(600.0, description="How long tasks may be past their trigger's time.")
    triggerer_blocked: int = Field(
        5, ge=1, description="Times the loop was blocked, in a quarter of an hour."
    )
    sla_import_error: Duration = Field(300.0, description="How long a DAG with an SLA may be broken.")
    dags_vanished: int = Field(5, ge=1, description="Of fewer DAGs that went within an hour nothing is said.")
    dags_vanished_share: float = Field(0.2, gt=0, le=1, description="Which share of the DAGs may go.")
    not_parsed: Duration = Field(3600.0, description="How long a DAG may go without being parsed.")
    bundle_stale: Duration = Field(3600.0, description="How long a bundle may go without a refresh.")
    parse_timeouts: int = Field(3, ge=1, description="Parses that were killed, in half an hour.")
    parse_pass: Duration = Field(300.0, description="How long one pass over all DAG files may take.")
    heartbeat_lost: Duration = Field(600.0, description="How long tasks may run without a heartbeat.")
    tasks_killed: int = Field(5, ge=1, description="Tasks killed or lost in an hour.")
    overrun_factor: DagFactor = Field(2.0, gt=1, description="How many times its p95 a run may take.")
    overrunning: Duration = Field(900.0, description="How long a run or a task may take that long.")
    retries_share: float = Field(0.2, gt=0, le=1, description="Which share of attempts may be retries.")
    ratio_share: float = Field(
        0.5, gt=0, le=1, description="Which share of runs or tasks may fail in an hour."
    )
    ratio_least: int = Field(20, ge=5, description="Of fewer in an hour nothing is said.")
    deadlines_unhandled: Duration = Field(300.0, description="How long a deadline may wait to be missed.")
    promise_missed: Duration = Field(3600.0, description="How long a missed deadline of Airflow is told.")
    asset_stale: Duration = Field(86400.0, description="Age of an asset's last update.")
    check_stale: Duration = Field(93600.0, description="Age of a data check's last success.")
    human_waits: Duration = Field(14400.0, description="How long a question to humans may wait.")
    callback_errors: int = Field(1, ge=1, description="Callbacks of a DAG that failed in an hour.")
    auto_pause_left: int = Field(1, ge=1, description="Failures left until Airflow pauses a DAG.")
    sla_paused: Duration = Field(900.0, description="How long a DAG with an SLA may be paused.")
    budget_deadlines: int = Field(10, ge=1, description="Of fewer deadlines nothing is said.")
    connections_share: float = Field(0.8, gt=0, le=1, description="Which share of connections may be taken.")
    connections: Duration = Field(600.0, description="How long they may.")
    retention: Duration = Field(10368000.0, description="Age of the oldest rows; 120 days.")
    database_gib: int = Field(50, ge=1, description="Size of Airflow's tables, in GiB.")
    halves_share: float = Field(0.2, gt=0, le=1, description="By how much StatsD and database may differ.")
    halves_runs: int = Field(20, ge=5, description="Of fewer runs in an hour nothing is said.")
    series_dropped: Duration = Field(900.0, description="How long series may be left out by the cap.")
    collector_slow: Duration = Field(900.0, description="How long a collector may take longer than allowed.")
    replica_lag: Duration = Field(300.0, description="How far the replica may be behind.")
    reload_rejected: Duration = Field(60.0, description="How long a wrong file may stand.")
    at_risk: Duration = Field(600.0, description="How long an SLA must be at risk.")
    sla_dag_missing: Duration = Field(3600.0, description="How long an SLA may be for no DAG.")
    nothing_moves: Duration = Field(600.0, description="How long nothing may move although DAGs are due.")
    nothing_moves_dags: int = Field(2, ge=1, description="How many DAGs must be due, if there are so many.")
