"""A real Airflow on PostgreSQL with a real statsd_exporter, set up as `windsock airflow-config` says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from demo.stack import ports
from demo.stack.airflow import Airflow
from demo.stack.postgres import Postgres
from demo.stack.programs import ROOT
from tests.recording.listener import Listener
from tests.support.statsd import Exporter, running
from windsock.cli import root
from windsock.wire import Profile

UMLAUTS = "umsätze_täglich"
LONG = "x" * 250
DAGS = ROOT / "tests" / "data" / "dags"
PATIENCE_SECONDS = 240.0
# Fast loops; and a short name for logs: Airflow's own makes a folder of `dag_id=` and the id, which no file
# system takes from 249 characters on.
_AIRFLOW = {
    "CORE__PARALLELISM": "4",
    "LOGGING__LOG_FILENAME_TEMPLATE": "{{ ti.run_id }}.log",
    "SCHEDULER__JOB_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "30",
}


def printed(version: str, profile: Profile, *flags: str) -> dict[str, str]:
    """The variables that `windsock airflow-config --format env` prints."""
    line = ["--airflow", version, "--profile", profile.value, "--format", "env", *flags]
    result = CliRunner().invoke(root, ["airflow-config", *line], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return dict(row.split("=", 1) for row in result.stdout.splitlines() if not row.startswith("#"))


def mapping(version: str, profile: Profile, folder: Path, *flags: str) -> Path:
    """The file that `windsock statsd mapping` writes."""
    path = folder / "mapping.yml"
    line = ["--airflow", version, "--profile", profile.value, *flags, "--out", str(path)]
    result = CliRunner().invoke(root, ["statsd", "mapping", *line], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return path


@dataclass(frozen=True, slots=True)
class Run:
    """Airflow at work.

    Attributes:
        airflow: its components.
        exporter: where its metrics arrive.
        began: seconds since the epoch.
        sql: runs a statement in Airflow's database.
    """

    airflow: Airflow
    exporter: Exporter
    began: float
    sql: Callable[[str], str]

    def states(self, dag_id: str) -> list[str]:
        """States of the runs of a DAG that were created since this start."""
        found = self.sql(
            f"SELECT state FROM dag_run WHERE dag_id = '{dag_id}' AND queued_at > to_timestamp({self.began})"
        )
        return found.split()

    def until(
        self,
        what: str,
        check: Callable[[], object],
        *,
        alive: str = "scheduler",
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Wait until `check` gives something true; fails when the component `alive` ends first."""
        deadline = time.monotonic() + patience
        while not check():
            if alive:
                assert self.airflow.components[alive].running, f"{alive} ended before {what}: {self.tails()}"
            assert time.monotonic() < deadline, f"not {what} after {patience:.0f} s: {self.tails()}"
            time.sleep(0.3)

    def log(self, component: str = "scheduler") -> str:
        """What a component said since it was made."""
        log = self.airflow.components[component].log
        return log.read_text("utf-8", errors="replace") if log.is_file() else ""

    def output(self) -> str:
        """What all components and tasks said."""
        files = [each.log for each in self.airflow.components.values()]
        files += Path(self.airflow.env["AIRFLOW_HOME"]).glob("logs/*.log")
        return "\n".join(file.read_text("utf-8", errors="replace") for file in files if file.is_file())

    def tails(self) -> str:
        """Ends of the logs of all components."""
        return "\n".join(f"--- {name}\n{each.tail()}" for name, each in self.airflow.components.items())


class Trial:
    """One Airflow version with its database; `run` starts it, with other settings each time."""

    def __init__(self, version: str, folder: Path, postgres: Postgres, dag_ids: Sequence[str]) -> None:
        self.version = version
        self._folder = folder
        self._postgres = postgres
        self._dag_ids = list(dag_ids)
        self._port = ports.choose({"airflow": 0})["airflow"]

    def prepare(self) -> None:
        """Database and tables."""
        self._postgres.create()
        self._postgres.start()
        self._postgres.sql("CREATE DATABASE airflow")
        self._airflow({}, "prepare", ()).migrate()
        if self.version.startswith("2."):
            # 2.x makes a permission `DAG:<id>`, which on PostgreSQL ends ids of more than 246 characters.
            self._sql("ALTER TABLE ab_view_menu ALTER COLUMN name TYPE varchar(300)")

    @contextmanager
    def run(
        self,
        profile: Profile,
        *flags: str,
        mapping_flags: Sequence[str] = (),
        change: Mapping[str, str | None] | None = None,
        dag_ids: Sequence[str] = (),
        listener: Listener | None = None,
        without: Sequence[str] = ("webserver", "triggerer"),
        name: str = "run",
    ) -> Iterator[Run]:
        """Start everything with the printed settings.

        Args:
            profile: of settings and mapping.
            flags: further ones of `windsock airflow-config`.
            mapping_flags: further ones of `windsock statsd mapping`.
            change: settings of `[metrics]` to put in the place of printed ones; None takes one away.
            dag_ids: DAGs, if not those of the trial.
            listener: takes the lines as they are, in the place of statsd_exporter.
            without: components that stay off.
            name: of the folder of logs and mapping.
        """
        folder = self._folder / name
        folder.mkdir()
        with ExitStack() as stack:
            file = mapping(self.version, profile, folder, *mapping_flags)
            exporter = stack.enter_context(running(file, folder))
            port = listener.port if listener else exporter.udp_port
            where = ["--host", ports.HOST, "--port", str(port)]
            settings: dict[str, str | None] = {
                **printed(self.version, profile, *flags, *where),
                **{f"AIRFLOW__METRICS__{name.upper()}": value for name, value in (change or {}).items()},
            }
            kept = {key: value for key, value in settings.items() if value is not None}
            airflow = self._airflow(kept, name, dag_ids or self._dag_ids)
            stack.callback(airflow.stop)
            # What the run before was killed in would be waited for.
            self._sql("DELETE FROM dag_run")
            began = time.time()
            airflow.start(*(each for each in airflow.components if each not in without))
            yield Run(airflow, exporter, began, self._sql)

    def _airflow(self, settings: Mapping[str, str], name: str, dag_ids: Sequence[str]) -> Airflow:
        return Airflow(
            self.version,
            home=self._folder / "airflow",
            dags=DAGS,
            logs=self._folder / name,
            database_url=self._postgres.url("airflow"),
            port=self._port,
            statsd_port=0,  # the settings say it
            extra={
                **{f"AIRFLOW__{key}": value for key, value in _AIRFLOW.items()},
                "WINDSOCK_TRIAL_DAGS": json.dumps(list(dag_ids)),
                "PYTHONPATH": str(ROOT / "exporter" / "statsd_names"),
                "PYTHONDONTWRITEBYTECODE": "1",
                **settings,
            },
        )

    def _sql(self, statement: str) -> str:
        return self._postgres.sql(statement, database="airflow")


@contextmanager
def trial(version: str, folder: Path, dag_ids: Sequence[str] = ()) -> Iterator[Trial]:
    """An installed Airflow version with a fresh database that is gone afterwards."""
    postgres = Postgres(port=ports.choose({"postgres": 0})["postgres"], log=folder / "postgres.log")
    try:
        made = Trial(version, folder, postgres, dag_ids)
        made.prepare()
        yield made
    finally:
        postgres.remove()
