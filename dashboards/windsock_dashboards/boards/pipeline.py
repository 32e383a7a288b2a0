"""Panels about the way from Airflow to the phone: StatsD, scrapes, rules, notifications."""

from __future__ import annotations

from windsock.catalog import dags, outcomes
from windsock.catalog.statsd import tasks as tries
from windsock.catalog.statsd import unknown
from windsock_dashboards.shapes import links, thirdparty, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table


def targets(scope: Scope, *, width: int = 3) -> Stat:
    """Scrape jobs without an answer."""
    return Stat(
        key="targets",
        title="Targets off?",
        about=About(
            "Scrape jobs that carry the Airflow label and of which no target answers.",
            normal="0.",
            bad="Any number: what that job brings is missing, and alerts on it are blind.",
            then="Prometheus' page of targets says why.",
        ),
        queries=(Query(scope.sum(f"1 - {scope.max(thirdparty.UP, 'job')}"), scope.legend),),
        unit=Shown.NUMBER,
        width=width,
        steps=words.BAD_FROM_ONE,
        empty="no target",
    )


def end_to_end(scope: Scope, *, width: int = 3) -> Stat:
    """Whether anything still comes out."""
    return Stat(
        key="end-to-end",
        title="Success?",
        about=About(
            "When the last run of any DAG succeeded: whether scheduling works from end to end.",
            normal="Below two intervals of the canary DAG, or of your most frequent DAG.",
            bad="More: runs are not created, or tasks do not start, whatever the heartbeats say.",
            then="Scheduler and parsing; Queues, pools, executors.",
        ),
        queries=(Query(scope.age(dags.LAST_SUCCESS), scope.legend),),
        width=width,
        steps=words.bad_from(scope.limits.canary_late),
        alerts=("AirflowCanaryLate", "AirflowNothingMoves"),
        decimals=0,
        empty="no run yet",
    )


def statsd(scope: Scope) -> tuple[Panel, ...]:
    """Do lines arrive, are they understood, do both halves agree?"""
    airflow = scope.legend
    bad = scope.events(
        unmapped=thirdparty.STATSD_UNMAPPED,
        bad_tags=thirdparty.STATSD_TAG_ERRORS,
        unknown_counters=unknown.UNKNOWN_COUNTER,
        unknown_timers=f"{unknown.UNKNOWN_TIMER}_count",
    )
    return (
        Series(
            key="statsd-lines",
            title="Does Airflow still send StatsD lines?",
            about=About(
                "Lines per second at statsd_exporter, and UDP packets that it had to drop.",
                normal="Lines in the rhythm of the work, no drops.",
                bad="Zero while the scheduler lives: address, name or port. Drops: statsd_exporter has too "
                "little CPU.",
                then="`windsock airflow-config` prints the lines for airflow.cfg.",
            ),
            queries=(
                Query(scope.rate(thirdparty.STATSD_LINES), "lines " + airflow),
                Query(scope.rate(thirdparty.STATSD_PACKET_DROPS), "dropped packets " + airflow),
            ),
            alerts=("StatsdExporterDown", "StatsdSilent"),
        ),
        Series(
            key="statsd-bad",
            title="Which StatsD lines does nobody understand?",
            about=About(
                "Lines without a rule, with broken tags, or of names the catalogue does not know.",
                normal="0, or your own custom metrics.",
                bad="Begins with an upgrade of Airflow: it sends something new.",
                then="`windsock statsd drift` lists it; `windsock statsd explain` tells about one line.",
            ),
            queries=(Query(bad, "{{event}} " + airflow),),
            alerts=("StatsdUnknownLines",),
        ),
        Series(
            key="halves",
            title="Do database and StatsD agree?",
            about=About(
                "Task attempts that succeeded, per minute, as each half counts them.",
                normal="The lines lie on each other.",
                bad="StatsD far below: lines are lost, or workers send none.",
                then="[metrics] of airflow.cfg on the workers.",
            ),
            queries=(
                Query(
                    scope.per_minute(outcomes.ATTEMPTS_FINISHED, where='state="success"'),
                    "database " + airflow,
                ),
                # By operator: by DAG and task there are too many to add up for a graph.
                Query(scope.per_minute(tries.OPERATOR_SUCCESSES), "StatsD " + airflow),
            ),
            alerts=("AirflowHalvesDisagree",),
        ),
        Series(
            key="scrapes",
            title="How long do scrapes take?",
            about=About(
                "Time of the last scrape by job, of what carries the Airflow label.",
                normal="Well below a second.",
                bad="Near the scrape timeout: too many series.",
                then="docs/cardinality.md; series left out, above.",
            ),
            queries=(Query(scope.max(thirdparty.SCRAPE_SECONDS, "job"), scope.named("job")),),
            unit=Shown.AGE,
        ),
    )


def prometheus(scope: Scope) -> tuple[Panel, ...]:
    """Are rules evaluated, do pages leave?"""
    failures = f"rate({thirdparty.RULE_FAILURES}{{}}[$__rate_interval])"
    unsent = f"rate({thirdparty.NOTIFICATIONS_FAILED}{{}}[$__rate_interval])"
    sent = f"rate({thirdparty.NOTIFICATIONS}{{}}[$__rate_interval])"
    labels = f"{scope.label}, alertname, team, severity"
    pending = f'{thirdparty.ALERTS_FOR_STATE}{{{scope.label}=~"$airflow|"}}'
    return (
        Series(
            key="rules",
            title="Do Prometheus' rules fail?",
            about=About(
                "Failed evaluations per minute by rule group, of the whole Prometheus.",
                normal="0.",
                bad="Any number: alerts of that group are blind.",
                then="Prometheus' page of rules shows the error.",
            ),
            queries=(Query(f"60 * sum by (group) ({_without_path(failures)})", "{{group}}"),),
            unit=Shown.PER_MINUTE,
            alerts=("WindsockRuleEvaluationFailing",),
        ),
        Series(
            key="notifications",
            title="Do pages leave Alertmanager?",
            about=About(
                "Notifications per minute of the whole Alertmanager by integration, and those that failed.",
                normal="No failures.",
                bad="Failures: nobody is told. The watchdog's heartbeat should notice from outside.",
                then="Alertmanager's log; the receiver's key or address.",
            ),
            queries=(
                Query(f"topk(5, 60 * sum by (integration) ({unsent}))", "failed {{integration}}"),
                Query(f"topk(5, 60 * sum by (integration) ({sent}))", "sent {{integration}}"),
            ),
            unit=Shown.PER_MINUTE,
            alerts=("AlertmanagerNotificationsFailing", "Watchdog"),
        ),
        Table(
            key="noise",
            width=24,
            title="Which alerts came most often in the time shown?",
            about=About(
                "How often the condition of each alert came true, by team, also where it healed before "
                "anybody was told: what to mend, or to make quieter.",
                normal="Few, and different ones each week.",
                bad="The same alert every day: its threshold is wrong, or a trouble is left alone.",
                then="`windsock alerts report` says how often people were told.",
            ),
            queries=(Query(f"topk(20, sum by ({labels}) (changes({pending}[$__range]) + 1))"),),
            empty="no alert came, or Prometheus has no rules",
            columns=(
                Column(name="Times", field="A", unit=Shown.NUMBER, width=90),
                Column(name="Alert", field="alertname", links=(links.runbook(),)),
                Column(name="Severity", field="severity", width=90),
                Column(name="Team", field="team", width=120),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Times",
        ),
    )


def _without_path(by_rule_group: str) -> str:
    # Prometheus calls a group `/path/of/the/file.yaml;name`.
    return f'label_replace({by_rule_group}, "group", "$1", "rule_group", ".*;(.*)")'
