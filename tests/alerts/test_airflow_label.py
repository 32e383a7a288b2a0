"""The label that says which Airflow it is may be called otherwise: rules, routes, and commands that ask."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.rules_under_test import ALERTS, GENERATED, GROUPS, OWNERS, SETTINGS, TESTS, tool
from tests.alerts.test_per_airflow import AIRFLOWS
from windsock import airflow_label
from windsock.artifact import to_yaml
from windsock.errors import BadInput
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

OWN = SETTINGS.model_copy(update={"airflow_label": "cluster"})
# A label in a series, a list or a mapping of a test; `var-airflow` is a dashboard's.
_LABEL = re.compile(r"(?<=[{( ])airflow(?=[=:),])")


@pytest.mark.parametrize("name", ["pages", "inhibitors", "queues", "sla"])
def test_alerts_behave_the_same_under_another_label(name: str, tmp_path: Path) -> None:
    for group in GROUPS:
        path = tmp_path / f"windsock-{group.subject}.rules.yaml"
        path.write_text(to_yaml(group.render(OWN)), encoding="utf-8")
    text = (TESTS / f"{name}.test.yaml").read_text(encoding="utf-8")
    test = tmp_path / "x.test.yaml"
    changed = _LABEL.sub("cluster", text).replace("../../alerts/generated", str(tmp_path))
    test.write_text(changed, encoding="utf-8")
    result = tool("promtool", "test", "rules", test)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_rule_reads_the_label_by_its_usual_name() -> None:
    for alert in ALERTS:
        rule = airflow_label.in_rule(alert.render(OWN), "cluster")
        assert "airflow" not in _labels_of(rule["expr"]), alert.name
        for text in (*rule["annotations"].values(), *rule.get("labels", {}).values()):
            assert "labels.airflow" not in text, alert.name
            assert "{airflow=" not in text, alert.name


def _labels_of(expr: str) -> set[str]:
    """Label names as Prometheus' own grammar reads the expression."""
    text = str(promql_parser.parse(expr))
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    return set(re.findall(r"[A-Za-z_:][A-Za-z0-9_:]*", outside))


def test_an_airflow_may_be_called_airflow() -> None:
    expr = 'a unless on (airflow) (label_replace(vector(1), "airflow", "airflow", "", ""))'
    assert airflow_label.in_expr(expr, "x") == (
        'a unless on (x) (label_replace(vector(1), "x", "airflow", "", ""))'
    )


def test_settings_of_single_airflows_keep_to_the_label(tmp_path: Path) -> None:
    own = {"thresholds": {"dag_overdue": "1h"}, "urls": {"windsock": "https://x.example"}}
    text = yaml.safe_dump(
        {"airflow_label": "cluster", "airflows": dict.fromkeys(AIRFLOWS, own)}, allow_unicode=True
    )
    made = parse(text, Settings, name="alerts.yaml")
    for group in build.groups(made, "platform"):
        path = tmp_path / f"{group.subject}.yaml"
        path.write_text(to_yaml(group.render(made)), encoding="utf-8")
        result = tool("promtool", "check", "rules", "--lint=none", path)
        assert result.returncode == 0, result.stdout + result.stderr
        assert 'vector(1), "airflow"' not in path.read_text(encoding="utf-8")


def test_routes_group_and_inhibit_by_it() -> None:
    usual = to_yaml(alertmanager(SETTINGS, OWNERS, name="owners.yaml"))
    own = alertmanager(OWN, OWNERS, name="owners.yaml")
    text = to_yaml(own)
    assert text.count("- cluster\n") == usual.count("- airflow\n") > 0
    assert "- airflow\n" not in text
    assert all("cluster" in rule["equal"] for rule in own["inhibit_rules"])
    assert ".CommonLabels.airflow" not in text


def test_without_a_word_nothing_changes() -> None:
    committed = yaml.safe_load((GENERATED / "alertmanager.yaml").read_text(encoding="utf-8"))
    assert alertmanager(SETTINGS, OWNERS, name="x") == committed
    rule = ALERTS[0].render(SETTINGS)
    assert airflow_label.in_rule(rule, "airflow") is rule


@given(name=st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), value=st.text(max_size=6))
def test_a_value_that_looks_like_the_label_stays(name: str, value: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    expr = f'airflow_x{{airflow={quoted}, y="airflow", z!~" airflow "}}'
    assert airflow_label.in_expr(expr, name) == f'airflow_x{{{name}={quoted}, y="airflow", z!~" airflow "}}'


@pytest.mark.parametrize("label", ["team", "dag_id", "severity", "instance", "job", "a-b", "__name__"])
def test_a_name_that_means_something_else_is_refused(label: str, tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text(f"airflow_label: {label}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"alerts\.yaml:1: airflow_label"):
        build.read_settings(path)


def test_what_comes_from_outside_has_our_name_again() -> None:
    labels = {"cluster": "prod", "team": "x"}
    assert airflow_label.ours(labels, "cluster") == {"airflow": "prod", "team": "x"}
    silence = {"id": "1", "matchers": [{"name": "airflow", "value": "prod"}]}
    outside = airflow_label.in_silence(silence, "cluster")
    assert outside["matchers"][0]["name"] == "cluster"
    assert airflow_label.our_silence(outside, "cluster") == silence
    assert airflow_label.in_matcher('airflow="prod"', "cluster") == 'cluster="prod"'
    assert airflow_label.in_matcher('airflow_team="x"', "cluster") == 'airflow_team="x"'
