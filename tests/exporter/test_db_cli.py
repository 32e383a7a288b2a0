"""`windsock db grants`: what it prints and what it refuses."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from tests.support.metadb import schema
from windsock.airflow_versions import VERSIONS
from windsock.cli import root
from windsock.collect.grants import columns
from windsock.errors import BadInput

# Columns that hold secrets, code or a user's data.
_SECRET = {"conf", "stacktrace", "executor_config", "password", "val", "extra", "value", "data", "kwargs"}


def _grants(*arguments: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(root, ["db", "grants", *arguments])
    return result.output, result.exception


@pytest.mark.parametrize("line", VERSIONS)
def test_no_secret_is_among_the_columns(line: str) -> None:
    assert not _SECRET & {name for names in columns(line).values() for name in names}


@pytest.mark.parametrize("line", VERSIONS)
def test_no_column_stands_twice(line: str) -> None:
    for names in columns(line).values():
        assert len(names) == len(set(names))


def test_role_and_schema_are_the_users() -> None:
    text, _ = _grants("--airflow", "2.10.5", "--role", "watcher", "--schema", "airflow")
    assert "GRANT USAGE ON SCHEMA airflow TO watcher;" in text
    assert "\n  ON airflow.dag_run TO watcher;" in text
    assert "for Airflow 2.10" in text or "Airflow 2.10 with" in text
    assert "windsock;" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--airflow", "1.10"), f"(choices: {', '.join(VERSIONS)})", id="version"),
        pytest.param(("--airflow", "3.3", "--role", "a; DROP"), "--role: 'a; DROP'", id="role"),
        pytest.param(("--airflow", "3.3", "--schema", 'x"y'), "--schema:", id="schema"),
    ],
)
def test_a_wrong_choice_is_one_line(arguments: tuple[str, ...], said: str) -> None:
    _, error = _grants(*arguments)
    assert isinstance(error, BadInput)
    assert said in str(error)


@pytest.mark.parametrize("line", VERSIONS)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_every_column_exists_in_what_airflow_makes(line: str, dialect: str) -> None:
    made = schema(line, "postgresql")
    tables = dict(
        re.findall(r"^CREATE TABLE public\.(\w+) \(\n(.*?)\n\);", made, flags=re.MULTILINE | re.DOTALL)
    )
    for table, names in columns(line, dialect).items():
        there = {row.split()[0].strip('"') for row in tables[table].splitlines()}
        assert set(names) <= there, table


@pytest.mark.parametrize("dialect", ["mariadb", "mysql"])
def test_the_script_for_mysql_makes_no_user_without_a_password(dialect: str) -> None:
    text, _ = _grants("--airflow", "3.3", "--dialect", dialect, "--role", "watcher", "--schema", "airflow")
    assert text.index("QUOTE(@password)") < text.index("CREATE USER IF NOT EXISTS")
    assert "\n  ON `airflow`.`dag_run` TO 'watcher'@'%';" in text
    assert ("MAX_STATEMENT_TIME 5" in text) == (dialect == "mariadb")
