"""Alertmanager takes the configuration and sends every alert where its team is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.alerts.rules_under_test import ALERTS, GENERATED, OWNERS, SETTINGS, tool
from tests.support import inhibition
from windsock.errors import BadInput
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts.inhibitors import TIED_TO
from windsock_alerts.routing import alertmanager
from windsock_alerts.rule import Severity
from windsock_alerts.settings import Settings

CONFIG = GENERATED / "alertmanager.yaml"

ROUTES = [
    pytest.param({"team": "finance", "severity": "page"}, "finance-page", id="page of a team"),
    pytest.param({"team": "finance", "severity": "ticket"}, "finance-ticket", id="ticket of a team"),
    pytest.param({"team": "finance", "severity": "info"}, "finance-info", id="info of a team"),
    pytest.param({"team": "commerce", "severity": "page"}, "commerce-page", id="page of another team"),
    pytest.param({"team": "commerce", "severity": "ticket"}, "commerce-ticket", id="ticket of another team"),
    pytest.param({"team": "commerce", "severity": "info"}, "commerce-info", id="info of another team"),
    pytest.param({"team": "marketing", "severity": "page"}, "marketing-page", id="team with pages only"),
    pytest.param(
        {"team": "marketing", "severity": "ticket"}, "default-ticket", id="what a team lacks goes to default"
    ),
    pytest.param({"team": "marketing", "severity": "info"}, "default-info", id="info that a team lacks"),
    pytest.param({"team": "data-platform", "severity": "page"}, "data-platform-page", id="platform page"),
    pytest.param({"team": "data-platform", "severity": "ticket"}, "data-platform-ticket", id="its ticket"),
    pytest.param({"team": "default", "severity": "page"}, "default-page", id="no team"),
    pytest.param({"team": "default", "severity": "ticket"}, "default-ticket", id="ticket without team"),
    pytest.param({"team": "default", "severity": "info"}, "default-info", id="info without team"),
    pytest.param({"team": "unheard-of", "severity": "page"}, "default-page", id="team not in the file"),
    pytest.param(
        {"alertname": "AirflowSlaBreached", "team": "finance", "severity": "page"}, "finance-page", id="SLA"
    ),
    pytest.param(
        {"alertname": "AirflowSlaBreached", "team": "marketing", "severity": "ticket"},
        "default-ticket",
        id="SLA ticket of a team without tickets",
    ),
    pytest.param({"alertname": "AirflowSchedulerSilent", "severity": "inhibitor"}, "nobody", id="inhibitor"),
    pytest.param(
        {"alertname": "Watchdog", "team": "data-platform", "severity": "info"}, "nobody", id="watchdog unset"
    ),
    pytest.param({"alertname": "SomebodyElses"}, "default-page", id="alert that is not ours"),
]

MINIMAL = """
receivers:
  default:
    page: {webhook: {url: "https://pager.example.org/x"}}
"""
REAL_URLS = """
urls:
  windsock: https://w.example.org
  grafana: https://g.example.org
  prometheus: https://p.example.org
"""


def owners(text: str) -> Owners:
    return parse(text, Owners, name="owners.yaml")


def settings(text: str = REAL_URLS) -> Settings:
    return parse(text, Settings, name="alerts.yaml")


def built(text: str, tmp_path: Path) -> Path:
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(alertmanager(settings(), owners(text), name="owners.yaml")), "utf-8")
    return path


def test_amtool_accepts_the_configuration() -> None:
    result = tool("amtool", "check-config", CONFIG)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("labels", "receiver"), ROUTES)
def test_each_alert_goes_to(labels: dict[str, str], receiver: str) -> None:
    result = tool(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={CONFIG}",
        f"--verify.receivers={receiver}",
        *(f"{name}={value}" for name, value in labels.items()),
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_way_to_reach_a_team_is_understood_by_alertmanager(tmp_path: Path) -> None:
    config = built(
        """
        smtp:
          smarthost: mail.example.org:25
          from: windsock@example.org
          username: windsock
          password_file: /run/s/mail
        watchdog: {url: "https://heartbeat.example.org/x"}
        receivers:
          default:
            page:
              pagerduty: {routing_key_file: /run/s/pd}
              slack: {api_url_file: /run/s/slack, channel: "#late"}
              email: {to: a@example.org}
              webhook: {url: "https://pager.example.org", credentials_file: /run/s/token}
        """,
        tmp_path,
    )
    result = tool("amtool", "check-config", config)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_texts_of_pagerduty_slack_and_mail_are_short(tmp_path: Path) -> None:
    config: dict[str, Any] = alertmanager(
        settings(),
        owners("receivers: {default: {page: {slack: {api_url_file: /run/s, channel: '#late'}}}}"),
        name="owners.yaml",
    )
    slack = config["receivers"][1]["slack_configs"][0]
    data = tmp_path / "data.json"
    data.write_text(
        '{"status": "firing", "alerts": ['
        + ",".join(
            '{"status": "firing", "labels": {}, "annotations": {"summary": "'
            "LATE "
            + "x" * 200
            + '", "description": "1\\n2\\n3\\n4\\n5", "runbook_url": "r",'
            + ' "dashboard_url": "d", "run_url": "u"}}'
            for _ in range(7)
        )
        + "]}",
        encoding="utf-8",
    )
    for count in (1, 7):
        text = data.read_text(encoding="utf-8")
        if count == 1:
            single = text.replace(text[text.index("},{") + 1 : -2], "")
            data.with_name("one.json").write_text(single, encoding="utf-8")
        source = data.with_name("one.json") if count == 1 else data
        title, body = (_expanded(slack[key], source) for key in ("title", "text"))
        assert len(title) <= 100
        assert "\n" not in title
        assert len(body.splitlines()) <= 8
        assert (" (+6 more)" in title) == (count == 7)


def _expanded(text: str, data: Path) -> str:
    template = data.with_suffix(".tmpl")
    template.write_text('{{ define "none" }}{{ end }}', encoding="utf-8")
    result = tool(
        "amtool",
        "template",
        "render",
        f"--template.glob={template}",
        f"--template.text={text}",
        f"--template.data={data}",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("owners_text", "settings_text", "said"),
    [
        pytest.param("teams: []", REAL_URLS, "receivers.default.page: is missing", id="nobody hears pages"),
        pytest.param(MINIMAL, "{}", "urls.windsock: http://127.0.0.1:9112 is", id="links to loopback"),
        pytest.param(
            MINIMAL.replace("https://pager.example.org", "http://localhost:9"),
            REAL_URLS,
            "http://localhost:9/x is this machine itself",
            id="receiver on loopback",
        ),
        pytest.param(
            "receivers: {default: {page: {email: {to: a@example.org}}}}",
            REAL_URLS,
            "smtp: is missing",
            id="no smtp",
        ),
    ],
)
def test_what_cannot_work_is_refused(owners_text: str, settings_text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        alertmanager(settings(settings_text), owners(owners_text), name="owners.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("receivers: {finanz: {page: {}}}", "names no way", id="empty channel"),
        pytest.param(
            "receivers:\n  finanz: {page: {webhook: {url: 'https://a.example.org'}}}",
            "owners.yaml:1: receivers: team finanz does not exist \\(known: default\\)",
            id="unknown team",
        ),
        pytest.param(
            "receivers: {default: {page: {webhook: {url: 'https://u:p@a.example.org'}}}}",
            "a password does not belong here",
            id="password in a URL",
        ),
        pytest.param(
            "receivers: {default: {page: {webhook: {}}}}",
            "either url or url_file",
            id="webhook without address",
        ),
        pytest.param(
            "receivers: {default: {page: {pagerduty: {routing_key: x}}}}",
            "routing_key_file: is missing",
            id="secret in the file",
        ),
    ],
)
def test_a_wrong_owners_file_is_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        owners(text)


def test_the_password_of_a_url_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        owners("receivers: {default: {page: {webhook: {url: 'ftp://u:geheim@a.example.org'}}}}")
    assert "geheim" not in str(caught.value)


def test_only_what_pages_somebody_holds_others_back() -> None:
    """Or an inhibitor that an alert which pages is tied to: a ticket must never keep a page from anybody."""
    paging = {alert.name for alert in ALERTS if Severity.PAGE in alert.severities}
    for inhibit in alertmanager(SETTINGS, OWNERS, name="demo/owners.yaml")["inhibit_rules"]:
        matchers = inhibit["source_matchers"]
        for source in inhibition.names(matchers):
            tied = TIED_TO.get(source)
            assert f'severity="{"inhibitor" if tied else "page"}"' in matchers, source
            assert set(tied or (source,)) <= paging, source


def test_whatever_alertmanager_holds_back_neither_begins_nor_ends_meanwhile() -> None:
    """Else its incident stays open: Alertmanager sends no "resolved" for what ends while it is inhibited."""
    rules = {alert.name: alert.expr for alert in ALERTS}
    for inhibit in alertmanager(SETTINGS, OWNERS, name="demo/owners.yaml")["inhibit_rules"]:
        sources, targets = (
            inhibition.names(inhibit[side]) for side in ("source_matchers", "target_matchers")
        )
        for target in targets:
            read_back = set(re.findall(r"[A-Za-z]+", " ".join(re.findall(r"ALERTS\{[^}]*\}", rules[target]))))
            assert set(sources) <= read_back, target


def test_the_committed_file_is_the_demos() -> None:
    expected = alertmanager(SETTINGS, OWNERS, name="demo/owners.yaml")
    assert yaml.safe_load(CONFIG.read_text(encoding="utf-8")) == expected
