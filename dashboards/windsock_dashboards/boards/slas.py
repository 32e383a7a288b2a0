"""Panels about SLAs: which are breached or at risk, whose they are, why, and which come next."""

from __future__ import annotations

from windsock.catalog import sla
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import of_dag, of_dag_series
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Query, Series, Timeline
from windsock_dashboards.shapes.tables import Column, Table

SLA = ("sla", "dag_id")
_EVIDENCE = ("task_id", "pool", "queue")


def explained(scope: Scope, value: str) -> str:
    """SLAs with their cause, what it is about, and what was promised."""
    labels = ("team", "severity", "deadline_text")
    cause = scope.labelled(value, SLA, ("cause",), scope.one(sla.SLA_CAUSE, SLA, ("cause",)))
    seen = scope.labelled(cause, SLA, _EVIDENCE, scope.one(sla.SLA_EVIDENCE, SLA, _EVIDENCE), of=value)
    # Of these alone: every SLA has an info, only those in trouble have a cause and evidence.
    joined = scope.labelled(seen, SLA, labels, scope.one(sla.SLA_INFO, SLA, labels, among=value), of=value)
    return scope.of_team(joined, SLA, sla.SLA_INFO)


def breached(scope: Scope) -> Table:
    """What is late now."""
    late = scope.max(sla.SLA_LATE, *SLA, keep="> 0")
    missed = scope.moment(sla.SLA_DEADLINE, *SLA)
    return Table(
        key="breached",
        title="Which SLAs are breached, whose are they, and why?",
        about=About(
            "What is late now, the longest first, with the team to call.",
            normal="No rows.",
            bad="A row is a deadline that passed without the success it asks for. The cause is the "
            "verdict of now and may change.",
            then="A click on the DAG: its dashboard, its newest run, its page with the whole reason.",
        ),
        queries=scope.rows(SLA, explained(scope, late), missed),
        alerts=("AirflowSlaBreached",),
        width=24,
        empty="no SLA is breached",
        columns=(
            Column(name="Team", field="team", width=130),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(
                name="Late by",
                field="A",
                unit=sla.SLA_LATE,
                width=110,
                decimals=1,
                colored=True,
                steps=words.between(0, scope.limits.sla_breached),
            ),
            Column(name="Cause", field="cause", width=140),
            Column(name="Task", field="task_id", width=130),
            Column(name="Pool", field="pool", width=100),
            Column(name="Promise", field="deadline_text", width=190),
            Column(name="Missed at", field="B", unit=Shown.MOMENT, width=170),
            Column(name="Severity", field="severity", width=80),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Late by",
    )


def at_risk(scope: Scope) -> Table:
    """What will be late as things stand."""
    risky = f"and {scope.on(*SLA)} ({scope.pick(sla.SLA_AT_RISK)} == 1)"
    left = scope.until(sla.SLA_DEADLINE, *SLA, keep=risky)
    finish = scope.moment(sla.SLA_PREDICTED, *SLA)
    return Table(
        key="at-risk",
        title="Which SLAs will be missed as things stand, and why?",
        about=About(
            "The promises that can still be saved: act here before anybody is late.",
            normal="No rows.",
            bad="A row: the run under way, or its absence, will miss the deadline. Likely at: when half "
            "of such runs were done. Miss: how likely it is.",
            then="The cause says what to free: a pool, a queue, a run that holds the place.",
        ),
        queries=scope.rows(
            SLA, explained(scope, left), finish, scope.max(sla.SLA_MISS_PERCENT, *SLA), least=True
        ),
        alerts=("AirflowSlaAtRisk",),
        width=24,
        height=6,
        empty="no SLA is at risk",
        columns=(
            Column(name="Team", field="team", width=130),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Left", field="A", unit=Shown.AGE, width=100, decimals=1),
            Column(name="Likely at", field="B", unit=Shown.MOMENT, width=170),
            Column(name="Miss", field="C", unit=sla.SLA_MISS_PERCENT, width=80, decimals=0),
            Column(name="Cause", field="cause", width=140),
            Column(name="Task", field="task_id", width=130),
            Column(name="Pool", field="pool", width=100),
            Column(name="Promise", field="deadline_text", width=190),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Left",
        descending=False,
    )


def upcoming(scope: Scope) -> Table:
    """The calendar of the next deadlines."""
    labels = ("team", "deadline_text")
    kept = f"{scope.max(sla.SLA_BREACHED, *SLA)} == 0"
    left = f"{scope.until(sla.SLA_DEADLINE, *SLA)} and {scope.on(*SLA)} ({kept})"
    joined = scope.labelled(left, SLA, labels, scope.one(sla.SLA_INFO, SLA, labels))
    return Table(
        key="next",
        title="Which deadlines come next?",
        about=About(
            "The 50 nearest deadlines of SLAs that are kept: what an outage now would hurt first.",
            normal="Any list. It says what comes, not that something is wrong.",
            bad="A deadline within minutes while its DAG's last run failed or has not begun.",
            then="A click on the DAG: its dashboard and its newest run.",
        ),
        queries=scope.rows(SLA, scope.of_team(joined, SLA, sla.SLA_INFO), most=50, least=True),
        columns=(
            Column(name="Due in", field="A", unit=Shown.AGE, width=100, decimals=1),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Promise", field="deadline_text", width=170),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Due in",
        descending=False,
    )


def since(scope: Scope) -> Timeline:
    """When each was breached."""
    window = scope.pick(sla.SLA_BREACHED)
    # The same ones at every moment of the range, or rows would come and go. Looked at every five minutes:
    # with ten thousand SLAs each scrape is too much. A shorter range has its end alone.
    long = f"sum_over_time({window}[$__range:5m] @ end()) or {window} @ end()"
    worst = f"topk(30, sum {scope.by(*SLA)} ({long}) > 0)"
    state = scope.max(sla.SLA_BREACHED, *SLA, keep=f"and {scope.on(*SLA)} ({worst})")
    shown = scope.of_team(state, SLA, sla.SLA_INFO)
    return Timeline(
        key="since",
        title="Since when is each SLA breached?",
        about=About(
            "The SLAs that were breached longest in the time shown, 30 at most.",
            normal="No rows.",
            bad="Bands of many SLAs that begin together have one cause: look at the platform at that time.",
            then="The marks of pages, deployments and upgrades in the graphs beside it.",
        ),
        queries=(Query(shown, "{{dag_id}} {{sla}} " + scope.legend),),
        unit=sla.SLA_BREACHED,
        meanings=words.BREACHED,
        links=of_dag_series(scope),
        empty="no SLA was breached",
    )


def unjudged(scope: Scope) -> Table:
    """SLAs without a verdict."""
    info = scope.of_team(scope.one(sla.SLA_INFO, SLA, ("team",)), SLA, sla.SLA_INFO)
    blind = f"{info} unless {scope.on(*SLA)} {scope.max(sla.SLA_BREACHED, *SLA)}"
    missing = f"{scope.max(sla.SLA_DAG_MISSING, *SLA)} > 0"
    no_facts = f'label_replace({blind}, "why", "no fresh facts", "", "")'
    no_dag = f'label_replace({missing}, "why", "no such DAG", "", "")'
    return Table(
        key="unknown",
        title="Which SLAs cannot be judged, and why?",
        about=About(
            "SLAs that watch nothing now: a miss of these would be silent.",
            normal="No rows.",
            bad="No fresh facts: the database or its collector is away. No such DAG: an entry of slas.yaml "
            "matches no DAG, perhaps a misspelt name.",
            then="Monitoring itself for the facts; `windsock sla check` for slas.yaml.",
        ),
        queries=scope.rows(SLA, f"{no_facts} or {no_dag}"),
        alerts=("AirflowSlaDagMissing",),
        empty="all can be judged",
        columns=(
            Column(name="Why", field="why", width=140),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="SLA", field="sla", width=110),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="DAG",
        descending=False,
    )


def per_team(scope: Scope) -> Series:
    """Whose they are, over time."""
    # Every SLA has an info: what is breached needs no join with it.
    breached = f"and {scope.on(*SLA)} ({scope.pick(sla.SLA_BREACHED)} == 1)"
    late = scope.max(sla.SLA_INFO, *SLA, "team", keep=breached)
    return Series(
        key="per-team",
        title="Which team has how many breached SLAs?",
        about=About(
            "Breached SLAs by team over time.",
            normal="No lines.",
            bad="A step of many teams at once points at the platform, a step of one team at its own DAGs.",
            then="One team, or Scheduler and parsing.",
        ),
        queries=(Query(scope.count(late, "team"), scope.named("team")),),
        unit=Shown.NUMBER,
        stacked=True,
        decimals=0,
    )


def per_cause(scope: Scope) -> Series:
    """What makes them late, over time."""
    causes = f"{scope.max(sla.SLA_CAUSE, *SLA, 'cause')} > 0"
    return Series(
        key="per-cause",
        title="What makes SLAs late?",
        about=About(
            "Breached and endangered SLAs by cause: what to mend to save most of them.",
            normal="No lines.",
            bad="pool_full, queue_wait or not_scheduled on many: capacity or the scheduler, not the DAGs.",
            then="Queues, pools, executors for capacity; Scheduler and parsing for runs not created.",
        ),
        queries=(Query(scope.count(causes, "cause"), scope.named("cause")),),
        stacked=True,
        decimals=0,
        empty="no SLA is breached or at risk",
    )
