"""What Grafana gets: nothing that it ignores, nothing that it would change, nothing that overlaps."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins

from windsock import __version__
from windsock.catalog import BY_NAME
from windsock_dashboards import build
from windsock_dashboards.queries import panels as asking
from windsock_dashboards.shapes import panels
from windsock_dashboards.shapes.links import BOARDS
from windsock_dashboards.shapes.shown import Shown

with warnings.catch_warnings():
    # The SDK prefers the v2 model, which Grafana's file provisioning refuses.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()

BUILT = build.boards(build.Settings())
_UIDS = {
    "windsock-overview",
    "windsock-late",
    "windsock-platform",
    "windsock-queues",
    "windsock-dag",
    "windsock-monitoring",
    "windsock-team",
    "windsock-delivery",
    "windsock-practices",
    "windsock-assets",
    "windsock-metadb",
    "windsock-everything",
}
_UNITS = {shown.value for shown in Shown} | {"s", "short", "percent", "bytes", "bool_yes_no", "none"}
_OWN_OF_GRAFANA = {"__url_time_range", "__rate_interval", "__range", "__interval"}
_OWN_OF_GRAFANA |= {"__data", "__field", "__value"}

each = pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])


def test_uids_and_titles_are_the_published_ones() -> None:
    assert {board["uid"] for board in BUILT} == _UIDS == {sibling.uid for sibling in BOARDS}
    assert {board["title"] for board in BUILT} == {sibling.title for sibling in BOARDS}


@each
def test_grafanas_own_models_lose_no_key(board: dict[str, Any]) -> None:
    model = Dashboard.from_json(json.loads(json.dumps(board)))
    back = json.loads(JSONEncoder(sort_keys=True).encode(model))
    assert list(_lost(board, back)) == []


@each
def test_the_dashboard_is_of_the_last_classic_schema_and_read_only(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] == 42
    assert board["editable"] is False
    assert "DO NOT EDIT" in board["description"]
    assert f"windsock-v{__version__}" in board["tags"]
    assert "version" not in board


@each
def test_panel_ids_are_unique(board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


def test_a_panel_id_depends_on_board_and_key_alone() -> None:
    # Links and annotations outside of this repository hold these numbers.
    assert panels.panel_id("windsock-late", "breached") == 588650
    assert panels.panel_id("windsock-dag", "duration") == 571659


@each
def test_panels_do_not_overlap_and_fit_the_grid(board: dict[str, Any]) -> None:
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


@each
def test_every_panel_asks_a_question_and_explains_the_answer(board: dict[str, Any]) -> None:
    for panel in asking(board):
        # The list of everything has metrics for titles.
        assert panel["title"].endswith("?") or panel["title"] in BY_NAME, panel["title"]
        for answer in ("**Normal:**", "**Not normal:**", "**Next:**"):
            assert answer in panel["description"], panel["title"]
        assert panel["targets"], panel["title"]


@each
def test_every_unit_is_one_that_grafana_knows(board: dict[str, Any]) -> None:
    for panel in asking(board):
        units = [panel["fieldConfig"]["defaults"]["unit"]]
        units += [
            p["value"]
            for o in panel["fieldConfig"]["overrides"]
            for p in o["properties"]
            if p["id"] == "unit"
        ]
        assert set(units) <= _UNITS, panel["title"]


@each
def test_stat_and_gauge_carry_a_plugin_version(board: dict[str, Any]) -> None:
    assert all(panel["pluginVersion"] == panels.PLUGIN_VERSION for panel in asking(board))


@each
def test_the_first_threshold_is_null_and_the_others_are_numbers_that_rise(board: dict[str, Any]) -> None:
    for found in _dicts(board):
        steps = found.get("steps")
        if isinstance(steps, list):
            first, *rest = [step["value"] for step in steps]
            assert first is None
            assert rest == sorted(rest)


@each
def test_the_data_source_is_always_the_variable(board: dict[str, Any]) -> None:
    found = [item["datasource"] for item in _dicts(board) if "datasource" in item]
    assert found
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in found)


@each
def test_variables_are_used_and_those_used_are_defined(board: dict[str, Any]) -> None:
    defined = {variable["name"] for variable in board["templating"]["list"]}
    text = json.dumps({key: value for key, value in board.items() if key != "templating"})
    text += json.dumps([variable["query"] for variable in board["templating"]["list"]])
    used = set(re.findall(r"\$\{?([A-Za-z_]\w*)", text)) - _OWN_OF_GRAFANA
    assert used == defined


@each
def test_links_lead_to_known_dashboards_with_time_and_variables(board: dict[str, Any]) -> None:
    for link in board["links"]:
        assert "windsock" in link["tags"] or link["url"]
        if link["url"].startswith("/d/"):
            assert link["url"].removeprefix("/d/") in _UIDS - {board["uid"]}
            assert link["keepTime"]
            assert link["includeVars"]
    for panel in asking(board):
        for url in _data_links(panel):
            if url.startswith("/d/"):
                uid, _, query = url.removeprefix("/d/").partition("?")
                assert uid in _UIDS
                assert "${__url_time_range}" in query
                assert "${datasource:queryparam}" in query
                assert "var-airflow=" in query
            else:
                assert re.fullmatch(
                    r"\$\{windsock\}/(?:(?:go/)?dags|runbooks)/\$\{[\w.]+:percentencode\}(?:/[a-z-]+)?", url
                ), url


@each
def test_a_dag_in_a_table_leads_to_its_dashboard_and_its_run(board: dict[str, Any]) -> None:
    for panel in asking(board):
        if panel["type"] == "table" and "dag_id" in json.dumps(panel["transformations"]):
            urls = list(_data_links(panel))
            assert any("var-dag_id=${__data.fields.dag_id:percentencode}" in url for url in urls), panel[
                "title"
            ]
            assert any(url.endswith("/latest") for url in urls), panel["title"]


@each
def test_tables_ask_for_now_and_keep_the_airflow_for_their_links(board: dict[str, Any]) -> None:
    for panel in asking(board):
        if panel["type"] == "table":
            assert all(target["instant"] and target["format"] == "table" for target in panel["targets"])
            if any("__data.fields.airflow" in url for url in _data_links(panel)):
                names = panel["transformations"][1]["options"]["include"]["names"]
                assert "airflow" in names, panel["title"]


@each
def test_numbers_and_bars_ask_for_now_so_that_a_series_that_ended_is_no_data(board: dict[str, Any]) -> None:
    for panel in asking(board):
        if panel["type"] in {"stat", "bargauge"}:
            assert all(target["instant"] for target in panel["targets"]), panel["title"]


@each
def test_graphs_of_several_series_name_them(board: dict[str, Any]) -> None:
    for panel in asking(board):
        if panel["type"] in {"timeseries", "state-timeline"}:
            assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]


@each
def test_where_several_airflows_may_be_chosen_every_series_names_its_own(board: dict[str, Any]) -> None:
    airflow = next(v for v in board["templating"]["list"] if v["name"] == "airflow")
    for panel in asking(board):
        for target in panel["targets"]:
            legend, expr = target["legendFormat"], target["expr"]
            if airflow["multi"] and legend and "airflow" in expr:
                assert "{{airflow}}" in legend, panel["title"]


def _lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths of what is gone or changed; what the model adds are its defaults."""
    match before:
        case dict():
            for key, value in before.items():
                if isinstance(after, dict) and key in after:
                    yield from _lost(value, after[key], f"{path}.{key}")
                else:
                    yield f"{path}.{key}"
        case list() if isinstance(after, list) and len(after) == len(before):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from _lost(one, other, f"{path}[{index}]")
        case _ if before != after:
            yield path


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _dicts(item)


def _data_links(panel: dict[str, Any]) -> Iterator[str]:
    for found in _dicts(panel["fieldConfig"]):
        for key in ("links", "value"):
            links = found.get(key)
            if isinstance(links, list):
                yield from (link["url"] for link in links if isinstance(link, dict) and "url" in link)
