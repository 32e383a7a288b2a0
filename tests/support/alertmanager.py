"""A real Alertmanager on a configuration of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from demo.stack import ports, programs, web
from demo.stack.process import Process
from windsock.deploy import services


class Alertmanager:
    """Started and stopped by the test.

    Args:
        folder: for its data and its log.
        config: its configuration.
        url: under which it believes to be reached; links in messages begin with it.
    """

    def __init__(self, folder: Path, config: dict[str, Any], *, url: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "alertmanager.yaml"
        file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        address = f"{ports.HOST}:{ports.choose({'alertmanager': 0})['alertmanager']}"
        self.url = f"http://{address}"
        arguments = services.alertmanager(
            config=str(file), data=str(folder / "data"), listen=address, url=url or self.url
        )
        self._process = Process(
            "alertmanager", [programs.alertmanager(), *arguments], log=folder / "alertmanager.log"
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process.start()
        self._process.wait(lambda: web.answers(f"{self.url}/-/ready"), timeout=120, what="ready")

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def post(self, *alerts: dict[str, Any]) -> None:
        """Give it alerts: labels, annotations, startsAt, endsAt."""
        web.call("POST", f"{self.url}/api/v2/alerts", body=list(alerts))

    def alerts(self) -> list[dict[str, Any]]:
        """What it has, with the receivers of each."""
        found: list[dict[str, Any]] = web.call("GET", f"{self.url}/api/v2/alerts")
        return found
