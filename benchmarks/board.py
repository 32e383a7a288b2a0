"""How soon pages of the real `windsock serve` begin to arrive with thousands of SLAs, and how big they are.

Run:  .venv/bin/python -m benchmarks.board
It makes a SQLite database in a scratch folder; nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from demo.stack.ports import choose

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[1]
_TABLES = _ROOT / "tests" / "data" / "metadb" / "schemas" / "airflow-3.3-sqlite.sql.gz"
_TEAMS = 20
_RUNS = 32
_LATE = 0.02
_WAIT_SECONDS = 300


def make(path: Path, dags: int) -> None:
    """DAGs of twenty teams with 32 daily runs each; one in fifty has not succeeded for two days."""
    choice = random.Random(1)
    now = datetime.now(timezone.utc)
    names = [f"team{number % _TEAMS:02}_pipeline_{number:05}_daily" for number in range(dags)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(gzip.decompress(_TABLES.read_bytes()).decode())
        _fill(
            connection,
            "dag",
            ({"dag_id": name, "owners": "etl", "timetable_summary": "0 2 * * *"} for name in names),
        )
        _fill(
            connection,
            "dag_tag",
            (
                {"dag_id": name, "name": tag}
                for number, name in enumerate(names)
                for tag in ("daily", f"domain{number % 50}")
            ),
        )
        _fill(connection, "dag_run", _runs(names, now, choice))


def _runs(names: list[str], now: datetime, choice: random.Random) -> Iterator[dict[str, object]]:
    number = 0
    for name in names:
        age = timedelta(hours=choice.uniform(49, 60) if choice.random() < _LATE else choice.uniform(1, 24))
        for back in range(_RUNS):
            number += 1
            end = now - age - timedelta(days=back)
            due = end - timedelta(minutes=choice.uniform(20, 90))
            yield {
                "id": number,
                "dag_id": name,
                "run_id": f"scheduled__{due:%Y-%m-%dT%H:%M:%S}+00:00",
                "run_type": "scheduled",
                "state": "success",
                "run_after": _text(due),
                "queued_at": _text(due),
                "logical_date": _text(due - timedelta(days=1)),
                "data_interval_end": _text(due),
                "start_date": _text(due + timedelta(seconds=20)),
                "end_date": _text(end),
            }


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.000000"


def _fill(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, object]]) -> None:
    """Rows with what must not be missing besides: zero, or an empty text."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    needed = {
        name: "" if kind.startswith("VARCHAR") or kind == "TEXT" else 0
        for _, name, kind, not_null, default, key in columns
        if not_null and default is None and not key
    }
    for row in rows:
        full = {**needed, **row}
        marks = ", ".join("?" * len(full))
        connection.execute(f"INSERT INTO {table} ({', '.join(full)}) VALUES ({marks})", tuple(full.values()))


@contextmanager
def serve(folder: Path) -> Iterator[int]:
    (folder / "slas.yaml").write_text(
        "".join(
            ["slas:\n"]
            + [
                f"- {{dag: 'team{number:02}_*', max_age: 48h, team: team{number:02}}}\n"
                for number in range(_TEAMS)
            ]
        ),
        encoding="utf-8",
    )
    port = choose({"windsock": 0})["windsock"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(str(Path(sys.executable).with_name("windsock")), "serve"),
                *("--database-url", f"sqlite:///{folder / 'airflow.db'}", "--listen", f"127.0.0.1:{port}"),
                *("--sla-file", str(folder / "slas.yaml"), "--state-dir", str(folder / "state")),
                *("--airflow-public-url", "https://airflow.example"),
            ],
            stderr=log,
        )
    try:
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            data = json.loads(get(port, "/api/v1/slas")[2])
            if any(each["standing"] == "ok" for each in data["slas"]):
                return
        except OSError:
            pass
        time.sleep(1)
    sys.exit(f"no SLA is judged after {_WAIT_SECONDS} s")


def get(port: int, path: str) -> tuple[float, float, bytes]:
    """Seconds until the first byte and until the last one, and the page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        first = time.perf_counter() - began
        body = answer.read()
        return first, time.perf_counter() - began, body


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slas", type=int, default=5000)
    parser.add_argument("--requests", type=int, default=300, help="of each page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "airflow.db", given.slas)
        with serve(folder) as port:
            dag = json.loads(get(port, "/api/v1/slas")[2])["slas"][0]["dag_id"]
            paths = ("/", "/?team=team03&tag=daily", "/slas?page=7", f"/dags/{dag}", "/api/v1/slas")
            taken: dict[str, list[tuple[float, float, int]]] = {path: [] for path in paths}
            # In turn and with pauses, so that cycles and snapshots of `serve` fall into each page's share.
            for _ in range(given.requests):
                for path in paths:
                    first, whole, body = get(port, path)
                    taken[path].append((first, whole, len(body)))
                time.sleep(0.1)
    print(f"| page, {given.slas} SLAs | kB | first byte p50, ms | p99 | last byte p99 |")
    print("|---|---|---|---|---|")
    for path, found in taken.items():
        begun, ended = sorted(each[0] for each in found), sorted(each[1] for each in found)
        high = int(0.99 * (len(found) - 1))
        size = max(each[2] for each in found) / 1000
        cells = (
            f"{size:.0f}",
            *(f"{1000 * each:.1f}" for each in (begun[len(begun) // 2], begun[high], ended[high])),
        )
        print(f"| `{path.replace(dag, '<id>')}` | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
