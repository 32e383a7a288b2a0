"""Moving over: an exporter in front with one mapping relays every line to a second one with another."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.statsd import ROOT, Exporter, Page, recording, running, shoot
from windsock.migration.peer import peer
from windsock.migration.unknown import unknown
from windsock.statsd.mapping import path
from windsock.wire import Profile, Wire

# In the style of the mappings that people have: globs, no types, no drop, names that plain lines get as well.
_OLD = """\
mappings:
  - {match: airflow.ti.finish.*.*.*, name: team_task_ends, labels: {dag: $1, task: $2, result: $3}}
  - {match: airflow.dag.*.*.duration, name: airflow_task_duration, labels: {dag_id: $1, task_id: $2}}
  - {match: airflow.pool.open_slots.*, name: airflow_pool_open_slots, labels: {pool: $1}}
"""
_OURS_PLAIN = ROOT / path("3.3", Profile.PLAIN)
_OURS_TAGS = ROOT / path("3.3", Profile.TAGS)
_LINES = [line.line for line in recording("airflow-3.3.2-plain")][::30]
_PATIENCE_SECONDS = 60.0
# Name and labels.
Series = tuple[str, tuple[tuple[str, str], ...]]

# One task that ended and one look at a pool, as 3.3 sends them without and with InfluxDB tags.
_PLAIN = (
    "airflow.ti.finish.etl.load.success:1|c",
    "airflow.ti.finish:1|c",
    "airflow.dag.etl.load.duration:2000|ms",
    "airflow.task.duration:2000|ms",
    "airflow.pool.open_slots.etl_pool:7|g",
    "airflow.pool.open_slots:7|g",
)
_TAGS = (
    "airflow.ti.finish.etl.load.success:1|c",
    "airflow.ti.finish,dag_id=etl,task_id=load,state=success:1|c",
    "airflow.dag.etl.load.duration:2000|ms",
    "airflow.task.duration,dag_id=etl,task_id=load:2000|ms",
    "airflow.pool.open_slots.etl_pool:9|g",
    "airflow.pool.open_slots,pool_name=etl_pool:9|g",
)
# The same with legacy_names_on = False.
_ONLY_TAGS = tuple(line for line in _TAGS if "," in line)


@pytest.fixture(scope="module")
def old_mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("old") / "old.yml"
    file.write_text(_OLD, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def alone(old_mapping: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[Series, float]]:
    """What each mapping shows of the lines without any relay."""
    shown = {}
    for mapping in (old_mapping, _OURS_PLAIN):
        with running(mapping, tmp_path_factory.mktemp("alone")) as exporter:
            exporter.send(_LINES)
            shown[mapping] = _figures(exporter.page())
    return shown


@pytest.fixture(scope="module")
def tags_on(old_mapping: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, Page]:
    """The old exporter after one event without tags and one with, then after its restart and another."""
    with running(old_mapping, tmp_path_factory.mktemp("tags")) as old:
        old.send((*_PLAIN, *_TAGS))
        before = old.page()
        old.kill()
        old.start()
        old.send(_TAGS)
        return before, old.page()


@dataclass(frozen=True, slots=True)
class Pair:
    """Airflow sends to the first, the first relays to the second."""

    first: Exporter
    second: Exporter

    def relayed(self) -> float:
        """Lines that have come from the first: each packet ends in a newline, so it counts one empty line."""
        page = self.second.page()
        return page.value("statsd_exporter_lines_total") - page.value("statsd_exporter_udp_packets_total")

    def wait(self, lines: float) -> None:
        """Until the second has this many lines; what waits in the first is flushed once a second."""
        _until(lambda: self.relayed() >= lines)
        # Events are flushed every 200 ms.
        time.sleep(0.4)


@contextmanager
def _pair(first: Path, second: Path, folder: Path) -> Iterator[Pair]:
    with (
        running(second, folder / "second") as behind,
        running(first, folder / "first", f"--statsd.relay.address={behind.address}") as front,
    ):
        yield Pair(front, behind)


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _figures(page: Page) -> dict[Series, float]:
    """Everything about Airflow: no figure of the exporter itself."""
    own = ("statsd_", "go_", "process_", "promhttp_")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for sample in page.samples
        if not sample.name.startswith(own) and "quantile" not in sample.labels
    }


@pytest.mark.parametrize(
    "old_first", [pytest.param(True, id="old first"), pytest.param(False, id="ours first")]
)
def test_both_show_over_udp_what_each_shows_alone(
    old_mapping: Path, alone: dict[Path, dict[Series, float]], tmp_path: Path, *, old_first: bool
) -> None:
    order = (old_mapping, _OURS_PLAIN) if old_first else (_OURS_PLAIN, old_mapping)
    with _pair(*order, tmp_path) as pair:
        pair.first.send_datagrams(_LINES)
        pair.wait(len(_LINES))
        first, second = pair.first.page(), pair.second.page()
    assert [_figures(first), _figures(second)] == [alone[mapping] for mapping in order]
    assert first.value("statsd_exporter_relay_lines_relayed_total") == len(_LINES)
    assert first.value("statsd_exporter_relay_long_lines_total") == 0
    # Packed: some twenty lines in a packet of at most 1,400 bytes.
    packets = second.value("statsd_exporter_udp_packets_total")
    assert packets == first.value("statsd_exporter_relay_packets_total")
    assert packets < len(_LINES) / 10


def test_the_first_goes_on_without_the_second_and_feeds_it_again(old_mapping: Path, tmp_path: Path) -> None:
    with _pair(old_mapping, _OURS_PLAIN, tmp_path) as pair:
        pair.second.kill()
        pair.first.send_datagrams(_LINES[:500])
        # The last packet of the outage is sent by then.
        time.sleep(1.2)
        assert pair.first.page().value("statsd_exporter_lines_total") == 500
        pair.second.start()
        pair.first.send_datagrams(_LINES[:300])
        pair.wait(300)
        assert pair.relayed() == 300


def test_the_second_sees_nothing_while_the_first_is_down_and_goes_on_after_it(
    old_mapping: Path, tmp_path: Path
) -> None:
    with _pair(old_mapping, _OURS_PLAIN, tmp_path) as pair:
        pair.first.kill()
        shoot(pair.first.udp_port, _LINES[:100])
        pair.first.start()
        pair.first.send_datagrams(_LINES[:300])
        pair.wait(300)
        assert pair.relayed() == 300


def test_a_relay_that_cannot_send_stops_the_first_without_a_sign_but_its_lines(
    old_mapping: Path, tmp_path: Path
) -> None:
    """Nobody can send to port 0; a route that is gone has the same effect. The page still answers."""
    with running(old_mapping, tmp_path / "first", "--statsd.relay.address=127.0.0.1:0") as first:
        shoot(first.udp_port, _LINES[:10])
        # The relay sends once a second, and ends with its first error.
        time.sleep(1.5)
        shoot(first.udp_port, _LINES[:500])
        _until(lambda: first.page().value("statsd_exporter_udp_packets_total") == 510)
        time.sleep(0.5)
        # A queue of 100 lines, one in the hand of the listener, and those before.
        assert first.page().value("statsd_exporter_lines_total") == 10 + 100 + 1


def test_a_name_that_does_not_resolve_ends_the_first_at_once(old_mapping: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"unable to resolve target nobody\.invalid"),
        running(old_mapping, tmp_path / "first", "--statsd.relay.address=nobody.invalid:9125"),
    ):
        pass


def test_tags_count_an_event_twice_in_the_old_mapping(tags_on: tuple[Page, Page]) -> None:
    """The line without a rule falls into the mapped family, from now on with the same labels."""
    before, after = tags_on
    assert before.value("airflow_task_duration_count") == 1 + 1 + 2
    assert before.value("airflow_task_duration_count", dag_id="etl") == 1 + 2
    assert after.value("airflow_task_duration_count", dag_id="etl") == 2
    # Other families only get labels.
    assert before.value("team_task_ends_total", dag="etl", result="success") == 1 + 1


def test_a_gauge_from_before_the_tags_stays_in_the_old_exporter_until_it_restarts(
    tags_on: tuple[Page, Page],
) -> None:
    before, after = tags_on
    assert sorted(map(sorted, before.series("airflow_pool_open_slots"))) == [[], ["pool"], ["pool_name"]]
    assert before.value("airflow_pool_open_slots") == 7 + 9 + 9
    assert sorted(map(sorted, after.series("airflow_pool_open_slots"))) == [["pool"], ["pool_name"]]


def test_without_legacy_names_the_old_mapping_shows_nothing_new(old_mapping: Path, tmp_path: Path) -> None:
    with running(old_mapping, tmp_path) as old:
        old.send(_ONLY_TAGS)
        page = old.page()
    assert page.series("team_task_ends_total") == []
    assert page.value("statsd_exporter_events_unmapped_total") == len(_ONLY_TAGS)


@pytest.mark.parametrize(
    ("mapping", "plain", "tags", "only_tags"),
    [
        # Right before the move to tags and while it goes on, wrong without legacy names.
        pytest.param(_OURS_PLAIN, True, True, False, id="plain mapping"),
        # Wrong as long as Airflow sends no tags, right ever after.
        pytest.param(_OURS_TAGS, False, True, True, id="tags mapping"),
    ],
)
def test_airflow_gets_tags_before_our_mapping_and_loses_legacy_names_after_it(
    mapping: Path, tmp_path: Path, *, plain: bool, tags: bool, only_tags: bool
) -> None:
    sent = {"plain": _PLAIN, "tags": _TAGS, "only_tags": _ONLY_TAGS}
    with running(mapping, tmp_path) as ours:
        ours.send(line.replace("etl", dag) for dag, event in sent.items() for line in event)
        page = ours.page()
    right = {dag: _once(page, dag) for dag in sent}
    assert right == {"plain": plain, "tags": tags, "only_tags": only_tags}


def _once(page: Page, dag: str) -> bool:
    """Whether the task of this DAG ended once, took two seconds once, and its pool is known by name."""
    return (
        page.value("airflow_ti_finish_total", dag_id=dag, task_id="load", state="success"),
        page.value("airflow_task_duration_seconds_count", dag_id=dag),
        page.value("airflow_task_duration_seconds_sum", dag_id=dag),
        page.series("airflow_pool_open_slots").count({"pool_name": f"{dag}_pool"}),
    ) == (1, 1, 2, 1)


@pytest.mark.parametrize("version", ["2.7.3", "3.2.2"])
def test_every_total_is_the_same_with_the_plain_mapping_once_real_airflow_sends_tags(
    version: str, tmp_path: Path
) -> None:
    lines = [line.line for line in recording(f"airflow-{version}-tags")]
    short = version.rsplit(".", 1)[0]
    totals = []
    for profile in (Profile.TAGS, Profile.PLAIN):
        with running(ROOT / path(short, profile), tmp_path / profile.value) as ours:
            ours.send(lines)
            totals.append(_totals(ours.page()))
    assert totals[0]
    assert totals[0] == totals[1]


def _totals(page: Page) -> Counter[str]:
    """Each counter and each histogram's count, over all its series."""
    found: Counter[str] = Counter()
    for sample in page.samples:
        if sample.name.startswith("airflow_") and sample.name.endswith(("_total", "_count")):
            found[sample.name] += int(sample.value)
    return found


def test_lines_without_a_rule_get_the_families_that_the_migration_page_names(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yml"
    empty.write_text("mappings: []\n", encoding="utf-8")
    rows = unknown(peer("chart"))
    values = {Wire.COUNTER: "1|c", Wire.GAUGE: "1|g", Wire.TIMER: "1|ms"}
    with running(empty, tmp_path) as exporter:
        exporter.send(
            f"airflow.{row.line.replace('{', 'x').replace('}', 'x')}:{values[row.wire]}" for row in rows
        )
        page = exporter.page()
    # The parser calls a counter …_total.
    shown = {name.removesuffix("_total") for name in page.families if name.startswith("airflow_")}
    assert {row.family.replace("<", "x").replace(">", "x") for row in rows} == shown
