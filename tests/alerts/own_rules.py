"""Rules built from a text of `alerts.yaml`, and promtool over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.alerts.rules_under_test import tool
from windsock.artifact import to_yaml
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings


def settings(text: str) -> Settings:
    """The file without the checks across keys."""
    return parse(text, Settings, name="alerts.yaml")


class Story:
    """Series over time at a step of 15 s, and which alerts should fire when."""

    def __init__(self) -> None:
        self._series: list[dict[str, str]] = []
        self._expected: list[dict[str, Any]] = []

    def given(self, series: str, values: str) -> Story:
        """One series in promtool's notation."""
        self._series.append({"series": series, "values": values})
        return self

    def firing(self, at: str, alert: str, *labels: str, by: str = "dag_id, severity") -> Story:
        """Exactly these firing alerts at a moment, each as `dag_id="x", severity="page"`."""
        self._expected.append(
            {
                "expr": f'count by ({by}) (ALERTS{{alertname="{alert}", alertstate="firing"}})',
                "eval_time": at,
                "exp_samples": [{"labels": f"{{{each}}}", "value": 1} for each in labels],
            }
        )
        return self

    def holds(self, made: Settings, folder: Path) -> None:
        """Fail unless real rules do so.

        Raises:
            AssertionError: with promtool's words.
        """
        files = []
        for group in build.groups(made, "platform"):
            path = folder / f"{group.subject}.rules.yaml"
            path.write_text(to_yaml(group.render(made)), encoding="utf-8")
            files.append(str(path))
        test = {"interval": "15s", "input_series": self._series, "promql_expr_test": self._expected}
        written = {"rule_files": files, "evaluation_interval": "15s", "tests": [test]}
        path = folder / "story.test.yaml"
        path.write_text(yaml.safe_dump(written), encoding="utf-8")
        result = tool("promtool", "test", "rules", path)
        assert result.returncode == 0, result.stdout + result.stderr
