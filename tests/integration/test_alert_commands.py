"""`windsock alerts` with a real Prometheus and a real Alertmanager."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demo.stack.ports import choose
from tests.support.alert_chain import AlertChain
from tests.support.alertmanager import Alertmanager
from tests.support.troubled import Story
from windsock.catalog import dags
from windsock.cli import alerts_test, root
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

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


def test_a_test_page_reaches_the_team_and_ends(chain: AlertChain) -> None:
    result = windsock("test", "--team=finance", f"--alertmanager-url={chain.alertmanager_url}")
    assert result.exit_code == 0, result.output
    first, goes, taken, over = result.output.splitlines()
    assert first.endswith(f"at {chain.alertmanager_url}")
    assert goes == "page of finance goes to finance-page: webhook"
    assert re.fullmatch(r"the page by webhook: taken after \d+\.\d s", taken)
    assert re.fullmatch(r"its end by webhook: taken after \d+\.\d s", over)
    heard = [page for page in chain.pages() if page.names() == [alerts_test.NAME]]
    assert [(page.receiver, page.status) for page in heard] == [
        ("finance", "firing"),
        ("finance", "resolved"),
    ]
    assert heard[0].alerts[0]["annotations"]["summary"] == (
        "TEST for team finance: nothing is wrong, nothing to do"
    )


def test_a_ticket_of_a_team_without_one_is_told_to_go_to_default(chain: AlertChain) -> None:
    result = windsock(
        *("test", "--team=data-platform", "--severity=ticket"), f"--alertmanager-url={chain.alertmanager_url}"
    )
    assert result.exit_code == 0, result.output
    assert "ticket of data-platform goes to default-ticket: webhook\n" in result.output


def test_what_is_not_alertmanager_is_one_line(chain: AlertChain) -> None:
    result = windsock("test", "--team=finance", f"--alertmanager-url={chain.prometheus_url}")
    assert result.exit_code == 1
    assert re.fullmatch(r"--alertmanager-url http://127\S+: 404 Not Found", str(result.exception))


def made(text: str, *, shadow: bool = False) -> dict[str, Any]:
    owners = parse(text, Owners, name="owners.yaml")
    return alertmanager(Settings(), owners, name="owners.yaml", demo=True, shadow=shadow)


@contextmanager
def running(folder: Path, config: dict[str, Any]) -> Iterator[Alertmanager]:
    server = Alertmanager(folder, config)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_a_receiver_that_does_not_answer_is_told(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{choose({'nobody': 0})['nobody']}"
    config = made(f"receivers: {{default: {{page: {{webhook: {{url: '{nobody}'}}}}}}}}")
    with running(tmp_path, config) as server:
        result = windsock("test", "--team=finance", f"--alertmanager-url={server.url}", "--wait=3s")
    assert result.exit_code == 1
    assert re.search(
        r"the page by webhook: not taken after 3\.\d s, \d+ failed: its log says why", result.output
    )


SHADOW = """
teams: [{{team: finance}}]
receivers:
  default: {{page: {{webhook: {{url: "{pager}/default"}}}}}}
  finance: {{page: {{webhook: {{url: "{pager}/finance"}}}}}}
"""


def test_in_the_shadow_alertmanager_routes_and_nothing_leaves(tmp_path: Path, chain: AlertChain) -> None:
    before = len(chain.pages())
    with running(tmp_path, made(SHADOW.format(pager=chain.pager_url), shadow=True)) as server:
        server.post({"labels": {"alertname": "AirflowSlaBreached", "team": "finance", "severity": "page"}})
        result = windsock("test", "--team=finance", f"--alertmanager-url={server.url}")
        found = {
            alert["labels"]["alertname"]: [receiver["name"] for receiver in alert["receivers"]]
            for alert in server.alerts()
        }
    assert result.exit_code == 1
    assert "page of finance goes to finance-page: reaches nobody (a shadow" in result.output
    assert found["AirflowSlaBreached"] == ["finance-page"]
    assert len(chain.pages()) == before
