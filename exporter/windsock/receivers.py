"""How teams are reached: the part `receivers` of `owners.yaml`. Secrets stand in files, never in it."""

from __future__ import annotations

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from windsock.yamlfile import Entry

Channel = Literal["page", "ticket", "info"]
CHANNELS: tuple[Channel, ...] = ("page", "ticket", "info")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Webhook(Entry):
    """Alertmanager's webhook. `url_file` needs Alertmanager 0.26; `credentials_file` is a bearer token."""

    url: str | None = None
    url_file: str | None = None
    credentials_file: str | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Webhook:
        if (self.url is None) == (self.url_file is None):
            message = "a webhook has either url or url_file"
            raise ValueError(message)
        return self

    @field_validator("url")
    @classmethod
    def _no_secret(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = f"{value.split('@')[-1]!r} is not a URL; it starts with http:// or https://"
            raise ValueError(message)
        if parts.username or parts.password:
            message = "a password does not belong here; use credentials_file or url_file"
            raise ValueError(message)
        return value


class Pagerduty(Entry):
    """PagerDuty, Events API v2."""

    routing_key_file: str


class Slack(Entry):
    """A Slack channel by incoming webhook."""

    api_url_file: str
    channel: str


class Email(Entry):
    """Mail; the server stands in `smtp`."""

    to: str


class Reach(Entry):
    """The ways of one channel; all of them are used."""

    webhook: Webhook | None = None
    pagerduty: Pagerduty | None = None
    slack: Slack | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Reach:
        if not any((self.webhook, self.pagerduty, self.slack, self.email)):
            message = "names no way to reach anybody (webhook, pagerduty, slack, email)"
            raise ValueError(message)
        return self


class Receivers(Entry):
    """One team: what wakes somebody, what opens a ticket, what is only told."""

    page: Reach | None = None
    ticket: Reach | None = None
    info: Reach | None = None

    def reach(self, channel: Channel) -> Reach | None:
        """The ways of a channel, None if the team has none of its own."""
        return {"page": self.page, "ticket": self.ticket, "info": self.info}[channel]


class Smtp(Entry):
    """The mail server, for receivers by email."""

    smarthost: str = Field(pattern=r"^[^:@/]+:\d+$")
    sender: str = Field(alias="from")
    username: str | None = None
    password_file: str | None = None
