"""Panels about DAG files: are they parsed, how long does it take, which are broken."""

from __future__ import annotations

from windsock.catalog import dags
from windsock.catalog.statsd import parsing
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series
from windsock_dashboards.shapes.tables import Column, Table

_FILE = ("bundle_name", "file_name")


def panels(scope: Scope) -> tuple[Panel, ...]:
    """What is looked at first."""
    airflow = scope.legend
    slowest = scope.quantile(0.95, parsing.FILE_DURATION, *_FILE)
    return (
        Series(
            key="parse-pass",
            title="How long does a pass over all DAG files take?",
            about=About(
                "A change of a DAG file takes about this long to be seen.",
                normal="Below your interval for parsing.",
                bad="Above the dashed line, where the alert begins: new code is late everywhere.",
                then="The slowest files below; more parsing processes.",
            ),
            queries=(Query(scope.max(parsing.TOTAL_PARSE_TIME), airflow),),
            steps=words.line(scope.limits.parse_pass),
            limit=True,
            alerts=("AirflowParsingSlow",),
        ),
        Series(
            key="parse-file",
            title="Which DAG files are slow to parse?",
            about=About(
                "p95 per file, the ten slowest.",
                normal="Below a second or two.",
                bad="Tens of seconds: network, database or heavy imports at the top level of the file. At "
                "its timeout (50 s unless you set it) the file is dropped.",
                then="Move that work into tasks; import heavy libraries inside them.",
            ),
            queries=(Query(scope.top(10, slowest), scope.named(*_FILE)),),
            alerts=("AirflowParseTimeouts",),
        ),
        Series(
            key="parse-age",
            title="How long ago was the most neglected DAG parsed?",
            about=About(
                "Age of the last parse of the DAG that waits longest, from the database.",
                normal="Below the time of a pass and the interval together.",
                bad="Rising without end: the DAG processor skips files, or is dead.",
                then="The oldest files beside it; the DAG processor's heartbeat.",
            ),
            queries=(Query(scope.age(dags.LAST_PARSE), airflow),),
            steps=words.line(scope.limits.not_parsed),
            limit=True,
            alerts=("AirflowDagsNotParsed",),
        ),
        Series(
            key="parse-queue",
            title="Do DAG files wait to be parsed?",
            about=About(
                "Files in the DAG processor's queue.",
                normal="Empties between passes.",
                bad="Never empties: too few parsing processes for these files.",
                then="Raise the number of parsing processes; look at the slowest files.",
            ),
            queries=(Query(scope.max(parsing.FILE_QUEUE_SIZE), airflow),),
            decimals=0,
        ),
        Series(
            key="import-errors",
            title="How many DAG files are broken?",
            about=About(
                "Files that Airflow cannot import: their DAGs go on as they were, or do not exist.",
                normal="0.",
                bad="One: somebody's change. Many at once: a missing package, or a bad deployment.",
                then="The table of broken files on the overview names them with their team.",
            ),
            queries=(
                Query(scope.max(dags.IMPORT_ERRORS), airflow),
                Query(scope.max(parsing.IMPORT_ERRORS), f"StatsD {airflow}"),
            ),
            unit=dags.IMPORT_ERRORS,
            alerts=("AirflowImportErrors",),
            decimals=0,
        ),
        vanished(scope),
    )


def vanished(scope: Scope) -> Series:
    """DAGs by state."""
    return Series(
        key="dags",
        title="Did DAGs vanish or get paused?",
        about=About(
            "DAGs by state, each counted once.",
            normal="Level lines; small steps at deployments.",
            bad="Active ones turn stale together: files were lost, or one file that makes many DAGs broke.",
            then="Projects and delivery: which folder or bundle lost them.",
        ),
        queries=(Query(scope.max(dags.DAGS, "state"), scope.named("state")),),
        colors=words.DAG_STATES,
        alerts=("AirflowDagsVanished",),
        decimals=0,
    )


def rare(scope: Scope) -> tuple[Panel, ...]:
    """What is looked at when the first are not enough."""
    airflow = scope.legend
    return (
        Series(
            key="parse-file-age",
            title="Which DAG files were not parsed for long?",
            about=About(
                "Time since the last parse by StatsD, the ten oldest files.",
                normal="Teeth as long as a pass.",
                bad="One rises without end: the processor skips that file.",
                then="Its entry in the DAG processor's log.",
            ),
            queries=(Query(scope.top(10, scope.max(parsing.LAST_RUN_AGE, *_FILE)), scope.named(*_FILE)),),
        ),
        Series(
            key="parse-timeouts",
            title="Which parses were killed?",
            about=About(
                "Parses per minute that took longer than allowed, the ten files with most.",
                normal="No lines.",
                bad="A line: the DAGs of this file are not updated any more, and go stale at last.",
                then="What the file does at its top level.",
            ),
            queries=(
                Query(
                    scope.top(10, scope.per_minute(parsing.PROCESSOR_TIMEOUTS, "file_path")),
                    "{{file_path}} " + airflow,
                ),
            ),
            alerts=("AirflowParseTimeouts",),
            empty="none was killed, or no StatsD",
        ),
        Series(
            key="dagbag",
            title="How many DAGs does the DAG processor know?",
            about=About(
                "The size of the DAG bag; with several processors, of the one that wrote last.",
                normal="Level.",
                bad="A fall: files were lost. Jumps between values: several processors with parts of the "
                "files each.",
                then="Did DAGs vanish or get paused?",
            ),
            queries=(Query(scope.max(parsing.DAGBAG_SIZE), airflow),),
            decimals=0,
        ),
        Series(
            key="parse-events",
            title="How busy is the DAG processor?",
            about=About(
                "Parses that began, refills of its queue, callbacks that it ran, per minute.",
                normal="Steady.",
                bad="No parses while files exist: it hangs. Many callbacks: they delay parsing.",
                then="The DAG processor's log.",
            ),
            queries=(
                Query(
                    scope.events(
                        parses=parsing.PARSES_STARTED,
                        queue_refills=parsing.FILE_QUEUE_UPDATES,
                        callbacks=parsing.OTHER_CALLBACKS,
                        only_callbacks=parsing.CALLBACK_ONLY,
                        task_SLA_checks=parsing.SLA_CALLBACKS,
                        restarts_of_the_processor=parsing.MANAGER_STALLS,
                        files_not_loaded_at_all=parsing.REFRESH_ERRORS,
                    ),
                    "{{event}} " + airflow,
                ),
            ),
        ),
        Series(
            key="parse-queries",
            title="Which DAG files ask the database while they are parsed?",
            about=About(
                "Queries to the metadata database during the last parse (2.10 and 2.11), the ten with most.",
                normal="0.",
                bad="Any number: Variables or Connections are read at the top level, at every parse.",
                then="Read them inside tasks, or by templates.",
            ),
            queries=(
                Query(scope.top(10, scope.max(parsing.FILE_QUERIES, "file_name")), scope.named("file_name")),
            ),
        ),
    )


def broken(scope: Scope, where: str = 'team=~"$team"') -> Table:
    """Files that cannot be imported; `where` keeps to some of them."""
    return Table(
        key="files",
        title="Which DAG files are broken, and since when?",
        about=About(
            "Import errors since the exporter first saw them, with the team of the file.",
            normal="No rows.",
            bad="A row: the DAGs of this file go on with their old code, or do not exist. A new file has no "
            "DAG yet, so its team comes from its path.",
            then="Airflow's page of import errors shows the traceback.",
        ),
        queries=(
            Query(
                scope.top(
                    100,
                    scope.age(dags.IMPORT_ERROR_FIRST_SEEN, "team", "bundle", "file", where=where),
                )
            ),
        ),
        width=12,
        alerts=("AirflowImportErrors",),
        empty="every file imports",
        columns=(
            Column(name="Broken for", field="A", unit=Shown.AGE, width=110, decimals=1),
            Column(name="Team", field="team", width=120),
            Column(name="File", field="file"),
            Column(name="Bundle", field="bundle", width=130),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Broken for",
    )
