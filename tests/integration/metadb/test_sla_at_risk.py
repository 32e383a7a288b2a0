"""A real `windsock serve` says before the deadline that a run will be late, by how much and why."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from demo.stack.ports import choose
from tests.support.metadb import make_sqlite
from tests.support.seed import insert

WINDSOCK = str(Path(sys.executable).with_name("windsock"))
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def _run(connection: sqlite3.Connection, number: int, due: datetime, end: datetime | None) -> str:
    run_id = f"scheduled__{due:%Y-%m-%dT%H:%M}"
    insert(
        connection,
        "dag_run",
        id=number,
        dag_id="report",
        run_id=run_id,
        run_type="scheduled",
        state="running" if end is None else "success",
        run_after=_text(due),
        queued_at=_text(due),
        data_interval_end=_text(due),
        logical_date=_text(due - DAY),
        execution_date=_text(due - DAY),
        start_date=_text(due),
        end_date=None if end is None else _text(end),
    )
    return run_id


def _task(
    connection: sqlite3.Connection, run_id: str, name: str, start: datetime, end: datetime | None
) -> None:
    insert(
        connection,
        "task_instance",
        id=f"{abs(hash((run_id, name))):032x}"[:32],
        dag_id="report",
        run_id=run_id,
        task_id=name,
        state="running" if end is None else "success",
        pool="default_pool",
        map_index=-1,
        try_number=1,
        start_date=_text(start),
        end_date=None if end is None else _text(end),
    )


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}+00"


def _slow_day(path: Path) -> None:
    """Ten days of ten and twenty minutes; today the first task took 35, so that 15 are left."""
    due = datetime.now(timezone.utc) - 40 * MINUTE
    with sqlite3.connect(path) as connection:
        insert(
            connection,
            "dag",
            dag_id="report",
            is_paused=False,
            is_active=True,
            is_stale=False,
            timetable_summary="0 2 * * *",
            schedule_interval='"0 2 * * *"',
        )
        for day in range(1, 11):
            at = due - day * DAY
            run_id = _run(connection, day, at, at + 30 * MINUTE)
            _task(connection, run_id, "load", at, at + 10 * MINUTE)
            _task(connection, run_id, "report", at + 10 * MINUTE, at + 30 * MINUTE)
        run_id = _run(connection, 11, due, None)
        _task(connection, run_id, "load", due, due + 35 * MINUTE)
        _task(connection, run_id, "report", due + 35 * MINUTE, None)
    connection.close()


@pytest.mark.parametrize("version", ["2.11", "3.3"])
def test_an_sla_is_at_risk_before_its_deadline(version: str, tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", version)
    _slow_day(tmp_path / "airflow.db")
    file = tmp_path / "slas.yaml"
    # Due in five minutes: yesterday's success is a day and ten minutes old.
    file.write_text("slas: [{dag: report, max_age: 24h15m}]\n", encoding="utf-8")
    port = choose({"windsock": 0})["windsock"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(WINDSOCK, "serve", "--listen", f"127.0.0.1:{port}", "--sla-file", str(file)),
                *("--fast-interval", "1s", "--slow-interval", "1s"),
            ],
            env={**os.environ, "WINDSOCK_DATABASE_URL": url},
            stderr=log,
        )
    try:
        found = _until_at_risk(process, port, tmp_path / "log")
        metrics = _get(port, "/metrics")
        board = _get(port, "/")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    left = _time(found["prediction"]["finish_p50"]) - _time(found["deadline"])
    assert timedelta(minutes=5) < left < timedelta(minutes=16)
    assert found["prediction"]["miss_probability"] > 0.6
    assert found["cause"] == "running_long"
    assert "load took 35 min, usually 10 min" in found["prediction"]["why"]
    assert '\nairflow_sla_at_risk{dag_id="report",sla="max_age"} 1.0' in metrics
    assert '\nairflow_sla_breached{dag_id="report",sla="max_age"} 0.0' in metrics
    assert "At risk" in board
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def _until_at_risk(process: subprocess.Popen[bytes], port: int, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        try:
            (found,) = json.loads(_get(port, "/api/v1/slas"))["slas"]
            if found["standing"] == "at_risk":
                known: dict[str, Any] = found
                return known
        except (OSError, ValueError):
            found = None
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, (found, log.read_text(encoding="utf-8"))
        time.sleep(0.2)


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
