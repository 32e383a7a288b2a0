"""When a component of Airflow counts as expected, silent and dead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from windsock.catalog import components, metadb
from windsock_alerts.durations import number, prometheus
from windsock_alerts.promql import firing, newest, pattern
from windsock_alerts.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One of Airflow's processes that leaves heartbeats in the table `job`.

    Attributes:
        key: its name in `expected_components`.
        always: expected even if it was never seen.
    """

    key: str
    job_type: str
    title: str
    always: bool = False


SCHEDULER = Component(key="scheduler", job_type="SchedulerJob", title="The scheduler", always=True)
DAG_PROCESSOR = Component(key="dag_processor", job_type="DagProcessorJob", title="The DAG processor")
TRIGGERER = Component(key="triggerer", job_type="TriggererJob", title="The triggerer")


def silent(settings: Settings, part: Component, after: float) -> str:
    """Per Airflow, the age of the newest heartbeat where it is older than `after` and one is expected."""
    return _expected(
        settings, part, lambda where: f"(time() - {_beat(part, where)} > {number(after)})", alert=None
    )


def dead(settings: Settings, part: Component, alert: str) -> str:
    """Like `silent`, sooner after a crash than after a stop; a crash that fires as `alert` never ages out."""
    times = settings.thresholds

    def crashed_or_stopped(where: str) -> str:
        age = f"time() - {_beat(part, where)}"
        return (
            f"((({age} > {number(times.component_crashed)}) unless on (airflow) {_stopped(part)})"
            f" or ({age} > {number(times.component_stopped)}))"
        )

    return _expected(settings, part, crashed_or_stopped, alert=alert)


def matcher(settings: Settings, key: str, wanted: int | None) -> str | None:
    """A matcher on `airflow` for those where the setting is `wanted`; empty for all, None for none."""
    general, own = settings.expected(key)
    if general == wanted:
        others = [name for name, value in own.items() if value != wanted]
        return f'airflow!~"{pattern(others)}"' if others else ""
    those = [name for name, value in own.items() if value == wanted]
    return f'airflow=~"{pattern(those)}"' if those else None


def api_server_down(settings: Settings, severity: str) -> str:
    """Airflows whose API server does not answer: `page` on 3.x (or unknown), `ticket` on 2.x.

    On 3.x tasks report through it and end themselves without it; the web server of 2.x only shows pages.
    """
    excluded = matcher(settings, "api_server", 0)
    down = f"({newest(components.API_SERVER_UP)} == 0)"
    if excluded is not None:
        down = f"({down} unless on (airflow) {newest(components.API_SERVER_UP, where=excluded)})"
    day = prometheus(min(86400.0, settings.thresholds.memory))
    second = (
        f'max by (airflow) (last_over_time({metadb.METADB_INFO}{{airflow_version_max=~"2[.].*"}}[{day}]))'
    )
    return f"{down} {'unless' if severity == 'page' else 'and'} on (airflow) {second}"


def _expected(
    settings: Settings, part: Component, silence: Callable[[str], str], *, alert: str | None
) -> str:
    clauses = []
    listed = "" if part.always else matcher(settings, part.key, 1)
    if listed is not None:
        clauses += [silence(listed), _never_seen(settings, part, listed)]
    known = None if part.always else matcher(settings, part.key, None)
    if known is not None:
        memory = number(settings.thresholds.memory)
        clauses.append(f"({silence(known)} < {memory})")
        if alert:
            crashed = f"(time() - {_beat(part, known)} >= {memory}) unless on (airflow) {_stopped(part)}"
            clauses.append(f"(({crashed}) and on (airflow) {firing(alert, 'airflow')})")
    # Switched off everywhere: a rule that never fires is easier to find than one that is missing.
    return "\nor ".join(clauses) or f"({_beat(part, '')} < 0)"


def _never_seen(settings: Settings, part: Component, where: str) -> str:
    """1 where the database has answered for a while and holds no job row of this kind at all."""
    long = prometheus(settings.thresholds.component_stopped)
    up = f"{metadb.METADB_UP}{{{where}}}" if where else str(metadb.METADB_UP)
    beat = f'{components.HEARTBEAT}{{job_type="{part.job_type}"}}'
    return (
        f"((max by (airflow) ({up} offset {long}) == 1 and on (airflow) max by (airflow) ({up}) == 1"
        f' and on (airflow) max by (airflow) ({metadb.COLLECTOR_SUCCESS}{{collector="components"}}) == 1)'
        f" unless on (airflow) max by (airflow) (last_over_time({beat}[{long}])))"
    )


def _beat(part: Component, where: str) -> str:
    more = f", {where}" if where else ""
    return f'max by (airflow) ({components.HEARTBEAT}{{job_type="{part.job_type}"{more}}})'


def _stopped(part: Component) -> str:
    return f'(min by (airflow) ({components.STOPPED}{{job_type="{part.job_type}"}}) == 1)'
