"""`windsock doctor` on real metadata databases: a role of ours, a superuser, a dead server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.role import role
from windsock.cli import root


def doctor(url: str) -> tuple[int, dict[str, list[str]]]:
    """The exit code, and what is wrong by check."""
    result = CliRunner().invoke(root, ["doctor", "--format=json", f"--database-url={url}"])
    assert isinstance(result.exception, SystemExit | None), result.output + repr(result.exception)
    found: dict[str, list[str]] = {}
    for each in json.loads(result.stdout):
        if each["level"] == "finding":
            found.setdefault(each["check"], []).append(each["message"])
    return result.exit_code, found


def test_privileges_that_are_too_many_are_told(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    url = recorded("3.3")
    code, found = doctor(url)
    assert code == 1
    superuser = {message for message in found["database/state"] if "superuser" in message}
    assert superuser
    with role(cluster, url.rpartition("/")[2], "3.3", tmp_path) as ours:
        assert not superuser & set(doctor(ours)[1].get("database/state", []))


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    port = choose({"nobody": 0})["nobody"]
    code, found = doctor(f"postgresql://windsock:hidden@127.0.0.1:{port}/airflow")
    assert code == 1
    assert list(found) == ["database/reached"]
    assert "hidden" not in str(found)
