"""Projects and delivery: is new code live everywhere, did DAGs vanish, what does parsing cost?"""

from __future__ import annotations

from windsock.catalog import changes, dags, practices
from windsock.catalog.statsd import parsing
from windsock_dashboards.boards import parse, projects
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import DELIVERY, of_dag, of_dag_series
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)
_FILE = ("bundle_name", "file_name")


def board(scope: Scope) -> Board:
    """Projects, deployments, files."""
    return Board(
        uid=DELIVERY,
        title="Projects and delivery",
        description="Per project or bundle: is new code live everywhere, did DAGs vanish, what is parsed?",
        choices=(),
        marks=marks.everywhere(scope),
        since="now-24h",
        rows=(
            Row("head", "", _head(scope)),
            Row("projects", "Projects", projects.panels(scope)),
            Row("deployments", "Deployments", _deployments(scope)),
            Row("files-row", "Files", _files(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="newest-version",
            title="Last change?",
            about=About(
                "When Airflow last took over a change of any DAG (3.x).",
                normal="Since your last deployment that changed a DAG.",
                bad="Older than a deployment that you know of: it is not live.",
                then="Deployments below; the DAG processor, in Scheduler and parsing.",
            ),
            queries=(Query(scope.age(changes.DAG_VERSION_NEWEST), scope.legend),),
            neutral=True,
            decimals=1,
        ),
        Stat(
            key="oldest-parse",
            title="Parse age?",
            about=About(
                "How long ago the most neglected DAG was parsed: new code is live after that time at last.",
                normal="Minutes.",
                bad="An hour: the DAG processor is dead or skips files.",
                then="Scheduler and parsing.",
            ),
            queries=(Query(scope.age(dags.LAST_PARSE), scope.legend),),
            steps=words.warn_from(scope.limits.not_parsed),
            alerts=("AirflowDagsNotParsed",),
            decimals=0,
        ),
        Stat(
            key="broken-count",
            title="Broken files?",
            about=About(
                "DAG files that Airflow cannot import.",
                normal="0.",
                bad="Any number: the DAGs of these files go on with old code, or do not exist.",
                then="The table of broken files.",
            ),
            queries=(Query(scope.max(dags.IMPORT_ERRORS), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowImportErrors",),
        ),
        Stat(
            key="warnings-count",
            title="Warnings?",
            about=About(
                "Airflow's own warnings about DAGs, such as a pool that does not exist.",
                normal="0.",
                bad="Any number: tasks of that DAG may never run.",
                then="The DAG's page in Airflow shows the warning.",
            ),
            queries=(Query(scope.total(dags.DAG_WARNINGS), scope.legend),),
            steps=words.WARN_FROM_ONE,
            alerts=("AirflowPoolMissing",),
        ),
        Stat(
            key="files-count",
            title="DAG files?",
            about=About(
                "Files that DAGs which are not stale come from.",
                normal="Level.",
                bad="A fall: files were lost in a deployment.",
                then="Did DAGs vanish or get paused?",
            ),
            queries=(Query(scope.max(practices.DAG_FILES), scope.legend),),
            neutral=True,
        ),
        Stat(
            key="largest-file",
            title="DAGs in one file?",
            about=About(
                "DAGs of the file that makes most of them; a task of any of these parses the whole file.",
                normal="A few.",
                bad="Hundreds: each task start pays for all of them, and one error loses all.",
                then="Split the file; parse cost by file below.",
            ),
            queries=(Query(scope.max(practices.DAGS_PER_FILE), scope.legend),),
            neutral=True,
        ),
    )


def _deployments(scope: Scope) -> tuple[Panel, ...]:
    version = scope.one(changes.BUNDLE_INFO, ("bundle",), ("version",))
    refreshed = scope.age(dags.BUNDLE_LAST_REFRESH, "bundle")
    changed = f"{scope.gained(changes.DAG_VERSIONS_CREATED, *_DAG)} > 0"
    return (
        Table(
            key="bundles",
            title="Which version of each bundle is live, and since when?",
            about=About(
                "Bundles of every Airflow (3.x): compare production with acceptance here.",
                normal="The same version wherever it should be; refreshed minutes ago.",
                bad="Another version than deployed, or an old refresh: the DAG processor does not get it.",
                then="The DAG processor's log; rights on the repository.",
            ),
            queries=scope.rows(
                ("bundle",),
                scope.labelled(refreshed, ("bundle",), ("version",), version),
                scope.age(changes.BUNDLE_VERSION_SINCE, "bundle"),
                scope.age(dags.BUNDLE_OLDEST_PARSE, "bundle"),
            ),
            alerts=("AirflowBundleStale",),
            columns=(
                Column(name="Bundle", field="bundle", width=150),
                Column(name="Version", field="version"),
                Column(name="Live for", field="B", unit=Shown.AGE, width=100, decimals=1),
                Column(
                    name="Refreshed",
                    field="A",
                    unit=Shown.AGE,
                    width=110,
                    decimals=1,
                    colored=True,
                    steps=words.warn_from(scope.limits.bundle_stale),
                ),
                Column(
                    name="Oldest parse",
                    field="C",
                    unit=Shown.AGE,
                    width=120,
                    decimals=1,
                    colored=True,
                    steps=words.warn_from(scope.limits.not_parsed),
                ),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Bundle",
            descending=False,
        ),
        Bars(
            key="changed",
            title="Which DAGs got new versions in the time shown?",
            about=About(
                "New versions by DAG (3.x), the ten with most.",
                normal="The DAGs that you deployed.",
                bad="One with hundreds: it changes with every parse, as by the time or a random name.",
                then="What the file computes at its top level.",
            ),
            queries=(Query(scope.top(10, changed), scope.named("dag_id")),),
            unit=Shown.NUMBER,
            links=of_dag_series(scope),
            decimals=0,
            empty="no DAG changed",
        ),
    )


def _files(scope: Scope) -> tuple[Panel, ...]:
    spent = scope.gained_sum(parsing.FILE_DURATION, *_FILE)
    return (
        parse.broken(scope, where=""),
        Bars(
            key="parse-cost",
            title="Which files cost the DAG processor most?",
            about=About(
                "Seconds spent on parsing each file in the time shown, the ten dearest.",
                normal="Large files, in proportion to their DAGs.",
                bad="A small file: network, database or heavy imports at its top level.",
                then="Move that work into tasks.",
            ),
            queries=(Query(scope.top(10, spent), scope.named(*_FILE)),),
            decimals=1,
        ),
        Table(
            key="unparsed",
            title="Which DAGs were not parsed for long?",
            about=About(
                "The last parse of each DAG, the oldest first; 50 at most.",
                normal="Minutes.",
                bad="Hours: the file is skipped, or its bundle is not refreshed.",
                then="The DAG processor's log for that file.",
            ),
            queries=(Query(scope.top(50, scope.age(dags.PARSED, *_DAG))),),
            columns=(
                Column(
                    name="Parsed ago",
                    field="A",
                    unit=Shown.AGE,
                    width=120,
                    decimals=1,
                    colored=True,
                    steps=words.warn_from(scope.limits.not_parsed),
                ),
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Airflow", field=scope.label, width=100),
            ),
            sort_by="Parsed ago",
        ),
        Series(
            key="warnings",
            title="What does Airflow warn of?",
            about=About(
                "Airflow's own warnings about DAGs by type.",
                normal="0.",
                bad="A pool that does not exist: tasks that ask for it never run.",
                then="The DAG's page in Airflow.",
            ),
            queries=(Query(scope.max(dags.DAG_WARNINGS, "warning_type"), scope.named("warning_type")),),
            decimals=0,
        ),
    )
