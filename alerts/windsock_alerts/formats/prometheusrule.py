"""The rules as `PrometheusRule` objects of the Prometheus operator, one per subject.

One object with everything could outgrow the 256 KiB that `kubectl apply` keeps of an object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windsock_alerts.formats.manifest import Place, documents
from windsock_alerts.rule import Group
from windsock_alerts.settings import Settings


def text(groups: Iterable[Group], settings: Settings, place: Place) -> str:
    """All objects in one file."""
    return documents(_object(group, settings, place) for group in groups)


def _object(group: Group, settings: Settings, place: Place) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": place.metadata(f"windsock-{group.subject}"),
        "spec": group.render(settings),
    }
