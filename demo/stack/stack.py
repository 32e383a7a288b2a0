"""The whole loop as one object: Airflow, statsd_exporter, windsock, Prometheus, Alertmanager."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import final

from demo.stack import config, ports, programs, web
from demo.stack.airflow import Airflow
from demo.stack.ports import HOST
from demo.stack.postgres import Postgres
from demo.stack.process import Process, stop_all
from windsock.collect import grants
from windsock.deploy import services

# Every service on any free port.
ANY_PORTS = dict.fromkeys([*ports.USUAL, "postgres"], 0)
# The role that windsock reads with, and its password, on a database that lives for one run.
READER = "windsock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a stack runs.

    Attributes:
        folder: where databases, configuration and logs go.
        dags: folder of DAG files.
        slas: SLA file of windsock.
        owners: owners file.
        alerts: settings of the alerts.
        airflow_version: one of the checkout's environments.
        airflow_label: value of the target label `airflow`.
        on_postgres: PostgreSQL instead of SQLite as Airflow's database.
        interval_seconds: between two scrapes, evaluations, fast collections.
        time_factor: divides the thresholds, holds and graces of the alerts.
        ports: service -> wanted port; 0 for any.
        airflow_extra: further environment of Airflow, by full name.
        as_reader: windsock reads with the role of `windsock db grants`, not as the owner; PostgreSQL only.
        original_statsd: statsd_exporter takes StatsD lines, not `windsock statsd serve`; None takes it where
            it is installed.
    """

    folder: Path
    dags: Path
    slas: Path
    owners: Path
    alerts: Path
    airflow_version: str = "3.3.2"
    airflow_label: str = "demo"
    on_postgres: bool = False
    interval_seconds: float = 15
    time_factor: float = 1
    ports: Mapping[str, int] = field(default_factory=lambda: ANY_PORTS)
    airflow_extra: Mapping[str, str] = field(default_factory=dict)
    as_reader: bool = False
    original_statsd: bool | None = None


@final
class Stack:
    """The services of one loop. Use it with `with`, or call `stop` yourself.

    `configure` and `prepare` once, in any order, then start what a test needs; `start` starts all.
    `folder/config` holds the configuration: the given files with the real ports, rules and routes built from
    them, `prometheus.yml`.

    Attributes:
        ports: service -> port.
        airflow: its components, see `demo.stack.airflow`.
        postgres: the database cluster, None on SQLite.
        services: statsd-exporter, windsock, prometheus, alertmanager as processes.
    """

    def __init__(self, settings: Settings, *, say: Callable[[str], None] = lambda _line: None) -> None:
        self.settings = settings
        self.ports = ports.choose(
            {**settings.ports} | ({} if "postgres" in settings.ports else {"postgres": 0})
        )
        self.config = settings.folder / "config"
        self.logs = settings.folder / "logs"
        self._say = say
        self.postgres = (
            Postgres(port=self.ports["postgres"], log=self.logs / "postgres.log")
            if settings.on_postgres
            else None
        )
        home = settings.folder / "airflow"
        # Airflow wants an absolute path, hence four slashes.
        self.database_url = (
            self.postgres.url("airflow") if self.postgres else f"sqlite:///{home.resolve() / 'airflow.db'}"
        )
        self.airflow = Airflow(
            settings.airflow_version,
            home=home,
            dags=settings.dags,
            logs=self.logs,
            database_url=self.database_url,
            port=self.ports["airflow"],
            statsd_port=self.ports["statsd"],
            extra={
                **services.airflow_names(str(programs.ROOT / "exporter" / "statsd_names")),
                **settings.airflow_extra,
            },
        )
        self.services = {
            "statsd-exporter": self._statsd_exporter(),
            "windsock": self._windsock(),
            "prometheus": self._prometheus(),
            "alertmanager": self._alertmanager(),
        }
        self._ready = {
            "statsd-exporter": f"{self.url('statsd-exporter')}/metrics",
            "windsock": f"{self.url('windsock')}/-/healthy",
            "prometheus": f"{self.url('prometheus')}/-/ready",
            "alertmanager": f"{self.url('alertmanager')}/-/ready",
        }

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, service: str) -> str:
        """Base URL of a service on loopback."""
        return f"http://{self.address(service)}"

    def address(self, service: str) -> str:
        """`host:port` of a service."""
        return f"{HOST}:{self.ports[service]}"

    def prepare(self) -> None:
        """Database and Airflow's tables; quick when they are there already."""
        if self.postgres:
            self.postgres.create()
            self.postgres.start()
            self.postgres.sql("CREATE DATABASE airflow")
        stamp = self.settings.folder / "airflow" / f".migrated-{self.settings.airflow_version}"
        if self.postgres or not stamp.is_file():
            self._say(f"creating the tables of Airflow {self.settings.airflow_version}")
            self.airflow.migrate()
            stamp.touch()
        if self.settings.as_reader:
            self.grant()

    def grant(self) -> None:
        """Give windsock's role all that it needs, again if somebody took some of it."""
        assert self.postgres  # noqa: S101 (a role needs a server)
        file = self.settings.folder / "role.sql"
        file.write_text(grants.script(self._line, role=READER), encoding="utf-8")
        self.postgres.psql("-v", f"password={READER}", "-f", str(file), database="airflow")

    def configure(self) -> None:
        """Write `config/`: everything that windsock, Prometheus and Alertmanager read."""
        for folder in (self.config, self.logs, self.settings.folder / "state"):
            folder.mkdir(parents=True, exist_ok=True)
        self.rescale(self.settings.time_factor)

    def rescale(self, time_factor: float) -> None:
        """Write `config/` for another time factor; what reads it does so at its next start."""
        self.services["windsock"].argv = self._windsock_argv(time_factor)
        config.write(
            self.config,
            ports=self.ports,
            slas=self.settings.slas,
            owners=self.settings.owners,
            alerts=self.settings.alerts,
            airflow_label=self.settings.airflow_label,
            interval_seconds=self.settings.interval_seconds,
            time_factor=time_factor,
        )

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.start_services("statsd-exporter", wait=False)
        self.airflow.start()
        self.start_services("alertmanager", "prometheus")
        self.airflow.wait_ready()
        self.start_services("windsock")

    def start_services(self, *names: str, wait: bool = True) -> None:
        """Start some of `services`, or all; waits for them unless told not to."""
        names = names or tuple(self.services)
        for name in names:
            self._say(f"starting {self.services[name].name} on {self.address(name)}")
            self.services[name].start()
        if wait:
            for name in names:
                self.services[name].wait(partial(web.answers, self._ready[name]), timeout=60)

    def processes(self) -> list[Process]:
        """Every process that may run, PostgreSQL apart."""
        return [*self.services.values(), *self.airflow.components.values()]

    def stop(self) -> None:
        """End every process; on PostgreSQL its data go too."""
        stop_all(self.processes())
        if self.postgres:
            self.postgres.remove()

    @property
    def _line(self) -> str:
        return ".".join(self.settings.airflow_version.split(".")[:2])

    def _reader_url(self) -> str:
        if self.settings.as_reader:
            return f"postgresql://{READER}:{READER}@{HOST}:{self.ports['postgres']}/airflow"
        return self.database_url

    def _service(
        self, name: str, title: str, argv: list[str], env: Mapping[str, str] | None = None
    ) -> Process:
        return Process(title, argv, log=self.logs / f"{name}.log", env={**os.environ, **(env or {})})

    def _statsd_exporter(self) -> Process:
        mapping = programs.ROOT / "exporter" / "generated" / "statsd" / f"airflow-{self._line}-tags.yml"
        program = programs.statsd_listener(original=self.settings.original_statsd)
        return self._service(
            "statsd-exporter",
            "statsd_exporter" if len(program) == 1 else "windsock statsd serve",
            [
                *program,
                *services.statsd_exporter(
                    mapping=str(mapping), udp=self.address("statsd"), listen=self.address("statsd-exporter")
                ),
            ],
        )

    def _windsock(self) -> Process:
        argv = self._windsock_argv(self.settings.time_factor)
        return self._service("windsock", "windsock", argv, {"WINDSOCK_DATABASE_URL": self._reader_url()})

    def _windsock_argv(self, time_factor: float) -> list[str]:
        return [
            str(programs.windsock()),
            *services.windsock(
                listen=self.address("windsock"),
                airflow_url=self.airflow.url,
                airflow_public_url=self.airflow.url,
                slas=str(self.config / "slas.yaml"),
                owners=str(self.config / "owners.yaml"),
                alerts=str(self.config / "alerts.yaml"),
                state=str(self.settings.folder / "state"),
                interval_seconds=self.settings.interval_seconds,
                time_factor=time_factor,
            ),
        ]

    def _prometheus(self) -> Process:
        return self._service(
            "prometheus",
            "Prometheus",
            [
                programs.prometheus(),
                *services.prometheus(
                    config=str(self.config / "prometheus.yml"),
                    data=str(self.settings.folder / "prometheus"),
                    listen=self.address("prometheus"),
                    url=self.url("prometheus"),
                ),
            ],
        )

    def _alertmanager(self) -> Process:
        return self._service(
            "alertmanager",
            "Alertmanager",
            [
                programs.alertmanager(),
                *services.alertmanager(
                    config=str(self.config / "alertmanager.yaml"),
                    data=str(self.settings.folder / "alertmanager"),
                    listen=self.address("alertmanager"),
                    url=self.url("alertmanager"),
                ),
            ],
        )
