"""One Airflow of the end-to-end test with everything around it, and what a scenario may do to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from demo.pager import Page, Pager
from demo.stack import ports, web
from demo.stack.airflow import Airflow
from demo.stack.postgres import Postgres
from demo.stack.programs import ROOT
from demo.stack.stack import Settings, Stack
from tests.e2e import rest
from tests.e2e.incidents import Incident, incidents
from tests.e2e.timeline import Timeline

DAGS = ("finance_close", "commerce_export", "windsock_canary")
PLATFORM = "data-platform"
T = TypeVar("T")

HERE = Path(__file__).resolve().parent
TIMEOUT = 240.0
_POLL_SECONDS = 0.25
# Fast heartbeats, so that the divided thresholds see a healthy Airflow as healthy, and a quick end for tasks
# whose scheduler was killed.
_AIRFLOW = {
    "CORE__PARALLELISM": "4",
    "LOGGING__LOGGING_LEVEL": "WARNING",
    "SCHEDULER__JOB_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    # The limit after which a task without a heartbeat failed: 2.x, then 3.x.
    "SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "15",
    "SCHEDULER__ZOMBIE_DETECTION_INTERVAL": "3",
    "SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC": "2",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "API__MAXIMUM_PAGE_LIMIT": str(rest.PAGE),
}
# The web server of 2.x lets everybody in; 3.x has a switch for that.
_AIRFLOW_2 = {
    "API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
    "WEBSERVER__CONFIG_FILE": str(HERE / "webserver_config.py"),
}


class Loop:
    """A stack on PostgreSQL, its pager, and its story in the timeline.

    Args:
        dags: folder of the DAG files.
        slas: SLA file.
        extra: more settings of Airflow, `SECTION__KEY` to value.
        as_reader: windsock reads with the role of `windsock db grants`.

    Attributes:
        name: the Airflow version, which is also the value of the target label `airflow`.
        dags: the folder of the DAG files.
        counting: windsock began to count at some moment between these two.
        struck: when the last fault began, in seconds since 1970.
    """

    def __init__(
        self,
        version: str,
        *,
        folder: Path,
        timeline: Timeline,
        factor: float,
        dags: Path = HERE / "dags",
        slas: Path = HERE / "slas.yaml",
        extra: Mapping[str, str] | None = None,
        as_reader: bool = False,
    ) -> None:
        self.name = version
        self.factor = factor
        self.dags = dags
        self._timeline = timeline
        self._flags = folder / "flags"
        self._began = 0.0
        self.counting = 0.0, 0.0
        self.struck = 0.0
        settings = _AIRFLOW | (_AIRFLOW_2 if version.startswith("2.") else {}) | dict(extra or {})
        self.stack = Stack(
            Settings(
                folder=folder,
                dags=dags,
                slas=slas,
                owners=ROOT / "demo" / "owners.yaml",
                alerts=HERE / "alerts.yaml",
                airflow_version=version,
                airflow_label=version,
                on_postgres=True,
                as_reader=as_reader,
                # Both programs take Airflow's lines, one each: what is expected is the same.
                original_statsd=not version.startswith("2."),
                interval_seconds=1,
                time_factor=factor,
                airflow_extra={
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "WINDSOCK_E2E_FLAGS": str(self._flags),
                    **{f"AIRFLOW__{key}": value for key, value in settings.items()},
                },
            )
        )
        pages = folder / "pages.jsonl"
        self.pager = Pager(ports.HOST, self.stack.ports["pager"], record=pages, show=self._arrived)

    @property
    def airflow(self) -> Airflow:
        """Its components."""
        return self.stack.airflow

    @property
    def postgres(self) -> Postgres:
        """Its database cluster."""
        assert self.stack.postgres
        return self.stack.postgres

    def components(self) -> list[str]:
        """What runs of Airflow: no web server on 2.x, which nothing here needs."""
        return [name for name in self.airflow.components if name != "webserver"]

    def start(self) -> None:
        """Start everything; Airflow first, so that windsock finds DAGs that have succeeded."""
        self._began = self.begin("Start")
        self.pager.start()
        self.stack.prepare()
        self.stack.configure()
        self.amend(self.stack.config)
        self.sql(
            "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES"
            " ('closing', 2, false), ('closed', 0, false), ('deferring', 5, true)"
        )
        self.stack.start_services("statsd-exporter", "alertmanager", "prometheus")
        self.airflow.start(*self.components())
        self.note("tables created, components started")
        succeeded = f"SELECT count(DISTINCT dag_id) FROM dag_run WHERE state = 'success' AND dag_id IN {DAGS}"
        self.until("first successes", lambda: int(self.sql(succeeded)) == len(DAGS))
        self.note("every DAG has succeeded")
        began = time.time()
        self.stack.start_services("windsock")
        self.until("figures in Prometheus", lambda: self.query("airflow_metadb_up == 1"))
        self.counting = began, time.time()
        self.note("figures are in Prometheus")

    def amend(self, config: Path) -> None:
        """What a stack of a special kind adds to the configuration before anything starts."""

    def stop(self) -> None:
        """End every process and free every port."""
        self.stack.stop()
        self.pager.stop()

    # What a scenario does

    def begin(self, scenario: str) -> float:
        """Start the clock of a scenario; returns the time."""
        self._timeline.begin(self.name, scenario)
        return time.time()

    def strike(self, text: str) -> None:
        """Note that a fault begins now."""
        self.struck = time.time()
        self.note(text)

    def note(self, text: str) -> None:
        """Add to the timeline."""
        self._timeline.note(self.name, text)

    def set_flag(self, dag_id: str, flag: str) -> None:
        """Decide what the task of this DAG does from now on: `succeed`, `wait` or `fail`."""
        self._flags.mkdir(exist_ok=True)
        (self._flags / dag_id).write_text(flag, encoding="utf-8")
        self.note(f"`{dag_id}` is told to {flag}")

    def sql(self, statement: str) -> str:
        """Run a statement in Airflow's database."""
        return self.postgres.sql(statement, database="airflow")

    def set_slas(self, text: str) -> None:
        """Write another SLA file; windsock sees it within a second."""
        (self.stack.config / "slas.yaml").write_text(text, encoding="utf-8")

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause, by SQL: 2.x has no API without a web server, and the command takes seconds."""
        self.sql(f"UPDATE dag SET is_paused = {paused} WHERE dag_id = '{dag_id}'")
        self.note(f"`{dag_id}` is {'paused' if paused else 'unpaused'}")

    def set_slots(self, pool: str, slots: int) -> None:
        """Change the size of a pool."""
        self.sql(f"UPDATE slot_pool SET slots = {slots} WHERE pool = '{pool}'")
        self.note(f"pool `{pool}` has {slots} slots")

    def restart(self, *names: str) -> None:
        """Kill what is left of these components and start them, as a container runtime does."""
        for name in names:
            self.airflow.components[name].kill()
        self.airflow.start(*names)
        self.note(f"started again: {', '.join(names)}")

    # What it sees

    def query(self, promql: str) -> list[dict[str, Any]]:
        """Instant query: series with `metric` (labels) and `value` (time, text)."""
        url = f"{self.stack.url('prometheus')}/api/v1/query?query={quote(promql, safe='')}"
        found: list[dict[str, Any]] = web.call("GET", url)["data"]["result"]
        return found

    def value(self, promql: str) -> float | None:
        """The value of the one series that the query gives, None without any."""
        found = self.query(promql)
        assert len(found) <= 1, f"{promql} gives {len(found)} series"
        return float(found[0]["value"][1]) if found else None

    def seen(self, promql: str) -> bool:
        """Whether the query gave a number at any moment since the start."""
        window = {"query": promql, "start": f"{self._began:.3f}", "end": f"{time.time():.3f}", "step": "2"}
        url = f"{self.stack.url('prometheus')}/api/v1/query_range?{urlencode(window)}"
        series = web.call("GET", url)["data"]["result"]
        return any(value != "NaN" for found in series for _, value in found["values"])

    def metrics(self) -> str:
        """The exporter's page as it is now."""
        return web.text(f"{self.stack.url('windsock')}/metrics")

    def pages(self, since: float) -> list[Incident]:
        """Incidents that woke somebody since then."""
        return [incident for incident in incidents(self.pager.pages(), since=since) if incident.pages]

    def open_pages(self) -> list[str]:
        """Incidents that woke somebody and are not resolved."""
        return [str(incident) for incident in self.pages(0) if incident.open]

    def until(self, what: str, check: Callable[[], T], *, timeout: float = TIMEOUT) -> T:
        """Wait until `check` gives something true and return it; a service that is silent is not yet true.

        Raises:
            AssertionError: not in time; with the story so far and the ends of the logs.
        """
        deadline = time.monotonic() + timeout
        problem = ""
        while time.monotonic() < deadline:
            try:
                if found := check():
                    return found
                problem = f"last: {found!r}"
            except OSError as error:
                problem = f"last: {error!r}"
            time.sleep(_POLL_SECONDS)
        raise AssertionError(
            f"Airflow {self.name}: not {what} after {timeout:.0f} s ({problem})\n{self.report()}"
        )

    def report(self) -> str:
        """For a failure: the alerts now, the timeline, the ends of all logs."""
        parts = [self._timeline.render()]
        try:
            alerts = self.query("ALERTS")
            parts.append("\n".join(sorted(str(series["metric"]) for series in alerts)))
        except OSError as error:
            parts.append(f"Prometheus does not answer: {error!r}")
        processes = [*self.stack.processes(), self.postgres.process]
        parts += [f"--- end of the log of {process.name}\n{process.tail()}" for process in processes]
        return "\n\n".join(parts)

    def _arrived(self, page: Page) -> None:
        if page.names() == ["Watchdog"]:
            return
        severities = sorted({alert["labels"].get("severity", "?") for alert in page.alerts})
        # 2.x names a DAG file by its whole path.
        first = page.alerts[0]["annotations"].get("summary", "").replace(f"{self.dags}/", "")
        self._timeline.note(
            self.name, f"**{'/'.join(severities)} {page.status}** to {page.receiver}: {first}", at=page.at
        )


def together(loops: Sequence[Loop], scenario: Callable[[Loop], None]) -> None:
    """Run a scenario on all loops at the same time; every failure is told, each with its version."""
    with ThreadPoolExecutor(len(loops)) as pool:
        failures = list(pool.map(lambda loop: _failure(loop, scenario), loops))
    said = [failure for failure in failures if failure]
    assert not said, "\n\n".join(said)


def _failure(loop: Loop, scenario: Callable[[Loop], None]) -> str | None:
    try:
        scenario(loop)
    except Exception as error:  # noqa: BLE001 (each thread's failure is part of one report)
        loop.note(f"FAILED: {str(error).splitlines()[0] if str(error) else error!r}")
        return f"Airflow {loop.name}: {type(error).__name__}: {error}"
    return None
