"""The one list of generated files; each part of Windsock adds its own."""

from __future__ import annotations

from windsock.artifact import Artifact
from windsock.reference import ARTIFACTS as REFERENCE


def artifacts() -> list[Artifact]:
    """Every generated file. Needs the extra `[all]`, for the dashboards."""
    return [*REFERENCE]
