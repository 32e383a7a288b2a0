"""The part of `docs/alerts.md` about `alerts.yaml`: every key, every threshold, what needs what."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from windsock_alerts.dag_entry import DagChoice, DagEntry
from windsock_alerts.depends import Uses
from windsock_alerts.durations import prometheus
from windsock_alerts.settings import Airflow, Choice, ExpectedComponents, Jobs, Settings, Urls
from windsock_alerts.thresholds import OF_A_DAG, OF_ALL, Thresholds, is_duration

_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", Settings),
    ("urls.", Urls),
    ("expected_components.", ExpectedComponents),
    ("jobs.", Jobs),
    ("alerts.<Name>.", Choice),
    ("airflows.<name>.", Airflow),
    ("dags[].", DagEntry),
    ("dags[].alerts.<Name>.", DagChoice),
)
_MANY = 6

_INTRO = """
## What you can change

`alerts.yaml`; every key has a default. `windsock alerts check alerts.yaml` finds mistakes and says what
differs; `windsock alerts schema` prints a JSON Schema for editors
([exporter/generated/alerts.schema.json](../exporter/generated/alerts.schema.json)).

```yaml
urls: {windsock: "https://windsock.example.org", grafana: "https://grafana.example.org", \
prometheus: "https://prometheus.example.org"}
environment: production          # staging: tickets instead of pages; demo: loopback is fine
expected_components: {dag_processor: 1, triggerer: 0}
canary_dag: windsock_canary
ignore_queues: [nightly]         # queues whose workers are busy for longer than 10 minutes
jobs: {windsock: windsock, statsd: airflow-statsd, prometheus: prometheus, alertmanager: alertmanager}
thresholds: {dag_overdue: 30m, pool_exhausted: 1h}
alerts:                          # any alert, by its name
  AirflowClockSkew: {enabled: false}
  AirflowPoolExhausted: {severity: info, hold: 1h}
airflows:                        # where one Airflow differs; the key is its label `airflow`
  dev:
    environment: staging
    expected_components: {dag_processor: 0}
    thresholds: {dag_overdue: 2h}
    alerts: {AirflowImportErrors: {enabled: false}}
dags:                            # where single DAGs differ: by id, tag, team or tier of an SLA
  - {tier: 1, thresholds: {dag_overdue: 5m}, alerts: {AirflowDagOverdue: {severity: page}}}
  - {dag: "sandbox_*", alerts: {AirflowDagLastRunFailed: {enabled: false}}}
  - {tag: hourly, team: finance, thresholds: {failures_in_a_row: 1}}
```

Alerts that are not there by default are built where `enabled: true` says so. An inhibitor goes with the
last alert that pages for its problem, when that is switched off or pages no more. The severity of an SLA
stands in `slas.yaml`. Of an alert that has no `hold` of its own the time is part of the condition: a
threshold.

In `dags`, all that an entry asks for must be true of a DAG; **for each threshold and each alert the first
entry that matches and speaks of it counts**, else the general value. `severity` and `enabled: false` are
possible for the alerts {by_dag}. To have an
alert for some DAGs only, let the last entry switch it off for `dag: "*"`.

Base URLs on loopback, and receivers there, are refused but in the demo: nobody on call could open them.

| what you change | what it needs |
|---|---|
| `dags` | nothing: `windsock serve --alerts-file` reads the file again when it changes, and at SIGHUP |
| `urls.grafana`, for the links of the status board | a restart of `windsock serve` |
| all else | `windsock alerts build`, then a reload of Prometheus and Alertmanager (SIGHUP or `/-/reload`) |

A wrong file changes nothing: `windsock alerts build` and `windsock serve` refuse it at the start with file,
line, key and what is valid; while `serve` runs, the last good one counts, the log says so once, and
`windsock_alerts_file_last_reload_successful` is 0.

What `dags` says reaches the rules as series: `airflow_alert_threshold_seconds`, `airflow_alert_threshold`
and `airflow_alert_severity_info`, only for DAGs that differ, at most as many as `--max-series` allows. A DAG
without such a series is held to the general value, also while the exporter cannot tell. Replicas of the
exporter that have read another file for a moment give one alert, by the stricter of both. One file may serve
several Airflows; its `dags` hold for all those whose exporter is given it. `--time-factor` divides these
durations too.

| key | what | default |
|---|---|---|
"""
_THRESHOLDS = """
A threshold can differ for one Airflow, unless it says *one for all*, and for a DAG where it says so.

| threshold | default | what | may differ | alerts |
|---|---|---|---|---|
"""


def render(uses: Uses, by_dag: tuple[str, ...]) -> str:
    """The section.

    Args:
        uses: which thresholds decide about which alert.
        by_dag: alerts whose severity a DAG may have of its own.
    """
    names = ", ".join(f"`{name}`" for name in by_dag)
    return "".join(
        [
            _INTRO.replace("{by_dag}", names),
            *(_row(lead, model) for lead, model in _MODELS),
            _THRESHOLDS,
            *_thresholds(uses),
        ]
    )


def _row(lead: str, model: type[BaseModel]) -> str:
    rows = []
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel | dict | tuple) or default is None or default == "":
            shown = "–"
        else:
            shown = f"`{default.value if hasattr(default, 'value') else str(default).lower()}`"
        rows.append(f"| `{lead}{name}` | {field.description} | {shown} |\n")
    return "".join(rows)


def _thresholds(uses: Uses) -> Iterator[str]:
    for name, field in Thresholds.model_fields.items():
        value = field.default
        shown = prometheus(value) if is_duration(name) else f"{value:g}"
        differ = "one for all" if name in OF_ALL else "Airflow, DAG" if name in OF_A_DAG else "Airflow"
        alerts = [alert for alert, names in uses.items() if name in names]
        listed = ", ".join(alerts[:_MANY]) + (
            f" and {len(alerts) - _MANY} more" if len(alerts) > _MANY else ""
        )
        yield f"| `{name}` | {shown} | {field.description} | {differ} | {listed or 'Alertmanager'} |\n"
