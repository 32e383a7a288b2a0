"""`windsock alerts explain`: why an alert fires, or does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from windsock.cli import alerts_live_options as options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.remote import Alertmanager, Labels, Prometheus
from windsock.spoken import moment

if TYPE_CHECKING:
    from windsock_alerts.live.explain import Explanation
    from windsock_alerts.rule import Alert
# An alert that lives on either half, or on neither, has no need to be told of.
_NEEDS = {"database": "`windsock serve`", "StatsD": "StatsD", "both": "`windsock serve` and of StatsD"}


@click.command(name="explain")
@click.argument("name", metavar="ALERT")
@click.option("--dag", "dag_id", metavar="ID", help="Only this DAG, with the limits that it has of its own.")
@click.option("--airflow", metavar="NAME", help="Only this Airflow: the value of the label `airflow`.")
@options.alerts_file
@options.prometheus_url
@options.alertmanager_url
@options.form
@common
def command(
    *,
    name: str,
    dag_id: str | None,
    airflow: str | None,
    alerts_file: Path | None,
    prometheus_url: str | None,
    alertmanager_url: str | None,
    form: str,
) -> None:
    """Say what an alert means, which limits count, and why it fires or does not.

    From the alerts file alone: the condition in words, each threshold with its value and where that stands
    (default, or file:line; for one Airflow, for a DAG), and which alerts hold it back. With --prometheus-url
    also now: each instance that fires, waits for its hold, or is held back and by what, and the figures that
    decide, the largest first. With --alertmanager-url also what became of those that fire: inhibited,
    silenced by whom, or at which receiver.

    \b
    Example:
      windsock alerts explain AirflowDagOverdue
      windsock alerts explain AirflowDagOverdue --dag finance_daily --alerts-file alerts.yaml
          --prometheus-url http://127.0.0.1:9090 --alertmanager-url http://127.0.0.1:9093
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts import build, choice  # noqa: PLC0415 (`serve` never needs the rules)
    from windsock_alerts.live.explain import explain  # noqa: PLC0415 (see above)
    from windsock_alerts.live.limits import File  # noqa: PLC0415 (see above)
    from windsock_alerts.settings import Settings  # noqa: PLC0415 (see above)

    settings, lines = build.read_with_lines(alerts_file) if alerts_file else (Settings(), None)
    known = build.as_for(settings, airflow)
    if name not in known:
        raise BadInput(f"{name}: {choice.unknown(name, known)}")
    wanted = {"airflow": airflow, "dag_id": dag_id}
    alert, built = known[name]
    _check(alert, wanted)
    found = explain(
        File(settings, lines, alerts_file),
        alert,
        built=built,
        wanted={label: value for label, value in wanted.items() if value is not None},
        prometheus=Prometheus(prometheus_url, label=settings.airflow_label) if prometheus_url else None,
        alertmanager=Alertmanager(alertmanager_url, label=settings.airflow_label)
        if alertmanager_url
        else None,
        now=datetime.now(timezone.utc),
    )
    if form == "json":
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
        return
    now_too = () if found.loaded is None else (*_live(found, dag_id), *_looked(found))
    for line in (*_static(found), *now_too):
        click.echo(line)


def _check(alert: Alert, wanted: dict[str, str | None]) -> None:
    for label, flag in (("airflow", "--airflow"), ("dag_id", "--dag")):
        if wanted[label] is not None and label not in alert.identity:
            raise BadInput(
                f"{flag}: {alert.name} is not about one {'DAG' if label == 'dag_id' else 'Airflow'}"
            )


def _static(found: Explanation) -> Iterator[str]:
    alert = found.alert
    severities = " or ".join(severity.value for severity in alert.severities)
    capped = "; staging: at most a ticket" if found.capped else ""
    yield f"{alert.name}: {severities}{capped}, {f'team {alert.team}' if alert.team else 'team of the DAG'}"
    if not found.built:
        yield "  It is not built: enable it in alerts.yaml, then `windsock alerts build`."
    yield f"  Fires when {alert.when}."
    if alert.needs.value in _NEEDS:
        yield f"  Needs figures of {_NEEDS[alert.needs.value]}."
    if found.held_by:
        yield f"  Neither begins nor ends while one of these fires: {', '.join(found.held_by)}."
    if found.limits:
        yield "Thresholds"
    for limit in found.limits:
        whose = f" for {limit.of}" if limit.of else ""
        yield f"  {limit.name}: {limit.value}{whose} ({limit.origin})"


def _live(found: Explanation, dag_id: str | None) -> Iterator[str]:
    yield "Now"
    if not found.loaded:
        yield "  Prometheus has no such rule: is the folder of `alerts build` in rule_files, was it reloaded?"
    for problem in found.problems:
        yield f"  The last evaluation failed: {problem}"
    for name, value in found.exported.items():
        yield f"  The exporter says for {dag_id}: {name} {value}"
    yield from _not_told(found, dag_id)
    if found.loaded and not found.standings:
        yield "  Does not fire: the condition holds for nothing that was asked for."
    for each in found.standings:
        told = "".join(f", {part}" for part in (each.severity, each.team and f"team {each.team}") if part)
        since = f", condition since {moment(each.since)}" if each.since else ""
        yield f"  {_labels(each.labels)}: {each.state.upper()}{told}{since}"
        for reason in each.why:
            yield f"    {reason}"


def _not_told(found: Explanation, dag_id: str | None) -> Iterator[str]:
    """Limits of the DAG that the file says and the exporter does not."""
    general = {limit.name: limit.value for limit in found.limits if not limit.of}
    for limit in found.limits if dag_id else ():
        own = limit.of == f"DAG {dag_id}" and limit.value != general[limit.name]
        if own and limit.name not in found.exported:
            yield f"  The exporter does not tell its {limit.name}: is `windsock serve` given this file?"


def _looked(found: Explanation) -> Iterator[str]:
    yield "What it looks at"
    for looked in found.looked:
        if not looked.figures:
            yield f"  {looked.selector}: no series"
        for figure in looked.figures:
            yield f"  {looked.selector.partition('{')[0]} {_labels(figure.labels)}: {figure.value}"
        if looked.more:
            yield f"  ... and {looked.more} more"


def _labels(labels: Labels) -> str:
    shown = ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__" and value)
    return shown or "(no labels)"


def _as_json(found: Explanation) -> dict[str, Any]:
    return {
        "alert": found.alert.name,
        "severities": [severity.value for severity in found.alert.severities],
        "team": found.alert.team,
        "when": found.alert.when,
        "built": found.built,
        "capped": found.capped,
        "held_by": list(found.held_by),
        "thresholds": [limit._asdict() for limit in found.limits],
        "exported": found.exported,
        "rules": found.loaded,
        "problems": list(found.problems),
        "instances": [
            {**each._asdict(), "since": each.since.isoformat() if each.since else None}
            for each in found.standings
        ],
        "looks_at": [
            {
                "selector": each.selector,
                "more": each.more,
                "series": [figure._asdict() for figure in each.figures],
            }
            for each in found.looked
        ],
    }
