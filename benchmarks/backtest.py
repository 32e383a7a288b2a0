"""How long `windsock sla backtest` takes for thousands of DAGs and a month of daily runs.

Run:  .venv/bin/python -m benchmarks.backtest
It fills a PostgreSQL of its own, and runs the command as users do, a process of its own with nothing shared.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import schema

# Each team's DAGs are due at an hour of its own.
_TEAMS = 20
_DAGS, _DAYS, _BEFORE = 10_000, 30, 30
# Every DAG has its own usual length of 20 to 90 minutes; single runs take half as long or twice as long, a
# hundredth fails. So three hours after it was due one in a hundred is late.
_FILL = """
SELECT setseed(0.5);
INSERT INTO dag_bundle (name, active) VALUES ('b', true);
INSERT INTO dag (dag_id, is_paused, is_stale, bundle_name, owners, timetable_type, timetable_summary,
  partition_mapper_info, max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs,
  has_task_concurrency_limits, next_dagrun, next_dagrun_create_after)
SELECT 'team' || lpad((i % {teams})::text, 2, '0') || '_' || lpad(i::text, 5, '0'), false, false, 'b', 'etl',
  '', format('%s %s * * *', i % 60, i % {teams}), '{{}}', 16, 16, 0, false,
  date_trunc('day', now()) + make_interval(hours => i % {teams}, mins => i % 60),
  date_trunc('day', now()) + make_interval(days => 1, hours => i % {teams}, mins => i % 60)
FROM generate_series(1, {dags}) i;
INSERT INTO dag_run (dag_id, run_id, run_type, state, run_after, queued_at, logical_date, data_interval_end,
  start_date, end_date, clear_number)
SELECT dag_id, 'scheduled__' || due, 'scheduled', CASE WHEN random() < 0.01 THEN 'failed' ELSE 'success' END,
  due, due, due, due, due + interval '20 s', due + make_interval(mins => (20 + 70 * usual)::int)
  * exp(0.3 * (random() + random() + random() + random() - 2) * 1.7), 0
FROM (SELECT dag_id, next_dagrun - make_interval(days => d) AS due, (hashtext(dag_id) & 255) / 255.0 AS usual
  FROM dag, generate_series(1, {days}) d) r;
VACUUM ANALYZE
"""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dags", type=int, default=_DAGS)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = Postgres(port=choose({"postgres": 0})["postgres"], log=folder / "postgres.log")
        postgres.create()
        postgres.start()
        try:
            url = _filled(postgres, given.dags)
            found = [_run(url, folder) for _ in range(given.rounds)]
        finally:
            postgres.remove()
    print(f"\n{found[0][2]}\n\n| round | seconds | processor seconds |\n|--:|--:|--:|")
    for number, (seconds, processor, _) in enumerate(found, start=1):
        print(f"| {number} | {seconds:.1f} | {processor:.1f} |")
    print(f"\nEach process at most {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB.")


def _filled(postgres: Postgres, dags: int) -> str:
    postgres.sql("CREATE DATABASE af")
    url = postgres.url("af")
    script = _FILL.format(teams=_TEAMS, dags=dags, days=_DAYS + _BEFORE)
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as connection:
        connection.execute(schema("3.3", "postgresql").encode())
        connection.execute("SET search_path = public")
        for step in script.split(";\n"):
            connection.execute(step.encode())
    return url


def _entry(team: int) -> str:
    """Of the SLA file: of half of the teams by a time of the day, of half by age."""
    promised = f"finish_by: '{team + 3:02}:00', timezone: UTC" if team % 2 else "max_age: 27h"
    return f"- {{dag: 'team{team:02}_*', {promised}, team: t{team:02}}}"


def _run(url: str, folder: Path) -> tuple[float, float, str]:
    """Seconds, processor seconds of all its processes, and the first line of what it printed."""
    slas = folder / "slas.yaml"
    slas.write_text("\n".join(["slas:", *map(_entry, range(_TEAMS))]) + "\n", encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("windsock")), "sla", "backtest", str(slas), f"--days={_DAYS}"],
        env={**os.environ, "WINDSOCK_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor, done.stdout.partition("\n")[0]


if __name__ == "__main__":
    main()
