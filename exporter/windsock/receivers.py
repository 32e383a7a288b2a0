"""How teams are reached: the part `receivers` of `owners.yaml`. Secrets stand in files, never in it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from windsock.business_hours import BusinessHours
from windsock.yamlfile import Entry

Channel = Literal["page", "ticket", "info"]
CHANNELS: tuple[Channel, ...] = ("page", "ticket", "info")

# What Alertmanager's own parser takes too: no spaces, nothing outside ASCII, escapes complete.
_URL = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?([/?]([!-$&-~]|%[0-9A-Fa-f]{2})*)?")
# Whoever has the URL may post: it is the secret.
_SECRET_HOSTS = ("hooks.slack.com", ".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
_SECRET_PARAMETERS = re.compile(r"token|key|secret|sig|signature|password|auth|code", re.IGNORECASE)
_LONG_WORD = re.compile(r"[A-Za-z0-9+=_-]{20,}")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _plain(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("expected one line of text")
    if "{{" in value:
        raise ValueError("{{ would be read as a template")
    return value


def _file(value: str) -> str:
    # The value is not repeated: it may be the secret.
    if "://" in value or _LONG_WORD.fullmatch(value):
        raise ValueError(
            "this looks like the secret itself; write it to a file that Alertmanager can read, "
            "and give the path of that file"
        )
    return _plain(value)


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = bool(_URL.fullmatch(value)) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        shown = value.rsplit("@", maxsplit=1)[-1]
        raise ValueError(f"{shown!r} is not a URL; it starts with http:// or https://, without spaces")
    return value


Plain = Annotated[str, AfterValidator(_plain)]
SecretFile = Annotated[str, AfterValidator(_file)]
Url = Annotated[str, AfterValidator(_url)]


class Way(Entry):
    """One way to reach somebody; `secrets` says which key takes the file in place of the secret."""

    secrets: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _no_secret_here(cls, value: Any) -> Any:
        for key, instead in cls.secrets.items():
            if isinstance(value, dict) and key in value:
                message = (
                    f"{key} is a secret, which does not belong here; write it to a file that Alertmanager "
                    f"can read, and give {instead}: its path"
                )
                raise ValueError(message)
        return value


class Webhook(Way):
    """Alertmanager's webhook. `url_file` needs Alertmanager 0.26; `credentials_file` is a bearer token."""

    secrets = {"credentials": "credentials_file", "token": "credentials_file"}  # noqa: RUF012

    url: Annotated[str, AfterValidator(_plain)] | None = None
    url_file: SecretFile | None = None
    credentials_file: SecretFile | None = None

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
        if re.match(r"[a-z]+://[^/?#]*@", value):
            message = "a password does not belong here; use credentials_file or url_file"
            raise ValueError(message)
        parts = urlsplit(_url(value))
        host = parts.hostname or ""
        if any(f".{host}".endswith(f".{known.lstrip('.')}") for known in _SECRET_HOSTS) or any(
            _SECRET_PARAMETERS.fullmatch(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        ):
            message = "whoever has this URL may post to it; write it to a file and give url_file: its path"
            raise ValueError(message)
        return value


class Pagerduty(Way):
    """PagerDuty, Events API v2."""

    secrets = dict.fromkeys(("routing_key", "service_key"), "routing_key_file")

    routing_key_file: SecretFile


class Slack(Way):
    """A Slack channel by incoming webhook."""

    secrets = {"api_url": "api_url_file"}  # noqa: RUF012

    api_url_file: SecretFile
    channel: Plain


class Opsgenie(Way):
    """Opsgenie; `api_url` where it is not api.opsgenie.com, e.g. https://api.eu.opsgenie.com/."""

    secrets = {"api_key": "api_key_file"}  # noqa: RUF012

    api_key_file: SecretFile
    api_url: Url | None = None


class Teams(Way):
    """Microsoft Teams by the URL of a workflow. Needs Alertmanager 0.28."""

    secrets = dict.fromkeys(("webhook_url", "url"), "webhook_url_file")

    webhook_url_file: SecretFile


class Email(Entry):
    """Mail; the server stands in `smtp`."""

    to: Plain = Field(pattern=r"^[^@\s,<>\"]+@[^@\s,<>\"]+(, ?[^@\s,<>\"]+@[^@\s,<>\"]+)*$")


class Reach(Entry):
    """The ways of one channel; all of them are used."""

    webhook: Webhook | None = None
    pagerduty: Pagerduty | None = None
    slack: Slack | None = None
    opsgenie: Opsgenie | None = None
    teams: Teams | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Reach:
        if not self.words():
            message = f"names no way to reach anybody ({', '.join(Reach.model_fields)})"
            raise ValueError(message)
        return self

    def words(self) -> list[str]:
        """Each way in a word or two, as a person would name it; never an address that may be a secret."""
        said = {
            "PagerDuty": self.pagerduty,
            "Opsgenie": self.opsgenie,
            "Slack": self.slack and f"Slack {self.slack.channel}",
            "Microsoft Teams": self.teams,
            "email": self.email and f"email to {self.email.to}",
            "webhook": self.webhook and f"webhook {self.webhook.url or self.webhook.url_file}",
        }
        return [way if isinstance(way, str) else name for name, way in said.items() if way]


class Receivers(Entry):
    """One team: what wakes somebody, what opens a ticket, what is only told.

    Attributes:
        business_hours: of this team's tickets, in place of those of all.
    """

    page: Reach | None = None
    ticket: Reach | None = None
    info: Reach | None = None
    business_hours: BusinessHours | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_default(cls, value: Any) -> Any:
        """The word `default` instead of receivers: everything goes to the default team's."""
        if value == "default":
            return {}
        if not value or isinstance(value, str):
            message = f"expected channels ({', '.join(CHANNELS)}), or the word default for those of default"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _hours_of_something(self) -> Receivers:
        if self.business_hours and not self.ticket:
            message = "business_hours are those of tickets, and there is no ticket"
            raise ValueError(message)
        return self

    def reach(self, channel: Channel) -> Reach | None:
        """The ways of a channel, None if the team has none of its own."""
        return {"page": self.page, "ticket": self.ticket, "info": self.info}[channel]


class Smtp(Way):
    """The mail server, for receivers by email."""

    secrets = {"password": "password_file"}  # noqa: RUF012

    smarthost: str = Field(pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")
    sender: Plain = Field(alias="from")
    username: Plain | None = None
    password_file: SecretFile | None = None
