"""Every query is one for the oldest Prometheus that we run on: its own parser takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from demo.stack import programs
from tests.support.dashboard_reading import expanded, expressions
from windsock_dashboards import build


def test_promtool_takes_every_query(tmp_path: Path) -> None:
    # A parser of a later PromQL, as the unit tests use, takes functions that this one does not know.
    rules = [
        {"record": f"q:{number}", "expr": expanded(expr), "labels": {"board": board["uid"], "panel": title}}
        for board in build.boards(build.Settings())
        for number, (title, expr) in enumerate(expressions(board))
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(
        [programs.promtool(), "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout
