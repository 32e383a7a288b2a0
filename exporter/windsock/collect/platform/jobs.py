"""Jobs by their heartbeat: what several collectors ask of the table `job`."""

from __future__ import annotations

from typing import NamedTuple

from windsock.metadb.statement import EXAMPLE_TIME, Statement, make


class JobId(NamedTuple):
    """The id of a job."""

    id: int


def fresh_jobs(name: str, job_type: str) -> Statement[JobId]:
    """Running jobs of a type with a heartbeat after `since` [job_type_heart]."""
    return make(
        name,
        JobId,
        f"SELECT id FROM job WHERE job_type = '{job_type}' AND state = 'running'"
        " AND latest_heartbeat > :since",
        reads={"job": ("id", "job_type", "state", "latest_heartbeat")},
        since=EXAMPLE_TIME,
    )
