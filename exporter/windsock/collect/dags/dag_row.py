"""One row of `dag`, as both majors have it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Dag(NamedTuple):
    """A DAG.

    Attributes:
        exceeds_max_active_runs: no run is created because of max_active_runs.
        file: below its bundle; on 2.x the whole path.
        max_failed_runs: so many failed runs in a row, and Airflow pauses it; None or 0: never.
        bundle: of 3.x.
        root: of 2.x: the folder that the DAG processor reads.
    """

    dag_id: str
    paused: bool
    stale: bool
    owners: str | None
    schedule: str | None
    next_run: datetime | None
    create_after: datetime | None
    interval_end: datetime | None
    exceeds_max_active_runs: bool
    import_errors: bool
    file: str | None
    max_active_tasks: int | None = None
    parsed: datetime | None = None
    max_failed_runs: int | None = None
    bundle: str | None = None
    root: str | None = None


def dags(of: Flavour) -> Statement[Dag]:
    """The whole table: ten thousand rows are some milliseconds."""
    schedule, file = (
        ("timetable_summary", "relative_fileloc") if of.three else ("schedule_interval", "fileloc")
    )
    place = "bundle_name AS bundle, NULL AS root" if of.three else "NULL AS bundle, processor_subdir AS root"
    # Before 3.2 nothing says so: at its limit the DAG has a next run without a time to create it.
    exceeds = (
        "exceeds_max_non_backfill"
        if of.since("3.2")
        else "(next_dagrun IS NOT NULL AND next_dagrun_create_after IS NULL)"
    )
    columns = (
        *("dag_id", "is_paused", of.stale_column, "owners", schedule, "next_dagrun"),
        *("next_dagrun_create_after", "next_dagrun_data_interval_end", "has_import_errors", file),
        *("max_active_tasks", "last_parsed_time", "bundle_name" if of.three else "processor_subdir"),
        *(("max_consecutive_failed_dag_runs",) if of.since("2.9") else ()),
        *(("exceeds_max_non_backfill",) if of.since("3.2") else ()),
    )
    failed_runs = "max_consecutive_failed_dag_runs" if of.since("2.9") else "0"
    return make(
        "dags",
        Dag,
        f"SELECT dag_id, COALESCE(is_paused, false) AS paused, {of.stale} AS stale, owners,"
        f" {schedule} AS schedule, next_dagrun AS next_run, next_dagrun_create_after AS create_after,"
        f" next_dagrun_data_interval_end AS interval_end, {exceeds} AS exceeds_max_active_runs,"
        f" COALESCE(has_import_errors, false) AS import_errors, {file} AS file,"
        f" max_active_tasks, last_parsed_time AS parsed, {failed_runs} AS max_failed_runs, {place} FROM dag",
        reads={"dag": columns},
    )
