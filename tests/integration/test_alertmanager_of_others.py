"""A real Alertmanager on a configuration of others with our part in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.alerts.test_merge import FRAGMENT, LABELS, THEIRS
from tests.support.alertmanager import Alertmanager
from windsock.cli import root
from windsock_alerts.formats import merge

INFO_INHIBITOR = {"alertname": "InfoInhibitor", "severity": "none"}
OURS = {"alertname": "Watchdog", "severity": "info", "team": "data-platform"} | LABELS
FOREIGN = {"alertname": "Watchdog", "severity": "none"}


@pytest.fixture(scope="module", params=["as it was", "with our exception"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Alertmanager]:
    theirs = THEIRS
    if request.param == "with our exception":
        target = 'target_matchers:\n      - severity="info"\n    equal: [namespace]'
        assert target in theirs
        theirs = theirs.replace(target, target.replace('"info"', '"info"\n      - source!="windsock"'))
    config: dict[str, Any] = yaml.safe_load(merge.merged(theirs, FRAGMENT, name="others.yaml"))
    # The files with their secrets are theirs.
    config["receivers"] = [{"name": each["name"]} for each in config["receivers"]]
    config["global"] = {}
    found = Alertmanager(tmp_path_factory.mktemp("alertmanager"), config)
    found.start()
    yield found
    found.stop()


def test_the_cluster_s_own_inhibition_holds_ours_back_unless_it_excepts_them(
    service: Alertmanager, request: pytest.FixtureRequest
) -> None:
    now = datetime.now(timezone.utc).isoformat()
    service.post(*({"labels": labels, "startsAt": now} for labels in (INFO_INHIBITOR, OURS, FOREIGN)))
    deadline = time.monotonic() + 120
    while True:
        found = {each["labels"].get("source", each["labels"]["alertname"]): each for each in service.alerts()}
        if len(found) == 3 and all(each["status"]["state"] != "unprocessed" for each in found.values()):
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    held = found["windsock"]["status"]["state"] == "suppressed"
    assert held == ("as it was" in request.node.name)
    assert [each["name"] for each in found["windsock"]["receivers"]] == ["windsock-nobody"]
    assert [each["name"] for each in found["Watchdog"]["receivers"]] == ["heartbeat"]


def test_a_test_page_with_our_label_goes_our_way(service: Alertmanager) -> None:
    for labels, receiver in ((["--label", "source=windsock"], "windsock-finance-page"), ([], "infra-oncall")):
        arguments = ["alerts", "test", "--team", "finance", "--alertmanager-url", service.url, "--wait", "1s"]
        result = CliRunner().invoke(root, [*arguments, *labels])
        assert f"page of finance goes to {receiver}: reaches nobody" in result.output


def test_a_label_that_is_none_is_one_line(tmp_path: Path) -> None:
    arguments = ["alerts", "test", "--team", "x", "--alertmanager-url", "http://127.0.0.1:9", "--label", "x"]
    result = CliRunner().invoke(root, arguments)
    assert "--label x: expected NAME=VALUE, e.g. source=windsock" in str(result.exception)
