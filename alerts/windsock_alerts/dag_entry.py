"""One entry of `dags` in `alerts.yaml`: for which DAGs, and what differs for them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from windsock.sla import words
from windsock.yamlfile import Entry
from windsock_alerts.thresholds import DagThresholds, given

SELECTORS = ("dag", "tag", "team", "tier")
SeverityName = Literal["page", "ticket", "info"]


class DagChoice(Entry):
    """What differs for one alert; the key in `alerts` is its name."""

    enabled: bool = Field(default=True, description="false: it does not fire for these DAGs.")
    severity: SeverityName | None = Field(None, description="Of these DAGs.")

    @model_validator(mode="after")
    def _says_something(self) -> DagChoice:
        if self.enabled == (self.severity is None):
            raise ValueError("give a severity (page, ticket, info), or enabled: false")
        return self


class DagEntry(Entry):
    """What differs for some DAGs. For each threshold and alert the first entry that matches counts."""

    dag: words.Glob | None = Field(None, description="A DAG id or a glob (*, ?, […]); case matters.")
    tag: words.Glob | None = Field(None, description="A tag or a glob: the DAGs that have one such tag.")
    team: words.TeamName | None = Field(None, description="A team of owners.yaml: the DAGs that it owns.")
    tier: words.Tier | None = Field(None, description="The DAGs with an SLA of this tier in slas.yaml.")
    thresholds: DagThresholds | None = Field(None, description="Thresholds that are others for these DAGs.")
    alerts: dict[str, DagChoice] = Field(
        default_factory=dict, description="Alerts by name that matter more, or less, for these DAGs."
    )

    @model_validator(mode="after")
    def _says_something(self) -> DagEntry:
        if all(getattr(self, key) is None for key in SELECTORS):
            raise ValueError(f"says of no DAG: give {', '.join(SELECTORS[:-1])} or {SELECTORS[-1]}")
        if not self.alerts and not given(self.thresholds):
            raise ValueError("says nothing: give thresholds or alerts")
        return self

    @property
    def subject(self) -> str:
        """For which DAGs, as written: `dag finance_*, tier 1`."""
        given = ((key, getattr(self, key)) for key in SELECTORS)
        return ", ".join(f"{key} {value}" for key, value in given if value is not None)
