"""Scheduler and parsing: is Airflow itself alive, and is it fast?"""

from __future__ import annotations

from windsock.catalog import dags, outcomes
from windsock_dashboards.boards import alerts, components, loop, parse
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import PLATFORM
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Board, Query, Row, Stat


def board(scope: Scope) -> Board:
    """Components, scheduler, parsing."""
    return Board(
        uid=PLATFORM,
        title="Scheduler and parsing",
        description="Is Airflow itself alive and fast: its components, the scheduler's loop, DAG files?",
        choices=(),
        marks=marks.everywhere(scope),
        rows=(
            Row("head", "", _head(scope)),
            Row("components", "Components", components.panels(scope)),
            Row("scheduler", "Scheduler", loop.panels(scope)),
            Row("parsing", "DAG files", parse.panels(scope)),
            Row("restarts", "Hosts and restarts", components.hosts(scope), collapsed=True),
            Row("scheduler-more", "More about the scheduler", loop.rare(scope), collapsed=True),
            Row("parsing-more", "More about parsing", parse.rare(scope), collapsed=True),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        components.heartbeats(scope),
        components.api_server(scope),
        components.database(scope),
        Stat(
            key="delay-now",
            title="Start delay?",
            about=About(
                "How late one of twenty scheduled runs begins: what users feel of the scheduler.",
                normal="Seconds.",
                bad="Minutes: the scheduler is behind, or runs wait at max_active_runs.",
                then="A pass of the scheduler, and what holds back tasks, below.",
            ),
            queries=(Query(scope.quantile(0.95, outcomes.START_DELAY), scope.legend),),
            width=3,
            steps=words.warn_from(scope.limits.start_delay),
            alerts=("AirflowStartDelayHigh",),
            decimals=0,
            empty="no run began",
        ),
        Stat(
            key="parse-now",
            title="Parse age?",
            about=About(
                "How long ago the most neglected DAG was parsed: whether new code is seen.",
                normal="Minutes.",
                bad="An hour: the DAG processor is dead or skips files.",
                then="DAG files below.",
            ),
            queries=(Query(scope.age(dags.LAST_PARSE), scope.legend),),
            width=3,
            steps=words.warn_from(scope.limits.not_parsed),
            alerts=("AirflowDagsNotParsed",),
            decimals=0,
        ),
        alerts.count(scope, width=3),
    )
