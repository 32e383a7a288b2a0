"""Assets and triggers: what waits for assets, triggers, deadlines, callbacks or people?"""

from __future__ import annotations

from windsock.catalog import tasks, triggers, waiting
from windsock.catalog.statsd import capacity, dagruns, providers
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import ASSETS, of_dag
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Board, Column, Panel, Query, Row, Series, Stat, Table

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
            Row("triggers-row", "Triggers", _triggers(scope)),
            Row("callbacks-row", "Callbacks, deadlines, connection tests", _others(scope), collapsed=True),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="unassigned",
            title="Triggers nobody runs?",
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
            title="Deferred past their time?",
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
            title="Questions to people?",
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


def _triggers(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    return (
        Series(
            key="triggers",
            title="How many triggers are there, and who runs them?",
            about=About(
                "Triggers by whether their triggerer is alive, dead, or nobody has taken them.",
                normal="All with a living triggerer.",
                bad="`dead` or `none` that stays: deferred tasks wait in vain.",
                then="The triggerer's heartbeat and log.",
            ),
            queries=(Query(scope.total(triggers.TRIGGERS, "triggerer"), scope.named("triggerer")),),
            stacked=True,
            alerts=("AirflowTriggersUnassigned",),
            decimals=0,
        ),
        Series(
            key="capacity",
            title="How full is each triggerer?",
            about=About(
                "Triggers that run on each, and how many more it could take (3.x), by StatsD.",
                normal="Room for more.",
                bad="No room: triggers wait although the triggerer is alive.",
                then="More triggerers, or a higher capacity.",
            ),
            queries=(
                Query(scope.max(capacity.TRIGGERS_RUNNING, "hostname"), "running " + scope.named("hostname")),
                Query(
                    scope.max(capacity.TRIGGERER_CAPACITY_LEFT, "hostname"), "room " + scope.named("hostname")
                ),
            ),
            unit=capacity.TRIGGERS_RUNNING,
            decimals=0,
        ),
        Series(
            key="trigger-events",
            title="Do triggers fire, and does one block the others?",
            about=About(
                "Triggers that fired, failed, or blocked the triggerer's loop, per minute.",
                normal="Mostly fired.",
                bad="`blocked`: a trigger does slow work without awaiting, and delays every other one.",
                then="The triggerer's log names the trigger.",
            ),
            queries=(
                Query(
                    scope.events(
                        fired=capacity.TRIGGERS_SUCCEEDED,
                        failed=capacity.TRIGGERS_FAILED,
                        blocked=capacity.TRIGGERS_BLOCKED_MAIN_THREAD,
                    ),
                    "{{event}} " + airflow,
                ),
            ),
            alerts=("AirflowTriggererBlocked",),
        ),
        Series(
            key="deferred",
            title="How many tasks are deferred?",
            about=About(
                "Task instances in state deferred: they wait in the triggerer and hold no worker.",
                normal="Follows your schedule.",
                bad="Grows without end: what they wait for does not come.",
                then="Oldest trigger, above.",
            ),
            queries=(Query(scope.total(tasks.TASK_INSTANCES, where='state="deferred"'), airflow),),
            decimals=0,
        ),
    )


def _others(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    return (
        Series(
            key="callbacks",
            title="Which callbacks wait?",
            about=About(
                "Callbacks that should run and have not finished, by type and state.",
                normal="0.",
                bad="Grows: nobody runs them, so nobody is told.",
                then="The logs of DAG processor and triggerer.",
            ),
            queries=(
                Query(scope.max(waiting.CALLBACKS_PENDING, "type", "state"), scope.named("type", "state")),
            ),
            decimals=0,
        ),
        Series(
            key="deadlines-overdue",
            title="How many of Airflow's deadlines has nobody looked at?",
            about=About(
                "Deadlines (3.1) whose time has passed and that no scheduler has called missed.",
                normal="0.",
                bad="Any number: the scheduler is behind.",
                then="SLA: Airflow's own deadlines.",
            ),
            queries=(Query(scope.max(waiting.DEADLINES_OVERDUE), airflow),),
            alerts=("AirflowDeadlinesUnhandled",),
            decimals=0,
        ),
        Bars(
            key="connection-tests",
            title="How do connection tests end?",
            about=About(
                "Tests of connections in the time shown (3.3), by result.",
                normal="success.",
                bad="reaped: no worker ever answered.",
                then="The connection itself; a worker of the queue that tests run on.",
            ),
            queries=(Query(scope.gained(providers.CONNECTION_TESTS, "result"), scope.named("result")),),
            decimals=0,
        ),
    )
