"""Single instances of Airflow's components: one of several gone, crash loops, heartbeats by StatsD alone."""

from __future__ import annotations

from windsock.catalog import components, metadb
from windsock.catalog.statsd import scheduler
from windsock_alerts.durations import prometheus
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting
from windsock_alerts.text import WHERE, ask, count, short

_TICKET = (Severity.TICKET,)


def group(settings: Settings, team: str) -> Group:
    """Optional alerts of the platform team about components."""
    return Group(
        subject="instances",
        rules=(
            _too_few(settings, team),
            _restarts(settings, team),
            _heartbeat_lost(settings, team),
            _not_written(settings, team),
        ),
    )


def _too_few(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowSchedulerInstanceDown"
    alive = newest(components.ALIVE, where='job_type="SchedulerJob"')
    return Alert(
        name=name,
        # With none alive AirflowSchedulerDown pages.
        expr=lasting(f"({alive} < {times.schedulers}) and on (airflow) ({alive} > 0)", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.few_schedulers,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} of {times.schedulers} schedulers alive {WHERE}",
        description="The others take over its tasks, more slowly; if one more stops, nothing runs.\n"
        "Heard last: "
        + ask(
            f'topk(1, max by (hostname) ({components.NEWEST}{{%s,job_type="SchedulerJob"}}))',
            "airflow",
            show='label "hostname"',
        )
        + ". Starts in the last hour: "
        + count(f'sum(increase({components.STARTS}{{%s,job_type="SchedulerJob"}}[1h]))', "airflow")
        + ".",
        when=f"at least one, but fewer than {times.schedulers} schedulers have been alive for "
        f"{prometheus(times.few_schedulers)}",
        optional=True,
    )


def _restarts(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowComponentRestarting"
    labels = ("airflow", "job_type")
    return Alert(
        name=name,
        expr=lasting(
            f"{gained(components.STARTS, HOUR, 'job_type')} >= {times.component_restarts}",
            alert=name,
            labels=labels,
        ),
        severities=_TICKET,
        team=team,
        identity=labels,
        keep=times.bridge,
        summary=f"{short('job_type', 30)} started {{{{ $value | humanize }}}} times in an hour {WHERE}",
        description="It dies and is started again, so that its heartbeat looks fresh. Alive now: "
        + count(f"max({components.ALIVE}{{%s}})", *labels)
        + ".\nA deployment or autoscaling starts each instance once; more is a crash loop: the log of the "
        "one "
        "before says why (out of memory, database, configuration).",
        when=f"components of one kind have started at least {times.component_restarts} times in an hour",
        optional=True,
    )


def _heartbeat_lost(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    beats = f'{scheduler.HEARTBEATS}{{component="scheduler"}}'
    long = prometheus(times.statsd_heartbeat)
    known = f"max by (airflow) (last_over_time({beats}[{prometheus(times.memory)}] offset {long}))"
    job = f'up{{job="{settings.jobs.statsd}"}}'
    return Alert(
        name="AirflowSchedulerHeartbeatLost",
        # Where the database half is there AirflowSchedulerDown knows more; a dead exporter says nothing.
        expr=f"(({known}) unless on (airflow) (sum by (airflow) (rate({beats}[{long}])) > 0))\n"
        f"and on (airflow) (min by (airflow) (min_over_time({job}[{long}])) == 1)\n"
        f"unless on (airflow) {newest(metadb.METADB_UP)}",
        severities=(Severity.PAGE,),
        team=team,
        keep=times.bridge,
        summary=f"SCHEDULER SILENT {WHERE}: no heartbeat over StatsD",
        description=f"No scheduler has sent a heartbeat for {long}, statsd_exporter is up.\n"
        "Lines of any kind in this time: "
        + count(f"sum(increase(statsd_exporter_lines_total{{%s}}[{long}]))", "airflow")
        + " (0: all of Airflow is silent, or its packets are lost).\n"
        "Do: is the scheduler running? Its log says why it ended; without it nothing starts.",
        when=f"without the database half: by StatsD no scheduler has had a heartbeat for {long}, one had "
        "in the "
        f"last {prometheus(times.memory)}",
        needs=Needs.STATSD,
        optional=True,
    )


def _not_written(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    failures = gained(scheduler.JOB_HEARTBEAT_FAILURES, HOUR / 4)
    return Alert(
        name="AirflowHeartbeatsNotWritten",
        expr=f"{failures} >= {times.heartbeat_failures}",
        severities=_TICKET,
        team=team,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} heartbeats could not be written {WHERE}",
        description="Components could not write their heartbeat into the database in the last 15 minutes: "
        "it is "
        "slow, full, or out of connections. If that goes on they count as dead and their tasks are killed.\n"
        f"Database by Windsock: {ask(f'max({metadb.METADB_UP}{{%s}})', 'airflow')} (1: it answers).",
        when=f"by StatsD at least {times.heartbeat_failures} heartbeats failed in a quarter of an hour",
        needs=Needs.STATSD,
        optional=True,
    )
