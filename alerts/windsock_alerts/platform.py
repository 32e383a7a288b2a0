"""Airflow's own processes, its database, and the exporter that watches them."""

from __future__ import annotations

from windsock.catalog import components, dags, metadb, sla, tasks
from windsock_alerts import components as parts
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NO_DATA, NO_EXPORTER
from windsock_alerts.promql import frozen, labelled, newest, present
from windsock_alerts.rule import Alert, Group, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import LASTS, WHERE, ask, count, duration, moment, ok, target_ok, when

PAGE = (Severity.PAGE,)
TICKET = (Severity.TICKET,)
_BREACHED = f"count(max by (sla, dag_id) ({sla.SLA_BREACHED}{{%s}}) == 1)"
_ON = {NO_DATA: ("airflow",)}


def group(settings: Settings, team: str) -> Group:
    """Alerts of the platform team about what Airflow runs on."""
    return Group(
        subject="platform",
        rules=(
            _scheduler(settings, team),
            _dag_processor(settings, team),
            _triggerer(settings, team),
            _api_server(settings, team),
            _database(settings, team),
            _exporter(settings, team),
            _collector(settings, team),
            _clock_skew(settings, team),
        ),
    )


def _beat(job_type: str) -> str:
    return f'{components.HEARTBEAT}{{%s,job_type="{job_type}"}}'


def _silence(job_type: str) -> str:
    return duration(f"time() - max({_beat(job_type)})", "airflow")


def _last(job_type: str) -> str:
    seen = moment(f"max({_beat(job_type)})", "airflow", missing="never")
    stopped = when(
        f'min({components.STOPPED}{{%s,job_type="{job_type}"}}) == 1',
        "airflow",
        yes="stopped in order",
        no="crashed or killed",
    )
    return f"Last heartbeat {seen}, {stopped}."


def _others(but: str) -> str:
    known = {
        "DB": ok(f"max({metadb.METADB_UP}{{%s}})", "airflow"),
        "API server": ok(f"max({components.API_SERVER_UP}{{%s}})", "airflow"),
        **{
            title: ok(f"time() - max({_beat(job)}) < bool 60", "airflow")
            for title, job in (
                ("scheduler", "SchedulerJob"),
                ("DAG processor", "DagProcessorJob"),
                ("triggerer", "TriggererJob"),
            )
        },
    }
    return " · ".join(f"{name} {state}" for name, state in known.items() if name != but) + "."


def _waiting() -> str:
    tasks_waiting = count(
        f'sum(max by (state, pool, queue) ({tasks.TASK_INSTANCES}{{%s,state=~"scheduled|queued"}}))',
        "airflow",
    )
    due = count(f"count(max by (dag_id) ({dags.OVERDUE}{{%s}}) > 0)", "airflow")
    soon = count(f"count(max by (sla, dag_id) ({sla.SLA_DEADLINE}{{%s}}) - time() > 0 < 10800)", "airflow")
    held = count(_BREACHED, "airflow")
    return f"Waiting: {tasks_waiting} tasks, {due} DAGs due. SLAs due in 3 h: {soon}. SLAs breached: {held}."


def _scheduler(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowSchedulerDown"
    return Alert(
        name=name,
        expr=frozen(parts.dead(settings, parts.SCHEDULER, name), alert=name, labels=("airflow",), while_=_ON),
        severities=PAGE,
        team=team,
        keep=times.bridge,
        summary=f"SCHEDULER DOWN {WHERE}: silent {_silence('SchedulerJob')}",
        description=f"{_last('SchedulerJob')}\n{_others('scheduler')}\n{_waiting()}\n"
        "No task starts and no run is created until it is back; pages of DAGs are held back.",
        when=f"no heartbeat for {prometheus(times.component_crashed)} after a crash, "
        f"{prometheus(times.component_stopped)} after a stop in order, or never any",
    )


def _dag_processor(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDagProcessorDown"
    return Alert(
        name=name,
        expr=frozen(
            parts.dead(settings, parts.DAG_PROCESSOR, name), alert=name, labels=("airflow",), while_=_ON
        ),
        severities=PAGE,
        team=team,
        keep=times.bridge,
        summary=f"DAG PROCESSOR DOWN {WHERE}: silent {_silence('DagProcessorJob')}",
        description=f"{_last('DagProcessorJob')}\n{_others('DAG processor')}\n"
        "Runs go on with the DAGs as they are; new and changed DAG files are not seen.",
        when=f"as the scheduler, if seen alive in the last {prometheus(times.memory)} or listed",
    )


def _triggerer(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTriggererDown"
    each = newest(tasks.TASK_INSTANCES, "pool", "queue", where='state="deferred"')
    deferred = f"sum by (airflow) ({each}) > 0"
    beat = f'max by (airflow) ({components.HEARTBEAT}{{job_type="TriggererJob"}})'
    stopped = f'(min by (airflow) ({components.STOPPED}{{job_type="TriggererJob"}}) == 1)'
    alive = f"(time() - {beat} <= {number(times.component_silent)})"
    pausing = f"(time() - {beat} <= {number(times.component_stopped)} and on (airflow) {stopped})"
    needed = [f"({deferred})"]
    if (off := parts.matcher(settings, "triggerer", 0)) is not None:
        needed = [f"({deferred} unless on (airflow) {metadb.METADB_UP}{{{off}}})"]
    if (listed := parts.matcher(settings, "triggerer", 1)) is not None:
        needed.append(f"({newest(metadb.METADB_UP, where=listed)} == 1)")
    missing = (
        f"({' or on (airflow) '.join(needed)})\nunless on (airflow) {alive}\nunless on (airflow) {pausing}"
    )
    return Alert(
        name=name,
        expr=frozen(missing, alert=name, labels=("airflow",), while_=_ON),
        severities=PAGE,
        team=team,
        hold=max(times.component_crashed - times.component_silent, 1),
        keep=times.bridge,
        summary=f"TRIGGERER DOWN {WHERE}: "
        + count(f'sum(max by (pool, queue) ({tasks.TASK_INSTANCES}{{%s,state="deferred"}}))', "airflow")
        + " tasks deferred",
        description=f"{_last('TriggererJob')}\n{_others('triggerer')}\n"
        "Deferred tasks wait for it and time out; all others run.",
        when=f"tasks are deferred and no triggerer has been alive for {prometheus(times.component_crashed)} "
        f"({prometheus(times.component_stopped)} after a stop in order)",
    )


def _api_server(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowApiServerDown"
    third = labelled(f"({parts.api_server_down(settings, 'page')})", severity="page")
    second = labelled(f"({parts.api_server_down(settings, 'ticket')})", severity="ticket")
    return Alert(
        name=name,
        expr=frozen(
            f"{third}\nor {second}",
            alert=name,
            labels=("airflow", "severity"),
            while_=_ON,
        ),
        severities=(Severity.PAGE, Severity.TICKET),
        team=team,
        hold=times.api_server_down,
        keep=times.bridge,
        summary=f"API SERVER DOWN {WHERE}: no answer",
        description=f"{_others('API server')}\n"
        "3.x: running tasks report through it and end themselves after failed heartbeats. "
        "2.x: only the web pages and the REST API are gone.",
        when=f"the probe of --airflow-url fails for {prometheus(times.api_server_down)}: "
        "page on 3.x, ticket on 2.x",
    )


def _database(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowMetadataDatabaseUnreachable"
    return Alert(
        name=name,
        expr=frozen(
            f"{newest(metadb.METADB_UP)} == 0",
            alert=name,
            labels=("airflow",),
            while_={NO_EXPORTER: ("airflow",)},
        ),
        severities=PAGE,
        team=team,
        hold=times.database_unreachable,
        keep=times.bridge,
        summary=f"DATABASE UNREACHABLE {WHERE}: windsock gets no answer",
        description="Windsock cannot read Airflow's metadata database; most likely Airflow cannot either.\n"
        f"{_others('DB')}\n"
        f"SLAs known to be breached: {count(_BREACHED, 'airflow')}. "
        "Figures of DAGs and queues are gone until it answers; pages of DAGs are held back.",
        dashboard="windsock-metadb",
        when=f"no answer for {prometheus(times.database_unreachable)}",
    )


def _exporter(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    last = present(str(metadb.SNAPSHOT), over=prometheus(times.memory))
    return Alert(
        name="WindsockExporterStale",
        expr=f"time() - {last} > {number(times.exporter_stale)}",
        severities=PAGE,
        team=team,
        keep=times.bridge,
        summary=f"WINDSOCK DOWN {WHERE}: no fresh figures for {LASTS}",
        description="Nobody watches the SLAs, the scheduler and the queues of this Airflow now.\n"
        f"Target: {target_ok(settings.jobs.windsock)} (DOWN: scrape fails; ok: windsock hangs).\n"
        "1. Is `windsock serve` running? Its log says why it ended, in one line.\n"
        "2. Start it again; its state file keeps breaches and first-seen times.\n"
        "3. Look at Airflow's own pages until then.",
        dashboard="windsock-monitoring",
        when=f"the figures are older than {prometheus(times.exporter_stale)}, "
        f"or the target is gone that was there in the last {prometheus(times.memory)}",
        survives_windsock=True,
    )


def _collector(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    failing = f"({newest(metadb.COLLECTOR_SUCCESS, 'collector')} == 0)"
    up = f"({newest(metadb.METADB_UP)} == 1)"
    disabled = newest(metadb.COLLECTOR_DISABLED, "collector", where='reason!="setting"')
    return Alert(
        name="WindsockCollectorFailing",
        expr=f"{failing} and on (airflow) {up}\nor ({disabled} == 1)",
        severities=TICKET,
        team=team,
        identity=("airflow", "collector"),
        hold=times.collector_failing,
        keep=times.bridge,
        summary=f"Collector {{{{ $labels.collector }}}} fails {WHERE}",
        description="The database answers, but this collector gets no figures: alerts on them are blind.\n"
        "Switched off because of: "
        + ask(
            f"{metadb.COLLECTOR_DISABLED}{{%s}} == 1",
            "airflow",
            "collector",
            show='label "reason"',
            missing="nothing, it fails",
        )
        + ".",
        dashboard="windsock-monitoring",
        when=f"a collector fails or was switched off by a guard for {prometheus(times.collector_failing)}",
    )


def _clock_skew(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    limit = number(times.clock_skew)
    return Alert(
        name="AirflowClockSkew",
        expr=f"max by (airflow) (abs({metadb.CLOCK_SKEW})) > {limit}\n"
        f"or ({newest(metadb.SNAPSHOT)} - time() > {limit})",
        severities=TICKET,
        team=team,
        hold=times.clock_skew_lasting,
        keep=times.bridge,
        summary=f"Clocks differ by {LASTS} {WHERE}",
        description="The clocks of database, exporter and Prometheus disagree: ages are off by as much.\n"
        f"Database minus exporter: {ask(f'{metadb.CLOCK_SKEW}{{%s}}', 'airflow')} s.",
        dashboard="windsock-metadb",
        when=f"more than {prometheus(times.clock_skew)} for {prometheus(times.clock_skew_lasting)}",
    )
