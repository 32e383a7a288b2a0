"""`windsock db explain` and `windsock db check` on real databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import VERSIONS, make_sqlite
from tests.support.role import role
from windsock.airflow_versions import AIRFLOW_3
from windsock.cli import root
from windsock.collect.default import COLLECTORS
from windsock.errors import BadInput


def _db(*arguments: str, url: str) -> Result:
    result = CliRunner().invoke(root, ["db", *arguments], env={"WINDSOCK_DATABASE_URL": url})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _findings(url: str, *arguments: str) -> tuple[int, dict[str, list[Any]]]:
    """The exit code, and what is not well, by subject."""
    result = _db("check", "--format", "json", *arguments, url=url)
    bad: dict[str, list[Any]] = {}
    for each in json.loads(result.stdout):
        if not each["ok"]:
            assert each["fix"], each
            bad.setdefault(each["subject"], []).append(each)
    return result.exit_code, bad


@pytest.mark.parametrize("version", VERSIONS)
def test_every_statement_is_planned_and_run_as_the_role_that_serve_has(
    version: str, recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded(version).rpartition("/")[2]
    with role(cluster, name, version, tmp_path) as url:
        result = _db("explain", "--format", "json", url=url)
    found = json.loads(result.stdout)
    assert {each["collector"] for each in found} <= {kind.name for kind in COLLECTORS}
    assert [each for each in found if each["problem"] is not None] == []
    assert all(each["cost"] >= 0 and each["expected"] >= 0 for each in found)
    by_name = {each["statement"]: each for each in found}
    tasks = by_name["active_tasks"]
    assert tasks["sql"].startswith("SELECT 'scheduled' AS state, pool")
    assert tasks["times"] == 1
    assert tasks["seconds"] > 0
    assert tasks["tier"] == "fast"
    assert tasks["parameters"]["queued_before"].startswith("20")
    assert by_name["dag_moves"]["rows"] > 0
    assert "stale_tasks" in by_name
    assert ("running_jobs" in by_name) == (version not in AIRFLOW_3)


def test_the_table_is_for_people_and_one_collector_shows_its_sql(recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    text = _db("explain", url=url).stdout
    assert text.splitlines()[0].split() == [
        *("collector", "tier", "statement", "cost", "expected", "times", "rows", "ms"),
    ]
    assert "fast tier, read once: " in text
    assert "SELECT" not in text
    text = _db("explain", "--collector", "tasks", "--no-run", url=url).stdout
    assert "\n-- tasks: active_tasks\nSELECT 'scheduled' AS state, pool" in text
    assert "import_errors" not in text
    assert "read once: 0.0 ms" in text


def test_without_running_nothing_is_read_but_plans(recorded: Callable[[str], str], cluster: Postgres) -> None:
    url = recorded("3.3")
    name = url.rpartition("/")[2]
    # Not by index: the planner itself looks into those.
    scans = "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname <> 'alembic_version'"
    before = cluster.sql(scans, database=name)
    found = json.loads(_db("explain", "--no-run", "--format", "json", url=url).stdout)
    assert all(each["times"] is None and each["cost"] is not None for each in found)
    assert cluster.sql(scans, database=name) == before
    _db("explain", url=url)
    assert cluster.sql(scans, database=name) != before


def test_a_statement_that_is_refused_is_not_run(recorded: Callable[[str], str]) -> None:
    url = recorded("3.3")
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as admin:
        admin.execute("DROP INDEX ti_state, ti_state_lkp, ti_pool, ti_dag_state, ti_dag_run")
        admin.execute("UPDATE pg_class SET reltuples = 1000000 WHERE relname = 'task_instance'")
    text = _db("explain", "--collector", "tasks", url=url).stdout
    assert "not run: would read the whole of task_instance" in text
    code, bad = _findings(url)
    assert code == 1
    assert "tasks is switched off: would read the whole of task_instance" in str(bad["collector"])
    assert "task_instance (state)" in bad["indexes"][0]["message"]


def test_sqlite_has_no_costs_and_the_same_statements(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    found = json.loads(_db("explain", "--format", "json", url=url).stdout)
    assert all(each["cost"] is None and each["problem"] is None for each in found)
    assert "active_tasks" in {each["statement"] for each in found}
    assert "ok       indexes: all" in _db("check", url=url).stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_a_healthy_database_read_by_the_role_has_no_finding(
    version: str, recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded(version).rpartition("/")[2]
    with role(cluster, name, version, tmp_path) as url:
        assert _findings(url, "--keep", "36500d") == (0, {})
        text = _db("check", "--keep", "36500d", url=url).stdout
    assert "ok       version: revision " in text
    assert "ok       role: reader may not read Airflow's connections" in text
    assert "FINDING" not in text


def test_each_finding_says_what_to_do(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded("3.3").rpartition("/")[2]
    old = "2020-01-01 00:00+00"
    with role(cluster, name, "3.3", tmp_path) as url:
        for statement in (
            "DROP INDEX job_type_heart",
            "REVOKE ALL ON slot_pool FROM reader",
            "REVOKE ALL (pool) ON slot_pool FROM reader",
            "GRANT SELECT (password) ON connection TO reader",
            "ALTER ROLE reader RESET idle_in_transaction_session_timeout",
            f"INSERT INTO log (id, dttm, event) VALUES (0, '{old}', 'cli')",
            "UPDATE alembic_version SET version_num = 'ffffffffffff'",
        ):
            cluster.sql(statement, database=name)
        code, bad = _findings(url)
        text = _db("check", url=url).stdout
    assert code == 1
    assert "run the SQL of `windsock db grants`" in str(bad["collector"])
    assert "tasks is switched off" in str(bad["collector"])
    assert bad["indexes"][0]["message"] == "missing: job (job_type, latest_heartbeat)"
    assert bad["role"][0]["message"] == "reader may read Airflow's connections"
    assert bad["limits"][0]["message"] == "the role has no idle_in_transaction_session_timeout"
    assert "ffffffffffff is unknown; it is read like Airflow 3.3" in bad["version"][0]["message"]
    (log,) = [each for each in bad["oldest row"] if each["message"].startswith("log: 2020-01-01")]
    assert log["fix"].startswith("airflow db clean --tables log --clean-before-timestamp '20")
    assert f"         -> {log['fix']}" in text


def test_a_replica_that_does_not_answer_is_a_finding(recorded: Callable[[str], str]) -> None:
    port = choose({"nobody": 0})["nobody"]
    _, bad = _findings(recorded("3.3"), "--replica-url", f"postgresql://u@127.0.0.1:{port}/af")
    assert "refused" in bad["replica"][0]["message"]


def test_a_database_that_is_not_airflows_is_one_line(cluster: Postgres) -> None:
    with pytest.raises(BadInput, match="not an Airflow metadata database"):
        _db("check", url=cluster.url("postgres"))


def test_an_unknown_collector_is_one_line(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    with pytest.raises(BadInput, match=r"--collector: 'task' is not known \(choices: .*tasks"):
        _db("explain", "--collector", "task", url=url)
