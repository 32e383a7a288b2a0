"""The state file: what survives a restart, and that trouble with it never stops the exporter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from windsock.state import State
from windsock.statefile import samples


def test_section_survives_a_restart(tmp_path: Path) -> None:
    State(tmp_path / "deep" / "state").put("sla", {"a": [1, "ü"]})
    assert State(tmp_path / "deep" / "state").section("sla") == {"a": [1, "ü"]}


def test_sections_of_different_owners_do_not_touch(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put("sla", {"a": 1})
    state.put("import_errors", {"b": 2})
    state.put("sla", {})
    assert State(tmp_path).section("import_errors") == {"b": 2}
    assert State(tmp_path).section("sla") == {}


def test_section_is_a_copy() -> None:
    state = State(None)
    data = {"a": [1]}
    state.put("sla", data)
    data["a"].append(2)
    state.section("sla")["a"].append(3)
    assert state.section("sla") == {"a": [1]}


def test_without_a_folder_everything_stays_in_memory() -> None:
    state = State(None)
    state.put("sla", {"a": 1})
    assert state.section("sla") == {"a": 1}
    assert not state.persistent
    assert state.problem is None


def test_same_content_is_not_written_again(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put("sla", {"a": 1})
    before = (tmp_path / "state.json").stat().st_ino
    state.put("sla", {"a": 1})
    assert (tmp_path / "state.json").stat().st_ino == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b'{"version": 1, "sect', "not JSON", id="torn"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="binary"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b"[]", "not a state file", id="another JSON"),
        pytest.param(b'{"version": 1, "sections": {"sla": 3}}', "not a state file", id="wrong section"),
        pytest.param(b'{"version": 2, "sections": {}}', "version 2", id="newer version"),
    ],
)
def test_unusable_file_is_kept_aside_and_said_once(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with capture_logs() as logs:
        state = State(tmp_path)
        state.put("sla", {"a": 1})
    assert [line["log_level"] for line in logs] == ["warning"]
    assert why in logs[0]["why"]
    assert (tmp_path / "state.json.bad").read_bytes() == content
    assert State(tmp_path).section("sla") == {"a": 1}
    assert state.problem is None


def test_crash_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    State(tmp_path).put("sla", {"a": 1})
    (tmp_path / "state.json.new").write_text('{"version": 1, "sec', encoding="utf-8")
    assert State(tmp_path).section("sla") == {"a": 1}


def test_full_disk_is_said_once_and_the_exporter_goes_on(tmp_path: Path) -> None:
    (tmp_path / "state.json.new").symlink_to("/dev/full")
    state = State(tmp_path)
    with capture_logs() as logs:
        state.put("sla", {"a": 1})
        state.put("sla", {"a": 2})
    assert len(logs) == 1
    assert state.problem is not None
    assert "No space left on device" in state.problem
    assert state.section("sla") == {"a": 2}


def test_once_the_disk_has_room_everything_is_written(tmp_path: Path) -> None:
    (tmp_path / "state.json.new").symlink_to("/dev/full")
    state = State(tmp_path)
    state.put("sla", {"a": 1})
    (tmp_path / "state.json.new").unlink()
    state.put("import_errors", {})
    assert state.problem is None
    assert State(tmp_path).section("sla") == {"a": 1}


def test_folder_that_cannot_be_made_leaves_the_state_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    state = State(tmp_path / "file" / "state")
    assert state.problem is not None
    assert "Not a directory" in state.problem
    state.put("sla", {"a": 1})
    assert state.section("sla") == {"a": 1}


def test_file_names_its_version_and_nobody_else_can_mistake_it(tmp_path: Path) -> None:
    State(tmp_path).put("sla", {"a": 1})
    assert json.loads((tmp_path / "state.json").read_text(encoding="utf-8")) == {
        "version": 1,
        "sections": {"sla": {"a": 1}},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_metric_says_whether_the_state_is_on_disk(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert [value for _, _, value in samples([state.file])] == [1.0]
    (tmp_path / "state.json.new").symlink_to("/dev/full")
    state.put("sla", {"a": 1})
    assert [value for _, _, value in samples([state.file, State(None).file])] == [0.0]
    assert list(samples([State(None).file])) == []
