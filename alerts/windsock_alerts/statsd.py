"""The StatsD half: is statsd_exporter there, does Airflow talk to it, does it say things we do not know."""

from __future__ import annotations

from windsock.catalog import components, metadb
from windsock.catalog.statsd import unknown
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.promql import frozen, labelled, present
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import WHERE, ask, count, target_ok

LINES = "statsd_exporter_lines_total"


def group(settings: Settings, team: str) -> Group:
    """Alerts of the platform team about StatsD. None of them holds any other back."""
    return Group(
        subject="statsd", rules=(_down(settings, team), _silent(settings, team), _unknown(settings, team))
    )


def _down(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    up = f'up{{job="{settings.jobs.statsd}"}}'
    return Alert(
        name="StatsdExporterDown",
        expr=f"{present(up, over=prometheus(times.memory))}\n"
        f"unless on (airflow) (max by (airflow) ({up}) == 1)",
        severities=(Severity.TICKET,),
        team=team,
        hold=times.statsd_down,
        needs=Needs.STATSD,
        summary=f"statsd_exporter is down {WHERE}",
        description="Durations, rates and loop times from StatsD are missing. SLAs, overdue DAGs and "
        "queues come from the database and go on.\n"
        f"Windsock: {target_ok(settings.jobs.windsock)}.",
        dashboard="windsock-monitoring",
        when=f"its scrape fails, or the target that was there is gone, for {prometheus(times.statsd_down)}",
    )


def _silent(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "StatsdSilent"
    long = prometheus(times.statsd_silent)
    job = f'{{job="{settings.jobs.statsd}"}}'
    lines = f"{LINES}{job}"
    beat = f'max by (airflow) ({components.HEARTBEAT}{{job_type="SchedulerJob"}})'
    return Alert(
        name=name,
        expr=frozen(
            f"(sum by (airflow) (rate({lines}[{long}])) == 0)\n"
            f"and on (airflow) {lines} offset {long}\n"
            f"and on (airflow) (max by (airflow) (up{job}) == 1)\n"
            f"unless on (airflow) (time() - {beat} > {number(times.component_crashed)})",
            alert=name,
            labels=("airflow",),
            while_={NOTHING_RUNS: ("airflow",)},
        ),
        severities=(Severity.TICKET,),
        team=team,
        keep=times.bridge,
        needs=Needs.STATSD,
        summary=f"Airflow sends no StatsD {WHERE}",
        description=f"statsd_exporter is up, without a line for {long}; Airflow is not known to be down.\n"
        "Look at [metrics] statsd_on, statsd_host and statsd_port of the scheduler, and at the way of UDP.",
        dashboard="windsock-monitoring",
        when=f"statsd_exporter has had no line for {long} while the scheduler is alive (or unknown)",
    )


def _unknown(settings: Settings, team: str) -> Alert:
    long = prometheus(settings.thresholds.unknown_lines)
    counted = (unknown.UNKNOWN_COUNTER.name, f"{unknown.UNKNOWN_TIMER}_count")
    # The first event of a new counter gives a series that begins at its value: no increase, but a birth.
    seen = [f"(sum by (airflow) (changes({name}[{long}])) > 0)" for name in counted]
    born = [f"(count by (airflow) ({name} unless {name} offset {long}) > 0)" for name in counted]
    lines = "\nor ".join([*seen, *born, f"(count by (airflow) ({unknown.UNKNOWN_GAUGE}) > 0)"])
    day = prometheus(min(86400.0, settings.thresholds.memory))
    upgraded = (
        "(count by (airflow) (count by (airflow, airflow_version_max)"
        f" (last_over_time({metadb.METADB_INFO}[{day}]))) > 1)"
    )
    ticket = labelled(f"({lines}) and on (airflow) {upgraded}", severity="ticket")
    info = labelled(f"({lines}) unless on (airflow) {upgraded}", severity="info")
    return Alert(
        name="StatsdUnknownLines",
        expr=f"{ticket}\nor {info}",
        severities=(Severity.INFO, Severity.TICKET),
        team=team,
        keep=settings.thresholds.bridge,
        needs=Needs.STATSD,
        summary=f"StatsD lines that no mapping knows {WHERE}",
        description="Counters "
        + count(f"sum({unknown.UNKNOWN_COUNTER}{{%s}})", "airflow")
        + ", timers "
        + count(f"sum({unknown.UNKNOWN_TIMER}_count{{%s}})", "airflow")
        + " since statsd_exporter started; last gauge "
        + ask(f"max({unknown.UNKNOWN_GAUGE}{{%s}})", "airflow", missing="none")
        + ".\n"
        "Custom metrics, or names that a new Airflow version sends.",
        dashboard="windsock-monitoring",
        when=f"any in the last {long}: info; ticket if Airflow's version changed in the last day",
    )
