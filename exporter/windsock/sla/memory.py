"""What the engine remembers of one (sla, dag_id) between evaluations and across restarts."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Success(_Record):
    """A run that succeeded, as it was when it was seen; clearing it later changes nothing here."""

    due: AwareDatetime
    end: AwareDatetime


class Miss(_Record):
    """A promise that was broken and still is.

    Attributes:
        floor: only what a run due after this does ends the breach; None: any run does.
        deadline: the missed one.
    """

    floor: AwareDatetime | None
    deadline: AwareDatetime


class Memory(_Record):
    """One SLA of one DAG.

    Attributes:
        kind: of the promise; an SLA of another kind is another SLA.
        first_seen: when both the entry and the DAG were there for the first time.
        paused: as last seen, to notice the moment of unpausing.
        unpaused: when it was last seen to have been unpaused.
        gone: since when the DAG is no longer there.
        missed: deadlines that nothing has made up for yet, oldest first.
        success: finish_by: what meets the open deadline; max_age: the success with the newest due time.
        last_deadline: finish_by, max_start_delay: the newest deadline that existed and has passed.
        run_due: finish_by: newest due time of a scheduled run.
        usual: max_run_time: seconds that half of the runs take at most, as last known.
        next_due: the DAG's next due time as last seen, for the time when the DAG is gone.
        team: as last seen, for the time when facts are stale.
        cause: why it is breached, as last seen.
        met, broken: deadlines that were kept and missed, all of them since `first_seen`.
        recent: the last of them, or of the runs that a success ratio counts: 1 met, 0 missed, newest last.
        judged: max_run_time: the runs that were counted, as checksums of their ids.
    """

    kind: str
    first_seen: AwareDatetime
    paused: bool = False
    unpaused: AwareDatetime | None = None
    gone: AwareDatetime | None = None
    missed: tuple[Miss, ...] = ()
    success: Success | None = None
    last_deadline: AwareDatetime | None = None
    run_due: AwareDatetime | None = None
    next_due: AwareDatetime | None = None
    usual: float | None = None
    team: str = "default"
    cause: str | None = None
    met: int = 0
    broken: int = 0
    recent: str = ""
    judged: tuple[int, ...] = ()
