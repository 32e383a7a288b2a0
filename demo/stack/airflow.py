"""A real Airflow, component by component, from the checkout's own environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo.stack import programs, web
from demo.stack.ports import HOST
from demo.stack.process import Process, stop_all
from windsock.deploy import services
from windsock.errors import BadInput

_CLI_TIMEOUT = 180.0
_READY_TIMEOUT = 120.0


class Airflow:
    """One installation: its home, its database, its components as processes.

    Attributes:
        version: e.g. `3.3.2`; its environment is `.airflow/<version>`.
        url: base URL of the API server (2.x: web server).
        components: name -> process: api-server (2.x: webserver), scheduler, dag-processor, triggerer.
    """

    def __init__(
        self,
        version: str,
        *,
        home: Path,
        dags: Path,
        logs: Path,
        database_url: str,
        port: int,
        statsd_port: int,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version
        self.major = int(version.partition(".")[0])
        self.url = f"http://{HOST}:{port}"
        self._command = str(programs.airflow(version))
        self._home = home
        self.env = _outer_environment() | services.airflow_environment(
            self.major,
            database_url=database_url,
            dags=str(dags),
            host=HOST,
            port=port,
            url=self.url,
            execution_url=f"{self.url}/execution/",
            statsd_host=HOST,
            statsd_port=statsd_port,
        )
        self.env |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True"}
        # `airflow` finds gunicorn and itself on PATH.
        self.env["PATH"] = f"{Path(self._command).parent}:{self.env.get('PATH', '')}"
        self.env |= extra or {}
        self._logs = logs
        self.components = {
            name: self._component(argv, label=name)
            for name, argv in services.airflow_components(self.major).items()
        }

    def _component(self, argv: list[str], *, label: str, extra: Mapping[str, str] | None = None) -> Process:
        return Process(
            f"Airflow {label}",
            [self._command, *argv],
            log=self._logs / f"airflow-{label}.log",
            env={**self.env, **(extra or {})},
        )

    def add(self, name: str, *, label: str, extra: Mapping[str, str] | None = None) -> Process:
        """One more process of a component, say a second scheduler, with settings of its own; not yet started.

        Args:
            name: which component.
            label: how it is called beside the first; `stop` ends it too.
            extra: its environment beyond the common one.
        """
        argv = services.airflow_components(self.major)[name]
        self.components[label] = self._component(argv, label=label, extra=extra)
        return self.components[label]

    def cli(self, *arguments: str, statsd: bool = False) -> str:
        """Run an `airflow` command and return its stdout.

        Args:
            arguments: what follows `airflow`.
            statsd: it sends StatsD of its own; developer shells should not.

        Raises:
            BadInput: it failed; with the end of what it said.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [self._command, *arguments],
            env=self.env | ({} if statsd else {"AIRFLOW__METRICS__STATSD_ON": "False"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CLI_TIMEOUT,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
            raise BadInput(f"`airflow {' '.join(arguments)}` failed ({done.returncode}):\n{said}")
        return done.stdout

    def migrate(self) -> None:
        """Create or upgrade the tables; the first call also writes the home's secrets."""
        self.cli("db", "migrate")

    def set_pool(self, name: str, slots: int, description: str) -> None:
        """Create or change a pool."""
        self.cli("pools", "set", name, str(slots), description)

    def start(self, *names: str) -> None:
        """Start these components, or all; `wait_ready` waits for them."""
        for name in names or self.components:
            self.components[name].start()

    def wait_ready(self, *, timeout: float = _READY_TIMEOUT) -> None:
        """Wait for the web address, when its component was started."""
        for name in ("api-server", "webserver"):
            if name in self.components and self.components[name].running:
                self.components[name].wait(lambda: web.answers(self.health_url), timeout=timeout)

    @property
    def health_url(self) -> str:
        """The page that tells the health of the components."""
        return f"{self.url}/health" if self.major == 2 else f"{self.url}/api/v2/monitor/health"

    def stop(self) -> None:
        """Stop every component at the same time."""
        stop_all(self.components.values())

    def trigger(self, dag_id: str) -> None:
        """Start a manual run."""
        if self.major == 2:
            self.cli("dags", "trigger", dag_id)
        else:
            self.api("POST", f"dags/{quote(dag_id, safe='')}/dagRuns", body={"logical_date": None})

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG."""
        if self.major == 2:
            self.cli("dags", "pause" if paused else "unpause", dag_id)
        else:
            self.api("PATCH", f"dags/{quote(dag_id, safe='')}", body={"is_paused": paused})

    def api(self, method: str, path: str, *, body: Any = None) -> Any:
        """Call the REST API of Airflow 3, e.g. `api("GET", "dags")`."""
        token = web.call("GET", f"{self.url}/auth/token")["access_token"]
        return web.call(method, f"{self.url}/api/v2/{path}", body=body, token=token)


def _outer_environment() -> dict[str, str]:
    """The environment without settings of another Airflow or Python, and with loopback off any proxy."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AIRFLOW", "PYTHON", "VIRTUAL_ENV"))
    }
    return kept | {"NO_PROXY": f"{HOST},localhost", "no_proxy": f"{HOST},localhost", "PYTHONUNBUFFERED": "1"}
