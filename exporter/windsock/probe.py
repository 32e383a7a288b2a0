"""Is Airflow's API server (3.x) or web server (2.x) there? One GET in its own thread."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from threading import Event, Lock
from time import monotonic
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import structlog

from windsock.catalog import components
from windsock.errors import BadInput
from windsock.figures import Figures

_PATHS = {2: "/health", 3: "/api/v2/monitor/health"}
_TIMEOUT = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """The last probe; `seconds` of the last one that was answered."""

    up: bool
    seconds: float | None


class Probe:
    """Asks `url` (the base URL of Airflow's UI) for its health.

    Raises:
        BadInput: the URL is not http or https.
    """

    def __init__(self, url: str, *, major: int) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise BadInput(f"--airflow-url {url}: expected e.g. http://airflow.example:8080")
        self._url = url.rstrip("/") + _PATHS[major]
        # A proxy for the outside world has no business between two parts of one platform.
        self._opener = build_opener(ProxyHandler({}))
        self._lock = Lock()
        self._answer: Answer | None = None

    def run(self, stop: Event, interval: float) -> None:
        """Probe until `stop` is set."""
        while not stop.is_set():
            self.ask()
            stop.wait(interval)

    def ask(self) -> None:
        """One probe. Up is an answer below 400: the server's own word on other components is not asked."""
        started = monotonic()
        problem: str | None = None
        try:
            with self._opener.open(self._url, timeout=_TIMEOUT) as response:
                response.read(65536)
        except HTTPError as error:
            problem = f"HTTP {error.code}"
            error.close()
        except (OSError, HTTPException, ValueError) as error:
            problem = str(getattr(error, "reason", error)) or type(error).__name__
        seconds = monotonic() - started
        with self._lock:
            old = self._answer
            self._answer = (
                Answer(up=True, seconds=seconds)
                if problem is None
                else Answer(up=False, seconds=old.seconds if old else None)
            )
        if problem is not None and (old is None or old.up):
            _log.warning("Airflow does not answer", url=self._url, why=problem)
        elif problem is None and old is not None and not old.up:
            _log.info("Airflow answers again", url=self._url)

    def add(self, figures: Figures) -> None:
        """The last answer; nothing before the first."""
        with self._lock:
            answer = self._answer
        if answer is None:
            return
        figures.add(components.API_SERVER_UP, answer.up)
        if answer.seconds is not None:
            figures.add(components.API_SERVER_RESPONSE, round(answer.seconds, 6))
