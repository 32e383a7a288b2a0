"""Assets and triggers: what waits for assets, triggers, deadlines, callbacks or people?"""

from __future__ import annotations

from windsock.catalog import triggers, waiting
from windsock.catalog.statsd import dagruns
from windsock_dashboards.boards import triggering
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import ASSETS, of_dag
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)


def board(scope: Scope) -> Board:
    """Triggers, assets, people, callbacks."""
    return Board(
        uid=ASSETS,
        title="Assets and triggers",
        description="What waits for assets, triggers, deadlines, callbacks or people, and for how long?",
        choices=(),
        marks=marks.everywhere(scope),
        rows=(
            Row("head", "", _head(scope)),
            Row("assets-row", "Assets", _assets(scope)),
            Row("triggers-row", "Triggers", triggering.running(scope)),
            Row(
                "callbacks-row",
                "Callbacks, deadlines, connection tests",
                triggering.callbacks(scope),
                collapsed=True,
            ),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="unassigned",
            title="Orphan triggers?",
            about=About(
                "Triggers that no living triggerer has taken: their deferred tasks wait in vain.",
                normal="0, for seconds more.",
                bad="Any number that stays: the triggerer is dead, or full.",
                then="Triggers below; the triggerer's heartbeat in Scheduler and parsing.",
            ),
            queries=(Query(scope.max(triggers.UNASSIGNED), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowTriggersUnassigned", "AirflowTriggererDown"),
        ),
        Stat(
            key="deferred-overdue",
            title="Deferred too long?",
            about=About(
                "Deferred tasks past the timeout of their trigger, which no scheduler has ended yet.",
                normal="0.",
                bad="Any number: the scheduler does not get to them.",
                then="Scheduler and parsing.",
            ),
            queries=(Query(scope.max(triggers.DEFERRED_OVERDUE), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowDeferredOverdue",),
        ),
        Stat(
            key="oldest-trigger",
            title="Oldest trigger?",
            about=About(
                "Age of the trigger that was created first.",
                normal="As long as your longest deferrable task waits.",
                bad="Days: what it waits for never comes, and it has no timeout.",
                then="`timeout` of deferrable operators.",
            ),
            queries=(Query(scope.age(triggers.OLDEST), scope.legend),),
            neutral=True,
            decimals=1,
            empty="no trigger",
        ),
        Stat(
            key="people",
            title="Open questions?",
            about=About(
                "Tasks that wait for the answer of a human (3.1).",
                normal="0, or what people know of.",
                bad="Any number that nobody knows of.",
                then="Airflow's page of required actions.",
            ),
            queries=(Query(scope.max(waiting.HITL_PENDING), scope.legend),),
            neutral=True,
        ),
        Stat(
            key="people-age",
            title="Oldest question?",
            about=About(
                "How long the oldest of them has waited.",
                normal="Below a working day.",
                bad="More: nobody was told.",
                then="Airflow's page of required actions.",
            ),
            queries=(Query(scope.age(waiting.HITL_OLDEST), scope.legend),),
            steps=words.warn_from(scope.limits.human_waits),
            alerts=("AirflowHumanWaitedFor",),
            decimals=1,
            empty="none waits, or Airflow before 3.1",
        ),
        Stat(
            key="callbacks-count",
            title="Callbacks that wait?",
            about=About(
                "Callbacks that should run and have not finished.",
                normal="0, for seconds more.",
                bad="Grows: DAG processor or triggerer do not run them, so nobody is told.",
                then="Callbacks below.",
            ),
            queries=(Query(scope.total(waiting.CALLBACKS_PENDING), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowDeadlinesUnhandled",),
        ),
    )


def _assets(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    return (
        Table(
            key="waiting-dags",
            title="Which DAGs wait for the rest of their assets?",
            about=About(
                "DAGs of which some assets were updated and others not (2.x: datasets), the longest first.",
                normal="Younger than the slowest of their assets takes.",
                bad="Old: an asset is never updated, so the DAG never runs, and nothing of it fails.",
                then="Which asset was not updated for long, beside it.",
            ),
            queries=scope.rows(
                _DAG,
                scope.age(waiting.ASSET_QUEUE_OLDEST, *_DAG),
                scope.max(waiting.ASSET_QUEUE_EVENTS, *_DAG),
            ),
            empty="no DAG waits",
            columns=(
                Column(name="Waits for", field="A", unit=Shown.AGE, width=110, decimals=1),
                Column(name="Updated so far", field="B", unit=waiting.ASSET_QUEUE_EVENTS, width=120),
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Waits for",
        ),
        Table(
            key="stale-assets",
            title="Which assets were not updated for long?",
            about=About(
                "The last update of each asset that --assets names, the oldest first.",
                normal="As young as its producer's schedule.",
                bad="Older than the threshold of the alert: its producer does not run, or fails.",
                then="The DAG that makes it.",
            ),
            queries=(Query(scope.top(100, scope.age(waiting.ASSET_LAST_EVENT, "asset"))),),
            alerts=("AirflowAssetStale",),
            columns=(
                Column(
                    name="Updated ago",
                    field="A",
                    unit=Shown.AGE,
                    width=120,
                    decimals=1,
                    colored=True,
                    steps=words.warn_from(scope.limits.asset_stale),
                ),
                Column(name="Asset", field="asset"),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Updated ago",
        ),
        Series(
            key="asset-events",
            title="How often are assets updated?",
            about=About(
                "Updates per minute by asset, the ten with most; the empty name stands for all others.",
                normal="In the rhythm of their producers.",
                bad="A line ends: its producer does not run.",
                then="Which assets were not updated for long.",
            ),
            queries=(
                Query(scope.top(10, scope.per_minute(waiting.ASSET_EVENTS, "asset")), scope.named("asset")),
            ),
        ),
        Series(
            key="asset-runs",
            title="How many runs do assets start?",
            about=About(
                "Updates of assets, and runs that these created, per minute, by StatsD.",
                normal="Runs follow updates.",
                bad="Updates without runs: every consumer waits for another asset, or is paused.",
                then="Which DAGs wait for the rest of their assets.",
            ),
            queries=(
                Query(
                    scope.events(updates=dagruns.ASSET_UPDATES, runs=dagruns.ASSET_TRIGGERED_RUNS),
                    "{{event}} " + airflow,
                ),
            ),
        ),
    )
