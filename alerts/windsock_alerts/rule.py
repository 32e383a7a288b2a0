"""What an alert and a recording are: values, checked on construction, rendered as Prometheus rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from windsock.airflow_label import in_rule
from windsock.catalog import alerting
from windsock_alerts import links
from windsock_alerts.durations import prometheus
from windsock_alerts.settings import Environment, Settings

_NAME = re.compile(r"^(?:[A-Z][a-z0-9]+)+$")
_RECORD = re.compile(r"^[a-z_]+:[a-z_]+:[a-z_]+$")


class Severity(str, Enum):
    """An action: wake somebody, open a ticket, tell in a digest. Inhibitors reach nobody."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"
    INHIBITOR = "inhibitor"


class Needs(str, Enum):
    """Which half of Windsock feeds an alert: metrics of the database, of StatsD, or neither of them."""

    DATABASE = "database"
    STATSD = "StatsD"
    EITHER = "either"
    BOTH = "both"
    NEITHER = "neither"


class RuleError(ValueError):
    """A rule breaks a house rule; the message names both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording rule, `level:metric:operation`."""

    record: str
    expr: str

    def __post_init__(self) -> None:
        if not _RECORD.match(self.record):
            raise RuleError(f"recording {self.record!r}: a name is level:metric:operation")

    def render(self, settings: Settings) -> dict[str, Any]:  # noqa: ARG002 (same signature as an alert's)
        """The rule as Prometheus reads it."""
        return {"record": self.record, "expr": self.expr}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alerting rule. Runbook and dashboard links follow from its name and dashboard.

    Attributes:
        expr: PromQL; its series carry `identity`, and `team` and `severity` where those are not fixed.
        severities: one is a fixed label; several mean that the expression sets the label, the usual one
            first. Where DAGs may have their own (`own.severed`), the expression sets it too.
        team: the team that owns it; None means that the expression sets the label.
        identity: the labels besides severity and team; never one whose value changes while it fires.
        hold: seconds the expression must hold before it fires.
        keep: seconds it goes on firing after the expression has ended.
        summary: the title of a page, at most 100 characters when rendered.
        description: the body, at most 5 lines; values and units come from templates.
        worst: of several in one incident, the few that matter most; else the page names the first ones.
        dashboard: uid of the dashboard that shows the problem.
        opens: labels whose value the dashboard is opened with.
        extra: further links, annotation name to path below windsock.
        when: for the documentation, in words.
        survives_windsock: its links must not lead to windsock, because windsock is what is down.
        needs: without which half it never fires; `EITHER` fires from each alone.
        optional: built only where `alerts.yaml` enables it; all others unless it disables them.
    """

    name: str
    expr: str
    severities: tuple[Severity, ...]
    team: str | None
    identity: tuple[str, ...] = ("airflow",)
    hold: float = 0
    keep: float = 0
    summary: str
    description: str
    worst: str = ""
    dashboard: str = "windsock-platform"
    opens: tuple[str, ...] = ("airflow",)
    extra: dict[str, str] = field(default_factory=dict)
    when: str
    survives_windsock: bool = False
    needs: Needs = Needs.DATABASE
    optional: bool = False

    def __post_init__(self) -> None:
        for broken in self._broken_rules():
            raise RuleError(f"alert {self.name!r}: {broken}")

    @property
    def routed(self) -> bool:
        """Whether anybody hears of it."""
        return self.severities != (Severity.INHIBITOR,)

    @property
    def by_dag(self) -> bool:
        """Whether DAGs may have a severity of their own; the expression sets the label then."""
        return str(alerting.SEVERITY) in self.expr

    def render(self, settings: Settings) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        labels = {"severity": self._severity(settings), "team": self.team}
        rule: dict[str, Any] = {"alert": self.name, "expr": self.expr}
        if self.hold:
            rule["for"] = prometheus(self.hold)
        if self.keep:
            rule["keep_firing_for"] = prometheus(self.keep)
        if fixed := {name: value for name, value in labels.items() if value} | settings.labels:
            rule["labels"] = fixed
        rule["annotations"] = {
            "summary": self.summary,
            "description": self.description,
            **({"worst": self.worst} if self.worst else {}),
            "runbook_url": self._runbook(settings),
            "dashboard_url": links.dashboard(settings, self.dashboard, self.opens),
            **{name: links.windsock(settings, path) for name, path in self.extra.items()},
            **(links.silence(settings, self.name, self.identity) if self.routed else {}),
        }
        return rule

    def _runbook(self, settings: Settings) -> str:
        if self.survives_windsock and settings.urls.runbooks is None:
            return links.choose(settings, lambda urls: f"{urls.prometheus}/targets")
        return links.choose(
            settings, lambda urls: f"{urls.runbooks or urls.windsock + '/runbooks'}/{self.name}"
        )

    def _severity(self, settings: Settings) -> str | None:
        fixed = self.severities[0].value if len(self.severities) == 1 and not self.by_dag else None
        if Severity.PAGE not in self.severities and not self.by_dag:
            return fixed
        capped, by_name = links.differing(
            settings, lambda s, name: s.environment_of(name) is Environment.STAGING
        )
        if not by_name and not capped:
            return fixed
        if not by_name and fixed:
            return Severity.TICKET.value
        own = fixed or "{{ $labels.severity }}"
        lower = (
            "ticket" if fixed else '{{ if eq $labels.severity "page" }}ticket{{ else }}' + own + "{{ end }}"
        )
        if not by_name:
            return lower
        names = links.names_pattern(by_name)
        inside, outside = (own, lower) if capped else (lower, own)
        return f"{{{{ if match {names} $labels.airflow }}}}{inside}{{{{ else }}}}{outside}{{{{ end }}}}"

    def _broken_rules(self) -> list[str]:
        broken = []
        if not _NAME.match(self.name):
            broken.append("a name is words in CamelCase")
        if not self.severities:
            broken.append("it has no severity")
        if Severity.INHIBITOR in self.severities and not self.name.endswith("Silent"):
            broken.append("the name of an inhibitor ends in Silent")
        if {"severity", "team", "alertname"} & set(self.identity):
            broken.append("severity, team and alertname are no identity")
        if len(self.severities) > 1 and Severity.INHIBITOR in self.severities:
            broken.append("an inhibitor is nothing else")
        if not set(self.opens) <= set(self.identity):
            broken.append("the dashboard opens with labels that the alert does not have")
        if self.description.count("\n") > 4:
            broken.append("a description has at most 5 lines")
        if "\n" in self.summary or len(re.sub(r"\{\{.*?\}\}", "", self.summary)) > 70:
            broken.append("a summary is one line of at most 100 characters")
        if not self.when.strip():
            broken.append("it does not say when it fires")
        return broken


Rule = Alert | Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules of one subject, evaluated in order, one file each."""

    subject: str
    rules: tuple[Rule, ...]

    def render(self, settings: Settings) -> dict[str, Any]:
        """A Prometheus rule file with this one group."""
        return {
            "groups": [
                {
                    "name": f"windsock-{self.subject}",
                    "rules": [in_rule(rule.render(settings), settings.airflow_label) for rule in self.rules],
                }
            ]
        }
