"""The files of each format, from the same settings and teams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from windsock.artifact import to_yaml
from windsock.errors import BadInput
from windsock.owners import Owners
from windsock_alerts import build
from windsock_alerts.formats import alertmanagerconfig, fragment, held, merge, mimir, prometheusrule
from windsock_alerts.formats.manifest import Place
from windsock_alerts.routing import alertmanager
from windsock_alerts.rule import Group
from windsock_alerts.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the files are made from.

    Attributes:
        settings: with durations already divided, if they are to be.
        owners: the teams and how to reach them.
        alerts_file: what errors call the alerts file.
        owners_file: what errors call the owners file.
        place: where Kubernetes objects go.
        into: the configuration of others that the fragment is merged into.
        demo: addresses on this machine itself are fine.
        shadow: not one message leaves.
    """

    settings: Settings
    owners: Owners
    alerts_file: str
    owners_file: str
    place: Place
    into: Path | None = None
    demo: bool = False
    shadow: bool = False

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The rules."""
        return build.groups(self.settings, self.owners.platform)

    @cached_property
    def routes(self) -> dict[str, Any]:
        """The whole Alertmanager configuration."""
        return alertmanager(
            self.settings, self.owners, name=self.owners_file, demo=self.demo, shadow=self.shadow
        )

    @cached_property
    def fragment(self) -> dict[str, Any]:
        """Our part of an Alertmanager configuration."""
        return fragment.fragment(self.routes, self.settings.labels, name=self.alerts_file)

    @cached_property
    def theirs(self) -> str:
        """The configuration that the fragment is merged into."""
        assert self.into  # noqa: S101 (asked for only then)
        try:
            # Line ends as they are: only lines are added.
            with self.into.open(encoding="utf-8", newline="") as file:
                return file.read()
        except (OSError, ValueError) as error:
            raise BadInput(f"--into: {self.into}: cannot be read: {error}") from error


def files(formats: Iterable[str], source: Source) -> dict[str, str]:
    """File name to text, of all these formats.

    Raises:
        BadInput: nobody can be reached, an address may not be used, or a format needs more than there is.
    """
    found: dict[str, str] = {}
    for each in formats:
        found |= _of(each, source)
    return found


def warnings(formats: Iterable[str], source: Source) -> list[str]:
    """What is written as wished and yet may not do what is expected."""
    found = []
    if "alertmanagerconfig" in formats:
        found.append(alertmanagerconfig.unheard(source.settings.labels, source.place.namespace))
    if source.into:
        theirs: Mapping[str, Any] = yaml.safe_load(source.theirs)
        alerts = build.alerts(source.settings, source.owners.platform)
        rest = {**theirs, "inhibit_rules": _of_others(theirs, source.fragment)}
        found += [f"{source.into}: {line}" for line in held.held(rest, alerts, source.settings)]
    return [line for line in found if line]


def _of(form: str, source: Source) -> dict[str, str]:
    if form == "rules":
        return build.rule_files(source.settings, source.owners)
    return dict([_MAKERS[form](source)])


def _prometheusrule(source: Source) -> tuple[str, str]:
    text = prometheusrule.text(source.groups, source.settings, source.place)
    return "windsock.prometheusrules.yaml", text


def _mimir(source: Source) -> tuple[str, str]:
    return "windsock.mimir.yaml", mimir.text(source.groups, source.settings)


def _alertmanager(source: Source) -> tuple[str, str]:
    return "alertmanager.yaml", to_yaml(source.routes)


def _alertmanagerconfig(source: Source) -> tuple[str, str]:
    text = alertmanagerconfig.text(source.fragment, source.place, owners=source.owners_file)
    return "windsock.alertmanagerconfig.yaml", text


def _fragment(source: Source) -> tuple[str, str]:
    if source.into:
        merged = merge.merged(source.theirs, source.fragment, name=str(source.into))
        return "alertmanager-merged.yaml", merged
    return "alertmanager-fragment.yaml", fragment.text(source.fragment)


_MAKERS: dict[str, Callable[[Source], tuple[str, str]]] = {
    "prometheusrule": _prometheusrule,
    "mimir": _mimir,
    "alertmanager": _alertmanager,
    "alertmanager-fragment": _fragment,
    "alertmanagerconfig": _alertmanagerconfig,
}
# Every format.
FORMATS = ("rules", *_MAKERS)


def _of_others(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Any]:
    return [rule for rule in theirs.get("inhibit_rules") or () if rule not in ours["inhibit_rules"]]
