"""One DAG: is it on time, how do its runs go, which of its tasks is the trouble?"""

from __future__ import annotations

from windsock.catalog import changes, dags, sla
from windsock_dashboards.boards import alerts, dag_runs, dag_tasks
from windsock_dashboards.shapes import choices, marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import DAG, dag_run, status
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Board, Panel, Query, Row, Stat, Timeline
from windsock_dashboards.shapes.tables import Column, Table

THIS = 'dag_id="$dag_id"'
_HERE = "${dag_id:percentencode}"
_RUNS = (
    dag_run(_HERE, "latest"),
    dag_run(_HERE, "running"),
    dag_run(_HERE, "last-failed"),
    status(_HERE),
)


def board(scope: Scope) -> Board:
    """State, SLAs, runs and tasks of one DAG."""
    return Board(
        uid=DAG,
        title="One DAG",
        description="Is this DAG on time, how do its runs go, and which of its tasks is the trouble?",
        choices=(choices.dag(scope),),
        marks=marks.of_dag(scope, THIS),
        since="now-24h",
        rows=(
            Row("head", "", _head(scope)),
            Row("promise", "Whose it is and what is promised", _promise(scope)),
            Row("runs", "Runs", dag_runs.panels(scope, THIS)),
            Row("tasks", "Tasks", dag_tasks.panels(scope, THIS)),
            Row("tasks-more", "More about its tasks", dag_tasks.rare(scope, THIS), collapsed=True),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="last",
            title="Last run?",
            about=About(
                "Result of the finished run with the newest due time, whatever older ones do.",
                normal="succeeded.",
                bad="failed: its data is of the run before.",
                then="A click: the newest, the running or the last failed run in Airflow.",
            ),
            queries=(Query(scope.min(dags.LAST_FINISHED_SUCCESS, where=THIS), scope.legend),),
            meanings=words.SUCCEEDED,
            links=_RUNS,
            alerts=("AirflowDagLastRunFailed",),
            empty="no run yet",
        ),
        Stat(
            key="fresh",
            title="Last success ago?",
            about=About(
                "Time since the end of the last successful run: how old the data is.",
                normal="Below its schedule's interval and the time of a run together.",
                bad="More: runs fail, are late, or are not created.",
                then="How old did its data get, below.",
            ),
            queries=(Query(scope.age(dags.LAST_SUCCESS, where=THIS), scope.legend),),
            alerts=("AirflowCanaryLate",),
            neutral=True,
            decimals=1,
            empty="never",
        ),
        Stat(
            key="streak",
            title="Failures in a row?",
            about=About(
                "Failed runs since the last success; counting stops at 10.",
                normal="0.",
                bad="Two and more: it will not heal by itself.",
                then="The last failed run in Airflow.",
            ),
            queries=(
                Query(
                    scope.filled(dags.CONSECUTIVE_FAILURES, dags.LAST_FINISHED_SUCCESS, where=THIS),
                    scope.legend,
                ),
            ),
            steps=words.between(1, scope.limits.failures_in_a_row),
            alerts=("AirflowDagLastRunFailed", "AirflowAutoPauseNear"),
            empty="no run yet",
        ),
        Stat(
            key="next",
            title="Next run due in?",
            about=About(
                "When its schedule asks for the next run.",
                normal="A time ahead.",
                bad="Negative: it is due and not created.",
                then="Overdue by, beside it. `never`: no time schedule, or paused.",
            ),
            queries=(Query(scope.until(dags.NEXT_RUN, where=THIS), scope.legend),),
            neutral=True,
            decimals=1,
            empty="never",
        ),
        Stat(
            key="overdue",
            title="Overdue by?",
            about=About(
                "By how much the next run is past due and not created.",
                normal="0. A backlog that is worked off is not overdue.",
                bad="Minutes: paused by mistake, max_active_runs, a broken file, or the scheduler.",
                then="The overview's table of overdue DAGs says what blocks it.",
            ),
            queries=(Query(scope.filled(dags.OVERDUE, dags.NEXT_RUN, where=THIS), scope.legend),),
            steps=words.between(1, scope.limits.dag_overdue),
            alerts=("AirflowDagOverdue",),
            decimals=1,
            empty="no schedule",
        ),
        Stat(
            key="paused",
            title="Paused?",
            about=About(
                "A paused DAG is never overdue, but its SLAs breach.",
                normal="active.",
                bad="paused, and nobody knows why: after too many failures Airflow pauses it by itself.",
                then="Airflow's audit log of this DAG.",
            ),
            queries=(Query(scope.filled(dags.DAG_PAUSED, dags.DAG_INFO, where=THIS), scope.legend),),
            meanings=words.PAUSED,
            alerts=("AirflowSlaDagPaused",),
            empty="unknown DAG",
        ),
    )


def _promise(scope: Scope) -> tuple[Panel, ...]:
    about = ("team", "severity", "deadline_text")
    info = scope.one(sla.SLA_INFO, ("sla",), about, where=THIS)
    cause = scope.one(sla.SLA_CAUSE, ("sla",), ("cause",), where=THIS)

    def row(value: str) -> Query:
        return Query(
            scope.labelled(scope.labelled(value, ("sla",), ("cause",), cause), ("sla",), about, info)
        )

    owner = ("owners", "team", "schedule", "bundle", "folder")
    return (
        Table(
            key="owner",
            title="Whose is it, and when does it run?",
            about=About(
                "Team by owners.yaml; owners, schedule, bundle and folder as the DAG states them.",
                normal="A team that somebody answers for.",
                bad="`default`: nobody is named, so its alerts go to the default team.",
                then="owners.yaml, or `owner` in the DAG.",
            ),
            queries=(Query(scope.one(dags.DAG_INFO, (), owner, where=THIS)),),
            width=8,
            height=6,
            empty="unknown DAG",
            columns=(
                Column(name="Team", field="team"),
                Column(name="Owners", field="owners"),
                Column(name="Schedule", field="schedule"),
                Column(name="Bundle", field="bundle"),
                Column(name="Folder", field="folder"),
            ),
            sort_by="Team",
            descending=False,
        ),
        Table(
            key="slas",
            title="Which SLAs does it have, and are they kept?",
            about=About(
                "Each promise with its deadline: the missed one while breached, else the next.",
                normal="kept.",
                bad="breached, with the cause of now. No rows: slas.yaml has none for it.",
                then="Its page on the status board tells the whole reason.",
            ),
            queries=(
                row(scope.max(sla.SLA_BREACHED, "sla", where=THIS)),
                row(scope.moment(sla.SLA_DEADLINE, "sla", where=THIS)),
                row(scope.max(sla.SLA_LATE, "sla", where=THIS)),
                row(scope.moment(sla.SLA_PREDICTED, "sla", where=THIS)),
            ),
            width=16,
            height=6,
            alerts=(
                "AirflowSlaBreached",
                "AirflowSlaAtRisk",
                "AirflowSlaBudgetSpent",
                "AirflowSlaDagImportError",
                "AirflowTaskSlaMissed",
            ),
            empty="no SLA in slas.yaml",
            columns=(
                Column(name="SLA", field="sla"),
                Column(
                    name="State",
                    field="A",
                    unit=sla.SLA_BREACHED,
                    width=90,
                    colored=True,
                    meanings=words.BREACHED,
                ),
                Column(name="Late by", field="C", unit=sla.SLA_LATE, width=90, decimals=1),
                Column(name="Cause", field="cause", width=120),
                Column(name="Promise", field="deadline_text", width=170),
                Column(name="Deadline", field="B", unit=Shown.MOMENT, width=150),
                Column(name="Likely done", field="D", unit=Shown.MOMENT, width=150),
                Column(name="Team", field="team", width=100),
                Column(name="Severity", field="severity", width=80),
            ),
            sort_by="Late by",
        ),
        Timeline(
            key="history",
            width=10,
            title="When was it failed, overdue or in breach?",
            about=About(
                "Its bad times in one picture.",
                normal="`no` everywhere.",
                bad="`yes`: the last finished run had failed, the next was overdue, or the SLA was breached.",
                then="The marks: new versions of the DAG and its alerts.",
            ),
            queries=(
                Query(f"1 - {scope.min(dags.LAST_FINISHED_SUCCESS, where=THIS)}", "last run failed"),
                Query(f"({scope.filled(dags.OVERDUE, dags.NEXT_RUN, where=THIS)}) > bool 0", "overdue"),
                Query(scope.max(sla.SLA_BREACHED, "sla", where=THIS), "SLA {{sla}}"),
            ),
            unit=sla.SLA_BREACHED,
            meanings=words.TROUBLE,
        ),
        alerts.table(scope, width=10, where=THIS, of_one_dag=True),
        Stat(
            key="versions",
            title="New versions?",
            about=About(
                "How often Airflow took over a change of this DAG (3.x).",
                normal="As often as you deploy.",
                bad="With every parse: the DAG depends on something that changes, such as the time.",
                then="What the file computes at its top level.",
            ),
            queries=(Query(scope.gained(changes.DAG_VERSIONS_CREATED, where=THIS), scope.legend),),
            width=4,
            height=8,
            neutral=True,
            decimals=0,
        ),
    )
