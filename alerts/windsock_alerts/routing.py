"""`alertmanager.yaml`: who hears what, what is one incident, and what holds what back."""

from __future__ import annotations

from typing import Any

from windsock.airflow_label import in_routes
from windsock.business_hours import BusinessHours
from windsock.owners import DEFAULT_TEAM, Owners
from windsock.receivers import CHANNELS, Channel
from windsock_alerts import integrations, reachable
from windsock_alerts.durations import prometheus
from windsock_alerts.inhibitors import DAG_PROCESSOR, PLATFORM, SCHEDULER
from windsock_alerts.reachable import reaches
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import Thresholds

NOBODY = "nobody"
WATCHDOG = "watchdog"
# What `windsock alerts test` sends; it goes the way of the team's alerts, only quicker.
TEST = "WindsockTest"
_BUSINESS_HOURS = "business-hours"
_WEEKDAYS = {
    day[:3]: day for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
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


def alertmanager(
    settings: Settings, owners: Owners, *, name: str, demo: bool = False, shadow: bool = False
) -> dict[str, Any]:
    """The configuration.

    Args:
        settings: times and base URLs.
        owners: the teams and how to reach them.
        name: what errors call the owners file.
        demo: addresses on this machine itself are fine.
        shadow: the same routes and groups, and not one message leaves.

    Raises:
        BadInput: nobody hears the pages of teams without receivers, mail without server, loopback in earnest.
    """
    if not shadow:
        reachable.check(settings, owners, name=name, demo=demo)
    hours = _time_intervals(owners)
    receivers = [{"name": NOBODY}, *_receivers(owners)]
    if shadow:
        receivers = [{"name": receiver["name"]} for receiver in receivers]
    config: dict[str, Any] = {
        **({} if shadow else integrations.global_settings(owners)),
        "route": _route(settings.thresholds, owners),
        **({"time_intervals": hours} if hours else {}),
        "inhibit_rules": _inhibit_rules(),
        "receivers": receivers,
    }
    return {part: in_routes(value, settings.airflow_label) for part, value in config.items()}


def _receivers(owners: Owners) -> list[dict[str, Any]]:
    teams = [
        integrations.receiver(f"{team}-{channel}", channel, reach)
        for (team, channel), reach in reaches(owners).items()
    ]
    if not owners.watchdog:
        return teams
    watchdog = {**integrations.webhook(owners.watchdog), "send_resolved": False}
    return [{"name": WATCHDOG, "webhook_configs": [watchdog]}, *teams]


def receiver_of(owners: Owners, team: str, channel: Channel) -> str:
    """The receiver that hears a team's channel: its own, the default team's, or nobody."""
    for candidate in (team, DEFAULT_TEAM):
        own = owners.receivers.get(candidate)
        if own and own.reach(channel):
            return f"{candidate}-{channel}"
    return NOBODY


def _route(times: Thresholds, owners: Owners) -> dict[str, Any]:
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
    known = reaches(owners)
    for channel in CHANNELS:
        teams = [
            {
                "matchers": [f'team="{team}"'],
                "receiver": f"{team}-{channel}",
                **_hours(owners, channel, team),
                **_inner(times, owners, channel, team),
            }
            for team in owners.receivers
            if (team, channel) in known and team != DEFAULT_TEAM
        ]
        routes.append(
            {
                "matchers": [f'severity="{channel}"'],
                "receiver": receiver_of(owners, DEFAULT_TEAM, channel),
                **_timing(times, channel),
                **_hours(owners, channel, DEFAULT_TEAM),
                "routes": [*teams, *_inner(times, owners, channel, DEFAULT_TEAM).get("routes", [])],
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


def _inner(times: Thresholds, owners: Owners, channel: Channel, team: str) -> dict[str, Any]:
    """One incident per SLA of a team, whatever its cause; it leaves at once, it has waited long enough."""
    if channel == "info":
        return {}
    sla: dict[str, Any] = {
        "matchers": ['alertname=~"AirflowSlaBreached|AirflowSlaAtRisk"'],
        "group_by": ["airflow", "team", "sla"],
        "group_wait": prometheus(times.sla_group_wait),
        # A route does not inherit them.
        **_hours(owners, channel, team),
    }
    # At any hour, and it is over as soon as it is said to be.
    test = {"matchers": [f'alertname="{TEST}"'], "group_wait": "0s", "group_interval": "5s"}
    return {"routes": [sla, test]}


def _hours(owners: Owners, channel: Channel, team: str) -> dict[str, Any]:
    """When a channel of a team is heard; without a word, always."""
    if channel != "ticket":
        return {}
    own = owners.receivers.get(team)
    if own and own.business_hours:
        return {"active_time_intervals": [f"{_BUSINESS_HOURS}-{team}"]}
    return {"active_time_intervals": [_BUSINESS_HOURS]} if owners.business_hours else {}


def _time_intervals(owners: Owners) -> list[dict[str, Any]]:
    of_all = {_BUSINESS_HOURS: owners.business_hours}
    of_teams = {f"{_BUSINESS_HOURS}-{team}": own.business_hours for team, own in owners.receivers.items()}
    return [_time_interval(name, hours) for name, hours in {**of_all, **of_teams}.items() if hours]


def _time_interval(name: str, hours: BusinessHours) -> dict[str, Any]:
    return {
        "name": name,
        "time_intervals": [
            {
                "weekdays": [_WEEKDAYS[day] for day in hours.days],
                "times": [{"start_time": hours.begin, "end_time": hours.end}],
                "location": hours.timezone,
            }
        ],
    }


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
