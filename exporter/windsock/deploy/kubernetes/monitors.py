"""ServiceMonitors of the Prometheus operator: which Airflow each target is of, and how often it is asked."""

from __future__ import annotations

from typing import Any

from windsock.deploy.kubernetes import exporter, objects, statsd

# The value of the label that says which Airflow it is; an overlay gives it another.
AIRFLOW_NAME = "prod"


def everything() -> list[dict[str, Any]]:
    """One for each exporter."""
    return [_monitor(exporter.NAME), _monitor(statsd.NAME)]


def _monitor(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": objects.metadata(name),
        "spec": {
            # The job is called as the rules expect it, not as the operator would.
            "jobLabel": "app.kubernetes.io/name",
            "selector": {"matchLabels": objects.selector(name)},
            "endpoints": [
                {
                    "port": "http",
                    "interval": "15s",
                    "scrapeTimeout": "10s",
                    "relabelings": [
                        {"targetLabel": "airflow", "replacement": AIRFLOW_NAME, "action": "replace"},
                        # A new pod is the same exporter: without these its series go on.
                        {"regex": "pod|container|endpoint", "action": "labeldrop"},
                    ],
                }
            ],
        },
    }
