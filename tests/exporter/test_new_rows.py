"""New rows, each counted once, whatever happens to the table in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.metadb import at
from windsock.collect import id_feed
from windsock.collect.collector import Context, Reader
from windsock.collect.dags.dag_versions import DagVersionsCollector
from windsock.collect.dags.first_seen import FirstSeen
from windsock.collect.id_feed import IdFeed, NewestId
from windsock.collect.platform.edge_workers import EdgeWorkersCollector
from windsock.collect.time_feed import LIMIT, TimeFeed
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.metadb.statements import Statements
from windsock.metadb.url import parse
from windsock.state import State

NOON = at("2026-01-10 12:00")
MINUTE = timedelta(minutes=1)


class Row(NamedTuple):
    """A row with a serial id."""

    id: int


def newest_thing(_of: Flavour) -> Statement[NewestId]:
    return id_feed.newest("newest_thing", "thing")


def things(_of: Flavour) -> Statement[Row]:
    return make("things", Row, "SELECT id FROM thing WHERE id > :after AND id <= :until", **id_feed.EXAMPLE)


class Table:
    """A table of a real database, and what was read of it."""

    def __init__(self, path: Path, *, overlap: int = 5, page_ids: int = 10, pages: int = 3) -> None:
        self._path = path
        self.memo: dict[str, object] = {}
        self.feed: IdFeed[Row] = IdFeed(newest_thing, things, overlap=overlap, page_ids=page_ids, pages=pages)
        self.sql("CREATE TABLE thing (id integer primary key)")

    def sql(self, statement: str) -> None:
        with sqlite3.connect(self._path) as connection:
            connection.execute(statement)
        connection.close()

    def insert(self, *ids: int) -> None:
        for id_ in ids:
            self.sql(f"INSERT INTO thing VALUES ({id_})")

    def read(self) -> list[int]:
        database = Database(parse(f"sqlite:///{self._path}", origin="test"))
        statements = Statements(Flavour(line="3.3", dialect="sqlite"), (newest_thing, things))
        news = self.feed.read(Reader(database=database, statements=statements, now=NOON), self.memo)
        self.memo = dict(news.memo)
        return [row.id for row in news.rows]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "things.db")


def test_history_is_not_counted(table: Table) -> None:
    table.insert(1, 2, 3)
    assert table.read() == []
    table.insert(4)
    assert table.read() == [4]
    assert table.read() == []


def test_an_empty_table_is_a_beginning(table: Table) -> None:
    assert table.read() == []
    table.insert(1)
    assert table.read() == [1]


def test_a_lower_id_that_is_committed_later_is_counted(table: Table) -> None:
    table.insert(1)
    table.read()
    table.insert(2, 4)
    assert table.read() == [2, 4]
    table.insert(3)
    assert table.read() == [3]


def test_a_lower_id_that_was_open_at_the_first_look_is_counted(table: Table) -> None:
    table.insert(1, 3)
    table.read()
    table.insert(2)
    assert table.read() == [2]


def test_gaps_and_what_is_beyond_one_reading_are_read_in_pages(table: Table) -> None:
    table.read()
    table.insert(5, 18, 29, 30, 31, 59, 60)
    assert table.read() == [5, 18, 29, 30]
    assert table.read() == [31]
    assert table.read() == [59, 60]


def test_rows_that_are_deleted_in_between_are_no_trouble(table: Table) -> None:
    table.insert(1, 2, 3)
    table.read()
    table.sql("DELETE FROM thing WHERE id < 3")
    table.insert(4)
    assert table.read() == [4]


def test_an_emptied_table_goes_on_with_its_sequence(table: Table) -> None:
    table.insert(1, 2, 3)
    table.read()
    table.sql("DELETE FROM thing")
    assert table.read() == []
    table.insert(4)
    assert table.read() == [4]


def test_another_database_with_fewer_rows_begins_anew(table: Table) -> None:
    table.insert(1, 2, 300)
    table.read()
    table.sql("DELETE FROM thing WHERE id = 300")
    assert table.read() == []
    table.insert(3)
    assert table.read() == [3]


@pytest.mark.parametrize("memo", [{}, {"until": "x", "seen": []}, {"until": 3}, {"until": 3, "seen": [1]}])
def test_a_memo_that_is_not_ours_begins_anew(table: Table, memo: dict[str, object]) -> None:
    table.insert(1, 2, 3)
    table.memo = memo
    assert table.read() == []


def test_the_memo_is_small(table: Table) -> None:
    table.read()
    table.insert(*range(1, 21))
    assert len(table.read()) == 20
    assert table.memo == {"until": 20, "seen": [[16, 20]]}


# Rows with a time and no id.
Miss = tuple[str, datetime]


class Times:
    """A table in memory, oldest first."""

    def __init__(self) -> None:
        self.rows: list[Miss] = []
        self.memo: dict[str, object] = {}
        self.feed: TimeFeed[Miss] = TimeFeed(key=lambda row: row[0], time=lambda row: row[1])

    def read(self, until: datetime) -> list[str]:
        def later(since: datetime) -> list[Miss]:
            return sorted((row for row in self.rows if row[1] > since), key=lambda row: row[1])[:LIMIT]

        news = self.feed.read(later, self.memo, until=until)
        self.memo = dict(news.memo)
        return [key for key, _ in news.rows]


def test_a_row_is_counted_once_although_it_is_read_twice() -> None:
    times = Times()
    times.rows = [("old", NOON - MINUTE)]
    assert times.read(NOON) == []
    times.rows.append(("new", NOON + MINUTE))
    assert times.read(NOON + 2 * MINUTE) == ["new"]
    assert times.read(NOON + 3 * MINUTE) == []


def test_a_row_that_is_committed_minutes_after_its_time_is_counted() -> None:
    times = Times()
    times.read(NOON)
    times.rows.append(("late", NOON - 9 * MINUTE))
    assert times.read(NOON + MINUTE) == ["late"]


def test_more_than_one_reading_holds_is_counted_by_the_next() -> None:
    times = Times()
    times.read(NOON)
    times.rows = [(str(number), NOON + timedelta(seconds=number)) for number in range(LIMIT + 5)]
    later = NOON + timedelta(days=1)
    assert len(times.read(later)) == LIMIT
    assert len(times.read(later)) == 5


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, Reader]]:
    connection = sqlite3.connect(tmp_path / "airflow.db", isolation_level=None)
    connection.execute("CREATE TABLE dag_version (id text primary key, dag_id text, created_at text)")
    connection.execute("CREATE TABLE edge_worker (state text, queues text, last_update text)")
    database = Database(parse(f"sqlite:///{tmp_path}/airflow.db", origin="test"))
    flavour = Flavour(line="3.3", dialect="sqlite", extras=frozenset({"edge_worker"}))
    makers = (*DagVersionsCollector.reads, *EdgeWorkersCollector.reads)
    yield connection, Reader(database=database, statements=Statements(flavour, makers), now=NOON)
    connection.close()


def _versions(connection: sqlite3.Connection, *numbers: int) -> None:
    rows = [(f"{number:032x}", "a", "2026-01-10 11:00:00.000000") for number in numbers]
    connection.executemany("INSERT INTO dag_version VALUES (?, ?, ?)", rows)


def test_versions_are_counted_once_however_many_come_at_a_time(
    airflow: tuple[sqlite3.Connection, Reader],
) -> None:
    connection, reader = airflow
    collector = DagVersionsCollector(Context(state=State(None)))

    def total() -> float:
        families = collector.read(reader).counted.families
        return sum(
            value for _, series in families for value in series.values() if isinstance(value, float | int)
        )

    _versions(connection, *range(300))
    assert total() == 0
    _versions(connection, *range(300, 2900))
    assert total() == 2600
    assert total() == 2600
    connection.execute("DELETE FROM dag_version WHERE id > ?", (f"{2000:032x}",))
    assert total() == 2600, "older ones that come into view are not new"
    _versions(connection, 3000, 2001)
    assert total() == 2602


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(("running", "['b', 'a']", "11:59"), ("running", "a,b"), id="sorted queues"),
        pytest.param(("idle", None, "11:59"), ("idle", ""), id="every queue"),
        pytest.param(("running", None, "11:40"), ("unknown", ""), id="silent"),
        pytest.param(("offline", None, "01:00"), ("offline", ""), id="shut down in order"),
        pytest.param(("idle", "__import__('os')", "11:59"), ("idle", ""), id="no list"),
        pytest.param(("idle", "7", "11:59"), ("idle", ""), id="a number"),
    ],
)
def test_an_edge_worker_has_a_state_and_queues(
    airflow: tuple[sqlite3.Connection, Reader],
    row: tuple[str, str | None, str],
    expected: tuple[str, str],
) -> None:
    connection, reader = airflow
    state, queues, update = row
    connection.execute(
        "INSERT INTO edge_worker VALUES (?, ?, ?)", (state, queues, f"2026-01-10 {update}:00.000000")
    )
    assert EdgeWorkersCollector(Context(state=State(None))).read(reader) == {expected: 1}


def test_what_changes_is_seen_since_then_and_what_stays_since_before_a_restart(tmp_path: Path) -> None:
    before = FirstSeen(State(tmp_path), "things")
    assert before.see({"a": "1", "b": "1"}, NOON) == {"a": NOON, "b": NOON}
    after = FirstSeen(State(tmp_path), "things")
    assert after.see({"a": "1", "b": "2"}, NOON + MINUTE) == {"a": NOON, "b": NOON + MINUTE}
    assert after.see({"b": "2"}, NOON + 2 * MINUTE) == {"b": NOON + MINUTE}
    assert after.see({"a": "1"}, NOON + 3 * MINUTE) == {"a": NOON + 3 * MINUTE}


def test_an_entry_that_somebody_edited_costs_its_age_only(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put("things", {"a": ["1", "soon"], "b": 3, "c": ["1", NOON.timestamp()]})
    seen = FirstSeen(state, "things").see({"a": "1", "b": "1", "c": "1"}, NOON + MINUTE)
    assert seen == {"a": NOON + MINUTE, "b": NOON + MINUTE, "c": NOON}
