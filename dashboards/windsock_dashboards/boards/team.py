"""One team: its DAGs, what it promised, what it uses and what that costs."""

from __future__ import annotations

from windsock.catalog import dags, outcomes, sla
from windsock.catalog.statsd import tasks as tries
from windsock_dashboards.boards import alerts, slas, trouble
from windsock_dashboards.boards.slas import SLA
from windsock_dashboards.shapes import choices, marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import TEAM, of_dag, of_dag_series
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Stat, Typed
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)
_MINE = 'team=~"$team"'
_HOUR = 3600


def board(scope: Scope) -> Board:
    """State, DAGs, SLAs, use."""
    return Board(
        uid=TEAM,
        title="One team",
        description="My DAGs: are they on time, do they succeed, what do they use, and what does that cost?",
        choices=(choices.team(scope), Typed(name="price", label="Price of a slot-hour", default="1")),
        marks=marks.everywhere(scope),
        since="now-24h",
        rows=(
            Row("head", "", _head(scope)),
            Row("mine", "My DAGs", (_dags(scope), trouble.overdue(scope), trouble.failed(scope))),
            Row("promises", "My SLAs", (slas.breached(scope), slas.upcoming(scope), slas.since(scope))),
            Row("use", "What do they use?", _use(scope)),
            Row("alerts-row", "My alerts", (alerts.table(scope, width=24, where=_MINE),)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    mine = scope.max(dags.DAG_INFO, *_DAG, where=_MINE)
    known = scope.of_team(scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG), _DAG, dags.DAG_INFO)
    late = scope.of_team(scope.max(sla.SLA_BREACHED, *SLA), SLA, sla.SLA_INFO)
    paused = f"{scope.max(dags.DAG_PAUSED, *_DAG)} == 1 and {scope.on(*_DAG)} {mine}"
    return (
        Stat(
            key="dags-count",
            title="DAGs?",
            about=About(
                "DAGs of the chosen teams, by owners.yaml.",
                normal="As many as you know of.",
                bad="Fewer: a file is lost or broken. Many more: others' DAGs fall to your team.",
                then="owners.yaml; Projects and delivery.",
            ),
            queries=(Query(scope.count(mine), scope.legend),),
            neutral=True,
        ),
        Stat(
            key="breached-count",
            title="Breached SLAs?",
            about=About(
                "SLAs of the team whose deadline passed without success.",
                normal="0.",
                bad="Any number: somebody waits for this data.",
                then="My SLAs, below.",
            ),
            queries=(Query(scope.sum(late), scope.legend),),
            steps=words.BAD_FROM_ONE,
            alerts=("AirflowSlaBreached",),
            empty="no SLA",
        ),
        Stat(
            key="failed-share",
            title="DAGs in order?",
            about=About(
                "Of the team's DAGs with a finished run, the share whose newest one succeeded.",
                normal="100 %.",
                bad="Less: the table of failed DAGs names them.",
                then="Which DAGs failed, below.",
            ),
            queries=(Query(scope.share(scope.sum(known), scope.count(known)), scope.legend),),
            steps=words.WARN_BELOW_ONE,
            decimals=0,
            empty="no run yet",
        ),
        Stat(
            key="paused-count",
            title="Paused?",
            about=About(
                "Paused DAGs of the team: they are never overdue, but their SLAs breach.",
                normal="Those that you paused.",
                bad="Others: Airflow pauses a DAG after too many failures, if it is told so.",
                then="Airflow's list of DAGs, filtered by paused.",
            ),
            queries=(Query(scope.count(paused), scope.legend),),
            neutral=True,
            empty="0",
        ),
        alerts.count(scope, where=_MINE),
        Stat(
            key="run-hours",
            title="Task-hours?",
            about=About(
                "Hours that tries of the team's tasks ran, by StatsD.",
                normal="Like the same day of last week.",
                bad="Far more: slower tasks, retries, a backfill.",
                then="Hours by DAG, below.",
            ),
            queries=(Query(scope.sum(_hours(scope)), scope.legend),),
            unit=Shown.PLAIN,
            neutral=True,
            decimals=1,
        ),
    )


def _dags(scope: Scope) -> Table:
    mine = scope.one(dags.DAG_INFO, _DAG, ("team", "schedule"), where=_MINE)
    age = scope.labelled(scope.age(dags.LAST_SUCCESS, *_DAG), _DAG, ("team", "schedule"), mine)
    own = f"{age} and {scope.on(*_DAG)} ({mine})"
    return Table(
        key="my-dags",
        title="How are my DAGs?",
        about=About(
            "Every DAG of the team, the one with the oldest data first; 200 at most.",
            normal="Succeeded, and younger than its schedule asks for.",
            bad="Failed, or far older than its schedule.",
            then="A click on the DAG: its dashboard and its newest run.",
        ),
        queries=scope.rows(
            _DAG,
            own,
            scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG),
            scope.until(dags.NEXT_RUN, *_DAG),
            f"sum {scope.by(*_DAG)} ({scope.max(dags.DAG_RUNS, *_DAG, 'state')})",
            most=200,
        ),
        width=24,
        height=10,
        columns=(
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Team", field="team", width=130),
            Column(name="Schedule", field="schedule", width=150),
            Column(
                name="Last run",
                field="B",
                unit=dags.LAST_FINISHED_SUCCESS,
                width=110,
                colored=True,
                meanings=words.SUCCEEDED,
            ),
            Column(name="Last success ago", field="A", unit=Shown.AGE, width=140, decimals=1),
            Column(name="Next run in", field="C", unit=Shown.AGE, width=120, decimals=1),
            Column(name="In flight", field="D", unit=dags.DAG_RUNS, width=90),
            Column(name="Airflow", field=scope.label, width=100),
        ),
        sort_by="Last success ago",
    )


def _hours(scope: Scope) -> str:
    """Hours of tries by DAG, of the chosen teams."""
    ran = f"{scope.gained_sum(tries.TASK_DURATION, *_DAG)} / {_HOUR}"
    return f"({ran}) and {scope.on(*_DAG)} {scope.max(dags.DAG_INFO, *_DAG, where=_MINE)}"


def _slot_hours(scope: Scope) -> str:
    """Slot-hours by DAG, of the chosen teams; hours of tries where windsock does not tell them by DAG."""
    slots = f"{scope.gained(outcomes.SLOT_SECONDS, *_DAG)} / {_HOUR}"
    mine = f"({slots}) and {scope.on(*_DAG)} {scope.max(dags.DAG_INFO, *_DAG, where=_MINE)}"
    return f"({mine}) or {scope.on(*_DAG)} ({_hours(scope)})"


def _use(scope: Scope) -> tuple[Panel, ...]:
    taken = scope.top(50, _slot_hours(scope))
    return (
        Bars(
            key="hours",
            title="How many hours do tasks of my DAGs run?",
            about=About(
                "Hours that tries of tasks ran in the time shown, by StatsD, the ten DAGs with most.",
                normal="The DAGs that you know to be large.",
                bad="A small DAG with many hours: it waits inside, or is repeated.",
                then="A click on the bar: the DAG's tasks.",
            ),
            queries=(Query(scope.top(10, _hours(scope)), scope.named("dag_id")),),
            unit=Shown.PLAIN,
            links=of_dag_series(scope),
            decimals=1,
        ),
        Table(
            key="slot-hours",
            title="How many slot-hours does each DAG take, and what do they cost?",
            about=About(
                "Pool slots times hours of finished tasks in the time shown, and that times the price above. "
                "Below the preset full, hours of tries by StatsD stand for them.",
                normal="The DAGs that you know to be large.",
                bad="Sensors and other waiting tasks at the top: they hold slots for nothing.",
                then="Practices: what could be deferred.",
            ),
            queries=(Query(taken), Query(f"{taken} * $price")),
            columns=(
                Column(name="Slot-hours", field="A", unit=Shown.PLAIN, width=120, decimals=1),
                Column(name="Cost", field="B", unit=Shown.PLAIN, width=120, decimals=2),
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Slot-hours",
        ),
    )
