"""What a user may add to a mapping, through the real statsd_exporter."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from demo.stack import programs
from tests.support.statsd import Page, running
from windsock.cli import root

_OURS = """\
mappings:
  - match: shop.checkout.*
    name: shop_checkouts_total
    help: Checkouts by step.
    labels: {step: $1}
  - match: ^airflow\\.ours\\.(.+)$
    match_type: regex
    match_metric_type: gauge
    name: ours_level
    ttl: 5m
    labels: {what: $1}
"""
_LINES = (
    "airflow.ti.start,dag_id=a,task_id=b:1|c",
    "shop.checkout.paid:2|c",
    "airflow.ours.coffee:3|g",
    "airflow.my_company.orders_loaded,region=eu:5|c",
    "airflow.my_company:7|g",
    "airflow.my_company.load_time:1500|ms",
    "airflow.my_companyx.orders:1|c",
)


def _mapping(folder: Path, *arguments: str) -> Path:
    file = folder / "mapping.yml"
    words = ["statsd", "mapping", "--airflow", "3.3", "--out", str(file), *arguments]
    result = CliRunner().invoke(root, words)
    assert result.exit_code == 0, result.exception
    return file


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    folder = tmp_path_factory.mktemp("options")
    extra = folder / "ours.yml"
    extra.write_text(_OURS)
    file = _mapping(folder, "--extra", str(extra), "--custom-prefix", "my_company", "--native-histograms")
    with running(file, folder) as exporter:
        exporter.send(_LINES)
        return exporter.page()


@pytest.mark.parametrize(
    "series",
    [
        pytest.param('airflow_ti_start_total{dag_id="a",task_id="b"} 1', id="ours"),
        pytest.param('shop_checkouts_total{step="paid"} 2', id="glob of the user"),
        pytest.param('ours_level{what="coffee"} 3', id="expression of the user"),
        pytest.param('airflow_my_company_orders_loaded{region="eu"} 5', id="own counter with its tag"),
        pytest.param("airflow_my_company 7", id="own gauge that is called like the prefix"),
        pytest.param("airflow_my_company_load_time_sum 1.5", id="own timer in seconds"),
    ],
)
def test_a_line_arrives_where_its_rule_says(page: Page, series: str) -> None:
    assert f"\n{series}\n" in page.text


def test_a_longer_word_than_the_own_prefix_stays_unknown(page: Page) -> None:
    assert page.value("airflow_statsd_unknown_increments_total") == 1
    assert "my_companyx" not in page.text


def test_nothing_was_unmapped_or_wrong(page: Page) -> None:
    assert page.value("statsd_exporter_events_unmapped_total") == 0
    assert page.value("statsd_exporter_events_error_total") == 0
    assert page.value("statsd_exporter_events_conflict_total") == 0


def test_values_for_the_chart_hold_a_mapping_that_makes_the_same_page(tmp_path: Path) -> None:
    """The chart writes `mappings` alone into the file that it mounts."""
    pages = []
    for form in ("yaml", "helm"):
        folder = tmp_path / form
        folder.mkdir()
        file = _mapping(folder, "--format", form)
        if form == "helm":
            overridden = yaml.safe_load(file.read_text())["statsd"]["overrideMappings"]
            file.write_text(yaml.safe_dump({"mappings": overridden}, sort_keys=False))
        with running(file, folder) as exporter:
            exporter.send(["airflow.scheduler.scheduler_loop_duration:20|ms", _LINES[0]])
            text = exporter.page().text
        pages.append([line for line in text.splitlines() if "airflow_" in line])
    assert pages[0]
    assert pages[0] == pages[1]


def test_a_mapping_with_everything_passes_the_exporters_own_check(tmp_path: Path) -> None:
    extra = tmp_path / "ours.yml"
    extra.write_text(_OURS)
    file = _mapping(tmp_path, "--extra", str(extra), "--custom-prefix", "shop", "--native-histograms")
    words = [programs.statsd_exporter(), f"--statsd.mapping-config={file}", "--check-config"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "super set" not in done.stderr
