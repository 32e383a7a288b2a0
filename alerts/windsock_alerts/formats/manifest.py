"""Kubernetes objects as files: one document each, the header once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from windsock.artifact import HEADER, to_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where objects go.

    Attributes:
        namespace: None leaves it to `kubectl --namespace` or kustomize.
        labels: by which an operator selects them.
    """

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def metadata(self, name: str) -> dict[str, Any]:
        """The part `metadata` of one object."""
        return {
            "name": name,
            **({"namespace": self.namespace} if self.namespace else {}),
            "labels": {"app.kubernetes.io/part-of": "windsock", **self.labels},
        }


def documents(objects: Iterable[Mapping[str, Any]]) -> str:
    """One file of several objects."""
    return HEADER + "---\n".join(to_yaml(dict(each)).removeprefix(HEADER) for each in objects)
