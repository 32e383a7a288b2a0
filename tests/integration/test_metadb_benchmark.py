"""The benchmark of the metadata database at a size that takes seconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.metadb import page
from benchmarks.metadb.cluster import Cluster, opened
from benchmarks.metadb.fill import fill
from benchmarks.metadb.rounds import Rounds
from benchmarks.metadb.size import Size
from windsock.errors import BadInput

_SIZE = Size(tasks=33_000, dags=100, active=2_000)
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with opened(_SIZE, None) as filled:
        yield filled


def test_the_same_size_and_time_give_the_same_rows_and_every_index_is_back(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn) as connection:
        first, indexes = _rows(connection), connection.execute(_INDEXES).fetchall()
    fill(cluster.dsn, _SIZE, cluster.at, said=lambda _: None)
    with psycopg.connect(cluster.dsn) as connection:
        assert _rows(connection) == first
        assert connection.execute(_INDEXES).fetchall() == indexes
        assert {row[1] for row in indexes} >= {"ti_state", "ti_heartbeat", "task_instance_composite_key"}


def test_active_task_instances_are_about_as_many_as_asked(cluster: Cluster) -> None:
    sql = "SELECT count(*) FROM task_instance WHERE state NOT IN ('success', 'failed', 'skipped', 'removed')"
    with psycopg.connect(cluster.dsn) as connection:
        ((active,),) = connection.execute(f"{sql} AND state <> 'upstream_failed'".encode()).fetchall()
    assert active == pytest.approx(_SIZE.active, rel=0.2)


def test_a_round_measures_everybody_and_values_equal_sql(cluster: Cluster, tmp_path: Path) -> None:
    found = Rounds(cluster, tmp_path).measure(2)
    assert found["refused"] == {}
    assert {each["metric"]: each["different"] for each in found["compared"] if each["different"]} == {}
    assert all(each["series"] for each in found["compared"]), found["compared"]
    for each in found["foreign"]:
        assert each["blocks"] > 0, each
        assert each["rows"] > 0, each
    assert found["cycles"]["fast"]["blocks"] > 0
    assert "airflow_task_status" in _page(found, tmp_path)


def test_an_impossible_size_is_refused() -> None:
    with pytest.raises(BadInput, match="multiple of 100"):
        Size(tasks=1_000, dags=7, active=100)
    with pytest.raises(BadInput, match="a quarter"):
        Size(tasks=1_000, dags=100, active=500)


def _rows(connection: psycopg.Connection) -> dict[str, str]:
    """A sum over every row of the tables that are made from runs and task instances."""
    sums = {}
    for table in ("dag", "dag_run", "task_instance", "trigger", "deadline", "log"):
        rows = connection.execute(f"SELECT {table}::text FROM {table} ORDER BY 1".encode())
        sums[table] = hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()
    return sums


def _page(found: dict[str, Any], folder: Path) -> str:
    size = {"tasks": _SIZE.rows, "dags": _SIZE.dags, "active": _SIZE.active, "runs": _SIZE.runs}
    run, out = folder / "run.json", folder / "page.md"
    run.write_text(json.dumps({"size": size, "statements": found}), encoding="utf-8")
    page.main([str(run), "--out", str(out)])
    return out.read_text(encoding="utf-8")
