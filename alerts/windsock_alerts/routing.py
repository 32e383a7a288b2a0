"""`alertmanager.yaml`: who hears what, what is one incident, and what holds what back."""

from __future__ import annotations

from typing import Any

from windsock.errors import BadInput
from windsock.owners import DEFAULT_TEAM, Owners
from windsock.receivers import CHANNELS, Channel, Reach, Webhook, is_loopback
from windsock_alerts.durations import prometheus
from windsock_alerts.inhibitors import DAG_PROCESSOR, PLATFORM, SCHEDULER
from windsock_alerts.messages import BODY, TITLE
from windsock_alerts.settings import Environment, Settings
from windsock_alerts.thresholds import Thresholds

NOBODY = "nobody"
WATCHDOG = "watchdog"
# Alerts that a dead platform explains. Import errors and the platform's own are not among them.
DAG_LEVEL = (
    "AirflowSlaBreached",
    "AirflowDagOverdue",
    "AirflowDagLastRunFailed",
    "AirflowCanaryLate",
    "AirflowManyDagsOverdue",
    "AirflowQueueStuck",
)
# What a page for an SLA of the same DAG says anyway.
SAID_BY_SLA = ("AirflowDagOverdue", "AirflowDagLastRunFailed")


def alertmanager(settings: Settings, owners: Owners, *, name: str) -> dict[str, Any]:
    """The configuration; `name` is what errors call the owners file.

    Raises:
        BadInput: nobody hears the pages of teams without receivers, mail without server, loopback in earnest.
    """
    _check(settings, owners, name)
    reaches = _reaches(owners)
    receivers: list[dict[str, Any]] = [{"name": NOBODY}]
    if owners.watchdog:
        watchdog = {**_webhook(owners.watchdog), "send_resolved": False}
        receivers.append({"name": WATCHDOG, "webhook_configs": [watchdog]})
    receivers += [_receiver(receiver, reach) for receiver, reach in reaches.items()]
    config: dict[str, Any] = {}
    if owners.smtp:
        config["global"] = _smtp(owners)
    return {
        **config,
        "route": _route(settings.thresholds, owners, set(reaches)),
        "inhibit_rules": _inhibit_rules(),
        "receivers": receivers,
    }


def receiver_of(owners: Owners, team: str, channel: Channel) -> str:
    """The receiver that hears a team's channel: its own, the default team's, or nobody."""
    for candidate in (team, DEFAULT_TEAM):
        own = owners.receivers.get(candidate)
        if own and own.reach(channel):
            return f"{candidate}-{channel}"
    return NOBODY


def _reaches(owners: Owners) -> dict[str, Reach]:
    return {
        f"{team}-{channel}": reach
        for team, own in owners.receivers.items()
        for channel in CHANNELS
        if (reach := own.reach(channel))
    }


def _route(times: Thresholds, owners: Owners, known: set[str]) -> dict[str, Any]:
    routes: list[dict[str, Any]] = [
        {"matchers": ['severity="inhibitor"'], "receiver": NOBODY},
        {
            "matchers": ['alertname="Watchdog"'],
            "receiver": WATCHDOG if owners.watchdog else NOBODY,
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": prometheus(times.watchdog_repeat),
            "repeat_interval": prometheus(times.watchdog_repeat),
        },
    ]
    for channel in CHANNELS:
        teams = [
            {"matchers": [f'team="{team}"'], "receiver": f"{team}-{channel}", **_inner(times, channel, team)}
            for team in owners.receivers
            if f"{team}-{channel}" in known and team != DEFAULT_TEAM
        ]
        fallback = receiver_of(owners, DEFAULT_TEAM, channel)
        routes.append(
            {
                "matchers": [f'severity="{channel}"'],
                "receiver": fallback,
                **_timing(times, channel),
                "routes": [*teams, *_inner(times, channel, DEFAULT_TEAM).get("routes", [])],
            }
        )
    # An alert without a severity of ours is a mistake somewhere: somebody hears of it.
    return {"receiver": receiver_of(owners, DEFAULT_TEAM, "page"), "group_by": ["..."], "routes": routes}


def _timing(times: Thresholds, channel: Channel) -> dict[str, Any]:
    if channel == "page":
        return {
            "group_by": ["airflow", "team", "alertname"],
            "group_wait": prometheus(times.page_group_wait),
            "group_interval": prometheus(times.group_interval),
            "repeat_interval": prometheus(times.page_repeat),
        }
    if channel == "ticket":
        return {
            "group_by": ["airflow", "team", "alertname"],
            "group_wait": prometheus(times.ticket_group_wait),
            "group_interval": prometheus(times.group_interval),
            "repeat_interval": prometheus(times.ticket_repeat),
        }
    # A digest: one message per team and Airflow, at most one in an hour.
    return {
        "group_by": ["airflow", "team"],
        "group_wait": prometheus(times.info_group_wait),
        "group_interval": prometheus(times.info_group_interval),
        "repeat_interval": prometheus(times.ticket_repeat),
    }


def _inner(times: Thresholds, channel: Channel, team: str) -> dict[str, Any]:
    """One incident per SLA of a team, whatever its cause; it leaves at once, it has waited long enough."""
    if channel == "info":
        return {}
    own: dict[str, Any] = {
        "matchers": ['alertname="AirflowSlaBreached"'],
        "group_by": ["airflow", "team", "sla"],
        "group_wait": prometheus(times.sla_group_wait),
    }
    return {"routes": [own]} if team else {}


def _inhibit_rules() -> list[dict[str, Any]]:
    dag_level = f'alertname=~"{"|".join(DAG_LEVEL)}"'
    return [
        {
            "source_matchers": [f'alertname=~"{SCHEDULER}|{PLATFORM}"', 'severity="inhibitor"'],
            "target_matchers": [dag_level],
            "equal": ["airflow"],
        },
        {
            "source_matchers": [f'alertname="{DAG_PROCESSOR}"', 'severity="inhibitor"'],
            "target_matchers": ['alertname="AirflowImportErrors"'],
            "equal": ["airflow"],
        },
        {
            "source_matchers": ['alertname="AirflowManyDagsOverdue"', 'severity="page"'],
            "target_matchers": ['alertname="AirflowDagOverdue"'],
            "equal": ["airflow"],
        },
        {
            "source_matchers": ['alertname="AirflowSlaBreached"', 'severity="page"'],
            "target_matchers": [f'alertname=~"{"|".join(SAID_BY_SLA)}"'],
            "equal": ["airflow", "dag_id"],
        },
    ]


def _receiver(name: str, reach: Reach) -> dict[str, Any]:
    receiver: dict[str, Any] = {"name": name}
    resolved = not name.endswith("-info")
    if reach.webhook:
        receiver["webhook_configs"] = [{**_webhook(reach.webhook), "send_resolved": resolved}]
    if reach.pagerduty:
        receiver["pagerduty_configs"] = [
            {
                "routing_key_file": reach.pagerduty.routing_key_file,
                "description": TITLE,
                "severity": "critical" if name.endswith("-page") else "warning",
                "details": {"page": BODY},
                "send_resolved": resolved,
            }
        ]
    if reach.slack:
        receiver["slack_configs"] = [
            {
                "api_url_file": reach.slack.api_url_file,
                "channel": reach.slack.channel,
                "title": TITLE,
                "text": BODY,
                "send_resolved": resolved,
            }
        ]
    if reach.email:
        receiver["email_configs"] = [
            {
                "to": reach.email.to,
                "headers": {"Subject": TITLE},
                "html": "",
                "text": BODY,
                "send_resolved": resolved,
            }
        ]
    return receiver


def _webhook(webhook: Webhook) -> dict[str, Any]:
    config: dict[str, Any] = {"url": webhook.url} if webhook.url else {"url_file": webhook.url_file}
    if webhook.credentials_file:
        config["http_config"] = {"authorization": {"credentials_file": webhook.credentials_file}}
    return config


def _smtp(owners: Owners) -> dict[str, Any]:
    assert owners.smtp  # noqa: S101 (the caller asks only then)
    found = {
        "smtp_smarthost": owners.smtp.smarthost,
        "smtp_from": owners.smtp.sender,
        "smtp_auth_username": owners.smtp.username,
        "smtp_auth_password_file": owners.smtp.password_file,
    }
    return {key: value for key, value in found.items() if value}


def _check(settings: Settings, owners: Owners, name: str) -> None:
    reaches = _reaches(owners)
    if f"{DEFAULT_TEAM}-page" not in reaches:
        raise BadInput(
            f"{name}: receivers.default.page: is missing; it hears the pages of every team without its own"
        )
    for receiver, reach in reaches.items():
        if reach.email and not owners.smtp:
            raise BadInput(f"{name}: smtp: is missing; {receiver.replace('-', ' ')} goes by email")
    if settings.environment is Environment.DEMO:
        return
    for receiver, reach in reaches.items():
        if reach.webhook and reach.webhook.url and is_loopback(reach.webhook.url):
            raise BadInput(
                f"{name}: receivers: {receiver}: {reach.webhook.url} is this machine itself; "
                "give the address that Alertmanager reaches it at, or set environment: demo"
            )
    for airflow in ("", *settings.airflows):
        urls = settings.urls_of(airflow)
        for key in ("windsock", "grafana", "prometheus"):
            if is_loopback(url := getattr(urls, key)):
                raise BadInput(
                    f"urls.{key}: {url} is this machine itself, and nobody on call can open it; "
                    "set it in the alerts file (--alerts-file), or set environment: demo there"
                )
