"""What tables join: a row keeps its value, gets labels once, and stays where there is nothing to get."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.alerts.rules_under_test import tool
from windsock.catalog import sla
from windsock_dashboards.boards.slas import explained
from windsock_dashboards.shapes.promql import Scope

_SLA = ("sla", "dag_id")


def test_rows_get_labels_from_what_is_known_of_them_and_those_without_stay(tmp_path: Path) -> None:
    scope = Scope(several=False)
    expr = explained(scope, scope.max(sla.SLA_LATE, *_SLA, keep="> 0")).replace("$airflow", "p")
    of = 'airflow="p", sla="s"'
    series = {
        f'{sla.SLA_LATE}{{{of}, dag_id="known", instance="1"}}': 5,
        f'{sla.SLA_LATE}{{{of}, dag_id="known", instance="2"}}': 4,
        f'{sla.SLA_LATE}{{{of}, dag_id="unknown"}}': 7,
        f'{sla.SLA_LATE}{{{of}, dag_id="in time"}}': 0,
        f'{sla.SLA_LATE}{{{of}, dag_id="of others"}}': 9,
        f'{sla.SLA_CAUSE}{{{of}, dag_id="known", cause="paused"}}': 1,
        f'{sla.SLA_INFO}{{{of}, dag_id="known", team="old", severity="page", instance="1"}}': 1,
        f'{sla.SLA_INFO}{{{of}, dag_id="known", team="old", severity="page", instance="2"}}': 1,
        f'{sla.SLA_INFO}{{{of}, dag_id="in time", team="old", severity="page"}}': 1,
        f'{sla.SLA_INFO}{{{of}, dag_id="of others", team="other", severity="page"}}': 1,
    }
    expected = {
        f'{{{of}, dag_id="known", cause="paused", team="old", severity="page"}}': 5,
        f'{{{of}, dag_id="unknown"}}': 7,
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": f"{value}x3"} for name, value in series.items()],
        "promql_expr_test": [
            {
                "expr": expr.replace("$team", "old"),
                "eval_time": "2m",
                "exp_samples": [{"labels": name, "value": value} for name, value in expected.items()],
            }
        ],
    }
    file = tmp_path / "join.test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}), encoding="utf-8")
    result = tool("promtool", "test", "rules", file)
    assert result.returncode == 0, result.stdout + result.stderr
