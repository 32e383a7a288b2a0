"""The catalogue against the source of all nine Airflows, and against two real installations."""

from __future__ import annotations

import json
import subprocess

import pytest

from demo.stack import programs
from tests.support.evidence import build, report
from windsock.airflow_versions import RELEASES
from windsock.statsd.drift.explanations import EXPLANATIONS
from windsock.statsd.drift.report import as_text
from windsock.statsd.evidence import FILE

PROVIDERS = ("amazon", "celery", "cncf-kubernetes", "openlineage")


@pytest.mark.parametrize("line", RELEASES)
def test_the_catalogue_knows_all_that_airflow_and_its_providers_send(line: str) -> None:
    found = report(line)
    installation = found.installation
    assert installation.version == RELEASES[line]
    assert {f"apache-airflow-providers-{name}" for name in PROVIDERS} <= set(installation.distributions)
    assert found.line == line
    assert not found.unexplained, as_text(found, everything=False)
    assert found.same > 100


def test_every_explanation_still_explains_something() -> None:
    given = {row.why for line in RELEASES for row in report(line).rows}
    timeless = [known.why for known in EXPLANATIONS if not known.before]
    assert [why for why in timeless if why not in given] == []


def test_the_evidence_is_what_the_sources_and_recordings_say() -> None:
    assert build() == json.loads(FILE.read_text(encoding="utf-8")), "run `make evidence`"


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
def test_a_real_installation_has_no_unexplained_row(version: str) -> None:
    python = programs.airflow(version).with_name("python")
    result = _drift("--python", str(python))
    assert result.returncode == 0, result.stdout
    assert f"Airflow {version} in " in result.stdout
    assert ", 0 unexplained." in result.stdout


def test_an_upgrade_shows_what_is_new_before_it_is_made() -> None:
    result = _drift("--site-packages", str(programs.sources("3.3.2")), "--airflow", "3.2")
    assert result.returncode == 1
    (row,) = (line for line in result.stdout.splitlines() if " ti.awaiting_input " in line)
    assert row.startswith("new ")
    assert "airflow/jobs/scheduler_job_runner.py:" in row


def _drift(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(programs.windsock()), "statsd", "drift", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
