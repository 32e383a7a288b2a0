"""The pages for people who move over: complete, without repetition, and every name on them is real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import promql_parser as promql
import pytest
import yaml

from windsock.catalog import BY_NAME
from windsock.metric import Kind, Metric, Unit
from windsock.migration.pages import page, query, same_names
from windsock.migration.peer import NAMES, Family, MigrationError, Selector, peer
from windsock.migration.unknown import lines, unknown
from windsock.statsd import flags
from windsock.wire import Line, shape

# Every family of each peer, listed from its own files and not from ours.
FAMILIES = Path(__file__).parents[1] / "data" / "migration"
SIDE_BY_SIDE = (Path(__file__).parents[2] / "docs/migration/side-by-side.md").read_text(encoding="utf-8")

every_peer = pytest.mark.parametrize("name", NAMES)


def families_of(name: str) -> list[str]:
    return (FAMILIES / f"{name}.txt").read_text(encoding="utf-8").split()


def fed_by(family: Family) -> list[tuple[Metric, Line]]:
    """What the lines of a row feed here."""
    wanted = {shape(line) for line in family.lines}
    return [
        (metric, line) for name, _, metric, line, _ in lines() if metric and line and shape(name) in wanted
    ]


@every_peer
def test_every_family_of_the_peer_has_one_row(name: str) -> None:
    assert sorted(family.family for family in peer(name).families) == families_of(name)


@every_peer
def test_no_family_stands_twice_on_a_page(name: str) -> None:
    first_cells = re.findall(r"^\| `([^`]+)` \|", page(name), re.MULTILINE)
    assert [cell for cell, times in Counter(first_cells).items() if times > 1] == []
    assert set(families_of(name)) <= set(first_cells)


@pytest.mark.parametrize("name", ["chart", "databand", "datadog"])
def test_a_mapping_that_drops_nothing_has_a_row_for_every_line_of_the_catalogue(name: str) -> None:
    one = peer(name)
    known = {shape(line) for family in one.families for line in family.lines}
    known |= {shape(row.line) for row in unknown(one)}
    assert {shape(line) for line, *_ in lines()} - known == set()


@every_peer
def test_a_line_that_no_airflow_of_the_catalogue_sends_is_explained(name: str) -> None:
    sent = {shape(line) for line, *_ in lines()}
    for family in peer(name).families:
        if {shape(line) for line in family.lines} - sent:
            assert family.why or family.note, family.family


@every_peer
def test_lines_of_a_row_feed_the_metric_that_the_row_names(name: str) -> None:
    for family in peer(name).families:
        fed = fed_by(family)
        if fed and family.now:
            assert {selector.metric for selector in family.selectors} == {metric for metric, _ in fed}
            for selector in family.selectors:
                fixed = [dict(line.fixed) for metric, line in fed if metric == selector.metric]
                assert dict(selector.where) in fixed, family.family


@every_peer
def test_durations_say_their_unit_and_become_seconds(name: str) -> None:
    for family in peer(name).families:
        assert family.unit or family.kind != "summary", family.family
        if family.unit:
            assert {selector.metric.unit for selector in family.selectors} <= {Unit.SECONDS}, family.family


@every_peer
def test_counters_become_counters_and_summaries_histograms(name: str) -> None:
    expected = {"counter": Kind.COUNTER, "rate": Kind.COUNTER, "summary": Kind.HISTOGRAM}
    for family in peer(name).families:
        # A counter there that Airflow sends as a gauge.
        if family.kind in expected and "Airflow sends a gauge" not in family.note:
            assert {selector.metric.kind for selector in family.selectors} <= {expected[family.kind]}, family


@every_peer
def test_queries_parse_and_name_only_our_series(name: str) -> None:
    for family in peer(name).families:
        ours = {str(selector.metric) for selector in family.selectors}
        for text in query(family).splitlines():
            promql.parse(text)
            named = set(re.findall(r"\bairflow_[a-z0-9_]+", re.sub(r'"[^"]*"', "", text)))
            stems = {re.sub(r"_(bucket|sum|count)$", "", one) for one in named}
            assert stems, text
            assert stems <= ours, text


@every_peer
def test_families_in_running_text_are_in_the_catalogue(name: str) -> None:
    one = peer(name)
    texts = [one.about, *(f"{family.why} {family.note}" for family in one.families)]
    named = set(re.findall(r"\bairflow_[a-z0-9]+_[a-z0-9_]+\b", " ".join(texts)))
    assert named <= BY_NAME.keys()


def test_the_chart_and_we_share_names_of_gauges_only() -> None:
    shared = same_names(peer("chart"))
    assert {"airflow_pool_open_slots", "airflow_dagbag_size", "airflow_executor_open_slots"} <= set(shared)
    assert {BY_NAME[name].kind for name in shared} == {Kind.GAUGE}
    assert f"regex: {'|'.join(shared)}\n" in page("chart")


@pytest.mark.parametrize("name", ["databand", "datadog", "epoch8"])
def test_other_prefixes_share_no_name_with_us(name: str) -> None:
    assert same_names(peer(name)) == ()
    assert "metric_relabel_configs" not in page(name)


def test_a_line_without_a_rule_has_the_family_that_statsd_exporter_gives_it() -> None:
    found = {row.line: row.family for row in unknown(peer("chart"))}
    assert found["ti.start.{dag_id}.{task_id}"] == "airflow_ti_start_<dag_id>_<task_id>"
    # The name of a mapped family, too: that is why sums are doubled there.
    assert found["dagrun.dependency-check"] == "airflow_dagrun_dependency_check"
    assert "there also holds `dagrun.schedule_delay`, which has no rule: each event a second time" in page(
        "chart"
    )


def test_seconds_that_airflow_calls_milliseconds_are_marked() -> None:
    rows = {row.line: row for row in unknown(peer("chart"))}
    assert "3.3" in rows["dag_processing.last_duration.{bundle_name}.{file_name}"].too_small
    assert "2.11" in rows["dag.{dag_id}.{task_id}.queued_duration"].too_small
    assert rows["dagrun.duration.success"].too_small == ()


def test_the_guide_starts_the_second_exporter_with_the_flags_that_we_ship() -> None:
    shipped = flags.arguments(mapping="m", web="w", udp="u")
    same_everywhere = [flag for flag in shipped if flag.split("=")[-1] not in {"m", "w", "u"}]
    assert same_everywhere
    for flag in same_everywhere:
        # On the command line, in compose and in the manifest; one flag ends in `=`.
        assert len(re.findall(rf"{re.escape(flag)}(?=\s)", SIDE_BY_SIDE)) == 3, flag


def test_yaml_and_queries_of_the_guide_parse() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", SIDE_BY_SIDE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert list(yaml.safe_load_all(block))
    text = re.sub(r"^```.*?^```$", "", SIDE_BY_SIDE, flags=re.MULTILINE | re.DOTALL)
    code = "".join(re.findall(r"^    (?:statsd_exporter_|sum\(|rate\(|  [-+] ).*\n", text, re.MULTILINE))
    asked = [line for line in re.sub(r"\n +([-+])", r" \1", code).split("\n") if line]
    assert len(asked) == 6
    for one in asked:
        promql.parse(one)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("airflow_no_such_thing", "no such metric", id="metric"),
        pytest.param('airflow_ti_start_total{pool="x"}', "no such label", id="label"),
        pytest.param("airflow_ti_start_total{dag_id=x}", "no such label", id="quotes"),
        pytest.param("rate(airflow_ti_start_total[5m])", "not a name", id="expression"),
    ],
)
def test_a_selector_of_something_that_does_not_exist_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(MigrationError, match=wrong):
        Selector.parse(text)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        pytest.param({}, "either `now` or `why`", id="neither"),
        pytest.param({"now": ["airflow_dagbag_size"], "why": "x"}, "either `now` or `why`", id="both"),
        pytest.param(
            {"now": ["airflow_dagbag_size"], "labels": {"dag": "dag_id"}}, "no such label here", id="label"
        ),
        pytest.param({"now": ["airflow_dagbag_size", "airflow_dags"]}, "need a `query`", id="two families"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(row: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Family.model_validate({"family": "there", "kind": "gauge", **row})
