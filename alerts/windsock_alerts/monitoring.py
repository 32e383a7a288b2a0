"""The monitoring itself: do its halves agree, does it count what it should, does it read what was written."""

from __future__ import annotations

from windsock.catalog import alerting, metadb, outcomes, sla
from windsock.catalog.statsd import dagruns
from windsock_alerts.durations import number, prometheus
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting
from windsock_alerts.text import WHERE, ask, count, duration, moment, short

_TICKET = (Severity.TICKET,)


def group(settings: Settings, team: str) -> Group:
    """Alerts of the platform team about Windsock."""
    return Group(
        subject="monitoring",
        rules=(
            _rejected(settings, team),
            _alerts_rejected(settings, team),
            _sla_dag_missing(settings, team),
            _halves(settings, team),
            _dropped(settings, team),
            _slow(settings, team),
            _not_saved(settings, team),
            _replica(settings, team),
        ),
    )


def _rejected(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockSlaFileRejected"
    return Alert(
        name=name,
        expr=lasting(f"min by (airflow) ({sla.SLA_FILE_GOOD}) == 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.reload_rejected,
        keep=times.bridge,
        summary=f"slas.yaml is wrong, the last good one counts {WHERE}",
        description="What counts was read "
        + moment(f"min({sla.SLA_FILE_LOADED}{{%s}})", "airflow")
        + "; changes since then do nothing.\n"
        "The log of `windsock serve` and its status board name line and key.\n"
        "Do: windsock sla check --sla-file slas.yaml, mend it; it is read again by itself.",
        dashboard="windsock-late",
        when=f"windsock serve has refused slas.yaml as it is now for {prometheus(times.reload_rejected)}",
    )


def _alerts_rejected(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockAlertsFileRejected"
    return Alert(
        name=name,
        expr=lasting(f"min by (airflow) ({alerting.FILE_GOOD}) == 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.reload_rejected,
        keep=times.bridge,
        summary=f"alerts.yaml is wrong, the last good one counts {WHERE}",
        description="What counts was read "
        + moment(f"min({alerting.FILE_LOADED}{{%s}})", "airflow")
        + "; limits and severities of single DAGs that were changed since then do nothing.\n"
        "The log of `windsock serve` names line and key.\n"
        "Do: windsock alerts check alerts.yaml, mend it; it is read again by itself.",
        dashboard="windsock-monitoring",
        when=f"windsock serve has refused alerts.yaml as it is now for {prometheus(times.reload_rejected)}",
        optional=True,
    )


def _sla_dag_missing(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowSlaDagMissing"
    labels = ("airflow", "sla", "dag_id")
    return Alert(
        name=name,
        expr=lasting(f"{newest(sla.SLA_DAG_MISSING, 'sla', 'dag_id')} == 1", alert=name, labels=labels),
        severities=_TICKET,
        team=team,
        identity=labels,
        hold=times.sla_dag_missing,
        keep=times.bridge,
        summary=f"No DAG for the SLA of {short('dag_id', 40)} {WHERE}",
        description=f"The entry {short('sla', 40)} of slas.yaml matches no DAG: nobody is told when it is "
        "late.\n"
        "The DAG was renamed or removed, or its file cannot be imported or was not delivered.\n"
        "Do: windsock sla check --sla-file slas.yaml; then correct the entry or bring the DAG back.",
        dashboard="windsock-late",
        when=f"an entry of slas.yaml has matched no DAG for {prometheus(times.sla_dag_missing)}",
        optional=True,
    )


def _halves(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowHalvesDisagree"
    ended = 'state=~"success|failed"'
    database = gained(outcomes.RUNS_FINISHED, HOUR, where=ended)
    told = gained(dagruns.DAGRUN_DURATION, HOUR, suffix="_count")
    # A mapping that lost the family altogether is the largest disagreement.
    statsd = f"({told} or 0 * ({database}))"
    apart = f"abs({statsd} - on (airflow) ({database})) / on (airflow) (({database}) >= {times.halves_runs})"
    job = f'{{job="{settings.jobs.statsd}"}}'
    lines = f"sum by (airflow) (rate(statsd_exporter_lines_total{job}[{prometheus(HOUR / 6)}])) > 0"
    # After a restart of either side an hour of its counting is missing.
    whole = (
        f"(max by (airflow) (resets(statsd_exporter_lines_total{job}[{prometheus(HOUR)}])) == 0"
        f" and on (airflow) (max by (airflow) (statsd_exporter_lines_total{job} offset {prometheus(HOUR)}))"
        f" and on (airflow) (max by (airflow) ({metadb.METADB_UP} offset {prometheus(HOUR)})))"
    )
    return Alert(
        name=name,
        expr=lasting(
            f"({apart} > {times.halves_share:g}) and on (airflow) ({lines}) and on (airflow) {whole}",
            alert=name,
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"StatsD and database disagree by {{{{ $value | humanizePercentage }}}} {WHERE}",
        description="Runs that ended in the last hour. Database: "
        + count(_told(database), "airflow")
        + ", StatsD: "
        + count(_told(told), "airflow")
        + ".\nFewer by StatsD: lost packets, a relay, a mapping of another version. More: two Airflows "
        "send to one "
        "statsd_exporter, or each line comes twice.\n"
        "SLAs and pages come from the database and are right.",
        dashboard="windsock-monitoring",
        when=f"of at least {times.halves_runs} runs that ended in an hour, StatsD and the database count "
        "numbers "
        f"that differ by more than {times.halves_share:.0%}",
        needs=Needs.BOTH,
        optional=True,
    )


def _told(expr: str) -> str:
    """The expression for a text, with a place for the matchers in every selector."""
    for metric in (str(outcomes.RUNS_FINISHED), f"{dagruns.DAGRUN_DURATION}_count"):
        expr = expr.replace(f"{metric}{{", f"{metric}{{%s,").replace(f"{metric})", f"{metric}{{%s}})")
        expr = expr.replace(f"{metric}[", f"{metric}{{%s}}[")
    return expr


def _dropped(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockSeriesDropped"
    each = newest(metadb.SERIES_DROPPED, "family", where='reason="cap"')
    return Alert(
        name=name,
        expr=lasting(f"sum by (airflow) ({each}) > 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.series_dropped,
        keep=times.bridge,
        summary=f"Windsock leaves out {{{{ $value | humanize }}}} series {WHERE}",
        description="Most in "
        + ask(
            f'topk(1, max by (family) ({metadb.SERIES_DROPPED}{{%s,reason="cap"}}))',
            "airflow",
            show='label "family"',
        )
        + ": more than --max-series. Alerts on DAGs that were left out are blind.\n"
        "Do: windsock serve --dry-run shows the families; raise --max-series, or choose with --dags.",
        dashboard="windsock-monitoring",
        when=f"families have had more series than the cap for {prometheus(times.series_dropped)}",
        optional=True,
    )


def _slow(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockCollectorSlow"
    labels = ("airflow", "collector")
    took = f"max by (airflow, collector) ({metadb.COLLECTOR_DURATION})"
    may = f"max by (airflow, collector) ({metadb.COLLECTOR_INTERVAL})"
    return Alert(
        name=name,
        expr=lasting(f"{took} / on (airflow, collector) {may} > 0.5", alert=name, labels=labels),
        severities=_TICKET,
        team=team,
        identity=labels,
        hold=times.collector_slow,
        keep=times.bridge,
        summary=f"Collector {short('collector', 40)} is slow {WHERE}",
        description="It takes "
        + duration(f"max({metadb.COLLECTOR_DURATION}{{%s}})", *labels)
        + " and runs every "
        + duration(f"max({metadb.COLLECTOR_INTERVAL}{{%s}})", *labels)
        + ": its figures are old, and the database works for it more than half of the time.\n"
        "Do: windsock db explain; is an index missing, are statistics old, are the tables huge?",
        dashboard="windsock-monitoring",
        when="a collector has taken more than half of its own interval for "
        f"{prometheus(times.collector_slow)}",
        optional=True,
    )


def _not_saved(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockStateNotSaved"
    return Alert(
        name=name,
        expr=lasting(f"min by (airflow) ({metadb.STATE_SAVED}) == 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.collector_failing,
        keep=times.bridge,
        summary=f"Windsock cannot write its state {WHERE}",
        description="After its next restart breaches, first-seen times and counters begin anew.\n"
        "Do: is the disk of --state-dir full, read-only, or owned by somebody else? Its log says which.",
        dashboard="windsock-monitoring",
        when=f"the state file could not be written for {prometheus(times.collector_failing)}",
        optional=True,
    )


def _replica(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "WindsockReplicaBehind"
    lag = f"max by (airflow) ({metadb.REPLICATION_LAG}) > {number(times.replica_lag)}"
    gone = f"max by (airflow) ({metadb.REPLICA_UP}) == 0"
    return Alert(
        name=name,
        expr=lasting(f"({lag}) or on (airflow) ({gone})", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.collector_failing,
        keep=times.bridge,
        summary=f"The replica is behind or gone {WHERE}",
        description="Behind by "
        + duration(f"max({metadb.REPLICATION_LAG}{{%s}})", "airflow")
        + ". Figures of the slow tier are as old, or missing: last results of DAGs, tasks that wait, "
        "outcomes.\n"
        "Do: look at the replica; without --replica-url everything is read from the primary.",
        dashboard="windsock-metadb",
        when=f"the replica of --replica-url is {prometheus(times.replica_lag)} behind or does not answer, "
        f"for {prometheus(times.collector_failing)}",
        optional=True,
    )
