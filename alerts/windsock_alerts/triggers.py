"""Deferred tasks and what they wait for."""

from __future__ import annotations

from windsock.catalog import tasks, triggers
from windsock.catalog.statsd import capacity
from windsock_alerts.durations import prometheus
from windsock_alerts.promql import any_firing, newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting
from windsock_alerts.text import WHERE, count, duration

_TICKET = (Severity.TICKET,)
_TRIGGERER = any_firing(["AirflowTriggererDown"])


def group(settings: Settings, team: str) -> Group:
    """Optional alerts of the platform team about triggers."""
    return Group(
        subject="triggers",
        rules=(_unassigned(settings, team), _overdue(settings, team), _blocked(settings, team)),
    )


def _unassigned(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTriggersUnassigned"
    return Alert(
        name=name,
        expr=lasting(f"{newest(triggers.UNASSIGNED)} > 0", alert=name, while_={_TRIGGERER: ("airflow",)}),
        severities=_TICKET,
        team=team,
        hold=times.triggers_unassigned,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} triggers are run by nobody {WHERE}",
        description="Their tasks stay deferred until their own timeout. Run by living triggerers: "
        + count(f'max({triggers.TRIGGERS}{{%s,triggerer="alive"}})', "airflow")
        + ", oldest trigger: "
        + duration(f"time() - max({triggers.OLDEST}{{%s}})", "airflow")
        + ".\nThe triggerers are full (`[triggerer] capacity`, 1000 each) or cannot load the trigger's "
        "class.",
        dashboard="windsock-assets",
        when=f"triggers have had no living triggerer for {prometheus(times.triggers_unassigned)}, and "
        "AirflowTriggererDown does not fire",
        optional=True,
    )


def _overdue(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDeferredOverdue"
    return Alert(
        name=name,
        expr=lasting(
            f"{newest(triggers.DEFERRED_OVERDUE)} > 0", alert=name, while_={_TRIGGERER: ("airflow",)}
        ),
        severities=_TICKET,
        team=team,
        hold=times.deferred_overdue,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} deferred tasks are past their timeout {WHERE}",
        description="A scheduler should have failed them; none has. Deferred in all: "
        + count(f'sum(max by (pool, queue) ({tasks.TASK_INSTANCES}{{%s,state="deferred"}}))', "airflow")
        + ".\nThe scheduler's check of trigger timeouts does not run, or waits for a lock.",
        dashboard="windsock-assets",
        when=f"deferred tasks have been past the timeout of their trigger for "
        f"{prometheus(times.deferred_overdue)}",
        optional=True,
    )


def _blocked(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    return Alert(
        name="AirflowTriggererBlocked",
        expr=f"{gained(capacity.TRIGGERS_BLOCKED_MAIN_THREAD, HOUR / 4)} >= {times.triggerer_blocked}",
        severities=_TICKET,
        team=team,
        keep=times.bridge,
        summary=f"The triggerer's loop was blocked {{{{ $value | humanize }}}} times {WHERE}",
        description="In the last 15 minutes. While one trigger computes or waits in a blocking call, no "
        "other one "
        "fires: all deferred tasks are late. Triggers running: "
        + count(f"sum({capacity.TRIGGERS_RUNNING}{{%s}})", "airflow")
        + ".\nThe triggerer's log names the slow trigger (`Triggerer's async thread was blocked`).",
        dashboard="windsock-assets",
        when=f"by StatsD the triggerer's loop was blocked {times.triggerer_blocked} times in a quarter "
        "of an hour",
        needs=Needs.STATSD,
        optional=True,
    )
