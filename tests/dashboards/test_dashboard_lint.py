"""Every dashboard keeps every rule, and every rule finds what it is there for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import dashboard_lint
from tests.support.dashboard_lint import RULES
from tests.support.grafana_lint import GRAFANAS
from windsock_dashboards import build

BUILT = build.boards(build.Settings())
Spoil = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_a_dashboard_keeps_the_rule(board: dict[str, Any], rule: str) -> None:
    assert list(RULES[rule](board)) == []


def clean() -> dict[str, Any]:
    """A small dashboard that keeps every rule."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    panel = {
        "id": 1,
        "type": "timeseries",
        "title": "Slow?",
        "description": "How slow.",
        "datasource": source,
        "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8},
        "pluginVersion": "12.0.0",
        "fieldConfig": {"defaults": {"unit": "s", "mappings": []}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": source,
                "legendFormat": "p95",
                "expr": "histogram_quantile(0.95, sum by (airflow, le) "
                '(rate(airflow_scheduler_loop_seconds_bucket{airflow=~"$airflow"}'
                "[$__rate_interval])))",
            }
        ],
    }
    row = {"id": 3, "type": "row", "title": "All", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {"name": "airflow", "type": "query", "query": "label_values(up, airflow)", "refresh": 2},
    ]
    other = copy.deepcopy(panel) | {"id": 2, "title": "Slow too?"}
    other["gridPos"] = {"x": 12, "y": 1, "w": 12, "h": 8}
    return {
        "uid": "b",
        "title": "B",
        "editable": False,
        "refresh": "1m",
        "panels": [row, panel, other],
        "templating": {"list": variables},
    }


def of(name: str, **matchers: str) -> str:
    inside = ", ".join(['airflow=~"$airflow"', *(f'{k}="{v}"' for k, v in matchers.items())])
    return f"{name}{{{inside}}}"


def first(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = board["panels"][1]
    return found


def ask(expr: str) -> Spoil:
    return lambda board: first(board)["targets"][0].update(expr=expr)


def variable(number: int, **values: Any) -> Spoil:
    return lambda board: board["templating"]["list"][number].update(values)


def panel(**values: Any) -> Spoil:
    return lambda board: first(board).update(values)


_DAGS = "airflow_dag_overdue_seconds"
_HEARTBEATS = "airflow_heartbeats_total"
SPOILED = (
    ("template-datasource-rule", variable(0, name="ds")),
    ("template-datasource-rule", variable(0, label="Source")),
    ("template-label-promql-rule", variable(1, query="label_values(up{, airflow)")),
    ("template-on-time-change-reload-rule", variable(1, refresh=1)),
    ("panel-datasource-rule", panel(datasource={"type": "prometheus", "uid": "P1"})),
    ("panel-title-description-rule", panel(description="")),
    ("panel-title-description-rule", panel(title="")),
    ("panel-units-rule", panel(fieldConfig={"defaults": {"unit": "secs", "mappings": []}, "overrides": []})),
    ("panel-no-targets-rule", panel(targets=[])),
    ("target-logql-rule", lambda board: first(board)["targets"][0].update(datasource={"type": "loki"})),
    ("target-promql-rule", ask("sum(rate(x))")),
    ("target-rate-interval-rule", ask(f"sum by (airflow) (rate({of(_HEARTBEATS)}[5m]))")),
    ("target-rate-interval-rule", ask(f"sum by (airflow) (increase({of(_HEARTBEATS)}[1h]))")),
    ("target-counter-agg-rule", ask(f"sum by (airflow) ({of(_HEARTBEATS)})")),
    ("target-counter-agg-rule", ask(f"max by (airflow) (rate({of(_DAGS, dag_id='x')}[$__rate_interval]))")),
    ("uneditable-dashboard", lambda board: board.update(editable=True)),
    ("known_series", ask(f"max by (airflow) ({of('airflow_dag_late')})")),
    ("known_series", ask(f"max by (airflow) ({of(_DAGS, pool='x')})")),
    ("unique_ids", panel(id=2)),
    ("unique_ids", lambda board: board.update(uid="a b")),
    ("unique_refs", lambda board: first(board)["targets"].append(dict(first(board)["targets"][0]))),
    ("no_overlap", panel(gridPos={"x": 6, "y": 1, "w": 12, "h": 8})),
    ("no_overlap", panel(gridPos={"x": 14, "y": 20, "w": 12, "h": 8})),
    ("titles_fit", panel(title="Which of our DAGs are late?" * 4)),
    ("legends", lambda board: first(board)["targets"][0].update(legendFormat="")),
    ("no_mean_of_means", ask(f"avg by (airflow) ({of(_DAGS)})")),
    ("no_mean_of_means", lambda board: ask(f"sum({first(board)['targets'][0]['expr']})")(board)),
    ("keeps_airflow", ask(f"max by (airflow) ({_DAGS})")),
    ("keeps_airflow", ask(f"max without (job) ({of(_DAGS)})")),
    ("keeps_airflow", ask(f"max by (airflow, instance) ({of(_DAGS)})")),
    ("few_lines", ask(f"max by (airflow, dag_id) ({of(_DAGS)})")),
    ("variables_used", ask(f'max by (airflow) ({_DAGS}{{airflow=~"$airflow", dag_id="$dag_id"}})')),
    ("variables_used", lambda board: board["templating"]["list"].append(
        {"name": "team", "type": "custom", "query": "a"})),
    ("plugin_versions", panel(pluginVersion="")),
    ("plugin_versions", panel(type="graph")),
    ("plugin_versions", panel(transformations=[{"id": "megre"}])),
    ("refresh", lambda board: board.update(refresh="5s")),
    ("size", lambda board: board.update(text="x" * 250_000)),
    ("size", lambda board: first(board)["targets"].extend({"refId": str(n)} for n in range(40))),
)  # fmt: skip


def test_the_clean_dashboard_keeps_every_rule() -> None:
    assert {name: found for name, rule in RULES.items() if (found := list(rule(clean())))} == {}


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [pytest.param(rule, spoil, id=f"{rule} {n}") for n, (rule, spoil) in enumerate(SPOILED)],
)
def test_a_rule_finds_what_it_is_there_for(rule: str, spoil: Spoil) -> None:
    board = clean()
    spoil(board)
    assert list(RULES[rule](board)) != []


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _ in SPOILED} == set(RULES)


def test_grafanas_rules_are_all_there_but_for_job_and_instance_and_one_that_needs_loki() -> None:
    assert len(GRAFANAS) == 17 - 4 - 1


def test_a_limited_list_of_dags_is_no_crowd() -> None:
    board = clean()
    ask(f"topk(10, max by (airflow, dag_id) ({of(_DAGS)}))")(board)
    assert list(dashboard_lint.few_lines(board)) == []
