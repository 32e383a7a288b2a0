"""The configuration of one run: the given files with the run's own ports, and what is built from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from demo.stack.ports import HOST, USUAL
from windsock.deploy import services
from windsock.deploy.scrape import prometheus_yml
from windsock.owners import read as read_owners
from windsock_alerts import build


def write(
    folder: Path,
    *,
    ports: Mapping[str, int],
    slas: Path,
    owners: Path,
    alerts: Path,
    airflow_label: str,
    interval_seconds: float,
    time_factor: float,
) -> None:
    """Write slas, owners, alerts, the rules, alertmanager.yaml and prometheus.yml into `folder`.

    Raises:
        BadInput: one of the given files is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in {"slas.yaml": slas, "owners.yaml": owners, "alerts.yaml": alerts}.items():
        (folder / name).write_text(with_ports(path.read_text("utf-8"), ports), encoding="utf-8")
    teams = folder / "owners.yaml"
    settings = build.read_settings(folder / "alerts.yaml").divided(time_factor)
    for name, text in build.files(settings, read_owners(teams), owners_file=str(teams)).items():
        (folder / name).write_text(text, encoding="utf-8")
    jobs = {
        services.JOB_WINDSOCK: "windsock",
        services.JOB_STATSD: "statsd-exporter",
        services.JOB_PROMETHEUS: "prometheus",
        services.JOB_ALERTMANAGER: "alertmanager",
    }
    scrape = prometheus_yml(
        airflow=airflow_label,
        targets={job: f"{HOST}:{ports[service]}" for job, service in jobs.items()},
        rules=["*.rules.yaml"],
        alertmanager=f"{HOST}:{ports['alertmanager']}",
        interval_seconds=interval_seconds,
    )
    (folder / "prometheus.yml").write_text(scrape, encoding="utf-8")


def with_ports(text: str, ports: Mapping[str, int]) -> str:
    """The text with every usual loopback address of a service replaced by the one of this run."""
    services_by_port = {str(port): name for name, port in USUAL.items()}
    return re.sub(
        rf"{re.escape(HOST)}:({'|'.join(services_by_port)})\b",
        lambda found: f"{HOST}:{ports[services_by_port[found[1]]]}",
        text,
    )
