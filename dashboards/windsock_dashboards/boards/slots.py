"""Panels of slots by operator: who holds them, isolated or not, and what the start costs."""

from __future__ import annotations

from windsock.catalog import outcomes
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Panel, Query, Series

_HOUR = 3600
_HEAVY_START = 'operator=~".*(Virtualenv|virtualenv|Pod|kubernetes|Docker|docker).*"'


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Which operators hold slots, for how long, and how much of that is their start."""
    used = scope.gained(outcomes.OPERATOR_SLOT_SECONDS, "operator", "isolation")
    apart = scope.rate(outcomes.OPERATOR_SLOT_SECONDS, where='isolation="isolated"')
    return (
        Bars(
            key="by-operator",
            title="Which operators hold the slots, in hours?",
            about=About(
                "Slot-hours by operator in the time shown, the ten with most.",
                normal="Operators that compute or move data.",
                bad="Sensors and operators that only wait for another system.",
                then="Deferrable versions of them need no slot while they wait.",
            ),
            queries=(Query(f"topk(10, {used} / {_HOUR})", scope.named("operator", "isolation")),),
            unit=Shown.PLAIN,
            decimals=1,
        ),
        Series(
            key="isolation",
            title="Does the share of isolated work rise?",
            about=About(
                "Slot-seconds of isolated work as a share of all, over time.",
                normal="Level, or rising as you move work out.",
                bad="Falling: new DAGs run inside the workers.",
                then="Which operators hold the slots.",
            ),
            most=1,
            queries=(Query(scope.share(apart, scope.rate(outcomes.OPERATOR_SLOT_SECONDS)), scope.legend),),
        ),
        Series(
            key="start-tax",
            title="What does the start of pods and virtual environments cost?",
            about=About(
                "Median run time of operators that first make a pod, a container or an environment.",
                normal="Long beside the time that the start takes.",
                bad="Near the time of an empty task: the start is most of the work.",
                then="Prebuilt environments or images; fewer and larger tasks.",
            ),
            queries=(
                Query(
                    scope.top(
                        10, scope.quantile(0.5, outcomes.TASK_RUN_SECONDS, "operator", where=_HEAVY_START)
                    ),
                    scope.named("operator"),
                ),
            ),
            empty="no such operator ran",
        ),
        Series(
            key="run-time",
            title="How long do attempts of each operator take?",
            about=About(
                "p95 of attempts by operator, the ten longest.",
                normal="Level for each.",
                bad="One rises: the system that it talks to is slow.",
                then="Which operators fail.",
            ),
            queries=(
                Query(
                    scope.top(10, scope.quantile(0.95, outcomes.TASK_RUN_SECONDS, "operator")),
                    scope.named("operator"),
                ),
            ),
        ),
    )
