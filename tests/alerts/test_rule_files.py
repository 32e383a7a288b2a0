"""promtool accepts the generated rules, and alerts behave as the tests say that are told case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.rules_under_test import ALERTS, GENERATED, TESTS, tool, ways_tested, write_all


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the rule files, every alert enabled."""
    folder = tmp_path_factory.mktemp("rules")
    write_all(folder)
    return folder


def test_promtool_accepts_the_rules(everything: Path) -> None:
    for folder in (GENERATED, everything):
        files = folder.glob("*.rules.yaml")
        result = tool("promtool", "check", "rules", "--lint=all", "--lint-fatal", *files)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in sorted(TESTS.glob("*.test.yaml"))]
)
def test_alerts_behave(path: Path, everything: Path) -> None:
    test = everything / path.name
    text = path.read_text(encoding="utf-8")
    test.write_text(text.replace("../../alerts/generated", str(everything)), encoding="utf-8")
    result = tool("promtool", "test", "rules", test)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_test_is_for_an_alert_that_does_not_exist() -> None:
    assert set(ways_tested()) <= {alert.name for alert in ALERTS} | {"What a page says"}
