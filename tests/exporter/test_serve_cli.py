"""What `windsock serve` says of its own flags and files, before it opens any database."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.metadb import make_sqlite
from tests.support.seed import one_late_dag
from windsock.cli import root
from windsock.errors import BadInput

_VARIABLES = {"WINDSOCK_DATABASE_URL", "WINDSOCK_DATABASE_URL_FILE", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}


def _serve(*flags: str, **variables: str) -> Result:
    unset: dict[str, str | None] = dict.fromkeys(_VARIABLES)
    return CliRunner().invoke(root, ["serve", *flags], env={**unset, **variables})


def test_help_teaches_by_an_example() -> None:
    result = _serve("--help")
    assert result.exit_code == 0
    assert "\n    windsock serve --database-url-file" in result.output
    assert "\\b" not in result.output


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        pytest.param("--alerts-file", "urls: {grafanna: x}", "did you mean grafana", id="alerts"),
        pytest.param("--owners-file", "teams: [{name: x}]", "owners.yaml:1: ", id="owners"),
        pytest.param("--sla-file", "slas: [{dag: a, finish_by: '25:00'}]", "sla.yaml:1: ", id="slas"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_with_file_and_line(
    flag: str, text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{flag.strip('-').removesuffix('-file')}.yaml"
    file.write_text(text, encoding="utf-8")
    result = _serve(flag, str(file), WINDSOCK_DATABASE_URL="postgresql://127.0.0.1:1/af")
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


def test_without_a_database_the_ways_to_name_one_are_told() -> None:
    result = _serve()
    assert isinstance(result.exception, BadInput)
    assert "WINDSOCK_DATABASE_URL_FILE" in str(result.exception)


def test_a_replica_of_sqlite_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "airflow.db"
    file.touch()
    result = _serve("--replica-url", "postgresql://127.0.0.1:1/af", WINDSOCK_DATABASE_URL=f"sqlite:///{file}")
    assert isinstance(result.exception, BadInput)
    assert "a replica is read on PostgreSQL only" in str(result.exception)


def test_a_duration_that_is_none_is_wrong_usage() -> None:
    result = _serve("--fast-interval", "15")
    assert result.exit_code == 2
    assert "15s, 1m30s or 500ms" in result.output


def test_a_dry_run_tells_how_many_series_each_family_would_have(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    with sqlite3.connect(tmp_path / "airflow.db") as connection:
        one_late_dag(connection)
    connection.close()
    state = tmp_path / "state"
    flags = ("--dry-run", "--max-series", "3", "--state-dir", str(state), "--log.level", "error")
    result = _serve(*flags, WINDSOCK_DATABASE_URL=url)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].split() == ["family", "minimal", "default*", "full"]
    assert [line.split()[1:] for line in lines if line.startswith("airflow_dag_runs ")] == [["0", "1", "2"]]
    totals = next(
        [int(each.replace(",", "")) for each in line.split()[1:]] for line in lines if "total " in line
    )
    assert totals == sorted(totals)
    assert any(
        re.fullmatch(r"airflow_task_instances: \d+ more are not shown \(cap\)", line) for line in lines
    )
    assert not state.exists()


def test_a_collector_that_is_left_out_shows_nothing(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    flags = (
        "--dry-run",
        "--without-collector",
        "waiting_tasks",
        "--without-collector",
        "dags",
        "--log.level",
        "error",
    )
    result = _serve(*flags, WINDSOCK_DATABASE_URL=url)
    assert result.exit_code == 0, result.output
    assert "airflow_task_instances_waiting" not in result.output
    assert "airflow_import_errors" in result.output


def test_a_collector_that_does_not_exist_is_one_line() -> None:
    result = _serve("--without-collector", "pools", WINDSOCK_DATABASE_URL="postgresql://127.0.0.1:1/af")
    assert isinstance(result.exception, BadInput)
    assert "--without-collector: 'pools' is none (choices: " in str(result.exception)
