"""Grafana's provisioning files: the data source and where the dashboards lie."""

from __future__ import annotations

from windsock.artifact import to_yaml


def datasources_yml(*, prometheus: str) -> str:
    """One Prometheus, the default one; `prometheus` is its base URL as Grafana reaches it."""
    source = {
        "name": "Prometheus",
        "uid": "prometheus",
        "type": "prometheus",
        "access": "proxy",
        "url": prometheus,
        "isDefault": True,
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
    }
    return to_yaml({"apiVersion": 1, "datasources": [source]})


def dashboards_yml(*, folder: str) -> str:
    """The dashboards in `folder`, kept as they are on disk."""
    provider = {
        "name": "windsock",
        "folder": "Airflow",
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": folder},
    }
    return to_yaml({"apiVersion": 1, "providers": [provider]})
