"""DAG files: delivered, parsed, importable, and all still there."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock.catalog.statsd import parsing
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import DAG_PROCESSOR
from windsock_alerts.promql import any_firing, labelled, newest
from windsock_alerts.rule import Alert, Group, Needs, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, either, gained, lasting
from windsock_alerts.text import DAG, LASTS, WHERE, ask, count, duration, moment, short

BROKEN = "airflow:sla_dag_import_error:team"
_TICKET = (Severity.TICKET,)
_PROCESSOR = any_firing([DAG_PROCESSOR])


def group(settings: Settings, team: str) -> Group:
    """Optional alerts about DAG files."""
    return Group(
        subject="parsing",
        rules=(
            Recording(record=BROKEN, expr=_broken_expr(settings)),
            _sla_dag_broken(settings),
            _vanished(settings, team),
            _not_parsed(settings, team),
            _bundle(settings, team),
            _timeouts(settings, team),
            _pass(settings, team),
        ),
    )


def _broken_expr(settings: Settings) -> str:
    """Per DAG with an SLA whose file has been broken all the time, with the team and severity of the SLA."""
    long = prometheus(settings.thresholds.sla_import_error)
    by = "airflow, dag_id"
    blocked = f'{dags.BLOCKED}{{reason="import_error"}}'
    broken = (
        f"((max by ({by}) (min_over_time({blocked}[{long}])) == 1)"
        f" and on ({by}) (max by ({by}) ({blocked}) == 1) and on ({by}) max by ({by}) ({blocked} offset "
        f"{long}))"
    )
    # Of several SLAs the most serious one speaks.
    pages = f'topk by ({by}) (1, max by ({by}, team) ({sla.SLA_INFO}{{severity="page"}}))'
    others = f'topk by ({by}) (1, max by ({by}, team) ({sla.SLA_INFO}{{severity!="page"}}))'
    return (
        f"{labelled(f'({broken} * on ({by}) group_left (team) {pages})', severity='page')}\n"
        f"or on ({by}) {labelled(f'({broken} * on ({by}) group_left (team) {others})', severity='ticket')}"
    )


def _sla_dag_broken(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowSlaDagImportError"
    labels = ("airflow", "dag_id")
    return Alert(
        name=name,
        expr=lasting(
            BROKEN, alert=name, labels=(*labels, "team", "severity"), while_={_PROCESSOR: ("airflow",)}
        ),
        severities=(Severity.PAGE, Severity.TICKET),
        team=None,
        identity=labels,
        keep=times.keep_firing,
        summary=f"IMPORT ERROR {DAG}: it has an SLA {WHERE}",
        description="Its file cannot be imported, so it gets no new run. Next run due: "
        + moment(f"min({dags.NEXT_RUN}{{%s}})", *labels)
        + ", next deadline: "
        + moment(f"min({sla.SLA_DEADLINE}{{%s}})", *labels)
        + ".\nBroken files in this Airflow: "
        + count(f"max({dags.IMPORT_ERRORS}{{%s}})", "airflow")
        + ". The error stands in Airflow on the page of DAGs, at the top.\n"
        "Do: revert the last change of the file.",
        dashboard="windsock-dag",
        opens=labels,
        when=f"the file of a DAG with an SLA has been broken for {prometheus(times.sla_import_error)}; "
        "severity and "
        "team are the SLA's",
        optional=True,
    )


def _vanished(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDagsVanished"
    each = f'{dags.DAGS}{{state=~"active|paused"}}'
    now = f"sum by (airflow) (max by (airflow, state) ({each}))"
    before = f"sum by (airflow) (max by (airflow, state) (max_over_time({each}[{prometheus(HOUR)}])))"
    told = f"max by (airflow) ({parsing.DAGBAG_SIZE})"
    told_before = f"max by (airflow) (max_over_time({parsing.DAGBAG_SIZE}[{prometheus(HOUR)}]))"

    def lost(now: str, before: str) -> str:
        return (
            f"({before} - {now} >= {times.dags_vanished})"
            f" and on (airflow) ({now} < {1 - times.dags_vanished_share:g} * {before})"
        )

    return Alert(
        name=name,
        expr=lasting(
            either(lost(now, before), lost(told, told_before)), alert=name, while_={_PROCESSOR: ("airflow",)}
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} DAGs have vanished {WHERE}",
        description="Within the last hour. Stale now: "
        + count(f'max({dags.DAGS}{{%s,state="stale"}})', "airflow")
        + ", broken files: "
        + count(f"max({dags.IMPORT_ERRORS}{{%s}})", "airflow")
        + ".\nA delivery that lost a folder, a factory file that stopped half-way, or a removal on purpose.\n"
        "Vanished DAGs get no runs, and nothing of them fails.",
        dashboard="windsock-delivery",
        when=f"at least {times.dags_vanished} DAGs and {times.dags_vanished_share:.0%} of all have gone "
        "within an hour",
        needs=Needs.EITHER,
        optional=True,
    )


def _not_parsed(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDagsNotParsed"
    oldest = f"min by (airflow) ({dags.LAST_PARSE})"
    return Alert(
        name=name,
        expr=lasting(
            f"time() - {oldest} > {number(times.not_parsed)}", alert=name, while_={_PROCESSOR: ("airflow",)}
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"A DAG has not been parsed for {LASTS} {WHERE}",
        description="Changes of its file are not seen; Airflow runs it as it was. Files wait to be parsed: "
        + ask(f"max({parsing.FILE_QUEUE_SIZE}{{%s}})", "airflow")
        + ", one pass takes: "
        + duration(f"max({parsing.TOTAL_PARSE_TIME}{{%s}})", "airflow")
        + ".\nThe DAG processor hangs on one file, has too few processes, or the file is gone.",
        when=f"the DAG that was parsed longest ago was parsed {prometheus(times.not_parsed)} ago",
        optional=True,
    )


def _bundle(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowBundleStale"
    labels = ("airflow", "bundle")
    return Alert(
        name=name,
        expr=lasting(
            f"time() - {newest(dags.BUNDLE_LAST_REFRESH, 'bundle')} > {number(times.bundle_stale)}",
            alert=name,
            labels=labels,
            while_={_PROCESSOR: ("airflow",)},
        ),
        severities=_TICKET,
        team=team,
        identity=labels,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"Bundle {short('bundle', 34)} not refreshed for {LASTS} {WHERE}",
        description="Since "
        + moment(f"max({dags.BUNDLE_LAST_REFRESH}{{%s}})", *labels)
        + " Airflow has not fetched this bundle: what was deployed since then does not run.\n"
        "Git or the object store cannot be reached, or credentials have expired; the DAG processor's log "
        "says.",
        dashboard="windsock-delivery",
        when=f"an active bundle (3.x) was refreshed {prometheus(times.bundle_stale)} ago",
        optional=True,
    )


def _timeouts(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    return Alert(
        name="AirflowParseTimeouts",
        expr=f"{gained(parsing.PROCESSOR_TIMEOUTS, HOUR / 2)} >= {times.parse_timeouts}",
        severities=_TICKET,
        team=team,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} parses of DAG files were killed {WHERE}",
        description="In the last half hour, after `dag_file_processor_timeout` (50 s). File, where it is "
        "known: "
        + ask(
            f"topk(1, sum by (file_path) ({parsing.PROCESSOR_TIMEOUTS}{{%s}}))",
            "airflow",
            show='label "file_path"',
        )
        + ".\nIts DAGs are not updated. Most often a call to a database or the network at the top of the "
        "file.",
        when=f"by StatsD at least {times.parse_timeouts} parses took too long in half an hour",
        needs=Needs.STATSD,
        optional=True,
    )


def _pass(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    return Alert(
        name="AirflowParsingSlow",
        expr=f"max by (airflow) ({parsing.TOTAL_PARSE_TIME}) > {number(times.parse_pass)}",
        severities=_TICKET,
        team=team,
        hold=HOUR / 2,
        keep=times.bridge,
        summary=f"One pass over all DAG files takes {LASTS} {WHERE}",
        description="A change of a DAG is seen later by as much. Files wait to be parsed: "
        + ask(f"max({parsing.FILE_QUEUE_SIZE}{{%s}})", "airflow")
        + ", DAGs: "
        + ask(f"max({parsing.DAGBAG_SIZE}{{%s}})", "airflow")
        + ".\nMore `parsing_processes`, fewer or lighter files, or nothing that is slow at the top of a "
        "file.",
        when=f"by StatsD the last pass took more than {prometheus(times.parse_pass)}, for half an hour",
        needs=Needs.STATSD,
        optional=True,
    )
