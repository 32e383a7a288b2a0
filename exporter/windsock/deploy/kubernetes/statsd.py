"""statsd_exporter on Kubernetes, with our mapping and flags; one, since counters of two would be halves."""

from __future__ import annotations

import hashlib
from typing import Any

from windsock.airflow_versions import VERSIONS
from windsock.deploy import services
from windsock.deploy.kubernetes import objects
from windsock.statsd import mapping
from windsock.statsd.airflow_config import PORT as UDP
from windsock.statsd.options import Options

NAME = services.JOB_STATSD
VERSION = VERSIONS[-1]
_WEB = 9102
_ETC, _FILE = "/etc/statsd-exporter", "mapping.yml"


def everything() -> list[dict[str, Any]]:
    """Its objects."""
    text = mapping.render(Options(version=VERSION))
    return [objects.configmap(NAME, {_FILE: text}), _deployment(text), _service(), _policy()]


def _deployment(text: str) -> dict[str, Any]:
    arguments = services.statsd_exporter(mapping=f"{_ETC}/{_FILE}", udp=f":{UDP}", listen=f":{_WEB}")
    container = objects.container(
        NAME,
        services.IMAGES["statsd-exporter"],
        arguments,
        ports=[
            {"name": "http", "containerPort": _WEB},
            {"name": "statsd", "containerPort": UDP, "protocol": "UDP"},
        ],
        readinessProbe=objects.probe("/-/ready", "http", every=5, failures=3),
        livenessProbe=objects.probe("/-/healthy", "http", every=15, failures=5),
        resources={"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        volumeMounts=[{"name": "mapping", "mountPath": _ETC, "readOnly": True}],
    )
    return objects.deployment(
        NAME,
        {"containers": [container], "volumes": [{"name": "mapping", "configMap": {"name": NAME}}]},
        # A changed mapping starts it again.
        annotations={"windsock/mapping": hashlib.sha256(text.encode()).hexdigest()[:16]},
    )


def _service() -> dict[str, Any]:
    """Airflow resolves its address once, so it must be that of a Service, not of a pod."""
    return objects.service(NAME, [objects.port("statsd", UDP, "UDP"), objects.port("http", _WEB)])


def _policy() -> dict[str, Any]:
    return objects.policy(
        NAME,
        ingress=[
            {
                "from": [objects.namespace(objects.AIRFLOW)],
                "ports": objects.ports(UDP, protocol="UDP"),
            },
            {"from": [objects.namespace(objects.MONITORING)], "ports": objects.ports(_WEB)},
        ],
        egress=[],
    )
