"""Panels about `windsock serve`: do its collectors work, what do they cost, what does it leave out?"""

from __future__ import annotations

from windsock.catalog import alerting, metadb, sla
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Panel, Query, Series, Stat, Timeline
from windsock_dashboards.shapes.tables import Column, Table


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Working, cost, age, what is left out."""
    return (
        Timeline(
            key="collectors",
            title="Which collector failed, and when?",
            about=About(
                "Each part of the exporter that reads the database.",
                normal="`works` everywhere.",
                bad="`fails`: after three intervals its metrics disappear, and alerts on them are blind.",
                then="Its line in the log of `windsock serve` says why.",
            ),
            queries=(Query(scope.max(metadb.COLLECTOR_SUCCESS, "collector"), scope.named("collector")),),
            meanings=words.WORKS,
            alerts=("WindsockCollectorFailing",),
        ),
        cost(scope),
        Series(
            key="collector-age",
            title="How old are the figures of each collector?",
            about=About(
                "Time since the last success, the ten oldest collectors.",
                normal="Up to its interval: seconds for the fast ones, minutes for the slow ones.",
                bad="One rises without end: it fails, or was switched off.",
                then="Which collector is switched off.",
            ),
            queries=(
                Query(
                    scope.top(10, scope.age(metadb.COLLECTOR_LAST_SUCCESS, "collector")),
                    scope.named("collector"),
                ),
            ),
        ),
        Table(
            key="disabled",
            title="How often does each collector run, and which is switched off?",
            about=About(
                "Every collector; one that takes too much of the database's time runs less often by itself.",
                normal="No reason in `off because`.",
                bad="plan, timeout: it was too expensive for this database. privilege: the role may not read "
                "a table. schema: an Airflow that is not known. lag: the replica is too far behind.",
                then="`windsock db check` says what is missing.",
            ),
            queries=(Query(scope.top(100, _intervals(scope))),),
            columns=(
                Column(name="Collector", field="collector"),
                Column(name="Every", field="A", unit=metadb.COLLECTOR_INTERVAL, width=110),
                Column(name="Off because", field="reason", width=140),
                Column(name="Airflow", field=scope.label, width=110),
            ),
            sort_by="Every",
        ),
    )


def _intervals(scope: Scope) -> str:
    key = ("collector",)
    off = f"{scope.max(metadb.COLLECTOR_DISABLED, *key)} * 0"
    every = f"{scope.max(metadb.COLLECTOR_INTERVAL, *key)} or {scope.on(*key)} {off}"
    return scope.labelled(every, key, ("reason",), scope.one(metadb.COLLECTOR_DISABLED, key, ("reason",)))


def cost(scope: Scope) -> Series:
    """What each takes."""
    return Series(
        key="collector-time",
        title="What does each collector cost?",
        about=About(
            "Duration of the last run, database and Python together, the ten dearest.",
            normal="Far below its interval; most take milliseconds.",
            bad="Near its interval: it runs less often then, and its figures are older.",
            then="`windsock db explain` shows the plan of its statement.",
        ),
        queries=(
            Query(scope.top(10, scope.max(metadb.COLLECTOR_DURATION, "collector")), scope.named("collector")),
        ),
        alerts=("WindsockCollectorSlow",),
    )


def files(scope: Scope) -> tuple[Stat, ...]:
    """Whether what people write counts."""
    return (
        Stat(
            key="sla-file",
            title="slas.yaml?",
            about=About(
                "Whether slas.yaml as it is now was accepted.",
                normal="counts.",
                bad="rejected: a change is wrong, and the last good file still counts.",
                then="`windsock sla check` names file, line and key.",
            ),
            queries=(Query(scope.min(sla.SLA_FILE_GOOD), scope.legend),),
            width=3,
            meanings=words.COUNTS,
            alerts=("WindsockSlaFileRejected",),
        ),
        Stat(
            key="alerts-file",
            title="alerts.yaml?",
            about=About(
                "Whether alerts.yaml as it is now was accepted.",
                normal="counts.",
                bad="rejected: a change is wrong, and the last good file still counts.",
                then="The log of `windsock serve` names file, line and key.",
            ),
            queries=(Query(scope.min(alerting.FILE_GOOD), scope.legend),),
            width=3,
            meanings=words.COUNTS,
            alerts=("WindsockAlertsFileRejected",),
            empty="no alerts.yaml",
        ),
        Stat(
            key="state",
            title="State file?",
            about=About(
                "Whether what must survive a restart is on disk: breaches, first-seen times, counters.",
                normal="saved.",
                bad="not saved: after a restart counters begin anew.",
                then="Space and rights of --state-dir.",
            ),
            queries=(Query(scope.min(metadb.STATE_SAVED), scope.legend),),
            width=3,
            meanings=words.SAVED,
            alerts=("WindsockStateNotSaved",),
            empty="no --state-dir",
        ),
        Stat(
            key="dropped",
            title="Left out?",
            about=About(
                "Series that windsock does not show, as they are too many or their DAG is not wanted.",
                normal="0, or what your allow and deny lists ask for.",
                bad="Any other number: some DAGs are missing on dashboards and in alerts.",
                then="docs/cardinality.md: presets, lists and caps.",
            ),
            queries=(Query(scope.total(metadb.SERIES_DROPPED), scope.legend),),
            width=3,
            steps=words.WARN_FROM_ONE,
            alerts=("WindsockSeriesDropped",),
            empty="0",
        ),
    )
