"""Built dashboards as files: JSON for file provisioning, ConfigMaps for Grafana's sidecar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from windsock.artifact import HEADER, to_yaml
from windsock.errors import BadInput
from windsock_dashboards.shapes.layout import text

# What an object of Kubernetes may hold.
CONFIGMAP_LIMIT = 1_048_576
_FOLDER = re.compile(r"[^/\\\0]+")
_LABEL = re.compile(r"(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the files are wanted.

    Attributes:
        folder: Grafana's folder; empty leaves it to whoever provisions.
        sidecar_label: `name=value` by which Grafana's sidecar finds ConfigMaps.
        namespace: of ConfigMaps; empty leaves it to kubectl.

    Raises:
        BadInput: a value that Kubernetes or a file system refuses; the message names the option.
    """

    folder: str = ""
    sidecar_label: str = "grafana_dashboard=1"
    namespace: str = ""

    def __post_init__(self) -> None:
        if self.folder and (not _FOLDER.fullmatch(self.folder) or self.folder in {".", ".."}):
            raise BadInput(f"--folder: {self.folder!r} is not one folder's name, such as `Airflow`")
        name, equals, value = self.sidecar_label.partition("=")
        if not (equals and _LABEL.fullmatch(name) and _LABEL_VALUE.fullmatch(value)):
            raise BadInput(
                f"--sidecar-label: {self.sidecar_label!r} is not NAME=VALUE, such as `grafana_dashboard=1`"
            )
        if self.namespace and not _NAMESPACE.fullmatch(self.namespace):
            raise BadInput(f"--namespace: {self.namespace!r} is not a namespace, such as `monitoring`")


@dataclass(frozen=True, slots=True)
class File:
    """A file below the folder that was asked for."""

    path: str
    text: str


def json_files(dashboards: Iterable[Mapping[str, Any]], wanted: Delivery) -> list[File]:
    """One file per dashboard, in a folder of Grafana's name where one was given."""
    below = f"{wanted.folder}/" if wanted.folder else ""
    return [File(f"{below}{each['uid']}.json", text(each)) for each in dashboards]


def configmaps(dashboards: Iterable[Mapping[str, Any]], wanted: Delivery) -> list[File]:
    """One ConfigMap per dashboard.

    Raises:
        BadInput: a dashboard is larger than a ConfigMap may be.
    """
    return [File(f"{each['uid']}.configmap.yaml", _configmap(each, wanted)) for each in dashboards]


FORMATS: Mapping[str, Callable[[Iterable[Mapping[str, Any]], Delivery], list[File]]] = {
    "json": json_files,
    "configmap": configmaps,
}


def _configmap(dashboard: Mapping[str, Any], wanted: Delivery) -> str:
    name, _, value = wanted.sidecar_label.partition("=")
    metadata: dict[str, Any] = {
        "name": dashboard["uid"].lower().replace("_", "-"),
        "labels": {"app.kubernetes.io/part-of": "windsock", name: value},
    }
    if wanted.namespace:
        metadata["namespace"] = wanted.namespace
    if wanted.folder:
        metadata["annotations"] = {"grafana_folder": wanted.folder}
    # Without indentation: a third of the bytes, and nobody reads JSON inside YAML.
    body = json.dumps(dashboard, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if (size := len(body.encode())) > CONFIGMAP_LIMIT:
        raise BadInput(
            f"{dashboard['uid']}: {size} bytes, more than a ConfigMap may hold ({CONFIGMAP_LIMIT})"
        )
    head = to_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    # JSON on one line is a block of YAML as it is; PyYAML would look at each of its characters.
    return f"{head.removeprefix(HEADER)}data:\n  {dashboard['uid']}.json: |\n    {body}\n"
