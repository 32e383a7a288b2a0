"""The pages of the real `windsock serve` process over Airflow's recorded databases."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from demo.stack.ports import choose
from tests.support.metadb import VERSIONS

WINDSOCK = str(Path(sys.executable).with_name("windsock"))
AIRFLOW = "https://airflow.example"
SLAS = "slas: [{dag: '*', max_age: 5m, name: fresh}, {dag: nosuch, max_age: 1d}]"


@contextmanager
def _serve(url: str, folder: Path) -> Iterator[int]:
    """The process on a free port, until its first facts are there."""
    (folder / "slas.yaml").write_text(SLAS, encoding="utf-8")
    port = choose({"windsock": 0})["windsock"]
    process = subprocess.Popen(
        [
            WINDSOCK,
            *("serve", "--listen", f"127.0.0.1:{port}", "--sla-file", str(folder / "slas.yaml")),
            *("--state-dir", str(folder / "state"), "--airflow-public-url", AIRFLOW),
            *("--fast-interval", "1s", "--slow-interval", "1s", "--drop-after", "3s"),
        ],
        env={**os.environ, "WINDSOCK_DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not _ready(port):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline, "no facts after 60 s"
            time.sleep(0.2)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said


def _ready(port: int) -> bool:
    try:
        return bool(_slas(port)["facts_at"])
    except OSError:
        return False


def _get(port: int, path: str) -> tuple[int, str, str | None]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Location")


def _slas(port: int) -> dict[str, object]:
    _, body, _ = _get(port, "/api/v1/slas")
    data: dict[str, object] = json.loads(body)
    return data


def _breached(port: int) -> set[str]:
    found = _slas(port)["slas"]
    assert isinstance(found, list)
    return {sla["dag_id"] for sla in found if sla["standing"] == "breached"}


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_of_a_real_database(version: str, recorded: Callable[[str], str], tmp_path: Path) -> None:
    url = recorded(version)
    with psycopg.connect(url.replace("+psycopg2", "")) as connection:
        dag_id, run_id = connection.execute(
            "SELECT dag_id, run_id FROM dag_run WHERE run_type = 'scheduled' AND state = 'success' LIMIT 1"
        ).fetchone() or ("", "")
        connection.execute("DELETE FROM dag_run WHERE dag_id = %s AND run_id <> %s", (dag_id, run_id))
    with _serve(url, tmp_path) as port:
        late = _breached(port)
        assert dag_id in late
        status, board, _ = _get(port, "/")
        assert status == 200
        assert f"go/dags/{dag_id}/latest" in board
        assert "no such DAG in Airflow (yet)" in board
        assert "SchedulerJob" in board
        status, _, location = _get(port, f"/go/dags/{dag_id}/latest")
        plain = run_id.replace(":", "%3A").replace("+", "%2B")
        paths = {"2": f"/dags/{dag_id}/grid?dag_run_id={plain}", "3": f"/dags/{dag_id}/runs/{plain}"}
        assert (status, location) == (302, AIRFLOW + paths[version[0]])
        assert _get(port, "/go/dags/nosuch/latest")[0] == 404
        assert _get(port, "/runbooks/")[0] == 200
    assert (tmp_path / "state" / "state.json").is_file()
    with _serve(url, tmp_path) as port:
        assert _breached(port) == late
