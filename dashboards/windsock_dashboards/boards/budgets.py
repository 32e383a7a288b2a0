"""Panels about how often SLAs are kept, and about the deadlines that Airflow knows itself."""

from __future__ import annotations

from windsock.catalog import dags, sla, waiting
from windsock.catalog.statsd import dagruns
from windsock_dashboards.boards.slas import SLA
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import of_dag, of_dag_series
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Query, Series
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)


def budgets(scope: Scope) -> Table:
    """What is left of each objective's misses."""
    team = scope.one(sla.SLA_INFO, SLA, ("team",))
    left = scope.labelled(scope.max(sla.SLA_BUDGET, *SLA), SLA, ("team",), team)
    return Table(
        key="budgets",
        title="Which objectives are nearly spent?",
        about=About(
            "Error budgets by SLA, the emptiest first: is reliability promised that is not there?",
            normal="Above 0 %.",
            bad="At 0 % the objective's misses are used up, below it is broken: stop changing that DAG, "
            "or promise less.",
            then="`windsock sla backtest` replays the last weeks; the DAG's dashboard shows its misses.",
        ),
        queries=scope.rows(
            SLA,
            scope.of_team(left, SLA, sla.SLA_INFO),
            scope.max(sla.SLA_RECENT_MET, *SLA),
            scope.max(sla.SLA_RECENT, *SLA),
            least=True,
        ),
        alerts=("AirflowSlaBudgetSpent",),
        columns=(
            Column(
                name="Budget left",
                field="A",
                unit=sla.SLA_BUDGET,
                width=110,
                decimals=0,
                colored=True,
                steps=words.BAD_FROM_ZERO_DOWN,
            ),
            Column(name="Met", field="B", unit=sla.SLA_RECENT_MET, width=70),
            Column(name="Of last", field="C", unit=sla.SLA_RECENT, width=70),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Budget left",
        descending=False,
    )


def misses(scope: Scope) -> Bars:
    """Which are missed most."""
    missed = f"{scope.gained(sla.SLA_MISSED, *SLA)} > 0"
    return Bars(
        key="misses",
        title="Which SLAs were missed most in the time shown?",
        about=About(
            "Missed deadlines by SLA, the ten worst: the same few DAGs make most of the noise.",
            normal="Empty, or single misses.",
            bad="One SLA with many misses: its promise, its schedule or its DAG is wrong.",
            then="A click on the bar: the DAG's dashboard. Choose a week or more above.",
        ),
        queries=(Query(scope.top(10, missed), "{{dag_id}} {{sla}} " + scope.legend),),
        unit=Shown.NUMBER,
        links=of_dag_series(scope),
        decimals=0,
        empty="none was missed",
    )


def kept(scope: Scope) -> Series:
    """The share of deadlines that were met."""
    # Replicas are in both sums, so their share is the same.
    met, all_ = (scope.sum(scope.pick(metric)) for metric in (sla.SLA_RECENT_MET, sla.SLA_RECENT))
    return Series(
        key="kept",
        title="Which share of the recent deadlines was met?",
        about=About(
            "All objectives together: does reliability get better or worse?",
            normal="Level, above what you promised.",
            bad="A slow fall over weeks, which no alert tells.",
            then="The table of objectives beside it.",
        ),
        queries=(Query(scope.share(met, all_), scope.legend),),
        most=1,
    )


def long_runs(scope: Scope) -> Table:
    """Runs that take longer than they should."""
    return Table(
        key="long-runs",
        title="Which runs take longer than usual?",
        about=About(
            "The longest running run of each DAG against the p95 of its last successes: late before it is.",
            normal="Below 1.",
            bad=f"From {scope.limits.overrun_factor:g} on it takes so many times its p95: it hangs, waits, "
            "or has more to do.",
            then="A click on the DAG: its newest run, and which of its tasks is slow.",
        ),
        queries=scope.rows(_DAG, scope.max(dags.RUN_OVERRUN, *_DAG), most=50),
        alerts=("AirflowDagRunLong",),
        empty="no run takes longer than its p95",
        columns=(
            Column(
                name="Times its p95",
                field="A",
                unit=dags.RUN_OVERRUN,
                width=120,
                decimals=1,
                colored=True,
                steps=words.warn_from(scope.limits.overrun_factor),
            ),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Times its p95",
    )


def _missed(scope: Scope) -> str:
    """Missed deadlines by DAG: the database knows them from 3.1 on, StatsD from 3.2 on."""
    told = scope.gained(waiting.DEADLINES_MISSED, *_DAG)
    return f"({told}) or {scope.on(*_DAG)} {scope.gained(dagruns.DEADLINES_MISSED, *_DAG)}"


def _task_slas(scope: Scope) -> str:
    """Missed SLAs of tasks by DAG, from the database or by StatsD."""
    told = scope.gained(waiting.SLA_MISSES, *_DAG)
    return f"({told}) or {scope.on(*_DAG)} {scope.gained(dagruns.SLA_MISSED, *_DAG)}"


def of_airflow(scope: Scope) -> tuple[Bars | Series | Table, ...]:
    """Airflow's own deadline alerts (3.1) and SLAs of tasks (2.x)."""
    return (
        Table(
            key="deadlines",
            title="Which of Airflow's own deadlines come next?",
            about=About(
                "Deadline alerts of Airflow 3.1 and newer; they exist only for runs that exist.",
                normal="Any list.",
                bad="A negative time: it has passed and no scheduler has said so.",
                then="The scheduler marks deadlines, the triggerer runs their callbacks.",
            ),
            queries=scope.rows(
                _DAG,
                scope.until(waiting.DEADLINE_NEXT, *_DAG),
                scope.max(waiting.DEADLINES_PENDING, *_DAG),
                least=True,
                most=50,
            ),
            alerts=("AirflowDeadlinesUnhandled",),
            columns=(
                Column(name="Due in", field="A", unit=Shown.AGE, width=100, decimals=1),
                Column(name="Pending", field="B", unit=waiting.DEADLINES_PENDING, width=80),
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Due in",
            descending=False,
        ),
        Bars(
            key="deadlines-missed",
            title="Which DAGs missed Airflow's own deadlines in the time shown?",
            about=About(
                "Deadlines that a scheduler called missed (3.1 and newer), the ten DAGs with most.",
                normal="Empty.",
                bad="A bar: its runs take longer than its author expected.",
                then="A click on the bar: the DAG's dashboard.",
            ),
            queries=(Query(scope.top(10, f"({_missed(scope)}) > 0"), scope.named("dag_id")),),
            unit=Shown.NUMBER,
            alerts=("AirflowDeadlineMissed",),
            links=of_dag_series(scope),
            decimals=0,
        ),
        Bars(
            key="task-slas",
            title="Which DAGs missed SLAs of their tasks in the time shown?",
            about=About(
                "What Airflow 2 writes for `sla=` of a task, the ten DAGs with most. Airflow 3 has none.",
                normal="Empty.",
                bad="A bar: tasks ended later than `sla=` after the start of their interval.",
                then="Move the promise to slas.yaml: it also sees runs that never began.",
            ),
            queries=(Query(scope.top(10, f"({_task_slas(scope)}) > 0"), scope.named("dag_id")),),
            unit=Shown.NUMBER,
            alerts=("AirflowTaskSlaMissed",),
            links=of_dag_series(scope),
            decimals=0,
        ),
    )
