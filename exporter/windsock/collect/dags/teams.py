"""Airflow's own teams, of 3.2 and later: a bundle belongs to one, and so do its DAGs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Team(NamedTuple):
    """A team."""

    team: str


class BundleTeam(NamedTuple):
    """A bundle and its team."""

    bundle: str
    team: str


def teams(of: Flavour) -> Statement[Team] | None:
    """The whole table."""
    if not of.since("3.2"):
        return None
    return make("teams", Team, "SELECT name AS team FROM team", reads={"team": ("name",)})


def bundle_teams(of: Flavour) -> Statement[BundleTeam] | None:
    """The whole table."""
    if not of.since("3.2"):
        return None
    return make(
        "bundle_teams",
        BundleTeam,
        "SELECT dag_bundle_name AS bundle, team_name AS team FROM dag_bundle_team",
        reads={"dag_bundle_team": ("dag_bundle_name", "team_name")},
    )


class Teams(NamedTuple):
    """Every team, and the team of each bundle that has one."""

    names: tuple[str, ...]
    of_bundle: Mapping[str, str]


class TeamsCollector(Collector[Teams]):
    """Reads `team` and `dag_bundle_team`; without teams in Airflow they are empty."""

    name = "teams"
    tier = Tier.SLOW
    reads = (teams, bundle_teams)

    def read(self, reader: Reader) -> Teams:
        """Both tables."""
        names = sorted(row.team for row in reader.rows(teams))
        return Teams(tuple(names), {row.bundle: row.team for row in reader.rows(bundle_teams)})

    def add(self, figures: Figures, value: Teams, scene: Scene) -> None:
        """How many DAGs each team has, with zeros."""
        counts = Counter(value.of_bundle.get(dag.row.bundle or "") for dag in scene.dags.values())
        for name in value.names:
            figures.add(dags.TEAM_DAGS, counts[name], airflow_team=name)
