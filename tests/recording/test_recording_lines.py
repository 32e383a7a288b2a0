"""What becomes of the lines that Airflow sent: one row for each name, tags, type and kind of value."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.stack.programs import ROOT
from tests.recording import lines, settings
from windsock.airflow_versions import RELEASES
from windsock.errors import BadInput


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        pytest.param(b"airflow.ti.start:1|c", ["airflow.ti.start:1|c"], id="one line"),
        pytest.param(b"a:1|c|#x:y\nb:2|g\n", ["a:1|c|#x:y", "b:2|g"], id="DogStatsD, several lines"),
        pytest.param(
            b"pool.open_slots:0|g\npool.open_slots:-2|g",
            ["pool.open_slots:0|g", "pool.open_slots:-2|g"],
            id="a negative gauge, set by way of 0",
        ),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_a_datagram_holds_one_line_or_several(datagram: bytes, expected: list[str]) -> None:
    assert lines.split(datagram) == expected


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(["t:1.5|ms", "t:2.5|ms"], {"t:1.5|ms": 2}, id="a timer: its first value"),
        pytest.param(["c:1|c", "c:3|c", "c:0|c"], {"c:1|c": 2, "c:0|c": 1}, id="a counter: 0 and not 0"),
        pytest.param(["c:1|c", "c:-1|c"], {"c:1|c": 1, "c:-1|c": 1}, id="a counter that takes away"),
        pytest.param(["g:0|g", "g:7|g"], {"g:0|g": 2}, id="a gauge: its first value"),
        pytest.param(
            ["g:4|g", "g:-2|g", "g:inf|g"],
            {"g:4|g": 1, "g:-2|g": 1, "g:inf|g": 1},
            id="gauges of other kinds",
        ),
        pytest.param(["g:4|g", "g:4|g|@0.1"], {"g:4|g": 1, "g:4|g|@0.1": 1}, id="a sampled gauge"),
        pytest.param(["c,a=1:1|c", "c,a=2:1|c"], {"c,a=1:1|c": 1, "c,a=2:1|c": 1}, id="other InfluxDB tags"),
        pytest.param(
            ["c:1|c|#a:1", "c:1|c|#a:2"], {"c:1|c|#a:1": 1, "c:1|c|#a:2": 1}, id="other DogStatsD tags"
        ),
        pytest.param(
            ["x.local_task_job.task_exit.17.d.t.0:1|c", "x.local_task_job.task_exit.18.d.t.0:1|c"],
            {"x.local_task_job.task_exit.17.d.t.0:1|c": 2},
            id="the id of a job",
        ),
    ],
)
def test_one_line_stands_for_all_of_its_kind(sent: list[str], kept: dict[str, int]) -> None:
    counted: dict[str, int] = {}
    for line in sent:
        counted[line] = counted.get(line, 0) + 1
    assert lines.compact(counted) == kept


def test_merging_keeps_the_old_rows_and_adds_what_they_lack() -> None:
    old = {"t:1|ms": 4, "t:2|ms": 5}
    assert lines.merge(old, {"t:3|ms": 1, "c:1|c": 2}) == {"t:1|ms": 4, "t:2|ms": 5, "c:1|c": 2}


def test_paths_of_this_machine_are_replaced() -> None:
    sent = [("p,file_path=/tmp/x/dags/a.py:1|c", 1), ("p,file_path=/tmp/y/dags/a.py:1|c", 2)]
    places = {"/tmp/x/dags": "/opt/airflow/dags", "/tmp/y/dags": "/opt/airflow/dags"}
    assert lines.without_paths(sent, places) == {"p,file_path=/opt/airflow/dags/a.py:1|c": 3}


def test_a_recording_is_read_as_it_was_written_and_written_the_same_each_time(tmp_path: Path) -> None:
    recorded = {"b:1|c": 2, "a,x=y:0.5|ms": 1}
    lines.write(tmp_path / "one.txt.gz", recorded)
    lines.write(tmp_path / "two.txt.gz", dict(reversed(recorded.items())))
    assert lines.read(tmp_path / "one.txt.gz") == recorded
    assert (tmp_path / "one.txt.gz").read_bytes() == (tmp_path / "two.txt.gz").read_bytes()
    assert lines.read(tmp_path / "none.txt.gz") == {}


@pytest.mark.parametrize("wanted", ["3.2", "3.2.2"])
def test_a_version_stands_for_its_locked_release(wanted: str) -> None:
    assert settings.pinned(wanted) == "3.2.2"


def test_an_unknown_version_names_the_choices() -> None:
    with pytest.raises(
        BadInput, match=r"no Airflow `3\.9`: VERSION is one of 2\.7 \(2\.7\.3\), .*3\.3 \(3\.3\.2\)$"
    ):
        settings.pinned("3.9")


def test_every_known_release_has_a_lock_file_and_no_other_has() -> None:
    locked = {path.stem.removeprefix("airflow-") for path in (ROOT / "requirements").glob("airflow-*.txt")}
    assert locked == set(RELEASES.values())
