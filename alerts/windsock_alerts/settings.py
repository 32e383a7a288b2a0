"""`alerts.yaml`: base URLs, what is expected to run, thresholds, and what differs where."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from windsock.yamlfile import Entry, load
from windsock_alerts.thresholds import Thresholds


class Environment(str, Enum):
    """What may wake people: everything, nothing (`staging` caps at ticket), or loopback too (`demo`)."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEMO = "demo"


class Urls(Entry):
    """Where the links of a page lead, without a slash at the end.

    Attributes:
        windsock: `windsock serve`: status board, `/go/…`, `/runbooks/…`.
        grafana: Grafana.
        prometheus: Prometheus.
        runbooks: a copy of the runbooks that outlives windsock; default `<windsock>/runbooks`.
    """

    windsock: str = "http://127.0.0.1:9112"
    grafana: str = "http://127.0.0.1:3000"
    prometheus: str = "http://127.0.0.1:9090"
    runbooks: str | None = None

    @field_validator("windsock", "grafana", "prometheus", "runbooks")
    @classmethod
    def _is_base_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            message = f"{value!r} is not a base URL; it starts with http:// or https://"
            raise ValueError(message)
        return value.rstrip("/") if value else value


class ExpectedComponents(Entry):
    """Components besides the scheduler, which is always expected.

    Left out: expected if seen alive in the last 7 days. 1: expected even if never seen. 0: not expected.
    """

    scheduler: Literal[1] | None = None
    dag_processor: Literal[0, 1] | None = None
    triggerer: Literal[0, 1] | None = None
    api_server: Literal[0, 1] | None = None


class Jobs(Entry):
    """The names of the scrape jobs in Prometheus."""

    windsock: str = "windsock"
    statsd: str = "airflow-statsd"
    prometheus: str = "prometheus"
    alertmanager: str = "alertmanager"


class Airflow(Entry):
    """What differs for one Airflow; the key in `airflows` is the value of its target label `airflow`."""

    urls: Urls | None = None
    environment: Environment | None = None
    expected_components: ExpectedComponents | None = None


class Choice(Entry):
    """What differs for one alert; the key in `alerts` is its name.

    Attributes:
        enabled: whether it is built; left out, the alert's own default (docs/alerts.md) counts.
    """

    enabled: bool | None = None


class Settings(Entry):
    """The whole file; everything has a default."""

    urls: Urls = Urls()
    environment: Environment = Environment.PRODUCTION
    expected_components: ExpectedComponents = ExpectedComponents()
    airflows: dict[str, Airflow] = Field(default_factory=dict)
    canary_dag: str = "windsock_canary"
    ignore_queues: tuple[str, ...] = ()
    jobs: Jobs = Jobs()
    thresholds: Thresholds = Thresholds()
    alerts: dict[str, Choice] = Field(default_factory=dict)

    def divided(self, factor: float) -> Settings:
        """The same settings with every duration divided by `factor`."""
        return self.model_copy(update={"thresholds": self.thresholds.divided(factor)})

    def enabled(self, alert: str, *, optional: bool) -> bool:
        """Whether the alert is built: as `alerts` says, else unless it is optional."""
        own = self.alerts.get(alert)
        return not optional if own is None or own.enabled is None else own.enabled

    def urls_of(self, airflow: str) -> Urls:
        """The base URLs for one Airflow."""
        own = self.airflows.get(airflow)
        return own.urls if own and own.urls else self.urls

    def environment_of(self, airflow: str) -> Environment:
        """The environment of one Airflow."""
        own = self.airflows.get(airflow)
        return own.environment if own and own.environment else self.environment

    def expected(self, component: str) -> tuple[int | None, dict[str, int | None]]:
        """What is expected of a component: in general, and where an Airflow has settings of its own."""
        general = getattr(self.expected_components, component)
        return general, {
            name: getattr(own.expected_components, component)
            for name, own in self.airflows.items()
            if own.expected_components and getattr(own.expected_components, component) != general
        }


def read(path: Path | None) -> Settings:
    """The alerts file, or the defaults without one.

    Raises:
        BadInput: see `windsock.yamlfile.load`.
    """
    return Settings() if path is None else load(path, Settings)
