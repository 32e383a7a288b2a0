"""`windsock sla explain` and `windsock sla ack` over a record that a test has written."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from os import utime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.exporter.page_world import VIEW, get
from windsock.cli import root
from windsock.errors import BadInput
from windsock.sla import Cause, Standing, acknowledgements
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.record import Reader
from windsock.sla.recorder import News, Recorder

NOW = datetime.now(timezone.utc).replace(microsecond=0)
HOUR = timedelta(hours=1)
KEY = "finish_by", "finance_daily"


def entry(hours: float, standing: Standing | None, **fields: Any) -> Entry:
    at = NOW + hours * HOUR
    known: dict[str, Any] = {"sla": KEY[0], "since": at, "team": "finance", "deadline_text": "06:30 UTC"}
    return Entry(dag_id=KEY[1], kind="finish_by", at=at, standing=standing, **{**known, **fields})


RECORD = (
    entry(-30, Standing.OK),
    entry(-20, Standing.OK, sla="weekend"),
    entry(
        -9,
        Standing.BREACHED,
        cause=Cause.POOL_FULL,
        deadline=NOW - 9 * HOUR,
        evidence=Evidence(run_id="r1", task_id="load_gl", pool="dwh"),
    ),
    entry(-5, Standing.OK, evidence=Evidence(run_id="r1", detail="it succeeded at some time")),
    entry(-1, Standing.BREACHED, cause=Cause.FAILED, deadline=NOW - HOUR, sla="weekend"),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    recorder = Recorder(tmp_path)
    recorder.write(
        News(
            entries=RECORD,
            outcomes=[(KEY, Outcome(deadline=NOW - 9 * HOUR, met=False, finish=NOW - 5 * HOUR))],
            conditions=[Conditions(at=NOW - 12 * HOUR, full_pools=("dwh",))],
        )
    )
    recorder.close()
    monkeypatch.setenv("WINDSOCK_STATE_DIR", str(tmp_path))

    def invoke(words: str) -> str:
        done = CliRunner().invoke(root, ["sla", *shlex.split(words)])
        if isinstance(done.exception, BadInput):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_then_names_deadline_cause_task_pool_and_run(run: Callable[[str], str]) -> None:
    shown = run("explain finance_daily --sla finish_by --at 8h")
    assert shown.startswith("finance_daily: finish_by: breached, ")
    assert f"The deadline {NOW - 9 * HOUR:%a %Y-%m-%d %H:%M} UTC was missed" in shown
    assert "Cause: waiting for a full pool (pool_full)." in shown
    assert "Seen: run r1, task load_gl, pool dwh." in shown
    assert "run r1: it succeeded at some time" in shown
    assert "full pools: dwh" in shown


def test_now_is_what_was_recorded_last_of_each_sla(run: Callable[[str], str]) -> None:
    shown = run("explain finance_daily")
    assert "finance_daily: finish_by: ok, " in shown
    assert "finance_daily: weekend: breached, " in shown


def test_of_a_record_that_nobody_writes_any_more_its_age_is_told(
    run: Callable[[str], str], tmp_path: Path
) -> None:
    assert "has not written since" not in run("explain finance_daily")
    old = (NOW - HOUR).timestamp()
    utime(tmp_path / "record.db", (old, old))
    said = f"as of {NOW - HOUR:%a %Y-%m-%d %H:%M} UTC: `windsock serve` has not written since"
    assert said in run("explain finance_daily")
    assert "has not written since" not in run("explain finance_daily --at 1h")


def test_the_same_as_json(run: Callable[[str], str]) -> None:
    (found,) = json.loads(run("explain finance_daily --sla finish_by --at 8h --format json"))
    assert (found["standing"], found["cause"]) == ("breached", "pool_full")
    assert found["evidence"] == {
        "run_id": "r1",
        "task_id": "load_gl",
        "pool": "dwh",
        "queue": None,
        "detail": None,
    }
    assert found["sentences"][0].startswith("Promise: 06:30 UTC")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param("explain finace_daily", "of a DAG finace_daily is recorded; did you mean", id="dag"),
        pytest.param("explain x --sla y", "no SLA of a DAG x is recorded", id="nothing near"),
        pytest.param(
            "explain finance_daily --sla x", "has no SLA x in the record; it has finish_by, weekend", id="sla"
        ),
        pytest.param("explain finance_daily --at 40d", "the record goes back to ", id="before"),
        pytest.param("explain finance_daily --sla weekend --at 25h", "nothing is recorded of", id="first"),
        pytest.param("explain finance_daily --at 2999-01-01", "lies in the future", id="future"),
        pytest.param("explain finance_daily --at noon", "--at noon: is no time; write e.g.", id="time"),
        pytest.param("explain finance_daily --at '2026-03-02 06:40 Europe/Berln'", "is no time", id="zone"),
        pytest.param("explain x --url 127.0.0.1:1", "begins with http://", id="no url"),
        pytest.param("explain x --url http://127.0.0.1:1", "does not answer", id="nobody there"),
        pytest.param("explain x --state-dir /nowhere", "no such file; give the --state-dir", id="no record"),
        pytest.param("ack finance_daily --sla finish_by --reason x", "acknowledge: finish_by is ok", id="ok"),
        pytest.param("ack finance_dail --reason x", "did you mean finance_daily?", id="ack unknown"),
        pytest.param("ack finance_daily --reason x --for 2", "--for 2: '2' is not a duration", id="length"),
        pytest.param("ack finance_daily --reason x --for 400d", "at most 366 days", id="too long"),
        pytest.param("ack finance_daily --reason x --until 2026-01-01", "that must lie ahead", id="past"),
        pytest.param("ack finance_daily --remove", "nothing of it is acknowledged", id="nothing to remove"),
    ],
)
def test_a_mistake_is_one_clear_line(run: Callable[[str], str], words: str, error: str) -> None:
    with pytest.raises(BadInput) as found:
        run(words)
    assert error in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("text", ["2026-03-02 06:40 Europe/Berlin", "2026-03-02T05:40Z", "2026-03-02 05:40"])
def test_a_time_is_in_utc_unless_it_says_its_zone(run: Callable[[str], str], text: str) -> None:
    with pytest.raises(BadInput, match="Mon 2026-03-02 05:40 UTC"):
        run(f"explain finance_daily --at '{text}'")


def test_an_acknowledgement_is_given_listed_renewed_and_taken_back(
    run: Callable[[str], str], tmp_path: Path
) -> None:
    assert run("ack --list") == "nothing is acknowledged\n"
    assert run("ack finance_daily --reason ' vendor  sent nothing' --for 2h").startswith(
        "finance_daily: weekend: acknowledged until "
    )
    given = acknowledgements.read(tmp_path)["weekend", "finance_daily"]
    assert given.reason == "vendor sent nothing"
    assert given.by
    assert given.until - given.at == 2 * HOUR
    assert "finance_daily: weekend: by " in run("ack --list")
    run("ack finance_daily --reason again")
    assert acknowledgements.read(tmp_path)["weekend", "finance_daily"].reason == "again"
    assert run("ack finance_daily --remove") == "finance_daily: weekend: not acknowledged any more\n"
    assert acknowledgements.read(tmp_path) == {}


def test_the_record_of_a_dag_is_json_over_http(run: Callable[[str], str], tmp_path: Path) -> None:
    assert run("explain finance_daily")
    found = json.loads(get("/api/v1/slas/finance_daily/record?days=1", now=NOW, record=Reader(tmp_path)).body)
    assert [(each["sla"], each["standing"]) for each in found["entries"]] == [
        ("finish_by", "ok"),
        ("weekend", "ok"),
        ("finish_by", "breached"),
        ("finish_by", "ok"),
        ("weekend", "breached"),
    ]
    assert found["outcomes"]["finish_by"][0]["met"] is False
    assert found["conditions"][0]["full_pools"] == ["dwh"]
    assert get("/api/v1/slas/finance_daily/record?days=x", record=Reader(tmp_path)).status == 400
    assert get("/api/v1/slas/finance_daily/record", record=Reader(tmp_path / "no")).status == 503


def test_explanations_over_http_know_the_present(run: Callable[[str], str], tmp_path: Path) -> None:
    assert run("explain finance_daily")
    reader = Reader(tmp_path)
    found = json.loads(
        get("/api/v1/slas/finance_daily/explanation?sla=finish_by", now=VIEW.at, record=reader).body
    )
    assert [each["standing"] for each in found["explanations"]] == ["breached"]
    then = f"at={NOW - 8 * HOUR:%Y-%m-%dT%H:%M}Z"
    past = json.loads(get(f"/api/v1/slas/finance_daily/explanation?{then}", now=NOW, record=reader).body)
    assert "task load_gl" in str(past)
    alone = json.loads(get("/api/v1/slas/finance_daily/explanation").body)
    assert [each["sla"] for each in alone["explanations"]] == ["finish_by"]
    near = json.loads(get("/api/v1/slas/finance_dayly/explanation").body)
    assert near == {"error": "no SLA of a DAG finance_dayly is recorded; did you mean finance_daily?"}
    for query in ("at=x", "sla=nosuch", "at=2999-01-01"):
        wrong = get(f"/api/v1/slas/finance_daily/explanation?{query}", now=NOW, record=reader)
        assert wrong.status == 404
        assert json.loads(wrong.body)["error"]
