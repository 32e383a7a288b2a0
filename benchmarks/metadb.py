"""What `windsock serve` costs a database of a million task instances: `python -m benchmarks.metadb`."""

from __future__ import annotations

import argparse
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.fill import Size, fill
from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import load_postgresql
from windsock.catalog import components, dags, tasks
from windsock.collect.collector import Context, Reader, Tier
from windsock.collect.default import COLLECTORS, wanted
from windsock.collect.picture import draw
from windsock.collect.watched import Selection
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.guard import sequential
from windsock.metadb.server import clock
from windsock.metadb.source import Source
from windsock.metadb.statement import R, Statement
from windsock.metadb.url import parse
from windsock.metric import Metric
from windsock.owners import Owners
from windsock.sla import load
from windsock.state import State

_HOT = frozenset({"task_instance", "dag_run", "job", "log"})
_SLAS = "slas: [{dag: 'dag_1?', max_age: 26h}, {dag: dag_5, finish_by: '06:30', timezone: Europe/Berlin}]\n"
_REPEATS = 5
_SCRAPES = 1_000

_LAST = (
    "SELECT DISTINCT ON (dag_id) dag_id, extract(epoch FROM end_date) FROM dag_run JOIN dag USING (dag_id)"
    " WHERE state = '{state}' AND run_type <> 'backfill' AND NOT is_stale"
    " ORDER BY dag_id, run_after DESC"
)
_OCCUPIED = (
    "SELECT p.pool, coalesce(sum(t.pool_slots) FILTER (WHERE t.state IN ('running', 'queued')"
    " OR (p.include_deferred AND t.state = 'deferred')), 0) FROM slot_pool p"
    " LEFT JOIN task_instance t USING (pool) GROUP BY 1"
)
_ACTIVE = (
    "SELECT state, pool, queue, count(*) FROM task_instance WHERE state NOT IN ('success', 'failed')"
    " GROUP BY 1, 2, 3"
)
_RUNS = "SELECT dag_id, state, count(*) FROM dag_run WHERE state IN ('queued', 'running') GROUP BY 1, 2"
# What people would ask in plain SQL, against what is exported.
_SAME: tuple[tuple[Metric, str], ...] = (
    (tasks.TASK_INSTANCES, _ACTIVE),
    (tasks.POOL_OCCUPIED, _OCCUPIED),
    (dags.DAG_RUNS, _RUNS),
    (dags.LAST_SUCCESS, _LAST.format(state="success")),
    (dags.LAST_FAILURE, _LAST.format(state="failed")),
    (dags.DAG_PAUSED, "SELECT dag_id, is_paused::int FROM dag WHERE NOT is_stale"),
    (
        components.HEARTBEAT,
        "SELECT job_type, extract(epoch FROM max(latest_heartbeat)) FROM job GROUP BY 1",
    ),
)


class _Recording(Database):
    """Notes each read with its parameters and how long it took, rows fetched and built."""

    calls: list[tuple[Statement[Any], dict[str, Any], float, int]]

    def read(self, statement: Statement[R], **parameters: Any) -> list[R]:
        started = time.perf_counter()
        rows = super().read(statement, **parameters)
        self.calls.append((statement, parameters, time.perf_counter() - started, len(rows)))
        return rows


def main() -> None:
    """Fill, measure, print, and write the result file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=1_000_000)
    arguments.add_argument("--active", type=int, default=20_000)
    arguments.add_argument("--dags", type=int, default=1_000)
    arguments.add_argument("--out", type=Path, help="default: benchmarks/results/metadb-DATE.md")
    given = arguments.parse_args()
    size = Size(dags=given.dags, tasks=given.tasks, active=given.active)
    with tempfile.TemporaryDirectory() as folder, _cluster(Path(folder), size) as server:
        report = [*_head(size), *_database(server, Path(folder)), *_process(server, Path(folder))]
    text = "\n".join(report) + "\n"
    out = given.out or Path(__file__).parent / "results" / f"metadb-{datetime.now(timezone.utc):%Y-%m-%d}.md"
    out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


@contextmanager
def _cluster(folder: Path, size: Size) -> Iterator[Postgres]:
    server = Postgres(port=choose({"postgres": 0})["postgres"], log=folder / "postgres.log")
    server.create()
    try:
        server.start()
        server.sql("CREATE DATABASE af")
        load_postgresql(_dsn(server), "3.3")
        fill(_dsn(server), size)
        yield server
    finally:
        server.remove()


def _dsn(server: Postgres) -> str:
    return server.url("af").replace("+psycopg2", "")


def _head(size: Size) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        "# `windsock serve` on a generated metadata database",
        "",
        (
            f"{datetime.now(timezone.utc):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GB, "
            f"Python {platform.python_version()}, Airflow 3.3 schema: {size.tasks:,} task instances, "
            f"{size.active:,} of them active, {size.runs:,} runs, {size.dags:,} DAGs."
        ),
        "",
    ]


def _database(server: Postgres, folder: Path) -> list[str]:
    slas = folder / "slas.yaml"
    slas.write_text(_SLAS, encoding="utf-8")
    database = _Recording(parse(server.url("af"), origin="benchmark"))
    database.calls = []
    source = Source(database, wanted())
    values: dict[str, Any] = {}
    existing = lambda: [row.dag_id for row in values["dags"] if not row.stale]  # noqa: E731
    context = Context(state=State(None), watched=Selection(load(slas), existing))
    found = [kind(context) for kind in COLLECTORS]
    lines: dict[str, list[tuple[float, int, str]]] = {}
    totals: dict[Tier, list[float]] = {Tier.FAST: [], Tier.SLOW: []}
    for _ in range(_REPEATS + 1):
        now = database.read(clock(source.statements.flavour))[0].now
        for tier in Tier:
            spent = 0.0
            for collector in (each for each in found if each.tier is tier):
                database.calls = []
                values[collector.name] = collector.read(
                    Reader(database=database, statements=source.statements, now=now)
                )
                for statement, parameters, _, count in database.calls:
                    milliseconds, whole = _explain(server, statement, parameters)
                    spent += milliseconds
                    row = (milliseconds, count, whole)
                    lines.setdefault(f"{tier.value} | {collector.name} | {statement.name}", []).append(row)
            totals[tier].append(spent)
    report = ["| tier | collector | statement | ms | rows | read whole |", "|---|---|---|--:|--:|---|"]
    for name, rows in lines.items():
        median = statistics.median(each[0] for each in rows[1:] or rows)
        report.append(f"| {name} | {median:.1f} | {rows[-1][1]:,} | {rows[-1][2]} |")
    report += [
        f"| **{tier.value}** | | total | **{statistics.median(spent[1:]):.1f}** | | |"
        for tier, spent in totals.items()
    ]
    report += ["", "Database time: planning and execution by EXPLAIN (ANALYZE), median of 5 warm cycles.", ""]
    report += _compare(server, values)
    database.close()
    return report


def _explain(server: Postgres, statement: Statement[Any], parameters: dict[str, Any]) -> tuple[float, str]:
    """Milliseconds in the server, and the hot tables that were read from end to end."""
    database = Database(parse(server.url("af"), origin="benchmark"))
    try:
        plan = database._run(statement.clause("EXPLAIN (ANALYZE, FORMAT JSON) "), parameters)[1][0][0]  # noqa: SLF001
    finally:
        database.close()
    whole = sequential(plan) & _HOT
    return plan[0]["Planning Time"] + plan[0]["Execution Time"], ", ".join(sorted(whole)) or "–"


def _compare(server: Postgres, values: dict[str, Any]) -> list[str]:
    figures = Figures()
    draw(
        figures,
        values,
        [kind(Context(state=State(None))) for kind in COLLECTORS],
        owners=Owners(),
        major=3,
        now=datetime.now(timezone.utc),
        grace=timedelta(minutes=1),
    )
    report = ["| metric | series compared with SQL | different |", "|---|--:|--:|"]
    with psycopg.connect(_dsn(server)) as connection:
        for metric, sql in _SAME:
            expected = {
                tuple(row[:-1]): float(row[-1]) for row in connection.execute(sql.encode()).fetchall()
            }
            exported = {labels: value for labels, value in figures.family(metric).items() if value}
            keys = {key for key, value in expected.items() if value} | exported.keys()
            different = sum(
                not math.isclose(expected.get(key, 0.0), exported.get(key, 0.0), rel_tol=0, abs_tol=0.001)
                for key in keys
            )
            report.append(f"| `{metric}` | {len(keys):,} | {different} |")
    return [*report, ""]


def _process(server: Postgres, folder: Path) -> list[str]:
    port = choose({"web": 0})["web"]
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("windsock")),
            "serve",
            f"--listen=127.0.0.1:{port}",
            f"--sla-file={folder / 'slas.yaml'}",
            "--fast-interval=2s",
            "--slow-interval=4s",
        ],
        env={**os.environ, "WINDSOCK_DATABASE_URL": server.url("af")},
        stderr=subprocess.DEVNULL,
    )
    try:
        page = _wait(port, b"airflow_metadb_up 1")
        up = _scrapes(port)
        time.sleep(20)
        resident = _resident(process.pid)
        server.stop()
        _wait(port, b"airflow_metadb_up 0")
        down = _scrapes(port)
    finally:
        process.terminate()
        process.wait(timeout=20)
    series = sum(not line.startswith(b"#") for line in page.splitlines())
    return [
        f"| `/metrics`: {series:,} series, {len(page) / 1024:,.0f} KiB | p50 ms | p99 ms |",
        "|---|--:|--:|",
        f"| database up | {up[0]:.1f} | {up[1]:.1f} |",
        f"| database stopped | {down[0]:.1f} | {down[1]:.1f} |",
        "",
        f"Highest resident memory after 20 s of cycles every 2 s: {resident:.0f} MB.",
    ]


def _wait(port: int, word: bytes) -> bytes:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            page = _scrape(port)
        except OSError:
            page = b""
        if word in page:
            return page
        time.sleep(0.2)
    raise TimeoutError(f"{word!r} never came")


def _scrape(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        body: bytes = answer.read()
    return body


def _scrapes(port: int) -> tuple[float, float]:
    """Median and 99th percentile of a scrape, in milliseconds."""
    taken = []
    for _ in range(_SCRAPES):
        started = time.perf_counter()
        _scrape(port)
        taken.append((time.perf_counter() - started) * 1000)
        time.sleep(0.01)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmHWM")


if __name__ == "__main__":
    main()
