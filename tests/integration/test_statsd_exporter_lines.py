"""Every line of the catalogue, made up with plain, awkward and long ids, through the real statsd_exporter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lines import Sent, every_line
from tests.support.mappings import PARAMETERS
from tests.support.statsd import ROOT, Exporter, Page, running, without_empty
from windsock.catalog import BY_NAME
from windsock.catalog.statsd import unknown
from windsock.metric import Kind
from windsock.statsd.mapping import path, render
from windsock.statsd.options import Cardinality, Options
from windsock.statsd.rules import emptied_on_unknown_lines
from windsock.wire import Profile

# Beyond the committed files: each other choice once.
_CHOSEN = [
    pytest.param(Options(version="2.11", timer_unit_consistency=True), id="consistent units"),
    pytest.param(
        Options(version="2.11", profile=Profile.DOGSTATSD, timer_unit_consistency=True),
        id="consistent units, dogstatsd",
    ),
    pytest.param(Options(version="2.9", prefix="team.airflow-2", profile=Profile.PLAIN), id="prefix"),
    *(
        pytest.param(
            Options(version=version, profile=profile, cardinality=preset), id=f"{version}-{preset.value}"
        )
        for version, profile in (("2.8", Profile.PLAIN), ("3.3", Profile.TAGS))
        for preset in (Cardinality.MINIMAL, Cardinality.FULL)
    ),
]


@pytest.fixture(scope="module", params=[*PARAMETERS, *_CHOSEN])
def arrived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[Sent], Page]]:
    options: Options = request.param
    folder = tmp_path_factory.mktemp("lines")
    mapping = ROOT / path(options.version, options.profile)
    if mapping.read_text() != render(options):
        mapping = folder / "mapping.yml"
        mapping.write_text(render(options))
    sent = list(every_line(options))
    with running(mapping, folder) as exporter:
        exporter.send(one.text for one in sent)
        yield sent, exporter.page()


def test_every_line_becomes_the_series_that_the_catalogue_says(arrived: tuple[list[Sent], Page]) -> None:
    sent, page = arrived
    expected: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for one in sent:
        if one.series:
            family, labels, value = one.series
            key = (family, frozenset(labels.items()))
            gauge = family in BY_NAME and BY_NAME[family].kind is Kind.GAUGE
            expected[key] = value if gauge else expected.get(key, 0) + value
    shown = {
        (sample.name, frozenset(without_empty(sample.labels).items())): sample.value
        for sample in page.samples
        if sample.name.startswith("airflow_") and not re.search(r"_(bucket|count|created)$", sample.name)
    }
    assert shown == pytest.approx(expected)


def test_no_line_of_the_catalogue_is_unmapped_or_unknown(arrived: tuple[list[Sent], Page]) -> None:
    sent, page = arrived
    assert page.value("statsd_exporter_events_unmapped_total") == 0
    assert not [metric for metric in unknown.METRICS if metric.name in page.families]
    dropped = sum(one.series is None for one in sent)
    assert page.value("statsd_exporter_events_actions_total", action="drop") == dropped
    assert page.value("statsd_exporter_events_error_total") == 0


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    with running(ROOT / path("3.3", Profile.TAGS), tmp_path_factory.mktemp("exporter")) as started:
        yield started


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param("airflow.brand_new.things:3|c", unknown.UNKNOWN_COUNTER.name, id="counter"),
        pytest.param("airflow.brand_new.level:4|g", unknown.UNKNOWN_GAUGE.name, id="gauge"),
        pytest.param("airflow.brand_new.wait:1500|ms", f"{unknown.UNKNOWN_TIMER}_count", id="timer"),
        pytest.param("airflow.ti.start:7|g", unknown.UNKNOWN_GAUGE.name, id="known name, other type"),
        pytest.param(
            "airflow.ti.start.x:1|c", unknown.UNKNOWN_COUNTER.name, id="legacy name with an id too few"
        ),
    ],
)
def test_an_unknown_line_arrives_in_the_unknown_family_of_its_type(
    exporter: Exporter, line: str, name: str
) -> None:
    before, mapped = exporter.page().value(name), exporter.page().value("statsd_exporter_events_total")
    exporter.send_datagram(line)
    page = exporter.page()
    assert page.value(name) > before or line.endswith("|g")
    assert name.removesuffix("_count") in page.families
    assert page.value("statsd_exporter_events_total") == mapped + 1
    assert not [family for family in page.families if "brand_new" in family]


def test_on_unknown_lines_the_tags_of_airflow_are_emptied_and_others_stay(exporter: Exporter) -> None:
    known = ",".join(f"{tag}=secret" for tag in emptied_on_unknown_lines())
    exporter.send_datagram(f"airflow.brand_new.load,{known},table=orders:1|c")
    series = exporter.page().series(unknown.UNKNOWN_COUNTER.name)
    assert {"table": "orders"} in series
    assert "secret" not in str(series)


def test_a_line_without_our_prefix_passes_as_statsd_exporter_makes_it(exporter: Exporter) -> None:
    exporter.send_datagram("shop.checkout.paid:2|c")
    page = exporter.page()
    assert "\nshop_checkout_paid 2\n" in page.text
    assert page.value("statsd_exporter_events_unmapped_total") == 1


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(",a=b:1|c", id="only an InfluxDB tag"),
        pytest.param("#a=b:1|c", id="only a Librato tag"),
        pytest.param("[a=b]:1|c", id="only a SignalFX tag"),
        pytest.param("]a[:1|c", id="brackets the wrong way round"),
        pytest.param("airflow.]a[:1|ms", id="brackets the wrong way round in a timer"),
    ],
)
def test_a_hostile_line_neither_ends_the_process_nor_breaks_the_page(exporter: Exporter, line: str) -> None:
    exporter.send_datagram(line)
    assert exporter.page().families


def test_a_gauge_goes_when_its_time_is_over_and_a_counter_stays(tmp_path: Path) -> None:
    short = tmp_path / "short.yml"
    text = (ROOT / path("3.3", Profile.TAGS)).read_text()
    short.write_text(re.sub(r"ttl: \w+", "ttl: 1s", text))
    with running(short, tmp_path) as started:
        started.send(["airflow.pool.open_slots,pool_name=dwh:3|g", "airflow.ti.start,dag_id=a,task_id=b:1|c"])
        for _ in range(40):
            page = started.page()
            if not page.series("airflow_pool_open_slots"):
                break
            started.send(["airflow.scheduler_heartbeat:1|c"])
        assert not page.series("airflow_pool_open_slots")
        assert page.value("airflow_ti_start_total") == 1
