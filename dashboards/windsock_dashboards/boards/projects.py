"""Panels of projects: DAGs by bundle and folder of their file."""

from __future__ import annotations

from windsock.catalog import dags
from windsock_dashboards.boards import parse
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.expr import in_unit
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Panel, Query, Series
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)
_PROJECT = ("bundle", "folder")


def panels(scope: Scope) -> tuple[Panel, ...]:
    """What is wrong by project, whether one lost DAGs, and the teams that Airflow itself knows."""
    # Not joined: with ten thousand DAGs that would take a second.
    known = scope.count(scope.max(dags.DAG_INFO, *_DAG, *_PROJECT), *_PROJECT)

    def counted(value: str) -> str:
        of_those = scope.one(dags.DAG_INFO, _DAG, _PROJECT, among=value)
        found = scope.count(scope.labelled(value, _DAG, _PROJECT, of_those), *_PROJECT)
        # Without zeros the column would not be there on a good day.
        return in_unit(f"{found} or 0 * {known}", Shown.NUMBER)

    return (
        Table(
            key="project-table",
            title="Which project has trouble?",
            about=About(
                "DAGs by bundle and folder of their file: a project per row, the largest first; 200 at most.",
                normal="Zeros in the columns of trouble.",
                bad="One project with many failures: its deployment or its source.",
                then="The overview, with the team of that project.",
            ),
            queries=scope.rows(
                _PROJECT,
                known,
                counted(scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG, keep="== 0")),
                counted(scope.max(dags.OVERDUE, *_DAG, keep="> 0")),
                counted(scope.max(dags.DAG_PAUSED, *_DAG, keep="== 1")),
                most=200,
            ),
            columns=(
                Column(name="Bundle", field="bundle", width=150),
                Column(name="Folder", field="folder"),
                Column(name="DAGs", field="A", unit=Shown.NUMBER, width=80),
                _trouble("Failed", "B"),
                _trouble("Overdue", "C"),
                Column(name="Paused", field="D", unit=Shown.NUMBER, width=80),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="DAGs",
        ),
        Series(
            key="project-dags",
            title="Did a project lose DAGs?",
            about=About(
                "DAGs that are not stale by bundle and folder, the ten largest projects.",
                normal="Level; steps at deployments.",
                bad="A fall without a deployment: a sync or a file that makes DAGs broke.",
                then="The table of broken files; the bundle's last refresh.",
            ),
            queries=(Query(scope.top(10, known), scope.named(*_PROJECT)),),
            alerts=("AirflowDagsVanished",),
            decimals=0,
        ),
        parse.vanished(scope),
        Bars(
            key="airflow-teams",
            title="How many DAGs has each of Airflow's own teams?",
            about=About(
                "Teams of Airflow 3.2 and newer, by the bundle of the DAG.",
                normal="As you gave bundles to teams.",
                bad="DAGs without a team: their bundle belongs to none.",
                then="Airflow's configuration of bundles.",
            ),
            queries=(Query(scope.total(dags.TEAM_DAGS, "airflow_team"), scope.named("airflow_team")),),
            decimals=0,
        ),
    )


def _trouble(name: str, ref: str) -> Column:
    return Column(name=name, field=ref, unit=Shown.NUMBER, width=90, colored=True, steps=words.WARN_FROM_ONE)
