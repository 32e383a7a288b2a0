"""What share of runs, tasks and operators fails; nothing is said of a handful."""

from __future__ import annotations

from windsock.catalog import metadb, outcomes
from windsock.catalog.statsd import dagruns
from windsock.catalog.statsd import tasks as told
from windsock.metric import Metric
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, either, gained, lasting, share
from windsock_alerts.text import WHERE, ask, short

_TICKET = (Severity.TICKET,)
_ENDED = 'state=~"success|failed"'
_FAILED = 'state="failed"'


def group(settings: Settings, team: str) -> Group:
    """Optional alerts of the platform team about results."""
    return Group(
        subject="ratios", rules=(_runs(settings, team), _tasks(settings, team), _operators(settings, team))
    )


def _failing(metric: Metric, settings: Settings, *, suffix: str = "") -> str:
    times = settings.thresholds
    failed = gained(metric, HOUR, where=_FAILED, suffix=suffix)
    ended = gained(metric, HOUR, where=_ENDED, suffix=suffix)
    return f"{share(failed, ended, least=times.ratio_least)} > {times.ratio_share:g}"


def _runs(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowRunFailureRatio"
    return Alert(
        name=name,
        expr=lasting(
            either(
                _failing(outcomes.RUNS_FINISHED, settings),
                _failing(dagruns.DAGRUN_DURATION, settings, suffix="_count"),
            ),
            alert=name,
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"{{{{ $value | humanizePercentage }}}} of all runs fail {WHERE}",
        description="Of runs that ended in the last hour, over all DAGs. That is seldom the DAGs: look for "
        "what "
        "they share.\n"
        "Database "
        + ask(f"max({metadb.METADB_UP}{{%s}})", "airflow")
        + " (1: it answers). Workers, a connection "
        "that expired, a storage that is full, a deployment in the last hour?",
        dashboard="windsock-overview",
        when=f"of at least {times.ratio_least} runs that ended in an hour more than "
        f"{times.ratio_share:.0%} failed",
        needs=Needs.EITHER,
        optional=True,
    )


def _tasks(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTaskFailureRatio"
    return Alert(
        name=name,
        expr=lasting(
            either(_failing(outcomes.ATTEMPTS_FINISHED, settings), _failing(told.TI_FINISH, settings)),
            alert=name,
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"{{{{ $value | humanizePercentage }}}} of all tasks fail {WHERE}",
        description="Of attempts that ended on a worker in the last hour, over all DAGs and queues.\nMost "
        "in queue "
        + ask(
            f'topk(1, sum by (queue) (rate({outcomes.ATTEMPTS_FINISHED}{{%s,state="failed"}}[1h])))',
            "airflow",
            show='label "queue"',
        )
        + ". One worker that fails everything it takes, or something that all tasks use.",
        dashboard="windsock-overview",
        when=f"of at least {times.ratio_least} attempts that ended in an hour more than "
        f"{times.ratio_share:.0%} "
        "failed; from StatsD not on Airflow 3.0",
        needs=Needs.EITHER,
        optional=True,
    )


def _operators(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowOperatorFailureRatio"
    labels = ("airflow", "operator")
    database = share(
        gained(outcomes.OPERATOR_OUTCOMES, HOUR, "operator", where=_FAILED),
        gained(outcomes.OPERATOR_OUTCOMES, HOUR, "operator", where=_ENDED),
        least=times.ratio_least,
        on="airflow, operator",
    )
    failed = gained(told.OPERATOR_FAILURES, HOUR, "operator_name")
    good = gained(told.OPERATOR_SUCCESSES, HOUR, "operator_name")
    on = "airflow, operator_name"
    statsd = share(failed, f"({failed} + on ({on}) {good}) or {failed}", least=times.ratio_least, on=on)
    renamed = (
        f'max by (airflow, operator) (label_replace({statsd}, "operator", "$1", "operator_name", "(.*)"))'
    )
    both = f"({database})\nor ({renamed} unless on (airflow) {newest(metadb.METADB_UP)})"
    return Alert(
        name=name,
        expr=lasting(f"({both}) > {times.ratio_share:g}", alert=name, labels=labels),
        severities=_TICKET,
        team=team,
        identity=labels,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"{{{{ $value | humanizePercentage }}}} of {short('operator', 40)} fail {WHERE}",
        description="Of tasks of this operator whose run ended in the last hour, over all DAGs: what it "
        "talks to is "
        "down, refuses the credentials, or changed.\n"
        "For virtualenv operators: the package index; for pods: image pulls and quota.",
        dashboard="windsock-practices",
        when=f"of at least {times.ratio_least} tasks of one operator in an hour more than "
        f"{times.ratio_share:.0%} "
        "failed",
        needs=Needs.EITHER,
        optional=True,
    )
