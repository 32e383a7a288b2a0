"""`windsock sla check`: the file in words, before it wakes anybody."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def _check(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from windsock.cli import main; main()", "sla", "check", *arguments]
    return subprocess.run(
        [*command, "--sla-file", str(path)], capture_output=True, text=True, check=False, timeout=120
    )


def test_entries_are_printed_with_their_next_deadlines(tmp_path: Path) -> None:
    path = tmp_path / "slas.yaml"
    path.write_text(
        "slas:\n"
        "- {dag: finance_daily, finish_by: '06:30', timezone: Europe/Berlin, days: [mon], team: finance}\n"
        "- {dag: 'shop_*', max_age: 26h, severity: ticket}\n"
        "- {dag: nightly, finish_by: '05:00'}\n",
        encoding="utf-8",
    )
    done = _check(path)
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout.replace(f"{tmp_path}/", "")
    assert (
        "slas.yaml:2: finance_daily: finish_by: page to finance\n    done by 06:30 Europe/Berlin, mon\n"
        in text
    )
    shown = re.findall(r"Mon \d{4}-\d\d-\d\d 06:30 \(Mon 0[45]:30 UTC\)", text)
    assert len(set(shown)) == 3
    assert "slas.yaml:3: shop_*: max_age: ticket to the DAG’s team\n" in text
    assert "    the last success is never older than 26h\n" in text
    assert "    done by 05:00 UTC, each day on which its schedule has a due run\n" in text
    assert "    next possible deadlines: " in text
    assert text.endswith("slas.yaml: 3 SLAs, no mistake\n")


@pytest.mark.parametrize("content", ["slas: [{dag: a}]", None], ids=["mistake", "no file"])
def test_mistake_is_one_line_and_exit_code_1(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "slas.yaml"
    if content:
        path.write_text(content, encoding="utf-8")
    done = _check(path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"windsock: {path}")


def test_help_teaches_with_an_example(tmp_path: Path) -> None:
    assert "windsock sla check slas.yaml --database-url-file" in _check(tmp_path, "--help").stdout
