"""docs/alerts-coverage.md names every alert, and no other."""

from __future__ import annotations

import re

import pytest

from tests.alerts.rules_under_test import ALERTS, ROOT

PAGE = (ROOT / "docs" / "alerts-coverage.md").read_text(encoding="utf-8")
RULES = re.findall(r"^\| (\d+) \| (.*?) \| (.*?) \| (.*?) ?\|$", PAGE, re.MULTILINE)
BY_NAME = {alert.name: alert for alert in ALERTS}


def named(text: str) -> set[str]:
    return {
        name
        for name in re.findall(r"`(\w+)`", text)
        if re.match(r"(Airflow|Windsock|Statsd|Alert|Watch)", name)
    }


def test_every_rule_of_the_union_has_its_row() -> None:
    assert [int(number) for number, *_ in RULES] == list(range(1, 54))


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in RULES])
def test_a_row_names_alerts_or_says_why_there_is_none(row: tuple[str, str, str, str]) -> None:
    _, _, here, note = row
    assert named(here) or (here == "–" and len(note) > 40)


def test_every_named_alert_exists() -> None:
    assert named(PAGE) - BY_NAME.keys() == set()


def test_every_alert_is_named() -> None:
    assert BY_NAME.keys() - named(PAGE) == set()


def test_what_is_opt_in_is_marked_so() -> None:
    marked = {
        (name, bool(mark)) for _, _, here, _ in RULES for name, mark in re.findall(r"`(\w+)`( \(o\))?", here)
    }
    assert {(name, opt_in) for name, opt_in in marked if BY_NAME[name].optional != opt_in} == set()
