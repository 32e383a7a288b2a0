"""What stands behind the small i of a panel, and in it while it is empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from windsock.airflow_versions import VERSIONS
from windsock.cardinality import Preset
from windsock.catalog import sla
from windsock.metric import Database, Metric, Process, Statsd
from windsock_alerts.rule import Alert
from windsock_dashboards.shapes.mistakes import DashboardError, no_such

_PRESETS = {
    Preset.MINIMAL: "",
    Preset.DEFAULT: ", not --cardinality minimal",
    Preset.FULL: " --cardinality full",
}
# What is readable where otherwise a number stands.
_BRIEF = 24
_ALL_VERSIONS = {"all", f"{VERSIONS[0]} to {VERSIONS[-1]}"}


@dataclass(frozen=True, slots=True)
class About:
    """A panel in four answers, a sentence or two each; our own dashboards give them all.

    Attributes:
        why: why it is here. Its first sentence alone must carry the point.
        normal: what it shows on a good day.
        bad: what it shows on a bad one, and what that means.
        then: where to look next, or what to do.
    """

    why: str
    normal: str = ""
    bad: str = ""
    then: str = ""

    def __post_init__(self) -> None:
        for name in ("why", "normal", "bad", "then"):
            if not (getattr(self, name) or "no answer.").endswith((".", "?")):
                raise DashboardError(f"About.{name} must be one or more sentences: {getattr(self, name)!r}")


def described(
    about: About, shown: Iterable[Metric], watched: Iterable[str], alerts: Mapping[str, Alert]
) -> str:
    """The whole description in Markdown: the four answers, the alerts, and what is shown.

    Args:
        about: the answers.
        shown: the metrics behind the panel.
        watched: names of alerts that watch the same.
        alerts: every alert there is.

    Raises:
        DashboardError: no such alert.
    """
    answers = {"Normal": about.normal, "Not normal": about.bad, "Next": about.then}
    lines = [about.why, *(f"**{name}:** {answer}" for name, answer in answers.items() if answer)]
    for name in watched:
        if name not in alerts:
            raise no_such("alert", name, sorted(alerts))
        alert = alerts[name]
        severities = "/".join(severity.value for severity in alert.severities)
        lines.append(
            f"**Alert** `{name}` ({severities}{', opt-in' if alert.optional else ''}): {alert.when}."
        )
    lines += [f"`{metric}`: {metric.help} ({_needs(metric)})" for metric in shown]
    return "\n\n".join(lines)


def why_empty(shown: Iterable[Metric], *, brief: bool = False) -> str:
    """What the metrics behind a panel need, for a panel without data; empty if anybody has them.

    Args:
        shown: the metrics.
        brief: of several conditions only the one that fewest fulfil; the description has them all.
    """
    needs = dict.fromkeys(_needs(metric) for metric in shown)
    # What needs StatsD of some versions only is not why a panel is empty that shows something of all.
    least = [need for need in needs if not any(need != less and need.startswith(less) for less in needs)]
    if brief:
        least = [_rarest(need) for need in least[:1]]
    return f"no data: needs {' or '.join(least)}" if least else ""


def _rarest(need: str) -> str:
    parts = need.split(", ")
    if len(need) <= _BRIEF:
        return need
    return parts[-1] if parts[-1].startswith("Airflow") else parts[0]


def _needs(metric: Metric) -> str:
    source = metric.source
    match source:
        case Statsd():
            return "StatsD" + _versions(source.versions)
        case Database():
            return "windsock serve" + _PRESETS[source.least] + _versions(source.versions)
        case Process():
            return "an SLA in slas.yaml" if metric in sla.METRICS else "windsock serve"


def _versions(versions: str) -> str:
    return "" if versions in _ALL_VERSIONS else f", Airflow {versions}"
