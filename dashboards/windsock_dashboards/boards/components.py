"""Panels about Airflow's own processes: who is alive, who answers."""

from __future__ import annotations

from windsock.catalog import components, metadb
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series, Stat, Timeline
from windsock_dashboards.shapes.tables import Column, Table

_DOWN = ("AirflowSchedulerDown", "AirflowDagProcessorDown", "AirflowTriggererDown")


def heartbeats(scope: Scope, *, width: int = 9) -> Stat:
    """How long each was silent."""
    return Stat(
        key="heartbeat",
        title="How long ago did each component report?",
        about=About(
            "Age of the newest heartbeat per kind of component, read from the database.",
            normal="Seconds. The triggerer may be scaled to none while no task is deferred.",
            bad="Minutes: all components of that kind are dead, or cannot write to the database.",
            then="The timeline of silence tells since when; the runbook says which log to read.",
        ),
        queries=(Query(scope.age(components.HEARTBEAT, "job_type"), scope.named("job_type")),),
        width=width,
        steps=words.between(scope.limits.component_silent, scope.limits.component_crashed),
        alerts=_DOWN,
        decimals=0,
        empty="no component seen",
    )


def api_server(scope: Scope, *, width: int = 3) -> Stat:
    """Whether it answers."""
    return Stat(
        key="api-server",
        title="API server?",
        about=About(
            "Probe of --airflow-url: the API server (3.x), to which tasks report, or the web server (2.x).",
            normal="answers.",
            bad="no answer: on 3.x running tasks end themselves after failed heartbeats; on 2.x only the "
            "pages are gone.",
            then="Its log; the metadata database, which it needs too.",
        ),
        queries=(Query(scope.max(components.API_SERVER_UP), scope.legend),),
        width=width,
        meanings=words.ANSWERS,
        alerts=("AirflowApiServerDown",),
        empty="not probed",
    )


def database(scope: Scope, *, width: int = 3) -> Stat:
    """Whether it answers."""
    return Stat(
        key="metadb",
        title="Database?",
        about=About(
            "Whether the metadata database answered windsock's last cycle.",
            normal="answers.",
            bad="no answer: most likely Airflow does not get one either. Figures of DAGs and queues "
            "disappear until it does.",
            then="Metadata database; then the database server itself.",
        ),
        queries=(Query(scope.max(metadb.METADB_UP), scope.legend),),
        width=width,
        meanings=words.ANSWERS,
        alerts=("AirflowMetadataDatabaseUnreachable",),
        empty="no exporter",
    )


def freshness(scope: Scope, *, width: int = 3) -> Stat:
    """Whether the figures are of now."""
    return Stat(
        key="exporter",
        title="Data age?",
        about=About(
            "Age of what `windsock serve` shows: whether all other panels are of now.",
            normal="Seconds.",
            bad="Minutes: it hangs, and figures of the database are old whatever the panels say.",
            then="Monitoring itself; the log of `windsock serve`.",
        ),
        queries=(Query(scope.age(metadb.SNAPSHOT), scope.legend),),
        width=width,
        steps=words.bad_from(scope.limits.exporter_stale),
        alerts=("WindsockExporterStale",),
        decimals=0,
        empty="no exporter",
    )


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Since when, how many, on which host."""
    silent = f"({scope.age(components.HEARTBEAT, 'job_type')} > bool {scope.limits.component_silent:g})"
    refuses = f"1 - {scope.max(components.API_SERVER_UP)}"
    return (
        Timeline(
            key="silent",
            width=8,
            title="Which component was silent, and when?",
            about=About(
                "No heartbeat for as long as the alerts call silent, or no answer of the API server.",
                normal="Unbroken bands of `alive`.",
                bad="`silent`: nothing of its work was done then. A gap: no data, as while windsock was "
                "down.",
                then="What else happened then: deployments and upgrades are marked in the graphs.",
            ),
            queries=(
                Query(silent, scope.named("job_type")),
                Query(refuses, "API server " + scope.legend),
            ),
            unit=Shown.NUMBER,
            meanings=words.SILENT,
            alerts=_DOWN,
        ),
        Series(
            key="alive",
            width=8,
            title="How many of each component are alive?",
            about=About(
                "Components with a young heartbeat: are all replicas there?",
                normal="Flat lines at the number you deployed.",
                bad="A step down that stays: a replica is gone. Teeth: it crashes and starts again.",
                then="The table of hosts; the log of the one that is missing.",
            ),
            queries=(Query(scope.max(components.ALIVE, "job_type"), scope.named("job_type")),),
            alerts=("AirflowSchedulerInstanceDown", "AirflowComponentRestarting"),
            decimals=0,
        ),
        Series(
            key="api-response",
            width=8,
            title="How fast does the API server answer?",
            about=About(
                "Time of the last successful probe. It rises before tasks lose their connection.",
                normal="Well below a second.",
                bad="Seconds: too few workers of the API server, or a slow database.",
                then="Metadata database: connections.",
            ),
            queries=(Query(scope.max(components.API_SERVER_RESPONSE), scope.legend),),
        ),
    )


def hosts(scope: Scope) -> tuple[Panel, ...]:
    """Where they run, and how often they start."""
    return (
        Table(
            key="hosts",
            title="Which host runs what, and when did it report?",
            about=About(
                "The newest heartbeat by host, for an hour after the last: which replica is missing.",
                normal="Every age is seconds.",
                bad="One host is old while others are fresh: that replica died or was moved.",
                then="The log of that host's component.",
            ),
            queries=(Query(scope.top(100, scope.age(components.HOST_HEARTBEAT, "job_type", "hostname"))),),
            width=12,
            columns=(
                Column(
                    name="Last report",
                    field="A",
                    unit=Shown.AGE,
                    width=110,
                    decimals=0,
                    colored=True,
                    steps=words.between(scope.limits.component_silent, scope.limits.component_crashed),
                ),
                Column(name="Component", field="job_type", width=160),
                Column(name="Host", field="hostname"),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Last report",
        ),
        Series(
            key="starts",
            title="How often do components start?",
            about=About(
                "Starts per hour: a component that crashes and comes back looks alive all the time.",
                normal="0, with single starts at deployments.",
                bad="Steady starts: a crash loop, by lack of memory or a failing liveness probe.",
                then="The log of its last end; the events of its pod.",
            ),
            queries=(
                Query(f"60 * {scope.per_minute(components.STARTS, 'job_type')}", scope.named("job_type")),
            ),
            unit=Shown.NUMBER,
            alerts=("AirflowComponentRestarting",),
        ),
    )
