"""What of the platform is remembered to explain SLAs."""

from __future__ import annotations

from dataclasses import replace

from tests.exporter.page_world import NOW, VIEW
from tests.exporter.sla_world import minutes
from windsock.collect.conditions import conditions
from windsock.facts import Facts, Pool
from windsock.sla.entries import Conditions
from windsock.view import BrokenFile, View


def test_what_is_wrong_is_remembered() -> None:
    # The triggerer is silent for an hour; the DAG processor was stopped in order.
    assert conditions(VIEW, fresh=True) == Conditions(
        at=NOW,
        silent=("TriggererJob",),
        full_pools=("dwh",),
        broken_files=("dags: marketing.py",),
        broken=1,
    )


def test_without_a_database_nothing_else_is_said() -> None:
    assert conditions(View(at=NOW), fresh=False) == Conditions(at=NOW, database=False, facts=False)


def test_a_component_is_silent_after_three_quarters_of_a_minute() -> None:
    alive = replace(VIEW, components=VIEW.components[:1])
    assert conditions(alive, fresh=True).silent == ()
    assert conditions(replace(alive, at=NOW + minutes(1)), fresh=True).silent == ("SchedulerJob",)


def test_a_pool_without_a_limit_is_never_full() -> None:
    pools = {"free": Pool(limit=4, occupied=3), "any": Pool(limit=None, occupied=99)}
    assert conditions(replace(VIEW, facts=Facts(now=NOW, pools=pools)), fresh=True).full_pools == ()


def test_of_many_broken_files_twenty_are_named() -> None:
    files = tuple(
        BrokenFile(bundle="", file=f"{number:03}.py", team="default", first_seen=NOW) for number in range(99)
    )
    found = conditions(replace(VIEW, broken_files=files), fresh=True)
    assert (len(found.broken_files), found.broken_files[0], found.broken) == (20, "000.py", 99)
