"""`windsock serve` on Kubernetes."""

from __future__ import annotations

from typing import Any

from windsock import __version__
from windsock.deploy import services
from windsock.deploy.kubernetes import objects

NAME = services.JOB_WINDSOCK
CONFIG = "windsock-config"
DATABASE = "windsock-database"
_PORT = 9112
_ETC, _STATE, _SECRET = "/etc/windsock", "/var/lib/windsock", "/run/secrets/windsock"
# Of PostgreSQL, MySQL and pgbouncer; Airflow's API server, which is probed.
_DATABASES = (5432, 3306, 6432)
_API_SERVER = 8080
_DNS = 53
PUBLIC_URL = "https://windsock.example.org"
# The files that a user replaces. They are as good as none: nothing is promised, nobody owns anything.
FILES = {
    "slas.yaml": "# docs/slas.md\nslas: []\n",
    "owners.yaml": "# docs/paging.md; receivers are for `windsock alerts build` alone\nteams: []\n",
    "alerts.yaml": (
        "# docs/alerts.md. Build the rules again after a change: docs/existing.md.\n"
        "urls:\n"
        f"  windsock: {PUBLIC_URL}\n"
        "  grafana: https://grafana.example.org\n"
        "  prometheus: https://prometheus.example.org\n"
    ),
}


def everything() -> list[dict[str, Any]]:
    """Its objects."""
    return [_config(), _claim(), _deployment(), _service(), _policy()]


def _config() -> dict[str, Any]:
    return objects.configmap(CONFIG, FILES)


def _claim() -> dict[str, Any]:
    """Which SLAs are breached, since when files are broken, and counters: megabytes."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": objects.metadata(NAME),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }


def _deployment() -> dict[str, Any]:
    arguments = services.windsock(
        listen=f"0.0.0.0:{_PORT}",
        airflow_url="http://airflow-api-server.airflow:8080",
        airflow_public_url="https://airflow.example.org",
        slas=f"{_ETC}/slas.yaml",
        owners=f"{_ETC}/owners.yaml",
        alerts=f"{_ETC}/alerts.yaml",
        state=_STATE,
    )
    container = objects.container(
        NAME,
        f"windsock:{__version__}",
        arguments,
        env=[{"name": "WINDSOCK_DATABASE_URL_FILE", "value": f"{_SECRET}/url"}],
        ports=[{"name": "http", "containerPort": _PORT}],
        # The first reading may take a minute; alive it is before.
        readinessProbe=objects.probe("/-/ready", "http", every=5, failures=3),
        livenessProbe=objects.probe("/-/healthy", "http", every=15, failures=5),
        resources={"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        volumeMounts=[
            {"name": "config", "mountPath": _ETC, "readOnly": True},
            {"name": "database", "mountPath": _SECRET, "readOnly": True},
            {"name": "state", "mountPath": _STATE},
        ],
    )
    volumes = [
        {"name": "config", "configMap": {"name": CONFIG}},
        # It holds a password: read by the process alone.
        {"name": "database", "secret": {"secretName": DATABASE, "defaultMode": 0o440}},
        {"name": "state", "persistentVolumeClaim": {"claimName": NAME}},
    ]
    return objects.deployment(NAME, {"containers": [container], "volumes": volumes})


def _service() -> dict[str, Any]:
    return objects.service(NAME, [objects.port("http", _PORT)])


def _policy() -> dict[str, Any]:
    return objects.policy(
        NAME,
        ingress=[{"from": [objects.namespace(objects.MONITORING)], "ports": objects.ports(_PORT)}],
        egress=[
            {"ports": [*objects.ports(_DNS, protocol="UDP"), *objects.ports(_DNS)]},
            {"ports": objects.ports(*_DATABASES)},
            {"to": [objects.namespace(objects.AIRFLOW)], "ports": objects.ports(_API_SERVER)},
        ],
    )
