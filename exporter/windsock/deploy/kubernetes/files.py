"""The files of `deploy/kubernetes/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windsock.airflow_versions import VERSIONS
from windsock.artifact import HEADER, Artifact, to_yaml
from windsock.deploy.kubernetes import chart, exporter, monitors, objects, statsd
from windsock.yamlfile import parse

FOLDER = "deploy/kubernetes"
_KUSTOMIZATION = """\
# `kubectl apply --server-side -k deploy/kubernetes`,
# or a base of your own: what to change stands in docs/kubernetes.md.
"""


def artifacts() -> list[Artifact]:
    """Every file; the base holds plain objects, so that `kubectl apply -f` does too."""
    own_host = f"{statsd.NAME}.{objects.MONITORING}"
    return [
        Artifact(f"{FOLDER}/kustomization.yaml", _kustomization),
        *(Artifact(f"{FOLDER}/{name}", render) for name, render in _RESOURCES.items()),
        *(
            Artifact(
                f"{FOLDER}/airflow-chart-{version}.values.yaml",
                lambda version=version: chart.with_the_charts_exporter(version),  # type: ignore[misc]
            )
            for version in ("2.11", VERSIONS[-1])
        ),
        Artifact(
            f"{FOLDER}/airflow-chart-{VERSIONS[-1]}-our-statsd.values.yaml",
            lambda: chart.with_our_exporter(VERSIONS[-1], own_host),
        ),
    ]


def _kustomization() -> str:
    data = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": objects.MONITORING,
        "resources": list(_RESOURCES),
    }
    return HEADER + _KUSTOMIZATION + to_yaml(data).removeprefix(HEADER)


def _rules() -> str:
    from windsock_alerts import build  # noqa: PLC0415 (`serve` never needs the rules)
    from windsock_alerts.formats import prometheusrule  # noqa: PLC0415 (see above)
    from windsock_alerts.formats.manifest import Place  # noqa: PLC0415 (see above)
    from windsock_alerts.settings import Settings  # noqa: PLC0415 (see above)

    settings = parse(exporter.FILES["alerts.yaml"], Settings, name="alerts.yaml")
    return prometheusrule.text(build.groups(settings, "default"), settings, Place())


def _dashboards() -> str:
    from windsock_dashboards import build, deliver  # noqa: PLC0415 (only `generate` needs grafanalib)

    boards = build.boards(build.Settings(windsock_url=exporter.PUBLIC_URL))
    found = deliver.configmaps(boards, deliver.Delivery(folder="Airflow"))
    return HEADER + "---\n".join(each.text for each in found)


def _documents(found: list[dict[str, Any]]) -> str:
    return HEADER + "---\n".join(to_yaml(each).removeprefix(HEADER) for each in found)


_RESOURCES: dict[str, Callable[[], str]] = {
    "windsock.yaml": lambda: _documents(exporter.everything()),
    "statsd-exporter.yaml": lambda: _documents(statsd.everything()),
    "servicemonitors.yaml": lambda: _documents(monitors.everything()),
    "prometheusrules.yaml": _rules,
    "dashboards.yaml": _dashboards,
}
