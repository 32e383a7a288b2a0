"""Platform: does Airflow itself work, and can the monitoring be believed?"""

from __future__ import annotations

from windsock.catalog import components, dags, metadb
from windsock_dashboards import alerts, words
from windsock_dashboards.links import PLATFORM
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Board, Column, Query, Row, Series, Shown, Stat, Table, Timeline


def board(scope: Scope) -> Board:
    """Components, scheduler, parsing, metadata database, and the monitoring itself."""
    return Board(
        uid=PLATFORM,
        title="Platform",
        description=(
            "Is Airflow itself alive and fast, does it read its DAG files, and can the monitoring be "
            "believed?"
        ),
        choices=(),
        rows=(
            Row("head", "", _head(scope)),
            Row("components", "Components", _components(scope)),
            Row("parsing", "DAG files", _parsing(scope)),
            Row("monitoring", "The monitoring itself", _monitoring(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="heartbeat",
            title="How long ago did each component last report?",
            description="Age of the newest heartbeat per component. Healthy ones report every few seconds.",
            queries=(Query(scope.age(components.HEARTBEAT, "job_type"), "{{job_type}}"),),
            unit=Shown.AGE,
            width=9,
            steps=words.HEARTBEAT_AGE,
            sparkline=False,
            decimals=0,
            empty="no component seen",
        ),
        Stat(
            key="api-server",
            title="Does the API server answer?",
            description=(
                "Probe of --airflow-url: API server on 3.x, web server on 2.x. On 3.x tasks report "
                "through it."
            ),
            queries=(Query(f"min({scope.min(components.API_SERVER_UP)})"),),
            unit=components.API_SERVER_UP,
            width=3,
            meanings=words.ANSWERS,
            sparkline=False,
            empty="not probed",
        ),
        Stat(
            key="metadb",
            title="Does the database answer?",
            description="Whether the metadata database answered the exporter's last cycle.",
            queries=(Query(f"min({scope.max(metadb.METADB_UP)})"),),
            unit=metadb.METADB_UP,
            width=3,
            meanings=words.ANSWERS,
            sparkline=False,
            empty="no exporter",
        ),
        Stat(
            key="exporter",
            title="How old are these figures?",
            description=(
                "Age of the exporter's snapshot. Above two minutes the exporter hangs, whatever the "
                "panels say."
            ),
            queries=(Query(f"max({scope.age(metadb.SNAPSHOT)})"),),
            unit=Shown.AGE,
            width=3,
            steps=words.FRESHNESS,
            sparkline=False,
            decimals=0,
            empty="no exporter",
        ),
        Stat(
            key="targets",
            title="How many scrape targets are down?",
            description="Of the targets that carry the Airflow label: exporter and statsd_exporter at least.",
            queries=(Query(f"sum(1 - {scope.min('up', 'job')})"),),
            unit=Shown.NUMBER,
            width=3,
            steps=words.BAD_FROM_ONE,
            empty="no target",
        ),
        alerts.count(scope, width=3),
    )
