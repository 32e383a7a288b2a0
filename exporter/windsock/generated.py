"""The one list of generated files; each part of Windsock adds its own."""

from __future__ import annotations

from windsock.artifact import Artifact
from windsock.collect.grants import ARTIFACTS as GRANTS
from windsock.collect.matrix import ARTIFACTS as MATRIX
from windsock.deploy.compose import artifacts as compose
from windsock.deploy.kubernetes.files import artifacts as kubernetes
from windsock.families import ARTIFACTS as FAMILIES
from windsock.migration.pages import ARTIFACTS as MIGRATION
from windsock.reference import ARTIFACTS as REFERENCE
from windsock.sla.schema import ARTIFACTS as SLA_SCHEMA
from windsock.statsd.evidence_page import ARTIFACTS as EVIDENCE
from windsock.statsd.lines import ARTIFACTS as LINES
from windsock.statsd.lint.page import ARTIFACTS as LINT
from windsock.statsd.mapping import ARTIFACTS as MAPPINGS


def artifacts() -> list[Artifact]:
    """Every generated file. Needs the extra `[all]`, for the dashboards."""
    from windsock_alerts import build as alerts  # noqa: PLC0415 (`serve` never needs the rules)
    from windsock_dashboards import build as dashboards  # noqa: PLC0415 (only `generate` needs grafanalib)

    return [
        *GRANTS,
        *MATRIX,
        *REFERENCE,
        *FAMILIES,
        *SLA_SCHEMA,
        *MAPPINGS,
        *LINES,
        *LINT,
        *EVIDENCE,
        *MIGRATION,
        *alerts.artifacts(),
        *dashboards.artifacts(),
        *compose(),
        *kubernetes(),
    ]
