"""Runs of DAGs by due time, as results and SLAs need them: the newest of each DAG that fit a condition."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# Of a run, called `x`.
FINISHED = "x.state IN ('success', 'failed')"


class Run(NamedTuple):
    """A run, for results and SLAs."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime
    logical: datetime | None
    start: datetime | None
    end: datetime | None


def columns(of: Flavour) -> tuple[str, ...]:
    """The columns of `dag_run` that a `Run` is made of."""
    return ("dag_id", "run_id", "run_type", "state", *of.due_columns, "start_date", "end_date")


def newest(
    of: Flavour, name: str, *, where: str, limit: int, having: str = "", dag_column: str = "dag_id"
) -> Statement[Run]:
    """The newest runs by due time of each of the DAGs in the parameter `dag_ids`, backfills left out.

    Args:
        of: the schema.
        name: of the statement.
        where: of a run, called `x`.
        limit: runs per DAG.
        having: of a DAG, called `d`, besides.
        dag_column: the column of `dag` in `having`.
    """
    example = {"dag_ids": ["-"]}
    dags = f"d.dag_id IN :dag_ids AND {having}" if having else "d.dag_id IN :dag_ids"
    words = {"logical": of.logical, "due": of.due, "where": where, "limit": str(limit), "dags": dags}
    reads = {"dag": ("dag_id", dag_column), "dag_run": ("id", *columns(of))}
    if of.mysql:
        # Few runs fail: to read those and sort them beats a walk to where the last of them is.
        few = "'failed'" in where and "'success'" not in where
        words |= {
            "find": of.force("dag_run", "dag_id", "state" if few else of.logical),
            "walk": of.force("dag_run", "dag_id", of.logical),
            "where_r": where.replace("x.", "r."),
            "skip": str(limit - 1),
        }
        return make(name, Run, _PER_DAG_MYSQL.format(**words), reads=reads, **example)
    inner = ", ".join(f"x.{column}" for column in columns(of))
    form = _PER_DAG_SQLITE if of.sqlite else _PER_DAG
    return make(name, Run, form.format(inner=inner, **words), reads=reads, **example)


# [dag_run_dag_id_{logical}_key]; needs plain DESC and IS NOT NULL, NULLS LAST would lose the index.
_NEWEST = (
    "SELECT {columns} FROM dag_run x WHERE x.dag_id = d.dag_id AND {{where}} AND x.run_type <> 'backfill'"
    " AND x.{{logical}} IS NOT NULL ORDER BY x.{{logical}} DESC LIMIT {{limit}}"
)
_RUN_COLUMNS = (
    "r.dag_id, r.run_id, r.run_type, r.state, {due} AS due, r.{logical} AS logical, r.start_date AS start,"
    ' r.end_date AS "end"'
)
# Not *: the role may read these columns only.
_PER_DAG = (
    f"SELECT {_RUN_COLUMNS} FROM dag d CROSS JOIN LATERAL ({_NEWEST.format(columns='{inner}')}) r"
    " WHERE {dags}"
)
# MariaDB knows no LATERAL: first since when, then from there on. With >= and <= in the place of = the second
# part is a range of the index for each DAG (Extra: Range checked for each record), not all its history; LIMIT
# keeps the first part a table of its own, or it would be asked again for each run.
_PER_DAG_MYSQL = (
    f"SELECT {_RUN_COLUMNS} FROM (SELECT d.dag_id, COALESCE(("
    "SELECT x.{logical} FROM dag_run x{find} WHERE x.dag_id = d.dag_id AND {where}"
    " AND x.run_type <> 'backfill' AND x.{logical} IS NOT NULL"
    " ORDER BY x.{logical} DESC LIMIT 1 OFFSET {skip}), TIMESTAMP '1970-01-02 00:00:00') AS since"
    " FROM dag d WHERE {dags} LIMIT 1000000) t"
    " JOIN dag_run r{walk} ON r.dag_id >= t.dag_id AND r.dag_id <= t.dag_id AND r.{logical} >= t.since"
    " WHERE {where_r} AND r.run_type <> 'backfill'"
)
_PER_DAG_SQLITE = (
    f"SELECT {_RUN_COLUMNS} FROM dag d JOIN dag_run r ON r.id IN ({_NEWEST.format(columns='x.id')})"
    " WHERE {dags}"
)
