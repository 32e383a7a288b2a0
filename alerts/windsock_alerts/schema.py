"""The JSON Schema of `alerts.yaml`, for editors: what can be said without reading the whole file."""

from __future__ import annotations

from typing import Any

from windsock.schema import plain, text
from windsock_alerts.dag_entry import SELECTORS
from windsock_alerts.durations import prometheus
from windsock_alerts.rule import Alert
from windsock_alerts.settings import Settings

PATH = "exporter/generated/alerts.schema.json"


def render(alerts: tuple[Alert, ...]) -> str:
    """The schema as text, with the names of all alerts. `windsock alerts check` finds what it cannot say."""
    found = plain(Settings.model_json_schema())
    routed = [alert.name for alert in alerts if alert.routed]
    by_airflow = [alert.name for alert in alerts if alert.routed and "airflow" in alert.identity]
    for model in (found, *found["$defs"].values()):
        for key in model.get("properties", {}).values():
            _default_as_written(key)
    _name(found, routed)
    _name(found["$defs"]["Airflow"], by_airflow)
    entry = found["$defs"]["DagEntry"]
    _name(entry, [alert.name for alert in alerts if alert.by_dag])
    entry["anyOf"] = [{"required": [key]} for key in SELECTORS]
    return text("Alerts of Windsock", found)


def _default_as_written(key: dict[str, Any]) -> None:
    """Durations as text; what a part of the file has by default, its own keys say."""
    default = key.get("default")
    if isinstance(default, dict | list):
        del key["default"]
    elif isinstance(default, float) and key.get("type") == "string":
        key["default"] = prometheus(default)


def _name(model: dict[str, Any], alerts: list[str]) -> None:
    model["properties"]["alerts"]["propertyNames"] = {"enum": alerts}
