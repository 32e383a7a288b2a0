"""Panels about the monitoring itself: metadata database, exporter, StatsD, Prometheus, Alertmanager."""

from __future__ import annotations

from windsock.catalog import metadb
from windsock.catalog.statsd import unknown
from windsock_dashboards import thirdparty, words
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Column, Panel, Query, Series, Shown, Table, Timeline


def exporter(scope: Scope) -> tuple[Panel, ...]:
    """Do the collectors work, and what do they cost the database?"""
    airflow = scope.legend
    return (
        Timeline(
            key="collectors",
            title="Which collector failed, and when?",
            description=(
                "A collector that fails takes its metrics away after three intervals; its log line says why."
            ),
            queries=(Query(scope.max(metadb.COLLECTOR_SUCCESS, "collector"), "{{collector}} " + airflow),),
            unit=metadb.COLLECTOR_SUCCESS,
            meanings=words.WORKS,
        ),
        Series(
            key="collector-time",
            title="What does each collector cost?",
            description=(
                "Duration of the last run, database and Python together. It must stay far below its interval."
            ),
            queries=(Query(scope.max(metadb.COLLECTOR_DURATION, "collector"), "{{collector}} " + airflow),),
            unit=metadb.COLLECTOR_DURATION,
        ),
        Series(
            key="skew",
            title="Do the clocks agree?",
            description=(
                "The database's clock minus the exporter's. Ages use the database's, so they stay right."
            ),
            queries=(Query(scope.max(metadb.CLOCK_SKEW), airflow),),
            unit=metadb.CLOCK_SKEW,
            signed=True,
        ),
        Table(
            key="versions",
            title="Which versions run?",
            description=(
                "Schema and server of the metadata database, and the Airflow versions which have that schema."
            ),
            queries=(Query(_versions(scope)),),
            columns=(
                Column(name="Airflow", field=scope.label, width=110),
                Column(name="From", field="airflow_version_min", width=80),
                Column(name="To", field="airflow_version_max", width=80),
                Column(name="Schema", field="revision"),
                Column(name="Database", field="dialect", width=110),
                Column(name="Server", field="server_version", width=90),
                Column(name="Windsock", field="version", width=90),
            ),
            sort_by="Airflow",
            descending=False,
        ),
    )


def pipeline(scope: Scope) -> tuple[Panel, ...]:
    """Do lines arrive, are rules evaluated, do pages leave?"""
    airflow = scope.legend
    bad = scope.events(
        unmapped=thirdparty.STATSD_UNMAPPED,
        bad_tags=thirdparty.STATSD_TAG_ERRORS,
        unknown_counters=unknown.UNKNOWN_COUNTER,
        unknown_timers=f"{unknown.UNKNOWN_TIMER}_count",
    )
    failures = f"rate({thirdparty.RULE_FAILURES}[$__rate_interval])"
    unsent = f"rate({thirdparty.NOTIFICATIONS_FAILED}[$__rate_interval])"
    return (
        Series(
            key="statsd-lines",
            title="Does Airflow still send StatsD lines?",
            description=(
                "Lines per second at statsd_exporter. Zero while the scheduler lives: address, name or port."
            ),
            queries=(
                Query(scope.rate(thirdparty.STATSD_LINES), "lines " + airflow),
                Query(scope.rate(thirdparty.STATSD_PACKET_DROPS), "dropped packets " + airflow),
            ),
            unit=Shown.PER_SECOND,
        ),
        Series(
            key="statsd-bad",
            title="Which StatsD lines does nobody understand?",
            description=(
                "Lines without a rule, with broken tags, or of names the catalogue does not know "
                "(custom ones)."
            ),
            queries=(Query(bad, "{{event}} " + airflow),),
            unit=Shown.PER_MINUTE,
        ),
        Series(
            key="rules",
            title="Do Prometheus' rules fail?",
            description=(
                "Failed evaluations per minute by rule group, of the whole Prometheus. Alerts in it "
                "are blind."
            ),
            queries=(Query(f"60 * sum by (group) ({_without_path(failures)})", "{{group}}"),),
            unit=Shown.PER_MINUTE,
        ),
        Series(
            key="notifications",
            title="Do pages leave Alertmanager?",
            description="Failed notifications per minute of the whole Alertmanager, five worst integrations.",
            queries=(Query(f"topk(5, 60 * sum by (integration) ({unsent}))", "{{integration}}"),),
            unit=Shown.PER_MINUTE,
        ),
    )


def _without_path(by_rule_group: str) -> str:
    # Prometheus calls a group `/path/of/the/file.yaml;name`.
    return f'label_replace({by_rule_group}, "group", "$1", "rule_group", ".*;(.*)")'


def _versions(scope: Scope) -> str:
    labels = ("revision", "airflow_version_min", "airflow_version_max", "dialect", "server_version")
    info = scope.one(metadb.METADB_INFO, (), labels)
    return scope.labelled(info, (), ("version",), scope.one(metadb.BUILD_INFO, (), ("version",)))
