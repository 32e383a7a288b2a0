"""What Airflow's source says only to a person: names, tags and units that are made up while it runs.

Each applies to one expression in one file. When Airflow changes that line, it applies no longer and the name
shows up in the drift table as it stands in the source.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One call, as a person reads it.

    Attributes:
        path: end of the file's path.
        name: the name as the scan reads it.
        names: the names that it stands for; none where the call never happens.
        tags: keys that the scan cannot see.
        given: what the timer is given, where the scan cannot see it.
        why: how that was found.
    """

    path: str
    name: str
    names: tuple[str, ...]
    tags: tuple[str, ...] = ()
    given: str = ""
    why: str


_DAG_RUN = "models/dagrun.py"
_CALLBACK = "models/callback.py"
_FILES = "dag_processing/manager.py"
_ENDED = "sent when a run has ended, and a run ends as success or failed"
_CLOCK = "DagFileStat.last_duration is a difference of time.monotonic(), so seconds"

READINGS = (
    Reading(
        path=_DAG_RUN,
        name="dagrun.duration.{state}",
        names=("dagrun.duration.success", "dagrun.duration.failed"),
        why=_ENDED,
    ),
    Reading(
        path=_DAG_RUN,
        name="dagrun.duration.{state}.{dag_id}",
        names=("dagrun.duration.success.{dag_id}", "dagrun.duration.failed.{dag_id}"),
        why=_ENDED,
    ),
    Reading(
        path=_CALLBACK,
        name="{prefix}.callback_{status}",
        names=("deadline_alerts.callback_success", "deadline_alerts.callback_failed"),
        tags=("dag_id", "path"),
        why="the only prefix is that of models/deadline.py, which adds dag_id; path is the callback's; "
        "a callback ends as success or failed",
    ),
    Reading(
        path=_CALLBACK, name="callback_{status}", names=(), why="no caller makes a callback without a prefix"
    ),
    Reading(
        path="openlineage/plugins/listener.py",
        name="{stats_key}",
        names=("ol.event.size.{event_type}.{operator_name}",),
        why="handed to another process by _on_task_instance_manual_state_change, the only caller",
    ),
    Reading(
        path="edge3/executors/edge_executor.py",
        name="edge_worker.ti.finish.{queue}.failed.{dag_id}.{task_id}",
        names=("edge_worker.ti.finish.{queue}.{state}.{dag_id}.{task_id}",),
        why="the state is written out here, and is an id everywhere else",
    ),
    *(
        Reading(path=_FILES, name=name, names=(name,), given="seconds", why=_CLOCK)
        for name in (
            "dag_processing.last_duration",
            "dag_processing.last_duration.{normalized_bundle}.{file_name}",
        )
    ),
)


def reading(path: str, name: str) -> Reading | None:
    """What a person reads in this name in this file; None where the scan sees all of it."""
    return next(
        (known for known in READINGS if known.name == name and path.endswith(f"/{known.path}")),
        None,
    )
