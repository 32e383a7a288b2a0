"""Counters that outlive the process: values and memo together, never back, never without bound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from windsock.counters import Book, Counters, Entry
from windsock.figures import Figures
from windsock.metric import Database, Kind, Metric, Unit
from windsock.statefile import samples

FINISHED = Metric(
    name="airflow_things_finished_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("dag_id", "state"),
    help="Things.",
    subject="Test",
    source=Database(tables=("thing",)),
)
TOOK = Metric(
    name="airflow_things_took_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("operator",),
    help="How long things took.",
    subject="Test",
    source=Database(tables=("thing",), buckets=(1.0, 10.0)),
)


def _book(folder: Path | None) -> Book:
    return Counters(folder).book("things", (FINISHED, TOOK))


def _entry(*, count: float = 0, took: tuple[float, ...] = ()) -> Entry:
    entry = Entry()
    if count:
        entry.count(FINISHED, count, dag_id="a", state="success")
    for seconds in took:
        entry.observe(TOOK, seconds, operator="Bash")
    return entry


def _figures(book: Book) -> Figures:
    figures = Figures()
    book.counted().add_to(figures)
    return figures


def test_values_and_memo_go_on_where_they_stood(tmp_path: Path) -> None:
    book = _book(tmp_path / "state")
    book.commit(_entry(count=2, took=(0.5, 10, 11)), {"seen": [1]})
    again = _book(tmp_path / "state")
    assert again.memo == {"seen": [1]}
    again.commit(_entry(count=1, took=(2,)), {"seen": [2]})
    figures = _figures(_book(tmp_path / "state"))
    assert figures.family(FINISHED) == {("a", "success"): 3}
    assert figures.histogram(TOOK) == {("Bash",): ((1, 3, 4), 23.5)}


def test_what_is_shown_does_not_change_under_the_reader() -> None:
    book = _book(None)
    shown = book.commit(_entry(count=1), {})
    book.commit(_entry(count=1), {})
    figures = Figures()
    shown.add_to(figures)
    assert figures.family(FINISHED) == {("a", "success"): 1}


def test_an_entry_that_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    _entry(count=1)
    assert _figures(_book(tmp_path)).family(FINISHED) == {}


def test_an_amount_of_zero_makes_the_series_appear() -> None:
    book = _book(None)
    entry = Entry()
    entry.count(FINISHED, 0, dag_id="a", state="failed")
    book.commit(entry, {})
    assert _figures(book).family(FINISHED) == {("a", "failed"): 0}


def test_a_memo_alone_may_wait_for_the_disk(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.commit(_entry(count=1), {"seen": 1})
    book.commit(Entry(), {"seen": 2}, lazy=True)
    assert _book(tmp_path).memo == {"seen": 1}
    book.commit(_entry(count=1), {"seen": 3}, lazy=True)
    assert _book(tmp_path).memo == {"seen": 3}


def test_the_sections_of_others_stay(tmp_path: Path) -> None:
    _book(tmp_path).commit(_entry(count=1), {})
    Counters(tmp_path).book("others", (FINISHED,)).commit(_entry(count=5), {})
    assert _figures(_book(tmp_path)).family(FINISHED) == {("a", "success"): 1}


def test_full_disk_is_said_and_counting_goes_on_and_heals(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    book = counters.book("things", (FINISHED, TOOK))
    book.commit(_entry(count=1), {})
    (tmp_path / "counters.json.new").symlink_to("/dev/full")
    with capture_logs() as logs:
        book.commit(_entry(count=1), {})
        book.commit(_entry(count=1), {})
    assert len(logs) == 1
    assert "No space left on device" in logs[0]["why"]
    assert [value for _, _, value in samples([counters.file])] == [0.0]
    assert _figures(book).family(FINISHED) == {("a", "success"): 3}
    (tmp_path / "counters.json.new").unlink()
    book.commit(Entry(), {}, lazy=True)
    assert [value for _, _, value in samples([counters.file])] == [1.0]
    assert _figures(_book(tmp_path)).family(FINISHED) == {("a", "success"): 3}


def test_more_values_than_the_cap_count_as_other_and_the_sum_is_true(tmp_path: Path) -> None:
    book = _book(tmp_path)
    for number in range(250):
        entry = Entry()
        entry.observe(TOOK, 1, operator=f"Operator{number}")
        book.commit(entry, {})
    histograms = _figures(book).histogram(TOOK)
    assert len(histograms) == 201
    assert histograms[("other",)] == ((50, 50, 50), 50)
    assert _figures(_book(tmp_path)).histogram(TOOK) == histograms


@pytest.mark.parametrize(
    "series",
    [
        pytest.param([["a", "success"]], id="no value"),
        pytest.param([["a", 1, 1]], id="a label that is no text"),
        pytest.param([["a", "success", "many"]], id="a value that is no number"),
        pytest.param(7, id="no series"),
    ],
)
def test_a_family_that_somebody_edited_starts_anew_and_the_others_go_on(tmp_path: Path, series: Any) -> None:
    _book(tmp_path).commit(_entry(count=1, took=(1,)), {"seen": 1})
    file = tmp_path / "counters.json"
    data = json.loads(file.read_text())
    data["sections"]["things"]["families"][FINISHED.name]["series"] = series
    file.write_text(json.dumps(data))
    with capture_logs() as logs:
        book = _book(tmp_path)
    assert [line["metric"] for line in logs] == [FINISHED.name]
    figures = _figures(book)
    assert figures.family(FINISHED) == {}
    assert len(figures.histogram(TOOK)) == 1
    assert book.memo == {"seen": 1}


def test_a_histogram_with_other_buckets_starts_anew(tmp_path: Path) -> None:
    _book(tmp_path).commit(_entry(took=(1,)), {})
    file = tmp_path / "counters.json"
    file.write_text(file.read_text().replace("[1.0, 10.0]", "[1.0, 20.0]"))
    with capture_logs() as logs:
        book = _book(tmp_path)
    assert [line["event"] for line in logs] == ["a counter starts anew"]
    assert _figures(book).histogram(TOOK) == {}
