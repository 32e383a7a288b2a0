"""The record of SLAs: what is written is read, it stays small, and trouble with its file stops nothing."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from benchmarks.sla_record import measure
from tests.exporter.sla_world import at, minutes
from windsock.errors import BadInput
from windsock.sla import Cause, Standing, recordfile
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.record import Reader
from windsock.sla.recorder import News, Recorder
from windsock.statefile import samples

NOW = datetime.now(timezone.utc).replace(microsecond=0)
KEY = "finish_by", "finance_daily"


def entry(moment: datetime = NOW, **fields: Any) -> Entry:
    known: dict[str, Any] = {"standing": Standing.OK, "since": moment, "kind": "finish_by"}
    return Entry(sla=KEY[0], dag_id=KEY[1], at=moment, **{**known, **fields})


BREACHED = entry(
    team="finance",
    standing=Standing.BREACHED,
    cause=Cause.POOL_FULL,
    deadline=NOW - minutes(5),
    deadline_text="06:30 Europe/Berlin",
    timezone="Europe/Berlin",
    evidence=Evidence(
        run_id="scheduled__1", task_id="load[3]", pool="dwh", queue="q", detail="16 of 16 \N{SNOWMAN}"
    ),
    prediction=Prediction(
        p50=1.0, p90=2.0, miss=0.875, runs=60, words=("usually takes 2 h", "load \N{SNOWMAN}")
    ),
    acknowledged=Acknowledgement(by="ada", reason="known", at=NOW, until=NOW + minutes(60)),
)


def write(folder: Path, *entries: Entry, **bounds: Any) -> Recorder:
    recorder = Recorder(folder, **bounds)
    recorder.write(News(entries=entries))
    assert recorder.problem is None
    return recorder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path, BREACHED)
    assert Reader(tmp_path).of_dag("finance_daily") == (BREACHED,)
    assert Reader(tmp_path).dag_ids() == ("finance_daily",)
    assert Reader(tmp_path).of_dag("nobody") == ()


def test_it_is_read_after_the_writer_has_gone_and_by_one_who_may_not_write(tmp_path: Path) -> None:
    write(tmp_path, BREACHED).close()
    assert not (tmp_path / "record.db-wal").exists()
    (tmp_path / "record.db").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert Reader(tmp_path).of_dag("finance_daily") == (BREACHED,)
    finally:
        tmp_path.chmod(0o755)


def test_it_is_read_after_the_writer_was_killed(tmp_path: Path) -> None:
    recorder = write(tmp_path / "here", BREACHED)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    recorder.close()
    assert Reader(tmp_path / "there").of_dag("finance_daily") == (BREACHED,)
    assert Recorder(tmp_path / "there").last() == {KEY: BREACHED}


def test_an_entry_ends_with_the_next_of_its_sla(tmp_path: Path) -> None:
    first, other = (
        entry(NOW - minutes(9)),
        Entry(sla="max_age", dag_id="finance_daily", at=NOW - minutes(6), standing=Standing.OK, since=NOW),
    )
    write(tmp_path, first, other, BREACHED)
    found = Reader(tmp_path).of_dag("finance_daily")
    assert [each.until for each in found] == [NOW, None, None]
    assert [each.sla for each in Reader(tmp_path).of_dag("finance_daily", NOW - minutes(1))] == [
        "finish_by",
        "max_age",
        "finish_by",
    ]
    assert [each.sla for each in Reader(tmp_path).of_dag("finance_daily", NOW)] == ["max_age", "finish_by"]


def test_outcomes_are_kept_once_each_the_last_hundred(tmp_path: Path) -> None:
    recorder = write(tmp_path, entry())
    days = [NOW - timedelta(days=1) * back * 0.5 for back in range(120, 0, -1)]
    outcomes = [(KEY, Outcome(deadline=day, met=True, finish=day - minutes(3))) for day in days]
    recorder.write(News(outcomes=outcomes))
    recorder.write(News(outcomes=outcomes[-1:]))
    assert Reader(tmp_path).outcomes("finance_daily", "finish_by") == tuple(one for _, one in outcomes[-100:])
    assert len(Reader(tmp_path).outcomes("finance_daily", "finish_by", NOW - timedelta(days=2))) == 4


def test_a_miss_is_done_when_its_breach_ends(tmp_path: Path) -> None:
    recorder = write(tmp_path, entry())
    met = Outcome(deadline=NOW - timedelta(days=1), met=True, finish=NOW - timedelta(days=1))
    recorder.write(News(outcomes=[(KEY, met), (KEY, Outcome(deadline=NOW, met=False))]))
    recorder.write(News(ends=[(KEY, NOW + minutes(7))]))
    late = Outcome(deadline=NOW, met=False, finish=NOW + minutes(7))
    assert Reader(tmp_path).outcomes("finance_daily", "finish_by") == (met, late)


def test_conditions_are_read_from_the_one_that_held(tmp_path: Path) -> None:
    recorder = write(tmp_path)
    all_of_them = (
        Conditions(at=NOW - minutes(9), full_pools=("dwh",)),
        Conditions(at=NOW - minutes(6), database=False, facts=False, silent=("SchedulerJob",)),
        Conditions(at=NOW, running=False, broken_files=("a.py",), broken=21),
    )
    recorder.write(News(conditions=all_of_them))
    assert Reader(tmp_path).conditions(NOW - minutes(7), NOW) == all_of_them
    assert Reader(tmp_path).conditions(NOW - minutes(5), NOW - minutes(1)) == all_of_them[1:2]
    assert Reader(tmp_path).conditions(NOW - minutes(99), NOW - minutes(6)) == all_of_them[:2]


def test_what_is_too_old_goes_but_for_what_held_then(tmp_path: Path) -> None:
    old = [entry(NOW - timedelta(days=days)) for days in (9, 8, 2)]
    removed = Entry(
        sla="gone", dag_id="x", at=NOW - timedelta(days=8), standing=None, since=NOW - timedelta(days=8)
    )
    write(tmp_path, *old[:2], removed, old[2], kept=timedelta(days=7))
    found = Reader(tmp_path).of_dag("finance_daily")
    assert [each.at for each in found] == [old[1].at, old[2].at]
    assert Reader(tmp_path).dag_ids() == ("finance_daily",)
    began = Reader(tmp_path).began()
    assert began is not None
    assert began >= NOW


def test_a_file_that_is_too_big_loses_the_oldest(tmp_path: Path) -> None:
    made = [
        entry(NOW - minutes(1000 - number), evidence=Evidence(detail=sha256(bytes(number)).hexdigest()))
        for number in range(1000)
    ]
    write(tmp_path, *made, most_bytes=100_000)
    found = Reader(tmp_path).of_dag("finance_daily")
    assert 100 < len(found) < 900
    assert found[-1].at == made[-1].at
    began = Reader(tmp_path).began()
    assert began is not None
    assert began >= found[0].at


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda path: path.write_bytes(b"\0not a database" * 99), "not a database", id="other"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), "malformed", id="torn"),
        pytest.param(lambda path: _version(path, 9), "it has version 9", id="newer"),
        pytest.param(lambda path: _version(path, 0), "it has version 0", id="somebody else's"),
    ],
)
def test_a_file_that_is_not_usable_is_kept_aside(tmp_path: Path, spoil: Any, why: str) -> None:
    write(tmp_path, BREACHED).close()
    spoil(tmp_path / "record.db")
    with pytest.raises(BadInput, match=r"record\.db: "):
        Reader(tmp_path).of_dag("finance_daily")
    with capture_logs() as logs:
        recorder = Recorder(tmp_path)
        assert recorder.last() == {}
        recorder.write(News(entries=[BREACHED]))
    (line,) = logs
    assert line["event"] == "record not usable, starting with an empty one"
    assert why in line["why"]
    assert (tmp_path / "record.db.bad").exists()
    assert Reader(tmp_path).of_dag("finance_daily") == (BREACHED,)


def _version(path: Path, version: int) -> None:
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {version}")


def test_an_empty_file_is_one_that_was_not_begun(tmp_path: Path) -> None:
    (tmp_path / "record.db").touch()
    assert write(tmp_path, BREACHED).last() == {KEY: BREACHED}
    assert not (tmp_path / "record.db.bad").exists()


def test_trouble_is_said_once_and_what_waits_is_written_later(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.touch()
    recorder = Recorder(folder)
    with capture_logs() as logs:
        recorder.write(News(entries=[entry()]))
        recorder.write(News(entries=[BREACHED]))
        assert [line["event"] for line in logs] == ["what happens to SLAs is not recorded"]
        assert recorder.problem is not None
        assert "state" in recorder.problem
        folder.unlink()
        recorder.write(News())
    assert logs[-1]["event"] == "record is written again"
    assert recorder.problem is None
    assert len(Reader(folder).of_dag("finance_daily")) == 2


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    recorder = write(tmp_path, entry(NOW - minutes(9)))
    soft, hard = getrlimit(RLIMIT_FSIZE)
    # As far as SQLite is concerned there is no room for another page.
    setrlimit(RLIMIT_FSIZE, (4096, hard))
    try:
        recorder.write(News(entries=[entry(NOW - minutes(number)) for number in range(8, 0, -1)]))
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))
    assert recorder.problem is not None
    assert "cannot be written" in recorder.problem
    assert [value for _, _, value in samples([recorder])] == [0.0]
    recorder.write(News(entries=[BREACHED]))
    assert recorder.problem is None
    assert [value for _, _, value in samples([recorder])] == [1.0]
    assert len(Reader(tmp_path).of_dag("finance_daily")) == 10


def test_without_a_folder_nothing_is_kept() -> None:
    recorder, reader = Recorder(None), Reader(None)
    recorder.write(News(entries=[BREACHED]))
    assert recorder.last() == {}
    assert not recorder.persistent
    assert not reader.kept
    assert reader.of_dag("finance_daily") == ()
    assert reader.began() is None


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"record\.db: no such file; give the --state-dir of a"):
        Reader(tmp_path).dag_ids()


TEXT = st.text(max_size=40)
MOMENTS = st.integers(0, 4_000_000_000).map(recordfile.moment)


@given(
    made=st.builds(
        Entry,
        sla=TEXT,
        dag_id=TEXT,
        at=MOMENTS,
        standing=st.one_of(st.none(), st.sampled_from(Standing)),
        since=MOMENTS,
        team=TEXT,
        deadline_text=TEXT,
        cause=st.one_of(st.none(), st.sampled_from(Cause)),
        evidence=st.builds(Evidence, run_id=TEXT, task_id=TEXT, pool=TEXT, queue=TEXT, detail=TEXT),
        deadline=st.one_of(st.none(), MOMENTS),
        acknowledged=st.one_of(
            st.none(), st.builds(Acknowledgement, by=TEXT, reason=TEXT, at=MOMENTS, until=MOMENTS)
        ),
    )
)
def test_every_entry_is_packed_and_unpacked(made: Entry) -> None:
    row = (
        int(made.at.timestamp()),
        made.standing.value if made.standing else recordfile.REMOVED,
        int(made.since.timestamp()),
        made.cause.value if made.cause else None,
        None if made.deadline is None else int(made.deadline.timestamp()),
        recordfile.pack(made),
    )
    assert recordfile.unpack(made.sla, made.dag_id, row) == made


def test_a_lone_surrogate_in_an_id_is_written_all_the_same(tmp_path: Path) -> None:
    odd = entry(evidence=Evidence(run_id="a\udcffb"))
    write(tmp_path, odd)
    assert Reader(tmp_path).of_dag("finance_daily")[0].evidence.run_id == "a?b"


def test_times_are_in_utc(tmp_path: Path) -> None:
    write(tmp_path, entry(at("2026-03-02 06:30")))
    assert Reader(tmp_path).of_dag("finance_daily")[0].at.isoformat() == "2026-03-02T06:30:00+00:00"


def test_ninety_days_of_five_thousand_slas_are_less_than_fifty_megabytes(tmp_path: Path) -> None:
    few, more = (measure(tmp_path / str(slas), slas=slas, days=90) for slas in (20, 60))
    assert more.entries > 15 * 60
    # The rest is what the platform was like, which does not grow with them.
    each = (more.size - few.size) / 40
    assert few.size + 4980 * each < 50_000_000
