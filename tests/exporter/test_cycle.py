"""A second thread does a part of the first slow cycle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any, ClassVar

import pytest

from tests.support.metadb import make_sqlite
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.cycle import Cycle
from windsock.collect.dags.dags import TagsCollector
from windsock.collect.pace import Limits
from windsock.collect.stock import Stock
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source, Wanted
from windsock.metadb.url import parse
from windsock.state import State


class _Subject(Collector[str]):
    """Waits before it reads; its value is the name of the thread that read it."""

    tier = Tier.SLOW
    reads = TagsCollector.reads
    wait: ClassVar[Callable[[], Any]]

    def read(self, reader: Reader) -> str:
        type(self).wait()
        reader.rows(self.reads[0])
        return current_thread().name

    def add(self, figures: Figures, value: str, scene: Scene) -> None:
        """Nothing."""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    url = make_sqlite(tmp_path / "airflow.db", "3.3")
    return Source(Database(parse(url, origin="test")), Wanted(vital=TagsCollector.reads, others=()))


def _cycle(source: Source, stock: Stock, **waits: Callable[[], Any]) -> Cycle:
    context = Context(state=State(None))
    subjects = [
        type(name, (_Subject,), {"name": name, "wait": staticmethod(wait)})(context)
        for name, wait in waits.items()
    ]
    for each in subjects:
        stock.register(each.name, each.tier, 60.0)
    return Cycle(source, stock, subjects, interval=60.0, limits=Limits())


def test_whoever_helps_begins_at_the_end_and_nothing_is_read_twice(source: Source) -> None:
    helped, begun = Event(), Event()

    def first() -> bool:
        begun.set()
        return helped.wait(10)

    stock = Stock()
    cycle = _cycle(source, stock, first=first, second=bool, third=bool)
    runner = Thread(target=cycle.run, name="its own")
    runner.start()
    assert begun.wait(10)
    helper = Thread(target=cycle.help, name="the other")
    helper.start()
    helper.join(10)
    helped.set()
    runner.join(10)
    assert stock.values(lambda interval: interval) == {
        "first": "its own",
        "second": "the other",
        "third": "the other",
    }


def test_there_is_nothing_to_help_before_and_after_a_run(source: Source) -> None:
    stock = Stock()
    cycle = _cycle(source, stock, only=bool)
    cycle.help()
    assert stock.values(lambda interval: interval) == {}
    assert cycle.run()
    cycle.help()
    assert stock.values(lambda interval: interval) == {"only": current_thread().name}
