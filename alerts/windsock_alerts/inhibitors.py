"""What holds other alerts back: quick, unrouted, each tied to an alert that pages for the same problem.

An inhibitor fires long before its page does (45 s against minutes), so that a DAG that is late because
Airflow is down never pages first, and lasts a grace after recovery, in which DAGs catch up.
"""

from __future__ import annotations

from windsock.catalog import metadb
from windsock_alerts import components as parts
from windsock_alerts.durations import number, prometheus
from windsock_alerts.promql import any_firing, labelled, newest, present
from windsock_alerts.rule import Alert, Group, Severity
from windsock_alerts.settings import Settings

SCHEDULER = "AirflowSchedulerSilent"
DAG_PROCESSOR = "AirflowDagProcessorSilent"
PLATFORM = "AirflowPlatformSilent"

_PLATFORM_PAGES = {
    "exporter": "WindsockExporterStale",
    "metadata_database": "AirflowMetadataDatabaseUnreachable",
    "api_server": "AirflowApiServerDown",
}
# inhibitor -> the alerts that page for the same problem
TIED_TO: dict[str, tuple[str, ...]] = {
    SCHEDULER: ("AirflowSchedulerDown",),
    DAG_PROCESSOR: ("AirflowDagProcessorDown",),
    PLATFORM: tuple(_PLATFORM_PAGES.values()),
}

# While these fire, the figures from the database say nothing.
NO_EXPORTER = any_firing([PLATFORM], 'component="exporter"')
NO_DATA = any_firing([PLATFORM], 'component=~"exporter|metadata_database"')
# While these fire, every DAG may be late through no fault of its own.
NOTHING_RUNS = any_firing([SCHEDULER, PLATFORM])


def group(settings: Settings) -> Group:
    """All inhibitors; a group of its own, before every other."""
    return Group(
        subject="inhibitors",
        rules=(
            _component(settings, SCHEDULER, parts.SCHEDULER),
            _component(settings, DAG_PROCESSOR, parts.DAG_PROCESSOR),
            _platform(settings),
        ),
    )


def _component(settings: Settings, name: str, part: parts.Component) -> Alert:
    times = settings.thresholds
    return Alert(
        name=name,
        expr=parts.silent(settings, part, times.component_silent),
        severities=(Severity.INHIBITOR,),
        team=None,
        keep=times.recovery_grace,
        summary=f"{part.title} of {{{{ $labels.airflow }}}} is silent",
        description=f"No heartbeat for {prometheus(times.component_silent)}. Reaches nobody.",
        when=f"no heartbeat for {prometheus(times.component_silent)}, "
        f"and {prometheus(times.recovery_grace)} after",
    )


def _platform(settings: Settings) -> Alert:
    times = settings.thresholds
    here = newest(metadb.SNAPSHOT)
    branches = {
        "exporter": (
            f"({present(str(metadb.SNAPSHOT), over=prometheus(times.memory))} unless on (airflow) {here})\n"
            f"or (time() - {here} > {number(times.component_silent)})"
        ),
        "metadata_database": f"{newest(metadb.METADB_UP)} == 0",
        "api_server": parts.api_server_down(settings, "page"),
    }
    # A component whose page is switched off, or pages no more, holds nothing back; with the last one this
    # alert goes too.
    paged = {
        name: expr for name, expr in branches.items() if settings.pages(_PLATFORM_PAGES[name])
    } or branches
    return Alert(
        name=PLATFORM,
        expr="\nor ".join(labelled(f"({expr})", component=name) for name, expr in paged.items()),
        severities=(Severity.INHIBITOR,),
        team=None,
        identity=("airflow", "component"),
        # Not the heartbeat's own limit, which no time factor lowers: it must be sooner than the pages.
        hold=times.platform_silent,
        keep=times.recovery_grace,
        summary="{{ $labels.component }} of {{ $labels.airflow }} is silent",
        description="Holds other alerts back; reaches nobody.",
        when="the exporter, the metadata database or (3.x) the API server does not answer for "
        f"{prometheus(times.platform_silent)}, and {prometheus(times.recovery_grace)} after",
    )
