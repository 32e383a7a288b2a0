"""Practices: what makes this Airflow costly or brittle, and would be better done otherwise?"""

from __future__ import annotations

from windsock.catalog import changes, dags, outcomes, practices
from windsock.catalog.statsd import tasks as tries
from windsock_dashboards.boards import slots
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import PRACTICES
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Series, Stat

_SENSORS = 'operator=~".*Sensor.*"'


def board(scope: Scope) -> Board:
    """Isolation, waiting, retries, bunching, ownership, start-up."""
    return Board(
        uid=PRACTICES,
        title="Practices",
        description="What makes this Airflow costly or brittle: waiting, hidden retries, bunched load?",
        choices=(),
        marks=marks.everywhere(scope),
        since="now-7d",
        rows=(
            Row("head", "", _head(scope)),
            Row("slots", "Who uses the slots?", slots.panels(scope)),
            Row("trouble", "Retries and failures", _trouble(scope)),
            Row("load", "When and by whom is work started?", _load(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    used = scope.gained(outcomes.OPERATOR_SLOT_SECONDS)
    apart = scope.gained(outcomes.OPERATOR_SLOT_SECONDS, where='isolation="isolated"')
    sensors = scope.gained(outcomes.OPERATOR_SLOT_SECONDS, where=_SENSORS)
    succeeded = scope.gained(outcomes.OUTCOMES, where='state="success"')
    known = scope.max(dags.DAGS, "state", where='state=~"active|paused|import_error"')
    due = scope.max(practices.DAGS_DUE, "minute")
    peak = f"({scope.worst(due)}) / ({scope.sum(due)} / 60 > 0)"
    return (
        Stat(
            key="isolated",
            title="Isolated work?",
            about=About(
                "Share of slot-hours whose work runs apart from the worker's own process and packages.",
                normal="As you decided; rising if you move work out.",
                bad="Low: one task's packages or memory can hurt all others on its worker.",
                then="Who uses the slots, by operator.",
            ),
            queries=(Query(scope.share(apart, used), scope.legend),),
            neutral=True,
            decimals=0,
        ),
        Stat(
            key="sensors",
            title="Sensors' share?",
            about=About(
                "Share of slot-hours that sensors took: waiting in a slot that others could use.",
                normal="A few percent.",
                bad="Much: workers stand still while tasks wait for a slot.",
                then="`deferrable=True`, or mode reschedule.",
            ),
            queries=(Query(scope.share(sensors, used), scope.legend),),
            neutral=True,
            decimals=0,
            empty="no sensor",
        ),
        Stat(
            key="saved-by-retry",
            title="Saved by a retry?",
            about=About(
                "Share of successful tasks that needed a second or later attempt.",
                normal="A few percent.",
                bad="Much: retries hide a trouble, and make everything later.",
                then="Which operators fail; One DAG names the tasks.",
            ),
            queries=(
                Query(scope.share(scope.gained(outcomes.SUCCESSES_AFTER_RETRY), succeeded), scope.legend),
            ),
            steps=words.warn_from(scope.limits.retries_share),
            alerts=("AirflowTaskRetriesHigh",),
            decimals=1,
        ),
        Stat(
            key="bunched",
            title="Peak of the hour?",
            about=About(
                "DAGs due in the busiest minute of the hour, divided by the mean of all minutes.",
                normal="Below 5.",
                bad="20 and more: nearly everything begins in one minute, and waits for itself.",
                then="When in the hour are DAGs due, below.",
            ),
            queries=(Query(peak, scope.legend),),
            unit=Shown.NUMBER,
            neutral=True,
            decimals=1,
        ),
        Stat(
            key="unowned",
            title="Unowned DAGs?",
            about=About(
                "Share of DAGs whose only owner is nobody or `airflow`, which is Airflow's default.",
                normal="0 %.",
                bad="Any: when these fail, nobody is called, or the wrong team.",
                then="`owner` in default_args; owners.yaml by tags or file paths.",
            ),
            queries=(
                Query(scope.share(scope.max(practices.DAGS_WITHOUT_OWNER), scope.sum(known)), scope.legend),
            ),
            neutral=True,
            decimals=0,
        ),
        Stat(
            key="paused-share",
            title="Paused DAGs?",
            about=About(
                "Share of DAGs that are paused: parsed at each pass, and never run.",
                normal="Few.",
                bad="Many: dead code that costs parsing and hides what matters.",
                then="Remove what nobody misses.",
            ),
            queries=(
                Query(
                    scope.share(
                        scope.sum(scope.max(dags.DAGS, "state", where='state="paused"')), scope.sum(known)
                    ),
                    scope.legend,
                ),
            ),
            neutral=True,
            decimals=0,
        ),
    )


def _trouble(scope: Scope) -> tuple[Panel, ...]:
    ended = scope.gained(outcomes.OPERATOR_OUTCOMES, "operator")
    failed = scope.gained(outcomes.OPERATOR_OUTCOMES, "operator", where='state="failed"')
    return (
        Bars(
            key="operator-failures",
            title="Which operators fail most often?",
            about=About(
                "Share of task instances that failed in the time shown, by operator, the ten with most.",
                normal="A few percent.",
                bad="One operator far above others: the system that it talks to, not the DAGs.",
                then="That system's own status.",
            ),
            queries=(Query(scope.top(10, scope.share(failed, ended)), scope.named("operator")),),
            steps=words.warn_from(scope.limits.ratio_share),
            alerts=("AirflowOperatorFailureRatio",),
            most=1,
            decimals=0,
            empty="nothing failed",
        ),
        Series(
            key="retry-share",
            title="How much work is done twice?",
            about=About(
                "Attempts after the first as a share of finished task instances.",
                normal="A few percent.",
                bad="Above the dashed line the alert begins.",
                then="Which operators fail; One DAG names the tasks.",
            ),
            queries=(
                Query(scope.share(scope.rate(outcomes.RETRIES), scope.rate(outcomes.OUTCOMES)), scope.legend),
            ),
            steps=words.line(scope.limits.retries_share),
            limit=True,
            alerts=("AirflowTaskRetriesHigh",),
        ),
        Series(
            key="outcomes",
            title="How do task instances end?",
            about=About(
                "Task instances per minute by outcome, counted when their run finishes.",
                normal="Mostly success and skipped.",
                bad="upstream_failed: one failure takes many tasks along.",
                then="Failed DAGs, on the overview.",
            ),
            queries=(Query(scope.per_minute(outcomes.OUTCOMES, "state"), scope.named("state")),),
            colors=words.STATES,
            stacked=True,
        ),
        Series(
            key="created",
            title="Which operators does the scheduler create most?",
            about=About(
                "Task instances created per minute by operator (StatsD), the ten with most.",
                normal="In the rhythm of your schedule.",
                bad="One with thousands: a task that is mapped over too much.",
                then="Fewer, larger mapped tasks.",
            ),
            queries=(
                Query(
                    scope.top(10, scope.per_minute(tries.TASK_INSTANCES_CREATED, "task_type")),
                    scope.named("task_type"),
                ),
            ),
        ),
    )


def _load(scope: Scope) -> tuple[Panel, ...]:
    return (
        Bars(
            key="minutes",
            title="When in the hour are DAGs due?",
            about=About(
                "DAGs by the minute of the hour in which their next run is due (UTC).",
                normal="Spread over the hour.",
                bad="One high bar at 00: everything begins together, and waits for itself.",
                then="Move schedules of what is not urgent by some minutes.",
            ),
            queries=(Query(scope.max(practices.DAGS_DUE, "minute"), scope.named("minute")),),
            width=24,
            upright=True,
            decimals=0,
        ),
        Series(
            key="run-types",
            title="What starts runs?",
            about=About(
                "Runs created per minute by type and by what started them; 2.x does not know the latter.",
                normal="Mostly scheduled.",
                bad="Many manual ones of rest_api: another scheduler sits on top of Airflow.",
                then="Who triggers: Airflow's audit log.",
            ),
            queries=(
                Query(
                    scope.per_minute(practices.RUNS_CREATED, "run_type", "triggered_by"),
                    scope.named("run_type", "triggered_by"),
                ),
            ),
            stacked=True,
        ),
        Series(
            key="audit",
            title="What do people do in Airflow?",
            about=About(
                "Events of the audit log that people act on, per minute.",
                normal="Single events in working hours.",
                bad="Many clears or marked successes: people mend by hand what should mend itself.",
                then="Airflow's page of audit logs says who and which DAG.",
            ),
            queries=(Query(scope.per_minute(changes.AUDIT_EVENTS, "event"), scope.named("event")),),
        ),
    )
