"""All rules and the Alertmanager configuration, from settings and owners to files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from windsock.artifact import Artifact, to_yaml
from windsock.owners import Owners
from windsock.owners import read as read_owners
from windsock.yamlfile import Lines, load_with_lines
from windsock_alerts import (
    capacity,
    check,
    choice,
    dags,
    database,
    depends,
    feeds,
    inhibitors,
    instances,
    monitoring,
    outlook,
    parsing,
    per_airflow,
    platform,
    promises,
    queues,
    ratios,
    reference,
    running,
    scheduling,
    schema,
    sla,
    statsd,
    triggers,
    watching,
)
from windsock_alerts.routing import alertmanager
from windsock_alerts.rule import Alert, Group
from windsock_alerts.settings import Settings

GENERATED = "alerts/generated"
# The committed files are those of the demo, without its time factor.
DEMO_ALERTS = Path("demo/alerts.yaml")
DEMO_OWNERS = Path("demo/owners.yaml")


def read_settings(path: Path | None) -> Settings:
    """The alerts file, or the defaults without one.

    Raises:
        BadInput: see `windsock.yamlfile.load`, and `windsock_alerts.check`.
    """
    return Settings() if path is None else read_with_lines(path)[0]


def read_with_lines(path: Path) -> tuple[Settings, Lines]:
    """Like `read_settings`, together with the places of all keys."""
    settings, lines = load_with_lines(path, Settings)
    check.check(settings, lines, alerts(Settings(), "default", every=True), lambda: depends.uses(every))
    return settings, lines


def groups(settings: Settings, team: str, *, every: bool = False) -> tuple[Group, ...]:
    """The groups with the alerts that the settings choose, or with every alert there is.

    Args:
        settings: the user's.
        team: the platform team.
        every: optional and disabled ones too.
    """
    found = _groups(settings, team)
    if every:
        return found
    own = {name: settings.of(name) for name in settings.differing}
    return per_airflow.combined(
        found,
        choice.chosen(found, settings),
        {name: choice.chosen(_groups(each, team), each) for name, each in own.items()},
    )


def _groups(settings: Settings, team: str) -> tuple[Group, ...]:
    return (
        inhibitors.group(settings),
        platform.group(settings, team),
        statsd.group(settings, team),
        queues.group(settings, team),
        sla.group(settings),
        dags.group(settings, team),
        watching.group(settings, team),
        monitoring.group(settings, team),
        capacity.group(settings, team),
        *(
            module.group(settings, team)
            for module in (
                instances,
                scheduling,
                triggers,
                parsing,
                running,
                ratios,
                outlook,
                promises,
                database,
            )
        ),
    )


def alerts(settings: Settings, team: str, *, every: bool = False) -> tuple[Alert, ...]:
    """The alerts of all groups, see `groups`."""
    found = groups(settings, team, every=every)
    return tuple(rule for group in found for rule in group.rules if isinstance(rule, Alert))


def files(
    settings: Settings, owners: Owners, *, owners_file: str, demo: bool = False, shadow: bool = False
) -> dict[str, str]:
    """File name to text: one rule file per subject, and `alertmanager.yaml`.

    Args:
        settings: with durations already divided, if they are to be.
        owners: the teams and how to reach them.
        owners_file: what errors call the owners file.
        demo: addresses on this machine itself are fine.
        shadow: the same rules and routes, and not one message leaves.

    Raises:
        BadInput: nobody can be reached, or an address may not be used.
    """
    routes = partial(alertmanager, settings, owners, name=owners_file, demo=demo, shadow=shadow)
    return {name: render() for name, render in _renderers(settings, owners, routes).items()}


def rule_files(settings: Settings, owners: Owners) -> dict[str, str]:
    """Only the rule files of `files`."""
    return {name: render() for name, render in _rules(settings, owners).items()}


def _renderers(
    settings: Settings, owners: Owners, routes: Callable[[], dict[str, Any]]
) -> dict[str, Callable[[], str]]:
    return {**_rules(settings, owners), "alertmanager.yaml": lambda: to_yaml(routes())}


def _rules(settings: Settings, owners: Owners) -> dict[str, Callable[[], str]]:
    return {
        f"windsock-{group.subject}.rules.yaml": partial(_rule_file, group, settings)
        for group in groups(settings, owners.platform)
    }


def _rule_file(group: Group, settings: Settings) -> str:
    return to_yaml(group.render(settings))


def _demo() -> dict[str, Callable[[], str]]:
    settings, owners = read_settings(DEMO_ALERTS), read_owners(DEMO_OWNERS)
    routes = partial(alertmanager, settings, owners, name=str(DEMO_OWNERS))
    return _renderers(settings, owners, routes)


def artifacts() -> tuple[Artifact, ...]:
    """The committed files; they are rendered below the current directory, a checkout."""
    names = [f"windsock-{group.subject}.rules.yaml" for group in groups(Settings(), "default")]
    demo = cache(_demo)
    files = [
        Artifact(f"{GENERATED}/{name}", lambda name=name: demo()[name]())  # type: ignore[misc]
        for name in [*names, "alertmanager.yaml"]
    ]
    return (*files, Artifact("docs/alerts.md", _page), Artifact(schema.PATH, _schema))


def as_for(settings: Settings, airflow: str | None) -> dict[str, tuple[Alert, bool]]:
    """Every alert as it is for one Airflow, or for those without their own, and whether it is built."""
    alone = settings.of(airflow or "").model_copy(update={"airflows": {}})
    built = {alert.name: (alert, True) for alert in alerts(alone, "platform")}
    rest = {alert.name: (alert, False) for alert in alerts(alone, "platform", every=True)}
    return {**rest, **built}


def every(settings: Settings) -> tuple[Group, ...]:
    """Every rule there is."""
    return groups(settings, "platform", every=True)


def _page() -> str:
    found = every(Settings())
    return reference.render(
        alerts(Settings(), "platform", every=True), depends.uses(every), feeds.presets(found)
    )


def _schema() -> str:
    return schema.render(alerts(Settings(), "platform", every=True))
