"""The user's own rules and metrics beside ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from windsock.cli import root
from windsock.errors import BadInput

_OK = """\
mappings:
  - match: shop.checkout.*
    name: shop_checkouts_total
    labels: {step: $1, code: 200}
  - match: ^airflow\\.ours\\.(.+)$
    match_type: regex
    match_metric_type: gauge
    name: ours_level
    help: How full it is.
    ttl: 5m
    labels: {what: $1}
"""


def _mapping(tmp_path: Path, text: str, *arguments: str) -> Result:
    extra = tmp_path / "ours.yml"
    extra.write_text(text)
    return CliRunner().invoke(
        root, ["statsd", "mapping", "--airflow", "3.3", "--extra", str(extra), *arguments]
    )


def _entries(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.exception
    found: list[dict[str, Any]] = yaml.safe_load(result.output)["mappings"]
    return found


def test_rules_of_the_user_are_merged_where_statsd_exporter_finds_them(tmp_path: Path) -> None:
    entries = _entries(_mapping(tmp_path, _OK))
    matches = [entry["match"] for entry in entries]
    glob, expression = entries[matches.index("shop.checkout.*")], matches.index("^airflow\\.ours\\.(.+)$")
    assert glob["labels"] == {"step": "$1", "code": "200"}
    assert entries[expression]["ttl"] == "5m"
    assert entries[expression + 1]["match"] == "^airflow\\."
    shorter = [match for match in matches[: matches.index("shop.checkout.*")] if "\\" not in match]
    assert max(match.count(".") for match in shorter) <= 2


@pytest.mark.parametrize(
    ("rule", "place", "said"),
    [
        pytest.param("{match: a.b, nam: x}", "ours.yml:2: mappings.0.name: is missing", "", id="key missing"),
        pytest.param(
            "{match: a.b, name: x_y, ttll: 5m}", "ours.yml:2: mappings.0.ttll", "did you mean ttl", id="key"
        ),
        pytest.param("{match: a.b*, name: x_y}", "ours.yml:2: mappings.0.match", "is no glob", id="glob"),
        pytest.param(
            "{match: '(', match_type: regex, name: x_y}",
            "mappings.0.match",
            "not a regular expression",
            id="regex",
        ),
        pytest.param(
            "{match: '(?!a)b', match_type: regex, name: x_y}",
            "mappings.0.match",
            "not in RE2",
            id="look-around",
        ),
        pytest.param("{match: a.b, name: x-y}", "mappings.0.name", "cannot be a metric's name", id="name"),
        pytest.param(
            "{match: a.b, name: xy, labels: {a: b}}", "mappings.0.labels", "cannot be a label", id="label"
        ),
        pytest.param(
            "{match: a.b, name: x_y, ttl: 60}", "mappings.0.ttl", "nanoseconds", id="ttl without unit"
        ),
        pytest.param(
            "{match: a.b, name: airflow_ti_start_total}",
            "mappings.0.name",
            "is a family of ours",
            id="our family",
        ),
        pytest.param(
            "{match: airflow.pool.open_slots.*, name: x_y}",
            "ours.yml:2: mappings.0.match",
            "our rule",
            id="glob that we have",
        ),
        pytest.param(
            "{match: airflow.pool.open_slots.dwh, name: x_y}",
            "mappings.0.match",
            "'airflow.pool.open_slots.*', which drops them (twin)",
            id="glob for one id of ours",
        ),
        pytest.param(
            "{match: airflow.*.start, name: x_y}", "mappings.0.match", "'airflow.ti.start'", id="wide glob"
        ),
        pytest.param(
            "{match: ., match_type: regex, name: x_y, action: drop}",
            "mappings.0.match",
            "takes lines of Airflow from our rule",
            id="catch-all",
        ),
        pytest.param(
            "{match: '^airflow\\.ti_failures$', match_type: regex, name: x_y}",
            "mappings.0.match",
            "airflow_ti_failures_total",
            id="expression for one name of ours",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, rule: str, place: str, said: str
) -> None:
    result = _mapping(tmp_path, f"mappings:\n  - {rule}\n")
    assert isinstance(result.exception, BadInput)
    text = str(result.exception)
    assert place in text
    assert said in text
    assert "\n" not in text


def test_the_place_of_our_rule_is_its_number_in_the_mapping(tmp_path: Path) -> None:
    text = str(_mapping(tmp_path, "mappings:\n- {match: airflow.ti_failures, name: x_y}\n").exception)
    number = int(re.search(r"our rule (\d+)", text)[1])  # type: ignore[index]
    ours = _entries(CliRunner().invoke(root, ["statsd", "mapping", "--airflow", "3.3"]))
    assert ours[number - 1]["match"] == "airflow.ti_failures"
    assert "(windsock statsd mapping --airflow 3.3 --profile tags prints it)" in text


def test_a_rule_for_another_type_than_ours_takes_nothing(tmp_path: Path) -> None:
    rule = "{match: airflow.ti_failures, match_metric_type: gauge, name: x_y}"
    assert _entries(_mapping(tmp_path, f"mappings:\n- {rule}\n"))


def test_a_rule_that_stands_twice_names_both_lines(tmp_path: Path) -> None:
    result = _mapping(tmp_path, "mappings:\n- {match: a.b, name: x_y}\n- {match: a.b, name: y_z}\n")
    assert "ours.yml:3: mappings.1.match: stands twice, first in line 2" in str(result.exception)


def test_defaults_of_the_user_are_refused(tmp_path: Path) -> None:
    result = _mapping(tmp_path, "defaults: {ttl: 5m}\nmappings: []\n")
    assert "ours.yml:1: defaults: unknown key (known: mappings)" in str(result.exception)


def test_own_metrics_pass_before_the_unknown_rules() -> None:
    arguments = ["statsd", "mapping", "--airflow", "3.3", "--custom-prefix", "my_company"]
    entries = _entries(CliRunner().invoke(root, arguments))
    own = [entry for entry in entries if "my_company" in entry["match"]]
    assert [entry["name"] for entry in own] == ["airflow_${1}"] * 2
    assert [entry.get("match_metric_type") for entry in own] == ["observer", None]
    assert entries[entries.index(own[-1]) + 1]["match"] == "^airflow\\."


@pytest.mark.parametrize("own", ["ti", "dag_processing", "pool.open_slots", "dagbag_size"])
def test_a_prefix_of_airflow_is_no_custom_prefix(own: str) -> None:
    result = CliRunner().invoke(root, ["statsd", "mapping", "--airflow", "3.3", "--custom-prefix", own])
    assert f"--custom-prefix: {own!r} is the beginning of Airflow's own {own}" in str(result.exception)
