"""Taking the state of an installation: catalogue, rules, dashboards, and what Prometheus has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from windsock import __version__, families
from windsock import owners as teams
from windsock.doctor.finding import Finding
from windsock.doctor.panels import shown
from windsock.doctor.run import run
from windsock.doctor.state import Dashboard, Panel, Rule, State
from windsock.errors import BadInput
from windsock.remote import Prometheus, Remote

if TYPE_CHECKING:
    from windsock_alerts.settings import Settings

T = TypeVar("T")
_OURS = "airflow_.*|windsock_.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is there now.

    Attributes:
        state: what can be saved.
        others: each rule that Prometheus has loaded and each panel that Grafana has, anybody's, as answers
            call it -> its expressions.
    """

    state: State
    others: Mapping[str, tuple[str, ...]]


def take(
    *,
    alerts_file: Path | None,
    owners_file: Path | None,
    airflow: str | None,
    name: str | None,
    prometheus_url: str | None,
    grafana: Remote | None,
    seconds: float,
) -> Taken:
    """Look at what there is.

    Args:
        alerts_file: what the rules and thresholds are made from; defaults without it.
        owners_file: who the platform team is.
        airflow: line such as `3.3`, of which the metrics are taken.
        name: value of the label `airflow`, of which the series are taken.
        prometheus_url: without it the state has no series.
        grafana: whose panels are asked what they read; None leaves them out.
        seconds: that Prometheus and Grafana may take each for everything.

    Raises:
        BadInput: a file or address is wrong, or one of them does not answer in time.
    """
    from windsock_alerts import build  # noqa: PLC0415 (`serve` never needs the rules)

    settings = build.read_settings(alerts_file)
    series: dict[str, int] | None = None
    others: dict[str, tuple[str, ...]] = {}
    if prometheus_url is not None:
        remote = Prometheus(prometheus_url, wait=seconds, label=settings.airflow_label)
        series, others = _in_time(
            "prometheus/reached", seconds, lambda: (_series(remote, name), _loaded(remote))
        )
    if grafana is not None:
        others |= _in_time("grafana/reached", seconds, lambda: shown(grafana))
    state = State(
        taken=datetime.now(timezone.utc).replace(microsecond=0),
        windsock=__version__,
        airflow=airflow,
        name=name,
        metrics=families.families(airflow),
        series=series,
        rules=_rules(settings, teams.read(owners_file).platform),
        dashboards=_dashboards(settings),
    )
    return Taken(state=state, others=others)


def _in_time(check: str, seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` gives. In a thread of its own: a server that sends a byte now and then must not hang us."""
    found: list[T] = []

    def look() -> tuple[Finding, ...]:
        found.append(ask())
        return ()

    wrong = run({check: look}, seconds=seconds)
    if not found:
        raise BadInput("; ".join(each.message for each in wrong))
    return found[0]


def _series(remote: Prometheus, name: str | None) -> dict[str, int]:
    where = f', airflow="{name}"' if name else ""
    rows = remote.query(f'count by (__name__) ({{__name__=~"{_OURS}"{where}}})')
    counts = {labels["__name__"]: int(count) for labels, count in rows}
    return _by_family(counts)


def _by_family(counts: Mapping[str, int]) -> dict[str, int]:
    """Of histograms one line each: as many as it has counts."""
    histograms = {name.removesuffix("_bucket") for name in counts if name.endswith("_bucket")}
    found = {}
    for name, count in sorted(counts.items()):
        base, _, suffix = name.rpartition("_")
        if base not in histograms or suffix not in {"bucket", "count", "sum"}:
            found[name] = count
        elif suffix == "count":
            found[base] = count
    return found


def _loaded(remote: Prometheus) -> dict[str, tuple[str, ...]]:
    try:
        groups = remote.get("/api/v1/rules")["data"]["groups"]
        rules = sorted((rule["name"], rule["query"]) for group in groups for rule in group["rules"])
    except (KeyError, TypeError) as error:
        raise remote.is_not(error) from error
    return {
        f"rule {name}": tuple(query for _, query in same)
        for name, same in itertools.groupby(rules, key=lambda rule: rule[0])
    }


def _rules(settings: Settings, platform: str) -> dict[str, tuple[Rule, ...]]:
    from windsock_alerts import build  # noqa: PLC0415 (see above)

    found: dict[str, list[Rule]] = {}
    for group in build.groups(settings, platform):
        for rule in group.render(settings)["groups"][0]["rules"]:
            made = Rule(
                expr=rule["expr"],
                severity=rule.get("labels", {}).get("severity", ""),
                hold=rule.get("for", ""),
            )
            found.setdefault(rule.get("alert") or rule["record"], []).append(made)
    return {name: tuple(rules) for name, rules in found.items()}


def _dashboards(settings: Settings) -> dict[str, Dashboard] | None:
    try:
        from windsock_dashboards import build  # noqa: PLC0415 (only some have the extra)
        from windsock_dashboards.shapes.layout import every_panel  # noqa: PLC0415
    except ImportError:
        return None
    made = build.boards(build.Settings(label=settings.airflow_label, alerts=settings))
    return {
        board["uid"]: Dashboard(
            title=board["title"],
            panels={
                str(panel["id"]): _panel(panel) for _, panel in every_panel(board) if panel["type"] != "row"
            },
        )
        for board in made
    }


def _panel(panel: Mapping[str, Any]) -> Panel:
    fields = panel.get("fieldConfig", {})
    return Panel(
        title=panel.get("title", ""),
        unit=fields.get("defaults", {}).get("unit", ""),
        columns=dict(_columns(fields.get("overrides", ()))),
        queries=tuple(target["expr"] for target in panel.get("targets", ()) if "expr" in target),
    )


def _columns(overrides: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for each in overrides:
        for wanted in each.get("properties", ()):
            if wanted["id"] == "unit":
                yield str(each["matcher"].get("options", "")), wanted["value"]
