"""`windsock alerts report` over the history of a real Prometheus."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from demo.stack import ports, programs
from demo.stack.process import Process
from tests.support.prometheus import Prometheus

STEP = 60
NIGHTLY, NOON = 3, 12


def at(days_ago: int, hour: int) -> float:
    """A moment of a day before, in UTC."""
    day = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day - timedelta(days=days_ago) + timedelta(hours=hour)).timestamp()


def history() -> str:
    """Samples as OpenMetrics: a queue stuck in two nights and a noon, a flap, tickets, what is no page."""
    queue = 'alertname="AirflowQueueStuck",severity="page",team="platform",airflow="prod",queue="%s"'
    late = 'alertname="AirflowDagOverdue",severity="ticket",team="finance",airflow="prod",dag_id="dag_%s"'
    firings = [
        *((queue % name, at(3, NIGHTLY), 20) for name in ("a", "b")),
        (queue % "a", at(2, NIGHTLY), 20),
        (queue % "a", at(2, NOON), 30),
        (queue % "a", at(4, NOON), 3),
        *((late % number, at(5, NOON), 90) for number in range(30)),
        ('alertname="Watchdog",severity="info",team="platform"', at(5, 0), 60),
        ('alertname="AirflowSchedulerSilent",severity="inhibitor",airflow="prod"', at(3, NIGHTLY), 9),
        (queue % "old", at(20, NIGHTLY), 20),
    ]
    lines = ["# TYPE ALERTS gauge"]
    for labels, begin, minutes in firings:
        lines += [
            f'ALERTS{{alertstate="firing",{labels}}} 1 {begin + minute * STEP}' for minute in range(minutes)
        ]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("report")
    (folder / "history.txt").write_text(history(), encoding="utf-8")
    made = ["tsdb", "create-blocks-from", "openmetrics", str(folder / "history.txt"), str(folder / "data")]
    subprocess.run([programs.promtool(), *made], check=True, capture_output=True, timeout=120)
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    port = ports.choose({"prometheus": 0})["prometheus"]
    process = Process(
        "prometheus",
        [
            programs.prometheus(),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            "--storage.tsdb.retention.time=60d",
            f"--web.listen-address={ports.HOST}:{port}",
        ],
        log=folder / "prometheus.log",
    )
    try:
        process.start()
        process.wait(Prometheus(port).ready, timeout=60)
        yield f"http://{ports.HOST}:{port}"
    finally:
        process.stop()


def report(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("windsock")), "alerts", "report", f"--prometheus-url={url}"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=False)


def found(url: str, *arguments: str) -> dict[str, dict[str, Any]]:
    result = report(url, "--format=json", *arguments)
    assert result.returncode == 0, result.stderr
    return {row["alert"]: row for row in json.loads(result.stdout)["rows"]}


def test_a_week_is_counted_per_team_and_rule(url: str) -> None:
    rows = found(url)
    assert set(rows) == {"AirflowQueueStuck", "AirflowDagOverdue"}
    stuck, late = rows["AirflowQueueStuck"], rows["AirflowDagOverdue"]
    assert (stuck["team"], stuck["severity"]) == ("platform", "page")
    assert (stuck["alerts"], stuck["incidents"], stuck["night"], stuck["flaps"]) == (5, 4, 2, 1)
    assert (late["team"], late["alerts"], late["incidents"], late["night"]) == ("finance", 30, 1, 0)
    assert late["seconds"] == 30 * 89 * STEP


def test_a_longer_time_sees_more_and_a_shorter_one_less(url: str) -> None:
    assert found(url, "--since=30d")["AirflowQueueStuck"]["alerts"] == 6
    assert found(url, "--since=1m") == {}
    assert "nothing fired" in report(url, "--since=1m").stdout


def test_one_team_only(url: str) -> None:
    assert set(found(url, "--team=finance")) == {"AirflowDagOverdue"}


def test_night_is_that_of_the_time_zone(url: str) -> None:
    assert found(url, "--timezone=Asia/Tokyo", "--night=11:00-13:00")["AirflowQueueStuck"]["night"] == 2


def test_the_table_ends_with_the_sums(url: str) -> None:
    lines = report(url).stdout.splitlines()
    assert lines[1].split() == [
        "team",
        "alert",
        "severity",
        "alerts",
        "incidents",
        "at",
        "night",
        "flaps",
        "hours",
    ]
    assert lines[2].split()[:7] == ["platform", "AirflowQueueStuck", "page", "5", "4", "2", "1"]
    assert lines[-1].split()[:2] == ["all", "35"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--since=week"], 2, "'week' is not a duration"),
        (["--night=22-7"], 2, "are no hours; write e.g. 22:00-07:00"),
        (["--timezone=Mars"], 2, "'Mars' is no time zone"),
        (["--prometheus-url=http://127.0.0.1:1"], 1, "--prometheus-url http://127.0.0.1:1: does not answer"),
    ],
)
def test_a_mistake_is_one_clear_line(url: str, arguments: list[str], code: int, said: str) -> None:
    result = report(url, *arguments)
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
