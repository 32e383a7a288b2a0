"""`windsock alerts` with a real Prometheus and a real Alertmanager."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.alert_chain import AlertChain
from tests.support.troubled import Story
from windsock.catalog import dags
from windsock.cli import root

OWNERS = """
teams: [{team: finance, owners: [finance]}]
receivers:
  default: {page: {webhook: {url: "https://pager.example.org"}}}
  finance: default
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertChain]:
    """One Airflow that is well."""
    made = AlertChain(tmp_path_factory.mktemp("commands"), {"prod": Story({})})
    try:
        made.start()
        yield made
    finally:
        made.stop()


def windsock(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["alerts", *arguments])


def build(folder: Path, *arguments: str) -> Result:
    owners = folder / "owners.yaml"
    owners.write_text(OWNERS, encoding="utf-8")
    return windsock("build", f"--owners-file={owners}", f"--out={folder / 'out'}", "--demo", *arguments)


def test_build_names_the_owners_that_prometheus_knows_and_no_team(chain: AlertChain, tmp_path: Path) -> None:
    deadline = time.monotonic() + 60
    while not (chain.prometheus.ready() and chain.prometheus.ask(str(dags.DAG_INFO))):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    result = build(tmp_path, f"--prometheus-url={chain.prometheus_url}")
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith(
        f"warning: {tmp_path / 'owners.yaml'}: no team for these owners, so their DAGs go to default: "
        '"airflow": 1 DAG (windsock_canary)\n'
    )
    assert (tmp_path / "out" / "alertmanager.yaml").is_file()


def test_build_works_all_the_same_when_prometheus_is_another(chain: AlertChain, tmp_path: Path) -> None:
    result = build(tmp_path, f"--prometheus-url={chain.alertmanager_url}")
    assert result.exit_code == 0, result.output
    assert "whether it names all owners is not known: --prometheus-url http://127.0.0.1" in result.stderr
    assert (tmp_path / "out" / "alertmanager.yaml").is_file()
