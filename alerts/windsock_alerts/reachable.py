"""Whether the people that `owners.yaml` names can be reached, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from windsock.errors import BadInput
from windsock.owners import DEFAULT_TEAM, Owners
from windsock.receivers import CHANNELS, Channel, Reach, is_loopback
from windsock_alerts.settings import Environment, Settings


def reaches(owners: Owners) -> dict[tuple[str, Channel], Reach]:
    """(team, channel) to the team's own ways, in the order of the file."""
    return {
        (team, channel): reach
        for team, own in owners.receivers.items()
        for channel in CHANNELS
        if (reach := own.reach(channel))
    }


def check(settings: Settings, owners: Owners, *, name: str, demo: bool) -> None:
    """Refuse what nobody would hear.

    Args:
        settings: with the base URLs of links.
        owners: the teams.
        name: what errors call the owners file.
        demo: addresses on this machine itself are fine.

    Raises:
        BadInput: the first thing that is wrong.
    """
    demo = demo or settings.environment is Environment.DEMO
    for wrong in (*_nobody(owners), *(() if demo else _loopback(owners))):
        raise BadInput(f"{name}: {wrong}")
    for wrong in () if demo else _links(settings):
        raise BadInput(wrong)


def silent(owners: Owners) -> list[str]:
    """What is allowed and yet may surprise: alerts that reach nobody."""
    if owners.receivers.get(DEFAULT_TEAM) and (DEFAULT_TEAM, "ticket") not in reaches(owners):
        return ["receivers.default.ticket: is missing: tickets of teams without their own reach nobody"]
    return []


def _nobody(owners: Owners) -> Iterator[str]:
    known = reaches(owners)
    if (DEFAULT_TEAM, "page") not in known:
        yield "receivers.default.page: is missing; it hears the pages of every team without its own"
    for team in (*(entry.team for entry in owners.teams), owners.platform):
        if team not in owners.receivers:
            yield (
                f"receivers.{team}: is missing; say how this team is reached, "
                f"or write `{team}: default` for the receivers of default"
            )
    for (team, channel), reach in known.items():
        if reach.email and not owners.smtp:
            yield f"smtp: is missing; receivers.{team}.{channel} goes by email"


def _loopback(owners: Owners) -> Iterator[str]:
    for (team, channel), reach in reaches(owners).items():
        for address in (reach.webhook and reach.webhook.url, reach.opsgenie and reach.opsgenie.api_url):
            if address and is_loopback(address):
                yield (
                    f"receivers.{team}.{channel}: {address} is this machine itself; "
                    "give the address that Alertmanager reaches it at, or say --demo"
                )


def _links(settings: Settings) -> Iterator[str]:
    for airflow in ("", *settings.airflows):
        urls = settings.urls_of(airflow)
        for key in ("windsock", "grafana", "prometheus", "alertmanager"):
            if (url := getattr(urls, key)) and is_loopback(url):
                yield (
                    f"urls.{key}: {url} is this machine itself, and nobody on call can open it; "
                    "set it in the alerts file (--alerts-file), or say --demo"
                )
