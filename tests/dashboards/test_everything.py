"""The dashboard of everything leaves nothing out, and costs nothing until a row is opened."""

from __future__ import annotations

from tests.support.dashboard_reading import expressions, family, selectors
from windsock.catalog import BY_NAME, METRICS
from windsock_dashboards import build
from windsock_dashboards.shapes.layout import every_panel, text

(EVERYTHING,) = build.boards(build.Settings(), only=["everything"])


def test_every_metric_of_the_catalogue_has_a_panel_below_its_subject() -> None:
    shown = {panel["title"]: row for row, panel in every_panel(EVERYTHING) if "targets" in panel}
    assert shown == {metric.name: metric.subject for metric in METRICS}


def test_a_panel_asks_for_its_own_metric_alone() -> None:
    for title, expr in expressions(EVERYTHING):
        assert {family(selector.name) for selector in selectors(expr)} == {title}


def test_each_row_is_closed_and_nothing_stands_beside_the_rows() -> None:
    assert all(panel["type"] == "row" and panel["collapsed"] for panel in EVERYTHING["panels"])


def test_a_panel_says_what_its_metric_is_and_who_has_it() -> None:
    for _, panel in every_panel(EVERYTHING):
        if "targets" in panel:
            assert BY_NAME[panel["title"]].help in panel["description"]
            assert "needs" in panel["fieldConfig"]["defaults"]["noValue"]


def test_it_is_smaller_than_a_megabyte() -> None:
    assert len(text(EVERYTHING).encode()) < 1_000_000
