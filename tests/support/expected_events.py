"""The figures that `events` makes on each line of Airflow: what stands, what the second reading counts."""

from __future__ import annotations

from tests.support.events import WITH_EDGE
from tests.support.expected import Expected
from tests.support.metadb import at
from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, between, since
from windsock.catalog import changes, components, dags, practices, tasks, waiting


def _audited(event: str, value: float, lines: tuple[str, ...]) -> Expected:
    return Expected(
        fact=f"{event}: {value} on {lines[0]}",
        metric=changes.AUDIT_EVENTS,
        labels={"event": event},
        value=value,
        lines=lines,
        elsewhere=True,
    )


STANDING = (
    *(
        Expected(
            fact=f"tags that were asked for, and the place of the file, on {lines[0]}",
            metric=dags.DAG_INFO,
            labels={
                "dag_id": "late",
                "owners": "a, b",
                "team": "default",
                "airflow_team": own_team,
                "schedule": "0 * * * *",
                "tags": "team-a,team-b",
                "bundle": bundle,
                "folder": "etl",
            },
            value=1,
            lines=lines,
            elsewhere=True,
        )
        for bundle, own_team, lines in (
            ("", "", AIRFLOW_2),
            ("main", "", between("3.0", "3.1")),
            ("main", "finance", since("3.2")),
        )
    ),
    Expected(
        fact="a revision that is seen first now",
        metric=changes.REVISION_SINCE,
        value=at("2026-01-10 12:00").timestamp(),
    ),
    *(
        Expected(
            fact=f"bundle {bundle} has version {version!r}",
            metric=changes.BUNDLE_INFO,
            labels={"bundle": bundle, "version": version},
            value=1,
            lines=AIRFLOW_3,
        )
        for bundle, version in (("fresh", "c0ffee"), ("main", ""))
    ),
    Expected(
        fact="a version that is seen first now",
        metric=changes.BUNDLE_VERSION_SINCE,
        labels={"bundle": "fresh"},
        value=at("2026-01-10 12:00").timestamp(),
        lines=AIRFLOW_3,
    ),
    *(
        Expected(
            fact=f"edge worker: {state} for {queues!r}",
            metric=components.EDGE_WORKERS,
            labels={"state": state, "queues": queues},
            value=count,
            lines=WITH_EDGE,
        )
        for state, queues, count in (
            ("running", "default,gpu", 2),
            ("idle", "", 1),
            ("unknown", "", 1),
            ("offline", "", 1),
        )
    ),
    *(
        Expected(
            fact=f"edge jobs that are {state}",
            metric=components.EDGE_JOBS,
            labels={"state": state, "queue": "gpu"},
            value=count,
            lines=WITH_EDGE,
        )
        for state, count in (("queued", 2), ("running", 1))
    ),
    Expected(
        fact="the edge job that has waited longest",
        metric=components.EDGE_JOB_OLDEST,
        labels={"queue": "gpu"},
        value=at("2026-01-10 11:57").timestamp(),
        lines=WITH_EDGE,
    ),
    Expected(
        fact="a team of Airflow's own without DAGs",
        metric=dags.TEAM_DAGS,
        labels={"airflow_team": "idle"},
        value=0,
        lines=since("3.2"),
    ),
)
COUNTED = (
    _audited("heartbeat timeout", 2, since("2.10")),
    _audited("paused or unpaused", 2, VERSIONS),
    _audited("auto-paused", 1, AIRFLOW_3),
    _audited("trigger", 2, VERSIONS),
    _audited("clear", 2, VERSIONS),
    _audited("stuck in queued reschedule", 3, since("2.10")),
    *(
        Expected(
            fact=f"{count} requeues of queue {queue!r}",
            metric=tasks.REQUEUES,
            labels={"queue": queue},
            value=count,
            lines=since("2.10"),
        )
        for queue, count in (("other", 2), ("", 1))
    ),
    _audited("state mismatch", 0, since("2.10")),
    _audited("task launch failure", 0, between("2.10", "3.0")),
    *(
        Expected(
            fact=f"{count} {kind} runs by {by!r}",
            metric=practices.RUNS_CREATED,
            labels={"run_type": kind, "triggered_by": by},
            value=count,
            lines=lines,
            elsewhere=True,
        )
        for kind, by, count, lines in (
            ("scheduled", "timetable", 1, AIRFLOW_3),
            ("manual", "ui", 2, AIRFLOW_3),
            ("manual", "", 2, AIRFLOW_2),
        )
    ),
    Expected(
        fact="last event of an asset",
        metric=waiting.ASSET_LAST_EVENT,
        labels={"asset": "orders"},
        value=at("2026-01-10 11:58").timestamp(),
    ),
    Expected(fact="its new events", metric=waiting.ASSET_EVENTS, labels={"asset": "orders"}, value=2),
    Expected(
        fact="events of an asset that no DAG refers to",
        metric=waiting.ASSET_EVENTS,
        labels={"asset": ""},
        value=1,
    ),
    Expected(
        fact="a check that was green",
        metric=practices.CHECK_TASK_LAST_SUCCESS,
        labels={"dag_id": "late", "task_id": "check_rows"},
        value=at("2026-01-10 11:59:30").timestamp(),
    ),
    *(
        Expected(
            fact=f"no check that was green: {task_id}",
            metric=practices.CHECK_TASK_LAST_SUCCESS,
            labels={"dag_id": "late", "task_id": task_id},
            value=0,
            lines=(),
            elsewhere=True,
        )
        for task_id in ("check_sums", "t")
    ),
    Expected(
        fact="a new version of a DAG",
        metric=changes.DAG_VERSIONS_CREATED,
        labels={"dag_id": "late"},
        value=1,
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="when it was made",
        metric=changes.DAG_VERSION_NEWEST,
        value=at("2026-01-10 11:58").timestamp(),
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="SLAs that were missed since the first look; what 3.x finds in that table is history",
        metric=waiting.SLA_MISSES,
        labels={"dag_id": "late"},
        value=1,
        lines=AIRFLOW_2,
    ),
    *(
        Expected(
            fact=f"deadline of {dag_id!r} with alert {alert!r} on {lines[0]}",
            metric=waiting.DEADLINES_MISSED,
            labels={"dag_id": dag_id, "alert": alert},
            value=count,
            lines=lines,
            elsewhere=True,
        )
        for dag_id, alert, count, lines in (
            ("deleted", "too slow", 1, since("3.2")),
            ("deleted", "", 1, ("3.1",)),
            ("late", "", 1, since("3.1")),
            ("", "", 1, since("3.1")),
        )
    ),
)
