"""`prometheus.yml`: the four scrape jobs, with the target label that says which Airflow it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windsock.artifact import to_yaml


def prometheus_yml(
    *,
    airflow: str,
    targets: Mapping[str, str],
    rules: Sequence[str],
    alertmanager: str,
    interval_seconds: float = 15,
) -> str:
    """The whole file.

    Args:
        airflow: value of the target label `airflow`.
        targets: scrape job -> `host:port`, in the order in which the jobs shall stand.
        rules: rule files, globs allowed, relative to the file's own folder.
        alertmanager: `host:port` of the Alertmanager.
        interval_seconds: between two scrapes and between two evaluations; heartbeats older than 45 s count as
            silence, so it must be well below that.
    """
    every = _duration(interval_seconds)
    config: dict[str, Any] = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": list(rules),
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [target], "labels": {"airflow": airflow}}]}
            for job, target in targets.items()
        ],
    }
    return to_yaml(config)


def _duration(seconds: float) -> str:
    return f"{seconds:g}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"
