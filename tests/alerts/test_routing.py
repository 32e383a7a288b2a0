"""Alertmanager takes the configuration and sends every alert where its team is."""

from __future__ import annotations

import re
from pathlib import Path

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


WAYS = """
smtp:
  smarthost: mail.example.org:25
  from: windsock@example.org
  username: windsock
  password_file: /run/s/mail
watchdog: {url: "https://heartbeat.example.org/x"}
business_hours: {timezone: Europe/Berlin}
teams: [{team: finance}, {team: ml}]
receivers:
  ml: default
  finance:
    ticket: {email: {to: "a@example.org, b@example.org"}}
    business_hours: {timezone: Asia/Kolkata, days: [mon, sat], from: "08:30", to: "16:00"}
  default:
    page: &all
      pagerduty: {routing_key_file: /run/s/pd}
      slack: {api_url_file: /run/s/slack, channel: "#late"}
      opsgenie: {api_key_file: /run/s/og, api_url: "https://api.eu.opsgenie.com/"}
      email: {to: a@example.org}
      webhook: {url: "https://pager.example.org", credentials_file: /run/s/token}
    ticket: *all
    info: *all
"""


def test_every_way_but_teams_and_url_file_is_understood_by_alertmanager_0_25(tmp_path: Path) -> None:
    result = tool("amtool", "check-config", built(WAYS, tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_digest_never_says_that_something_is_over() -> None:
    config = alertmanager(settings(), owners(WAYS), name="owners.yaml")
    said = {
        receiver["name"]: {way["send_resolved"] for ways in list(receiver.values())[1:] for way in ways}
        for receiver in config["receivers"]
    }
    assert said["default-info"] == {False}
    assert said["default-page"] == said["default-ticket"] == said["finance-ticket"] == {True}


def test_tickets_wait_for_business_hours_and_pages_never_do() -> None:
    config = alertmanager(settings(), owners(WAYS), name="owners.yaml")
    assert config["time_intervals"] == [
        {
            "name": "business-hours",
            "time_intervals": [
                {
                    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                    "times": [{"start_time": "09:00", "end_time": "17:00"}],
                    "location": "Europe/Berlin",
                }
            ],
        },
        {
            "name": "business-hours-finance",
            "time_intervals": [
                {
                    "weekdays": ["monday", "saturday"],
                    "times": [{"start_time": "08:30", "end_time": "16:00"}],
                    "location": "Asia/Kolkata",
                }
            ],
        },
    ]
    page, ticket, info = config["route"]["routes"][2:]
    assert "active_time_intervals" not in str(page)
    assert "active_time_intervals" not in str(info)
    assert ticket["active_time_intervals"] == ["business-hours"]
    finance, sla, _ = ticket["routes"]
    assert finance["active_time_intervals"] == ["business-hours-finance"]
    # Alertmanager does not hand them down.
    assert finance["routes"][0]["active_time_intervals"] == ["business-hours-finance"]
    assert sla["active_time_intervals"] == ["business-hours"]


def test_in_the_shadow_routes_are_the_same_and_no_receiver_has_an_address() -> None:
    real = alertmanager(settings(), owners(WAYS), name="owners.yaml")
    shadow = alertmanager(settings("{}"), owners(WAYS), name="owners.yaml", shadow=True)
    assert shadow["receivers"] == [{"name": receiver["name"]} for receiver in real["receivers"]]
    assert "global" not in shadow
    for part in ("route", "time_intervals", "inhibit_rules"):
        assert shadow[part] == real[part]


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
            "owners.yaml: smtp: is missing; receivers.default.page goes by email",
            id="no smtp",
        ),
        pytest.param(
            "teams: [{team: finance}]\n" + MINIMAL,
            REAL_URLS,
            "owners.yaml: receivers.finance: is missing; .* or write `finance: default`",
            id="team without a receiver",
        ),
        pytest.param(
            "platform: data-platform\n" + MINIMAL,
            REAL_URLS,
            "owners.yaml: receivers.data-platform: is missing",
            id="platform team without a receiver",
        ),
        pytest.param(
            MINIMAL,
            REAL_URLS + "  alertmanager: http://127.0.0.1:9093",
            "urls.alertmanager: http://127.0.0.1:9093 is this machine itself",
            id="silence on loopback",
        ),
    ],
)
def test_what_cannot_work_is_refused(owners_text: str, settings_text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        alertmanager(settings(settings_text), owners(owners_text), name="owners.yaml")


def test_a_demo_may_use_this_machine_itself() -> None:
    text = MINIMAL.replace("https://pager.example.org", "http://localhost:9")
    assert alertmanager(settings("{}"), owners(text), name="owners.yaml", demo=True)


def test_a_team_may_choose_the_receivers_of_default() -> None:
    text = "teams: [{team: finance}]\n" + MINIMAL.replace("receivers:", "receivers:\n  finance: default")
    config = alertmanager(settings(), owners(text), name="owners.yaml")
    assert [receiver["name"] for receiver in config["receivers"]] == ["nobody", "default-page"]


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
