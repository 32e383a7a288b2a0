"""SLA: what is late and whose is it, what will be late, what is left of the objectives."""

from __future__ import annotations

from windsock.catalog import sla
from windsock_dashboards.boards import budgets, slas
from windsock_dashboards.boards.slas import SLA
from windsock_dashboards.shapes import choices, marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import LATE
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Board, Query, Row, Stat


def board(scope: Scope) -> Board:
    """Breached, at risk, next due, causes, budgets."""
    return Board(
        uid=LATE,
        title="SLA: what is late and whose is it",
        description="Every SLA that is late or will be, with its team and the cause; what is due next.",
        choices=(choices.team(scope),),
        marks=marks.everywhere(scope),
        rows=(
            Row("head", "", (breached(scope), at_risk(scope), *_head(scope))),
            Row(
                "now",
                "Now",
                (slas.breached(scope), slas.at_risk(scope), slas.upcoming(scope), slas.since(scope)),
            ),
            Row("over-time", "Over time", (slas.per_cause(scope), slas.per_team(scope))),
            Row(
                "objectives",
                "How often are they kept?",
                (budgets.budgets(scope), budgets.misses(scope), budgets.kept(scope), slas.unjudged(scope)),
            ),
            Row(
                "airflow-own",
                "Long runs, and Airflow's own deadlines and SLAs",
                (budgets.long_runs(scope), *budgets.of_airflow(scope)),
                collapsed=True,
            ),
        ),
    )


def breached(scope: Scope) -> Stat:
    """How many are breached."""
    late = scope.of_team(scope.max(sla.SLA_BREACHED, *SLA), SLA, sla.SLA_INFO)
    return Stat(
        key="breached-count",
        title="Breached SLAs?",
        about=About(
            "SLAs whose deadline passed without the success that they ask for.",
            normal="0.",
            bad="Any number: somebody's data is late. The page went to the team of the SLA.",
            then="The table of breached SLAs names team, DAG and cause.",
        ),
        queries=(Query(scope.sum(late), scope.legend),),
        unit=Shown.NUMBER,
        steps=words.BAD_FROM_ONE,
        alerts=("AirflowSlaBreached",),
        empty="no SLA known",
    )


def at_risk(scope: Scope) -> Stat:
    """How many will be, as things stand."""
    risky = scope.of_team(scope.max(sla.SLA_AT_RISK, *SLA), SLA, sla.SLA_INFO)
    return Stat(
        key="at-risk-count",
        title="SLAs at risk?",
        about=About(
            "SLAs that will be missed as things stand, by how long such runs took before.",
            normal="0.",
            bad="Any number: there is still time to act.",
            then="The table of SLAs at risk says why, and when they will probably be done.",
        ),
        queries=(Query(scope.sum(risky), scope.legend),),
        unit=Shown.NUMBER,
        steps=words.WARN_FROM_ONE,
        alerts=("AirflowSlaAtRisk",),
        empty="no SLA known",
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    known = scope.of_team(scope.max(sla.SLA_INFO, *SLA), SLA, sla.SLA_INFO)
    judged = scope.of_team(scope.max(sla.SLA_BREACHED, *SLA), SLA, sla.SLA_INFO)
    spent = f"{scope.max(sla.SLA_BUDGET, *SLA)} < bool 0"
    return (
        Stat(
            key="due-soon",
            title="Due within 3 hours?",
            about=About(
                "SLAs whose deadline lies within three hours and is not met yet: what an outage now hurts.",
                normal="Any number.",
                bad="Many, while the scheduler or the database is down.",
                then="The table of next deadlines.",
            ),
            queries=(Query(scope.total(sla.SLA_DUE_SOON, where='team=~"$team"'), scope.legend),),
            neutral=True,
        ),
        Stat(
            key="unknown-count",
            title="SLAs unjudged?",
            about=About(
                "SLAs without a verdict: a miss of these would be silent.",
                normal="0.",
                bad="Any number: their facts are stale, as while the metadata database is away.",
                then="Monitoring itself: collectors. The table of SLAs that cannot be judged.",
            ),
            queries=(Query(f"({scope.count(known)}) - ({scope.count(judged)})", scope.legend),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            empty="no SLA known",
        ),
        Stat(
            key="spent-count",
            title="Budgets overdrawn?",
            about=About(
                "SLAs that were missed more often than their objective allows.",
                normal="0.",
                bad="Any number: the objective is broken, though nothing may be late right now.",
                then="The table of objectives.",
            ),
            queries=(Query(scope.sum(spent), scope.legend),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowSlaBudgetSpent",),
            empty="no objective",
        ),
        Stat(
            key="sla-file",
            title="slas.yaml?",
            about=About(
                "Whether slas.yaml as it is now was accepted.",
                normal="counts.",
                bad="rejected: a change is wrong, and the last good file still counts.",
                then="`windsock sla check` names file, line and key.",
            ),
            queries=(Query(scope.min(sla.SLA_FILE_GOOD), scope.legend),),
            meanings=words.COUNTS,
            alerts=("WindsockSlaFileRejected",),
        ),
    )
