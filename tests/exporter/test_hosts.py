"""Components host by host and their starts, one test per sentence of their meaning."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.support.metadb import at
from windsock.catalog import components
from windsock.collect.collector import Context, Reader, Scene
from windsock.collect.platform import hosts
from windsock.collect.platform.hosts import HostsCollector, Job
from windsock.counters import Counters
from windsock.figures import Figures
from windsock.state import State

NOW = at("2026-01-10 12:00")
MINUTE = timedelta(minutes=1)


class _Jobs:
    """A table `job` at a moment."""

    def __init__(self, now: datetime, *rows: Job) -> None:
        self.now = now
        self._rows = list(rows)

    def rows(self, _maker: object, *, since: datetime) -> list[Job]:
        found = [row for row in self._rows if row.heartbeat > since]
        return sorted(found, key=lambda row: row.heartbeat, reverse=True)


def _job(number: int, *, host: str = "h", started: datetime = NOW, heartbeat: datetime = NOW) -> Job:
    return Job(number, "SchedulerJob", host, started, heartbeat)


def _collector(folder: Path | None = None) -> HostsCollector:
    return HostsCollector(Context(state=State(None), counters=Counters(folder)))


def _figures(collector: HostsCollector, jobs: _Jobs) -> Figures:
    figures = Figures()
    collector.add(figures, collector.read(cast("Reader", jobs)), Scene(now=jobs.now))
    return figures


def _starts(collector: HostsCollector, jobs: _Jobs) -> float | None:
    return _figures(collector, jobs).value(components.STARTS, job_type="SchedulerJob")


def test_a_job_that_is_new_counts_once_as_a_start() -> None:
    collector = _collector()
    assert _starts(collector, _Jobs(NOW, _job(1))) == 0
    later = NOW + MINUTE
    assert _starts(collector, _Jobs(later, _job(1), _job(2, started=later, heartbeat=later))) == 1
    assert _starts(collector, _Jobs(later, _job(1), _job(2, started=later, heartbeat=later))) == 1


def test_a_start_while_the_exporter_was_down_counts_after_it(tmp_path: Path) -> None:
    assert _starts(_collector(tmp_path), _Jobs(NOW, _job(1))) == 0
    later = NOW + 90 * MINUTE
    fresh = _job(2, started=NOW + 5 * MINUTE, heartbeat=later)
    assert _starts(_collector(tmp_path), _Jobs(later, fresh)) == 1


def test_a_component_that_was_silent_for_hours_and_beats_again_has_not_started() -> None:
    """After the database was gone for long, say."""
    collector = _collector()
    assert _starts(collector, _Jobs(NOW, _job(1, started=NOW - 90 * MINUTE))) == 0
    assert _starts(collector, _Jobs(NOW + 90 * MINUTE, _job(1))) == 0
    again = NOW + 91 * MINUTE
    assert _starts(collector, _Jobs(again, _job(1, heartbeat=again))) == 0


def test_of_each_host_the_newest_heartbeat_is_shown_for_an_hour() -> None:
    jobs = _Jobs(
        NOW,
        _job(1, host="a", heartbeat=NOW - MINUTE),
        _job(2, host="a", heartbeat=NOW - 2 * MINUTE),
        _job(3, host="gone", heartbeat=NOW - 60 * MINUTE),
    )
    assert _figures(_collector(), jobs).family(components.HOST_HEARTBEAT) == {
        ("SchedulerJob", "a"): (NOW - MINUTE).timestamp()
    }


def test_of_too_many_hosts_those_heard_last_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_MOST_HOSTS", 2)
    jobs = _Jobs(
        NOW, *(_job(number, host=f"h{number}", heartbeat=NOW - number * MINUTE) for number in range(4))
    )
    shown = _figures(_collector(), jobs).family(components.HOST_HEARTBEAT)
    assert {host for _, host in shown} == {"h0", "h1"}
