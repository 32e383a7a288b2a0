"""One row of `dag`, as both majors have it, in two parts: what runs change, and what its file says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import R, Statement, make


class Moves(NamedTuple):
    """What a scheduler, a parse or somebody may change at any moment; `Dag` says what it means."""

    dag_id: str
    paused: bool
    stale: bool
    due: datetime | None
    exceeds_max_active_runs: bool
    import_errors: bool
    next_run: datetime | None


class Details(NamedTuple):
    """What stands in the file; `Dag` says what it means."""

    dag_id: str
    owners: str | None
    schedule: str | None
    file: str | None
    max_active_tasks: int | None
    parsed: datetime | None
    max_failed_runs: int | None
    bundle: str | None
    root: str | None


class Dag(NamedTuple):
    """A DAG: the fields of `Moves`, then those of `Details`.

    Attributes:
        due: when the next run that does not exist yet is due; known also while paused or at max_active_runs.
        exceeds_max_active_runs: no run is created because of max_active_runs.
        next_run: of such a DAG the begin of the next run's data interval; None of others.
        owners: in the order of the last parse, which says nothing.
        schedule: as it is stored.
        file: below its bundle; on 2.x the whole path.
        max_failed_runs: so many failed runs in a row, and Airflow pauses it; None or 0: never.
        bundle: of 3.x.
        root: of 2.x: the folder that the DAG processor reads.
    """

    dag_id: str
    paused: bool
    stale: bool
    due: datetime | None
    exceeds_max_active_runs: bool
    import_errors: bool
    next_run: datetime | None
    owners: str | None
    schedule: str | None
    file: str | None
    max_active_tasks: int | None = None
    parsed: datetime | None = None
    max_failed_runs: int | None = None
    bundle: str | None = None
    root: str | None = None


def dags(of: Flavour) -> Statement[Dag]:
    """The whole table, once."""
    return _of_parts("dags", Dag, (_moves(of), _details(of)))


def dag_moves(of: Flavour) -> Statement[Moves]:
    """The whole table: ten thousand rows of this are some milliseconds."""
    return _of_parts("dag_moves", Moves, (_moves(of),))


def dag_details(of: Flavour) -> Statement[Details]:
    """Some rows, by primary key from a DAG on."""
    order = " WHERE dag_id > :after ORDER BY dag_id LIMIT :count"
    return _of_parts("dag_details", Details, (_details(of),), order, after="", count=1)


# What is selected, by the name of the field, and the columns that this reads.
_Part = tuple[dict[str, str], tuple[str, ...]]


def _of_parts(
    name: str, row: type[R], parts: Iterable[_Part], more: str = "", **example: object
) -> Statement[R]:
    fields, columns = {"dag_id": "dag_id"}, ["dag_id"]
    for selected, read in parts:
        fields |= selected
        columns += read
    selection = ", ".join(f"{words} AS {field}" for field, words in fields.items())
    return make(name, row, f"SELECT {selection} FROM dag{more}", reads={"dag": tuple(columns)}, **example)


def _moves(of: Flavour) -> _Part:
    # 2.x: a run is due at the end of its data interval, and there is no time to create it at max_active_runs.
    due = (
        "COALESCE(next_dagrun_create_after,"
        " CASE WHEN next_dagrun IS NOT NULL THEN next_dagrun_data_interval_end END)"
        if of.three
        else "COALESCE(next_dagrun_data_interval_end, next_dagrun_create_after)"
    )
    # Before 3.2 nothing says so: at its limit the DAG has a next run without a time to create it.
    exceeds = (
        "exceeds_max_non_backfill"
        if of.since("3.2")
        else "(next_dagrun IS NOT NULL AND next_dagrun_create_after IS NULL)"
    )
    return {
        "paused": "COALESCE(is_paused, false)",
        "stale": of.stale,
        "due": due,
        "exceeds_max_active_runs": exceeds,
        "import_errors": "COALESCE(has_import_errors, false)",
        "next_run": f"CASE WHEN {exceeds} THEN next_dagrun END",
    }, (
        *("is_paused", of.stale_column, "next_dagrun", "next_dagrun_create_after"),
        *("next_dagrun_data_interval_end", "has_import_errors"),
        *(("exceeds_max_non_backfill",) if of.since("3.2") else ()),
    )


def _details(of: Flavour) -> _Part:
    schedule, file, place = (
        ("timetable_summary", "relative_fileloc", "bundle_name")
        if of.three
        else ("schedule_interval", "fileloc", "processor_subdir")
    )
    limit = ("max_consecutive_failed_dag_runs",) if of.since("2.9") else ()
    return {
        "owners": "owners",
        "schedule": schedule,
        "file": file,
        "max_active_tasks": "max_active_tasks",
        "parsed": "last_parsed_time",
        "max_failed_runs": limit[0] if limit else "0",
        "bundle": place if of.three else "NULL",
        "root": "NULL" if of.three else place,
    }, ("owners", schedule, file, "max_active_tasks", "last_parsed_time", place, *limit)
