"""`windsock sla suggest` on recorded databases: a file that loads, with what the DAGs kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.stack.postgres import Postgres
from tests.support.metadb import make_sqlite
from windsock.sla import load

WINDSOCK = str(Path(sys.executable).with_name("windsock"))


def suggest(url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WINDSOCK, "sla", "suggest", *flags],
        env={**os.environ, "WINDSOCK_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_recorded_airflow_gives_a_file_that_loads(cluster: Postgres, version: str, tmp_path: Path) -> None:
    path = tmp_path / "slas.yaml"
    done = suggest(cluster.url(f"recorded_{version}"), "--out", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    text = path.read_text(encoding="utf-8")
    entries = load(path).entries
    ages = {entry.dag: entry.max_age for entry in entries}
    assert "every_minute" in ages
    # Each suggestion stands below its evidence; who has too few runs is named.
    assert len(re.findall(r"^# kept 99 % of .*\n- dag: ", text, re.MULTILINE)) == len(entries)
    assert re.search(r"^# .*: \d+ finished runs, 14 are needed$", text, re.MULTILINE)
    assert f"{len(entries)} of " in text.splitlines()[0]


def test_an_empty_airflow_gives_an_empty_file(tmp_path: Path) -> None:
    done = suggest(make_sqlite(tmp_path / "airflow.db", "3.3"))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "slas: []"
    (tmp_path / "slas.yaml").write_text(done.stdout, encoding="utf-8")
    assert load(tmp_path / "slas.yaml").entries == ()


def test_an_unknown_zone_is_one_line(tmp_path: Path) -> None:
    done = suggest(make_sqlite(tmp_path / "airflow.db", "3.3"), "--timezone", "Mars/Base")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "windsock: --timezone: no zone 'Mars/Base'; write e.g. Europe/Berlin or UTC"
    )
