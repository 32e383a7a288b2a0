"""Acknowledged breaches: quiet while that lasts, and no longer; the next missed deadline is one again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.exporter.sla_world import World, at, dag, run, runs, slas
from windsock.errors import BadInput
from windsock.facts import Dag
from windsock.sla import Engine, Register, Standing
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.acknowledgements import NAME, Acknowledgements, changing, read

DAILY = 'slas: [{dag: finance_daily, finish_by: "06:30"}]'
KEY = "finish_by", "finance_daily"
GIVEN = Acknowledgement(by="ada", reason="known", at=at("2026-03-02 07:00"), until=at("2026-03-02 20:00"))
FAILED = run("2026-03-02 02:00", state="failed", end="2026-03-02 02:40")
TUESDAY = run("2026-03-03 02:00", state="failed", end="2026-03-03 02:40")


class Acknowledging(World):
    """A world in which somebody may acknowledge."""

    def __init__(self, folder: Path, text: str = DAILY) -> None:
        super().__init__(text)
        self.folder = folder
        self.acknowledged = Acknowledgements(folder)
        self.engine = Engine(Register(slas(text)), self.state, acknowledged=self.acknowledged)

    def give(self, given: Acknowledgement, key: tuple[str, str] = KEY) -> None:
        with changing(self.folder, given.at) as all_of_them:
            all_of_them[key] = given
        self.acknowledged.check()


def seen(*found: object, next_due: str = "2026-03-03 02:00") -> Dag:
    return dag(next_due=at(next_due), runs=runs(*found))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> Acknowledging:
    found = Acknowledging(tmp_path)
    found.one("2026-03-01 12:00", dag(next_due=at("2026-03-02 02:00")))
    assert found.one("2026-03-02 06:45", seen(FAILED)).standing is Standing.BREACHED
    found.give(GIVEN)
    return found


def test_an_acknowledged_breach_is_none(world: Acknowledging) -> None:
    status = world.one("2026-03-02 07:01", seen(FAILED))
    assert (status.standing, status.acknowledged, status.late) == (Standing.OK, GIVEN, 0)
    assert status.cause is None
    assert status.deadline == at("2026-03-03 06:30")


def test_it_is_breached_again_when_that_expires_or_is_taken_back(world: Acknowledging) -> None:
    assert world.one("2026-03-02 20:00", seen(FAILED)).standing is Standing.BREACHED
    world.give(GIVEN)
    with changing(world.folder, GIVEN.at) as given:
        del given[KEY]
    world.acknowledged.check()
    status = world.one("2026-03-02 07:05", seen(FAILED))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-02 06:30"))


def test_the_breach_may_end_by_itself_meanwhile(world: Acknowledging) -> None:
    done = run("2026-03-02 02:00", end="2026-03-02 09:00")
    assert world.one("2026-03-02 09:01", seen(done)).acknowledged is None
    assert world.one("2026-03-02 21:00", seen(done)).standing is Standing.OK


def test_the_next_missed_deadline_is_a_breach_again(tmp_path: Path, world: Acknowledging) -> None:
    longer = Acknowledgement(by="ada", reason="known", at=GIVEN.at, until=at("2026-03-09 20:00"))
    world.give(longer)
    both = seen(FAILED, TUESDAY, next_due="2026-03-04 02:00")
    assert world.one("2026-03-03 06:29", both).standing is Standing.OK
    status = world.one("2026-03-03 06:31", both)
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-03 06:30"))
    assert status.acknowledged is None


def test_it_lasts_while_the_database_is_gone(world: Acknowledging) -> None:
    (status,) = world.blind("2026-03-02 07:10")
    assert (status.standing, status.acknowledged) == (Standing.UNKNOWN, GIVEN)
    (later,) = world.blind("2026-03-02 20:10")
    assert later.standing is Standing.BREACHED


def test_of_a_max_age_no_deadline_is_left(tmp_path: Path) -> None:
    world = Acknowledging(tmp_path, "slas: [{dag: finance_daily, max_age: 1h}]")
    old = dag(runs=(run("2026-03-02 02:00", end="2026-03-02 03:00"),))
    assert world.one("2026-03-02 06:00", old).standing is Standing.BREACHED
    world.give(GIVEN, ("max_age", "finance_daily"))
    status = world.one("2026-03-02 07:01", old)
    assert (status.standing, status.deadline) == (Standing.OK, None)


def test_what_has_expired_leaves_the_file(tmp_path: Path) -> None:
    with changing(tmp_path, GIVEN.at) as given:
        given[KEY] = GIVEN
    assert read(tmp_path) == {KEY: GIVEN}
    with changing(tmp_path, GIVEN.until):
        pass
    assert read(tmp_path) == {}


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 1}', '{"version": 2, "acknowledged": []}'], ids=str
)
def test_a_wrong_file_is_told_once_and_changes_nothing(tmp_path: Path, content: str) -> None:
    acknowledged = Acknowledgements(tmp_path)
    with changing(tmp_path, GIVEN.at) as given:
        given[KEY] = GIVEN
    acknowledged.check()
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    with capture_logs() as logs:
        acknowledged.check()
        acknowledged.check()
    assert len(logs) == 1
    assert NAME in logs[0]["why"]
    assert acknowledged.of(KEY, GIVEN.at) == GIVEN
    with pytest.raises(BadInput, match=NAME):
        read(tmp_path)


def test_the_file_is_readable_by_people(tmp_path: Path) -> None:
    with changing(tmp_path, GIVEN.at) as given:
        given[KEY] = GIVEN
    assert json.loads((tmp_path / NAME).read_text(encoding="utf-8"))["acknowledged"] == [
        {
            "sla": "finish_by",
            "dag_id": "finance_daily",
            "by": "ada",
            "reason": "known",
            "at": "2026-03-02T07:00:00+00:00",
            "until": "2026-03-02T20:00:00+00:00",
        }
    ]
