"""`windsock alerts build` with a database: whose owners no team names."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.metadb import VERSIONS, make_sqlite
from tests.support.seed import insert
from windsock.cli import root

OWNERS = """
teams: [{team: finance, owners: [finance], tags: [money], files: ["*/ledger/*"]}]
receivers:
  default: {page: {webhook: {url: "https://pager.example.org"}}, ticket: {webhook: {url: "https://t.example.org"}}}
  finance: default
"""
# DAG -> its owners as Airflow joins them, its file.
DAGS = {
    "by_owner": ("ml, finance", "/dags/a.py"),
    "by_tag": ("ml", "/dags/b.py"),
    "by_file": ("ml", "/dags/ledger/c.py"),
    "churn": ('the "ml" team, höchst', "/dags/d.py"),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_owners_that_no_team_names_are_a_warning(version: str, tmp_path: Path) -> None:
    database, owners = tmp_path / "airflow.db", tmp_path / "owners.yaml"
    url = make_sqlite(database, version)
    with sqlite3.connect(database) as connection:
        for dag_id, (names, file) in DAGS.items():
            insert(
                connection,
                "dag",
                dag_id=dag_id,
                is_paused=False,
                is_stale=False,
                is_active=True,
                has_import_errors=False,
                owners=names,
                fileloc=file,
                relative_fileloc=file,
                bundle_name="main",
            )
        insert(connection, "dag_tag", dag_id="by_tag", name="money", dag_name_hash="x")
    owners.write_text(OWNERS, encoding="utf-8")
    command = ["alerts", "build", f"--owners-file={owners}", f"--out={tmp_path / 'out'}", "--demo"]
    result = CliRunner().invoke(root, [*command, f"--database-url={url}"])
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        f"warning: {owners}: no team for these owners, so their DAGs go to default: "
        '"höchst": 1 DAG (churn); "the \\"ml\\" team": 1 DAG (churn)\n'
    )
