"""Overview: is anything wrong, and whose is it? The board for whoever was just woken."""

from __future__ import annotations

from windsock.catalog import dags, outcomes, sla, tasks
from windsock.metric import Metric
from windsock_dashboards.boards import alerts, components, late, parse, pools, trouble
from windsock_dashboards.boards.slas import SLA
from windsock_dashboards.shapes import choices, marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.expr import in_unit
from windsock_dashboards.shapes.links import OVERVIEW, TEAM, of_dag_series, to
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)


def board(scope: Scope) -> Board:
    """Platform in a line, trouble by team, the DAGs in trouble, how much happens."""
    return Board(
        uid=OVERVIEW,
        title="Airflow overview",
        description="Is anything wrong, and whose is it: the platform's, or a team's?",
        choices=(choices.team(scope),),
        marks=marks.everywhere(scope),
        rows=(
            Row("head", "", _head(scope)),
            Row("whose", "Whose is it?", (alerts.table(scope, width=24), _teams(scope))),
            Row("dags-row", "DAGs", _dags(scope)),
            Row("volume", "How much happens?", _volume(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    overdue_now = scope.of_team(f"({scope.filled(dags.OVERDUE, dags.DAG_INFO, *_DAG)})", _DAG, dags.DAG_INFO)
    last = scope.of_team(scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG), _DAG, dags.DAG_INFO)
    return (
        alerts.count(scope),
        late.breached(scope),
        late.at_risk(scope),
        Stat(
            key="overdue-count",
            title="Overdue DAGs?",
            about=About(
                "DAGs whose next run is past due and was not created.",
                normal="0. Paused DAGs, and those that work off a backlog, are never overdue.",
                bad="One: its max_active_runs or its file. Many: the scheduler.",
                then="The table of overdue DAGs; Scheduler and parsing.",
            ),
            queries=(Query(scope.sum(f"({overdue_now}) > bool 0"), scope.legend),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowDagOverdue", "AirflowManyDagsOverdue"),
            empty="no DAG known",
        ),
        Stat(
            key="failed-count",
            title="Failed DAGs?",
            about=About(
                "DAGs whose newest finished run, by its due time, failed. Backfills do not count.",
                normal="0, or the few that you know.",
                bad="Many at once: a common source, a deployment, or the workers.",
                then="The table of failed DAGs.",
            ),
            queries=(Query(scope.sum(f"1 - ({last})"), scope.legend),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowDagLastRunFailed",),
            empty="no run known",
        ),
        Stat(
            key="import-count",
            title="Broken DAG files?",
            about=About(
                "Files that Airflow cannot import, of all teams: a new file has no DAG yet, so no owner.",
                normal="0.",
                bad="One: somebody's change. Many: a missing package or a bad deployment.",
                then="The table of broken files.",
            ),
            queries=(Query(scope.max(dags.IMPORT_ERRORS), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowImportErrors",),
        ),
        components.heartbeats(scope),
        components.api_server(scope),
        components.database(scope),
        components.freshness(scope),
        Stat(
            key="stuck-count",
            title="Stuck tasks?",
            about=About(
                "Tasks queued for longer than Airflow's own limit of 10 minutes.",
                normal="0.",
                bad="Any number: no worker takes them.",
                then="Queues, pools, executors: which queue is no longer served.",
            ),
            queries=(Query(scope.total(tasks.STUCK_QUEUED), scope.legend),),
            width=3,
            steps=words.BAD_FROM_ONE,
            alerts=("AirflowQueueStuck",),
        ),
        pools.full(scope, width=3),
    )


def _teams(scope: Scope) -> Table:
    team = ("team",)
    # Not joined: with ten thousand DAGs that would take a second.
    known = scope.count(scope.max(dags.DAG_INFO, *_DAG, *team), *team)

    def counted(value: str, keys: tuple[str, ...], info: Metric) -> Query:
        of_those = scope.one(info, keys, team, among=value)
        found = scope.count(scope.labelled(value, keys, team, of_those), *team)
        # Without zeros the column would not be there on a good day.
        return Query(in_unit(f"{found} or 0 * {known}", Shown.NUMBER))

    return Table(
        key="teams",
        title="Which team has trouble?",
        about=About(
            "What is wrong by team, so that each looks at its own. Empty team: no owner is known.",
            normal="Zeros in the columns of trouble.",
            bad="One team: its DAGs. All teams: the platform.",
            then="A click on the team: its own dashboard.",
        ),
        queries=(
            Query(known),
            counted(scope.max(sla.SLA_BREACHED, *SLA, keep="== 1"), SLA, sla.SLA_INFO),
            counted(scope.max(sla.SLA_AT_RISK, *SLA, keep="== 1"), SLA, sla.SLA_INFO),
            counted(scope.max(dags.OVERDUE, *_DAG, keep="> 0"), _DAG, dags.DAG_INFO),
            counted(scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG, keep="== 0"), _DAG, dags.DAG_INFO),
        ),
        width=24,
        height=7,
        columns=(
            Column(name="Team", field="team", links=to(TEAM, scope, team="team")),
            _trouble("SLAs breached", "B", bad=True),
            _trouble("SLAs at risk", "C"),
            _trouble("DAGs overdue", "D"),
            _trouble("DAGs failed", "E"),
            Column(name="DAGs", field="A", unit=Shown.NUMBER, width=90),
            Column(name="Airflow", field=scope.label, width=110),
        ),
        sort_by="SLAs breached",
    )


def _trouble(name: str, ref: str, *, bad: bool = False) -> Column:
    steps = words.BAD_FROM_ONE if bad else words.WARN_FROM_ONE
    return Column(name=name, field=ref, unit=Shown.NUMBER, width=130, colored=True, steps=steps)


def _dags(scope: Scope) -> tuple[Panel, ...]:
    return trouble.overdue(scope), trouble.failed(scope), parse.broken(scope), _busiest(scope)


def _busiest(scope: Scope) -> Bars:
    running = scope.max(dags.DAG_RUNS, *_DAG, where='state="running"')
    return Bars(
        key="busiest",
        title="Which DAGs run most now?",
        about=About(
            "Running runs by DAG, the ten with most.",
            normal="One or two each.",
            bad="One DAG with many: a backfill, a catch-up, or runs that never end.",
            then="A click on the bar: the DAG's dashboard.",
        ),
        queries=(Query(scope.top(10, f"{running} > 0"), scope.named("dag_id")),),
        unit=dags.DAG_RUNS,
        links=of_dag_series(scope),
        decimals=0,
        empty="nothing runs",
    )


def _volume(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    ended = outcomes.ATTEMPTS_FINISHED
    good = scope.rate(ended, where='state="success"')
    return (
        Stat(
            key="done",
            title="Task attempts?",
            about=About(
                "Attempts of tasks that ended on a worker in the time range above: the volume of work.",
                normal="Like the same time of last week.",
                bad="Far less: nothing runs. Far more: a backfill, or retries.",
                then="How do attempts end, beside it.",
            ),
            queries=(Query(scope.gained(ended), airflow),),
            height=8,
            neutral=True,
        ),
        Stat(
            key="success-share",
            title="Succeeded?",
            about=About(
                "Of the attempts that ended in the time shown, how many succeeded; retries count as failed.",
                normal="Near 100 %, as usual for you.",
                bad="A fall: many DAGs share one cause.",
                then="Which operators fail, in Practices; failed DAGs above.",
            ),
            queries=(
                Query(
                    scope.share(scope.gained(ended, where='state="success"'), scope.gained(ended)), airflow
                ),
            ),
            height=8,
            neutral=True,
            decimals=1,
        ),
        Series(
            key="attempts",
            width=16,
            height=8,
            title="How do task attempts end?",
            about=About(
                "Attempts that ended on a worker, per minute, by state.",
                normal="Mostly success, in the rhythm of your schedule.",
                bad="Zero while tasks wait: nothing moves. A band of failures: a common cause.",
                then="Queues, pools, executors; failed DAGs above.",
            ),
            queries=(Query(scope.per_minute(ended, "state"), scope.named("state")),),
            colors=words.STATES,
            stacked=True,
            alerts=("AirflowTaskFailureRatio",),
        ),
        Series(
            key="success-ratio",
            width=12,
            title="Which share of attempts succeeds?",
            about=About(
                "Successful attempts as a share of all that ended.",
                normal="Near 1, level.",
                bad="A step down: since when, and what was deployed then.",
                then="The marks of deployments and upgrades in this graph.",
            ),
            most=1,
            queries=(Query(scope.share(good, scope.rate(ended)), airflow),),
        ),
        Series(
            key="runs",
            width=12,
            title="How do DAG runs end?",
            about=About(
                "Runs that finished, per minute, by state, over all DAGs.",
                normal="Mostly success.",
                bad="Failures that rise together.",
                then="Failed DAGs above.",
            ),
            queries=(Query(scope.per_minute(outcomes.RUNS_FINISHED, "state"), scope.named("state")),),
            colors=words.STATES,
            stacked=True,
            alerts=("AirflowRunFailureRatio",),
        ),
        Series(
            key="runs-now",
            width=12,
            title="How many runs are queued and running?",
            about=About(
                "Runs in flight over all DAGs.",
                normal="Follows your schedule.",
                bad="Queued grows: runs wait at max_active_runs, or the scheduler is behind.",
                then="Queues, pools, executors: runs in flight.",
            ),
            queries=(Query(scope.total(dags.DAG_RUNS, "state"), scope.named("state")),),
            colors=words.STATES,
            decimals=0,
        ),
        parse.vanished(scope),
    )
