"""`windsock serve` starts, or says in one line why not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import VERSIONS, make_sqlite
from tests.support.role import role
from tests.support.serving import serving

pytestmark = pytest.mark.real_time

WINDSOCK = str(Path(sys.executable).with_name("windsock"))
DOCS = Path(__file__).parents[3] / "docs" / "metadb.md"


def _start(url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WINDSOCK, "serve", "--listen", "127.0.0.1:0", *flags],
        env={**os.environ, "WINDSOCK_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def _fails(url: str, message: str) -> None:
    done = _start(url)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert re.search(message, lines[-1]), lines
    assert lines[-1].startswith("windsock: ")
    assert [line for line in lines if "Traceback" in line] == []
    assert "hunter2" not in done.stderr
    assert len([line for line in lines if line.startswith("windsock: ")]) == 1


def test_an_unreachable_database_is_one_line() -> None:
    port = choose({"nobody": 0})["nobody"]
    _fails(f"postgresql://u:hunter2@127.0.0.1:{port}/af", "(?i)connection.*refused")


def test_a_wrong_password_is_one_line(cluster: Postgres) -> None:
    _fails(
        f"postgresql://airflow:hunter2@127.0.0.1:{cluster.port}/recorded_3", "password authentication failed"
    )


def test_a_database_without_airflow_is_one_line(cluster: Postgres) -> None:
    _fails(cluster.url("postgres"), "not an Airflow metadata database")


def test_another_programs_alembic_is_one_line(cluster: Postgres) -> None:
    cluster.sql("CREATE DATABASE other")
    cluster.sql("CREATE TABLE alembic_version (version_num text)", database="other")
    cluster.sql("INSERT INTO alembic_version VALUES ('123456789abc')", database="other")
    _fails(cluster.url("other"), "not Airflow's, or too new")
    cluster.sql("DROP DATABASE other")


def test_a_file_that_is_not_sqlite_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "airflow.db"
    file.write_text("I am no database, I only look like one." * 50, encoding="utf-8")
    _fails(f"sqlite:///{file}", "not an Airflow metadata database")


def test_a_missing_privilege_is_one_line_that_names_table_and_page(
    recorded: Callable[[str], str], cluster: Postgres
) -> None:
    name = recorded("3.3").rpartition("/")[2]
    cluster.sql("CREATE ROLE half LOGIN PASSWORD 'hunter2'")
    cluster.sql("GRANT SELECT ON alembic_version, dag TO half", database=name)
    _fails(
        f"postgresql://half:hunter2@127.0.0.1:{cluster.port}/{name}",
        "permission denied for table task_instance.*docs/metadb.md",
    )
    cluster.sql("REVOKE ALL ON alembic_version, dag FROM half", database=name)
    cluster.sql("DROP ROLE half")


def test_a_role_of_an_older_windsock_still_starts_and_what_it_may_not_read_is_switched_off(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded("3.3").rpartition("/")[2]
    with role(cluster, name, "3.3", tmp_path) as url:
        cluster.sql("REVOKE ALL (created_date, triggerer_id) ON trigger FROM reader", database=name)
        off = 'airflow_metadb_collector_disabled{collector="triggers",reason="privilege"} 1.0\n'
        with serving(url) as exporter:
            text = exporter.until(lambda text: "airflow_dag_last_success_timestamp_seconds" in text)
            assert off in text
            assert "airflow_triggers" not in text
            assert text.count("collector_disabled{") == 1
            cluster.sql("GRANT SELECT (created_date, triggerer_id) ON trigger TO reader", database=name)
            exporter.until(lambda text: "airflow_triggers_unassigned" in text and off not in text)


def test_a_password_typed_on_the_command_line_gets_a_warning() -> None:
    port = choose({"nobody": 0})["nobody"]
    done = _start("", "--database-url", f"postgresql://u:hunter2@127.0.0.1:{port}/af")
    assert "WINDSOCK_DATABASE_URL_FILE" in done.stderr
    assert "hunter2" not in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_the_role_is_enough_for_every_collector_that_the_version_has_and_reads_no_run_configuration(
    version: str, recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded(version).rpartition("/")[2]
    with role(cluster, name, version, tmp_path) as url:
        with serving(url) as exporter:
            text = exporter.until(lambda text: "airflow_dag_last_success_timestamp_seconds" in text)
        assert re.findall(r"collector_success\{.*\} 0\.0", text) == []
        assert "collector_disabled{" not in text
        assert ('collector="hitl"' in text) == (version == "3.3")
        with psycopg.connect(url) as own, pytest.raises(psycopg.Error) as refused:
            own.execute("SELECT conf FROM dag_run")
        assert refused.value.sqlstate == "42501"


def test_term_ends_the_process_in_order_and_without_noise(tmp_path: Path) -> None:
    port = choose({"web": 0})["web"]
    process = subprocess.Popen(
        [WINDSOCK, "serve", "--listen", f"127.0.0.1:{port}", "--fast-interval", "300ms"],
        env={**os.environ, "WINDSOCK_DATABASE_URL": make_sqlite(tmp_path / "airflow.db", "3.3")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert _answer(f"http://127.0.0.1:{port}/-/ready") == "ready\n"
        assert _answer(f"http://127.0.0.1:{port}/-/healthy") == "healthy\n"
        assert "airflow_metadb_up 1" in _answer(f"http://127.0.0.1:{port}/metrics")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors


def _answer(url: str) -> str:
    deadline = time.monotonic() + 60
    while (body := _ask(url)) is None:
        assert time.monotonic() < deadline, f"{url} never answered"
        time.sleep(0.1)
    return body


def _ask(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
