"""A chain of real parts as an installation has it, whose Prometheus and Alertmanager a test configures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import Self

from demo.stack import ports, programs, web
from demo.stack.process import Process
from tests.support.statsd import shoot
from windsock.deploy import services

LINE = "airflow.scheduler_heartbeat,job_type=SchedulerJob:1|c"


@dataclass
class Server:
    """Prometheus or Alertmanager on loopback.

    Args:
        name: `prometheus` or `alertmanager`.
        folder: for its configuration, data and log.
        config: its configuration.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.name}.yaml"
        file.write_text(yaml.safe_dump(self.config), encoding="utf-8")
        address = f"{ports.HOST}:{ports.choose({self.name: 0})[self.name]}"
        self.url = f"http://{address}"
        flags = {"prometheus": services.prometheus, "alertmanager": services.alertmanager}[self.name]
        program = {"prometheus": programs.prometheus, "alertmanager": programs.alertmanager}[self.name]()
        arguments = flags(config=str(file), data=str(self.folder / "data"), listen=address, url=self.url)
        self._process = Process(self.name, [program, *arguments], log=self.folder / f"{self.name}.log")

    def __enter__(self) -> Self:
        self._process.start()
        self._process.wait(lambda: web.answers(f"{self.url}/-/ready"), timeout=120, what="ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()


def scrape(job: str, target: str, **more: Any) -> dict[str, Any]:
    """One scrape job; `airflow=None` leaves the label out."""
    airflow = more.pop("airflow", "prod")
    labels = {} if airflow is None else {"labels": {"airflow": airflow}}
    return {"job_name": job, "static_configs": [{"targets": [target], **labels}], **more}


def prometheus_yml(jobs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A configuration that scrapes and evaluates every second."""
    every = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), "1s")
    return {"global": every, "scrape_configs": jobs, **more}


@contextmanager
def sending(port: int) -> Iterator[None]:
    """An Airflow that is alive: a line over UDP every 0.2 s."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.2):
            shoot(port, [LINE])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
