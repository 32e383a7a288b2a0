"""`windsock doctor --save` and `--compare` where no server is needed."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.cli import root
from windsock.doctor import state, upgrade
from windsock.doctor.state import Dashboard, Panel, Rule, State
from windsock.doctor.taking import Taken, _by_family
from windsock.doctor.upgrade import How
from windsock.families import Family

TAKEN = datetime(2026, 11, 20, 9, 12, tzinfo=timezone.utc)


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["doctor", *arguments])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "before.json"
    result = doctor(f"--save={path}")
    assert result.exit_code == 0, result.output
    assert "no series (give --prometheus-url)" in result.output
    return path


def edited(saved: Path, folder: Path, change: Any) -> Path:
    data = json.loads(saved.read_text(encoding="utf-8"))
    change(data)
    path = folder / "edited.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_nothing_differs_from_what_was_just_saved(saved: Path) -> None:
    result = doctor(f"--compare={saved}")
    assert result.exit_code == 0, result.output
    for part in ("metrics", "rules", "panels"):
        assert f"{part}: no difference" in result.output
    assert "series: not compared: the file has none" in result.output


def test_the_file_is_small_and_the_same_for_the_same_state(saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    state.write(state.read(saved), again)
    assert again.read_bytes() == saved.read_bytes()
    assert saved.stat().st_size < 700_000


def test_what_appears_vanishes_and_changes_its_unit_is_told_with_who_reads_it(
    saved: Path, tmp_path: Path
) -> None:
    def change(data: dict[str, Any]) -> None:
        metrics, boards = data["metrics"], data["dashboards"]
        metrics["airflow_gone"] = {"type": "gauge", "unit": "count"}
        metrics["airflow_pool_slots_limit"]["unit"] = "bytes"
        del metrics["airflow_metadb_up"]
        data["rules"]["AirflowOldAlert"] = [{"expr": "up == 0", "severity": "page"}]
        data["rules"]["AirflowSchedulerDown"][0]["hold"] = "7m"
        del data["rules"]["AirflowDagOverdue"]
        panels = boards["windsock-queues"]["panels"]
        number = next(each for each, panel in panels.items() if panel.get("unit") == "s")
        panels[number]["unit"] = "ms"
        panels["1"] = {"title": "An old panel"}

    path = edited(saved, tmp_path, change)
    result = doctor(f"--compare={path}")
    assert result.exit_code == 1
    assert "  - airflow_gone (gauge, count)\n" in result.output
    assert "  ~ airflow_pool_slots_limit (unit bytes → count)\n      read by " in result.output
    assert "  + airflow_metadb_up (gauge, 0 or 1)\n" in result.output
    assert "rules: 1 appear, 1 vanish, 1 change" in result.output
    assert "  - AirflowOldAlert (page)" in result.output
    assert "  ~ AirflowSchedulerDown (hold 7m → " in result.output
    assert "  - windsock-queues: An old panel (panel 1)" in result.output
    assert "(unit `ms` → `s`)" in result.output
    found = json.loads(doctor(f"--compare={path}", "--format=json").output)
    assert found.keys() == {"before", "now", "changes", "not_compared"}
    (unit,) = [each for each in found["changes"] if each["name"] == "airflow_pool_slots_limit"]
    assert (unit["part"], unit["how"], unit["said"]) == ("metrics", "changes", "unit bytes → count")
    assert any(reader.startswith('panel "') for reader in unit["read_by"])


def test_only_new_things_are_no_reason_to_worry(saved: Path, tmp_path: Path) -> None:
    path = edited(saved, tmp_path, lambda data: data["metrics"].pop("airflow_metadb_up"))
    assert doctor(f"--compare={path}").exit_code == 0


def test_before_an_upgrade_of_airflow_it_tells_what_the_new_one_will_not_feed(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    assert doctor("--airflow=2.11", f"--save={path}").exit_code == 0
    result = doctor("--airflow=3.3", f"--compare={path}")
    assert result.exit_code == 1
    assert "for Airflow 2.11, " in result.output
    assert "for Airflow 3.3, " in result.output
    assert "rules: no difference" in result.output
    assert "  - airflow_" in result.output
    assert "  + airflow_" in result.output


def test_a_container_without_a_disk_prints_it_and_reads_it_from_standard_input(saved: Path) -> None:
    printed = doctor("--save=-")
    assert json.loads(printed.stdout)["metrics"] == json.loads(saved.read_text(encoding="utf-8"))["metrics"]
    result = CliRunner().invoke(root, ["doctor", "--compare=-"], input=printed.stdout)
    assert result.exit_code == 0, result.output
    assert "give a file" in str(doctor("--save=-", f"--compare={saved}").exception)


def test_both_at_once_compare_first_and_then_write(saved: Path) -> None:
    result = doctor(f"--compare={saved}", f"--save={saved}", "--format=json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["changes"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no state; `windsock doctor --save"),
        ('{"windsock_state": 2}', "windsock_state: 2 is unknown here, only 1 is"),
        (
            '{"windsock_state": 1, "taken": "2026-11-20T09:12:00Z", "metrics": {}, "rules": {}}',
            "windsock: is missing",
        ),
        (
            '{"windsock_state": 1, "taken": 0, "windsock": "", "rules": {}, "metrics": {"a": {"type": ""}}}',
            "metrics.a.unit: is missing",
        ),
    ],
)
def test_a_file_that_is_no_state_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    result = doctor(f"--compare={path}")
    assert str(result.exception).startswith(f"--compare: {path}: "), result.exception
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_file_that_cannot_be_read_or_written_is_one_line(tmp_path: Path) -> None:
    assert "cannot be read" in str(doctor(f"--compare={tmp_path / 'none'}").exception)
    assert "cannot be written" in str(doctor(f"--save={tmp_path / 'none' / 'x'}").exception)


def test_a_prometheus_that_says_nothing_does_not_hang_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = doctor(f"--prometheus-url={url}", "--timeout=1s", f"--save={tmp_path / 'x'}")
    assert "timed out" in str(result.exception) or "no answer within 1 s" in str(result.exception)
    assert not (tmp_path / "x").exists()


@contextmanager
def grafana(boards: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What the API of a Grafana with these dashboards answers: it cannot be had here."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found: Any = [{"uid": uid, "title": board["title"]} for uid, board in boards.items()]
            if self.path.startswith("/api/dashboards/uid/"):
                found = {"dashboard": boards[unquote(self.path.rpartition("/")[2])]}
            allowed = self.headers["Authorization"] == "Bearer secret"
            self.send_response(200 if allowed else 401)
            self.end_headers()
            self.wfile.write(json.dumps(found if allowed else {"message": "Unauthorized"}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"--grafana-url=http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_panels_of_anybody_that_read_what_vanished_are_named(saved: Path, tmp_path: Path) -> None:
    path = edited(
        saved, tmp_path, lambda data: data["metrics"].update(airflow_gone={"type": "gauge", "unit": "count"})
    )
    reading = {"type": "stat", "title": "Slots?", "targets": [{"refId": "A", "expr": "sum(airflow_gone)"}]}
    boards: dict[str, dict[str, Any]] = {
        "a/b": {"title": "Theirs", "panels": [{"type": "row", "title": "", "panels": [reading]}]},
        "c": {"title": "Logs", "panels": [{"type": "logs", "targets": [{"query": "airflow_gone"}]}]},
        "d": {"title": "Newer", "elements": {}},
    }
    token = tmp_path / "token"
    token.write_text("secret\n", encoding="utf-8")
    with grafana(boards) as url:
        found = json.loads(
            doctor(url, f"--grafana-token-file={token}", f"--compare={path}", "--format=json").stdout
        )
        refused = doctor(url, f"--compare={path}")
    (gone,) = (each for each in found["changes"] if each["name"] == "airflow_gone")
    assert gone["read_by"] == ['panel "Slots?" of Theirs']
    assert "401 Unauthorized" in str(refused.exception)


def made(**parts: Any) -> State:
    return State(**({"taken": TAKEN, "windsock": "0.1.0", "metrics": {}, "rules": {}} | parts))


def test_a_series_of_events_that_is_gone_comes_again_and_another_has_vanished() -> None:
    event, gauge = Family(type="counter", unit="count", event=True), Family(type="gauge", unit="count")
    before = made(series={"a_total": 3, "b": 1, "c_total": 2})
    now = made(series={"d": 1}, metrics={"a_total": event, "b": gauge})
    taken = Taken(state=now, others={"rule Theirs": ("rate(c_total[5m]) > 0",)})
    found = {each.name: each for each in upgrade.compare(before, taken).changes if each.part == "series"}
    assert {name: each.how for name, each in found.items()} == {
        "a_total": How.AWAITED,
        "b": How.VANISHES,
        "c_total": How.VANISHES,
        "d": How.APPEARS,
    }
    assert found["c_total"].read_by == ("rule Theirs",)


def test_series_of_two_airflows_are_not_compared() -> None:
    before, now = made(series={"a": 1}, name="prod"), made(series={})
    found = upgrade.compare(before, Taken(state=now, others={}))
    assert found.not_compared["series"] == "saved with --name prod, compared with --name (none)"
    assert found.harmless


def test_a_histogram_is_one_family_and_a_name_that_ends_like_one_is_itself() -> None:
    counts = {"a_seconds_bucket": 30, "a_seconds_count": 3, "a_seconds_sum": 3, "b_count": 2, "c": 1}
    assert _by_family(counts) == {"a_seconds": 3, "b_count": 2, "c": 1}


NAMES = st.sampled_from(["airflow_a", "airflow_b", "airflow_c_total"])
TEXTS = st.text(max_size=5)
STATES = st.builds(
    made,
    airflow=st.none() | st.just("3.3"),
    metrics=st.dictionaries(
        NAMES, st.builds(Family, type=TEXTS, unit=TEXTS, labels=st.lists(NAMES, unique=True).map(tuple))
    ),
    series=st.none() | st.dictionaries(NAMES, st.integers(1, 9)),
    rules=st.dictionaries(
        NAMES, st.lists(st.builds(Rule, expr=TEXTS, severity=TEXTS, hold=TEXTS), min_size=1).map(tuple)
    ),
    dashboards=st.none()
    | st.dictionaries(
        NAMES,
        st.builds(
            Dashboard,
            title=TEXTS,
            panels=st.dictionaries(
                NAMES,
                st.builds(Panel, title=st.just("Why?"), unit=TEXTS, columns=st.dictionaries(NAMES, TEXTS)),
            ),
        ),
    ),
)


@settings(max_examples=50)
@given(before=STATES, now=STATES)
def test_what_appears_one_way_vanishes_the_other(before: State, now: State) -> None:
    there = upgrade.compare(before, Taken(state=now, others={})).changes
    back = upgrade.compare(now, Taken(state=before, others={})).changes
    new = {(each.part, each.name) for each in there if each.how is How.APPEARS}
    gone = {(each.part, each.name) for each in back if each.how in {How.VANISHES, How.AWAITED}}
    assert new == gone
    changed, changed_back = (
        {(each.part, each.name) for each in found if each.how is How.CHANGES} for found in (there, back)
    )
    assert changed == changed_back
    assert not upgrade.compare(now, Taken(state=now, others={})).changes


@given(before=STATES)
def test_any_state_that_is_written_is_read_again(
    before: State, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "state.json"
    state.write(before, path)
    assert state.read(path) == before
