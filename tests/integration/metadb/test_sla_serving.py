"""SLAs of a real `windsock serve` process: a file that changes while it runs, and tags of DAGs."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.stack.ports import choose
from tests.support.metadb import make_sqlite
from tests.support.seed import insert, one_late_dag

WINDSOCK = str(Path(sys.executable).with_name("windsock"))
GOOD = "slas: [{dag: late, max_age: 1h}]\n"


class Process:
    """The exporter over a database with one DAG."""

    def __init__(self, folder: Path, *flags: str, tags: tuple[str, ...] = ()) -> None:
        self.file, self._log = folder / "slas.yaml", folder / "log"
        self.file.write_text(GOOD, encoding="utf-8")
        path = folder / "airflow.db"
        url = make_sqlite(path, "3.3")
        with sqlite3.connect(path) as connection:
            one_late_dag(connection)
            for tag in tags:
                insert(connection, "dag_tag", dag_id="late", name=tag, dag_name_hash="x")
        self._port = choose({"windsock": 0})["windsock"]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(WINDSOCK, "serve", "--listen", f"127.0.0.1:{self._port}"),
                    *("--sla-file", str(self.file), "--state-dir", str(folder / "state"), *flags),
                ],
                env={**os.environ, "WINDSOCK_DATABASE_URL": url},
                stderr=log,
            )

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=60) as answer:
            text: str = answer.read().decode()
        return text

    def slas(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/api/v1/slas"))
        return found

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                if holds():
                    return
            except OSError:
                assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def texts(self) -> list[str]:
        return [each["deadline_text"] for each in self.slas()["slas"] if each["standing"] == "breached"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    found: list[Process] = []

    def start(*flags: str, tags: tuple[str, ...] = ()) -> Process:
        found.append(Process(tmp_path, *flags, tags=tags))
        found[-1].until(lambda: "1h after last success" in found[-1].texts())
        return found[-1]

    yield start
    for each in found:
        each.process.send_signal(signal.SIGTERM)
        each.process.wait(timeout=60)
        assert "Traceback" not in each.log()


def test_changed_file_counts_and_a_wrong_one_does_not(started: Callable[..., Process]) -> None:
    serving = started("--fast-interval", "1s", "--slow-interval", "1s")
    serving.file.write_text(GOOD.replace("1h", "1"), encoding="utf-8")
    serving.until(lambda: "\nwindsock_sla_file_last_reload_successful 0.0" in serving.get("/metrics"))
    assert serving.texts() == ["1h after last success"]
    assert f"{serving.file}:1: slas.0.max_age: expected a duration longer than 0s" in serving.log()
    assert "The SLA file is wrong" in serving.get("/")
    serving.file.write_text(GOOD.replace("1h", "2h"), encoding="utf-8")
    serving.until(lambda: serving.texts() == ["2h after last success"])
    serving.until(lambda: "\nwindsock_sla_file_last_reload_successful 1.0" in serving.get("/metrics"))


def test_at_sighup_the_file_is_read_at_once(started: Callable[..., Process]) -> None:
    serving = started("--fast-interval", "1h")
    serving.file.write_text(GOOD.replace("1h", "3h"), encoding="utf-8")
    serving.process.send_signal(signal.SIGHUP)
    serving.until(lambda: serving.texts() == ["3h after last success"])


def test_a_signal_that_another_thread_receives_counts(started: Callable[..., Process]) -> None:
    serving = started("--fast-interval", "1h")
    serving.file.write_text(GOOD.replace("1h", "3h"), encoding="utf-8")
    pid = serving.process.pid
    other = next(int(each.name) for each in Path(f"/proc/{pid}/task").iterdir() if each.name != str(pid))
    assert ctypes.CDLL(None).tgkill(pid, other, signal.SIGHUP) == 0
    serving.until(lambda: serving.texts() == ["3h after last success"])


def test_tags_of_a_dag_are_slas_and_wrong_ones_are_shown(started: Callable[..., Process]) -> None:
    tags = ("sla:max_run_time=30m", "sla:max_age=9h", "sla:max_rn_time=1h", "hourly")
    serving = started("--fast-interval", "1s", "--slow-interval", "1s", tags=tags)
    serving.until(lambda: serving.texts() == ["1h after last success", "30m after start"])
    assert [each["tag"] for each in serving.slas()["wrong_tags"]] == ["sla:max_rn_time=1h"]
    assert "did you mean max_run_time?" in serving.get("/")
    serving.until(
        lambda: '\nairflow_sla_problems{reason="tag",team="default"} 1.0' in serving.get("/metrics")
    )
