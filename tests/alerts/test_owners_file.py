"""owners.yaml as a user gets it wrong: one line with file, line, key and what is valid."""

from __future__ import annotations

import pytest

from windsock.errors import BadInput
from windsock.owners import Owners
from windsock.yamlfile import parse


def owners(text: str) -> Owners:
    return parse(text, Owners, name="owners.yaml")


def way(text: str) -> str:
    return f"receivers: {{default: {{page: {{{text}}}}}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("receivers: {finanz: {page: {}}}", "names no way to reach anybody", id="empty channel"),
        pytest.param(
            "receivers:\n  finanz: {page: {webhook: {url: 'https://a.example.org'}}}",
            "owners.yaml:1: receivers: team finanz does not exist \\(known: default\\)",
            id="unknown team",
        ),
        pytest.param(
            "receivers:\n  default: finance",
            "owners.yaml:2: receivers.default: expected channels .*, or the word default",
            id="another word than default",
        ),
        pytest.param(
            "receivers: {default: {}}", "expected channels \\(page, ticket, info\\)", id="no channel"
        ),
        pytest.param(
            way("webhook: {url: 'https://u:p@a.example.org'}"), "a password does not", id="password"
        ),
        pytest.param(way("webhook: {}"), "either url or url_file", id="webhook without address"),
        pytest.param(way("webhook: {url: 'https://a b'}"), "is not a URL", id="webhook with a space"),
        pytest.param(
            "receivers:\n  default:\n    page:\n      pagerduty: {routing_key: geheim}",
            "owners.yaml:4: receivers.default.page.pagerduty: routing_key is a secret, .* routing_key_file",
            id="routing key of PagerDuty",
        ),
        pytest.param(way("slack: {api_url: 'https://geheim'}"), "give api_url_file", id="URL of Slack"),
        pytest.param(way("opsgenie: {api_key: geheim}"), "give api_key_file", id="key of Opsgenie"),
        pytest.param(way("teams: {webhook_url: geheim}"), "give webhook_url_file", id="URL of Teams"),
        pytest.param(way("webhook: {token: geheim}"), "give credentials_file", id="token of a webhook"),
        pytest.param(
            "smtp: {smarthost: 'm:25', from: a@b.c, password: geheim}",
            "give password_file",
            id="mail password",
        ),
        pytest.param(
            way("webhook: {url: 'https://hooks.slack.com/services/geheim'}"),
            "give url_file: its path",
            id="webhook that is a secret by its host",
        ),
        pytest.param(
            way("webhook: {url: 'https://a.example.org/x?a=1&token=geheim'}"),
            "give url_file: its path",
            id="webhook that is a secret by a parameter",
        ),
        pytest.param(
            way("pagerduty: {routing_key_file: 0123456789abcdef0123456789geheim}"),
            "routing_key_file: this looks like the secret itself",
            id="key in place of its file",
        ),
        pytest.param(
            way("slack: {api_url_file: 'https://hooks.slack.com/geheim', channel: a}"),
            "api_url_file: this looks like the secret itself",
            id="URL in place of its file",
        ),
        pytest.param(
            way("slack: {api_url_file: /s, channel: '#{{ x }}'}"),
            "channel: {{ would be read as a template",
            id="template",
        ),
        pytest.param(way("email: {to: nobody}"), "email.to: string should match", id="mail without @"),
        pytest.param("platform: 'data \"platform\"'", "platform: string should match pattern", id="platform"),
        pytest.param("teams: [{team: 'a,b'}]", "teams.0.team: string should match pattern", id="team"),
        pytest.param(
            "business_hours: {timezone: Europe/Berln}",
            "business_hours.timezone: unknown time zone; did you mean Europe/Berlin",
            id="zone",
        ),
        pytest.param(
            "business_hours: {timezone: UTC, from: 9:00}", "put the time in quotes", id="time without quotes"
        ),
        pytest.param(
            "business_hours: {timezone: UTC, from: '17:00', to: '09:00'}",
            "business_hours: from 17:00 to 09:00 is no time; `to` must be later",
            id="hours over midnight",
        ),
        pytest.param(
            "business_hours: {timezone: UTC, days: [monday]}",
            "business_hours.days.0: input should be 'mon', 'tue'",
            id="day",
        ),
        pytest.param(
            "receivers: {default: {page: {webhook: {url: 'https://a'}}, business_hours: {timezone: UTC}}}",
            "receivers.default: business_hours are those of tickets, and there is no ticket",
            id="hours of nothing",
        ),
        pytest.param("buisness_hours: {}", "unknown key; did you mean business_hours", id="unknown key"),
    ],
)
def test_a_mistake_is_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        owners(text)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_the_password_of_a_url_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        owners("receivers: {default: {page: {webhook: {url: 'ftp://u:geheim@a.example.org'}}}}")
    assert "geheim" not in str(caught.value)
