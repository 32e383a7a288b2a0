"""The receivers of Alertmanager: for each team and channel, all its ways with their texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windsock.owners import Owners
from windsock.receivers import Channel, Email, Opsgenie, Pagerduty, Reach, Slack, Smtp, Teams, Webhook
from windsock_alerts import messages

# How urgent the services themselves take it.
_PAGERDUTY: dict[Channel, str] = {"page": "critical", "ticket": "warning", "info": "info"}
_OPSGENIE: dict[Channel, str] = {"page": "P1", "ticket": "P3", "info": "P5"}


def receiver(name: str, channel: Channel, reach: Reach) -> dict[str, Any]:
    """One receiver with all ways of a channel. A digest never says that something is over."""
    resolved = {"send_resolved": channel != "info"}
    return {
        "name": name,
        **{
            key: [{**made, **resolved}]
            for key, made in (
                ("webhook_configs", _made(webhook, reach.webhook)),
                ("pagerduty_configs", _made(lambda way: _pagerduty(way, channel), reach.pagerduty)),
                ("slack_configs", _made(_slack, reach.slack)),
                ("opsgenie_configs", _made(lambda way: _opsgenie(way, channel), reach.opsgenie)),
                ("msteamsv2_configs", _made(_teams, reach.teams)),
                ("email_configs", _made(_email, reach.email)),
            )
            if made
        },
    }


def webhook(way: Webhook) -> dict[str, Any]:
    """A webhook without a word on whether it hears that something is over."""
    config: dict[str, Any] = {"url": way.url} if way.url else {"url_file": way.url_file}
    if way.credentials_file:
        config["http_config"] = {"authorization": {"credentials_file": way.credentials_file}}
    return config


def global_settings(owners: Owners) -> dict[str, Any]:
    """The part `global`: the mail server, if there is one."""
    if not owners.smtp:
        return {}
    smtp: Smtp = owners.smtp
    found = {
        "smtp_smarthost": smtp.smarthost,
        "smtp_from": smtp.sender,
        "smtp_auth_username": smtp.username,
        "smtp_auth_password_file": smtp.password_file,
    }
    return {"global": {key: value for key, value in found.items() if value}}


def _made(make: Callable[[Any], dict[str, Any]], way: object) -> dict[str, Any]:
    return make(way) if way else {}


def _pagerduty(way: Pagerduty, channel: Channel) -> dict[str, Any]:
    return {
        "routing_key_file": way.routing_key_file,
        "description": messages.title(),
        "severity": _PAGERDUTY[channel],
        "client": "Windsock",
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.airflow }}",
        "group": "{{ .CommonLabels.team }}",
        # In place of Alertmanager's own, which repeat every label and annotation.
        "details": {state: _while(state, messages.text()) for state in ("firing", "resolved")},
        "links": [{"href": address, "text": title} for title, address in messages.links().items()],
    }


def _while(state: str, text: str) -> str:
    return f'{{{{ if eq .Status "{state}" }}}}{text}{{{{ end }}}}'


def _slack(way: Slack) -> dict[str, Any]:
    return {
        "api_url_file": way.api_url_file,
        "channel": way.channel,
        "title": messages.slack_title(),
        "title_link": messages.links()["Dashboard"],
        "fallback": messages.slack_title(),
        "text": messages.slack(),
    }


def _opsgenie(way: Opsgenie, channel: Channel) -> dict[str, Any]:
    config: dict[str, Any] = {
        "api_key_file": way.api_key_file,
        "message": messages.title(),
        "description": messages.plain(),
        "priority": _OPSGENIE[channel],
        "tags": "{{ .CommonLabels.airflow }},{{ .CommonLabels.team }},{{ .CommonLabels.severity }}",
    }
    return config | ({"api_url": way.api_url} if way.api_url else {})


def _teams(way: Teams) -> dict[str, Any]:
    return {"webhook_url_file": way.webhook_url_file, "title": messages.title(), "text": messages.card()}


def _email(way: Email) -> dict[str, Any]:
    return {"to": way.to, "headers": {"Subject": messages.title()}, "html": "", "text": messages.plain()}
