"""`alerts.yaml`: base URLs, what is expected to run, and every threshold, hold and grace in one place."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from windsock.yamlfile import Entry, load
from windsock_alerts.durations import Duration

# Airflow beats every 5 seconds, and collection and scrape may each be as old: below this, silence says
# nothing, however fast a demo runs.
HEARTBEAT_FLOOR = 20.0

# A component that died with its database needs so long until its first heartbeat, on a busy machine; no time
# factor makes it start sooner, and until then the grace after recovery must hold its silence back.
START_FLOOR = 45.0


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


class Thresholds(Entry):
    """Every time and count that decides whether and when an alert fires.

    A time factor divides all durations except `memory`, which is how far back something counts as known.
    """

    component_silent: Duration = 45.0
    platform_silent: Duration = 45.0
    component_crashed: Duration = 180.0
    component_stopped: Duration = 600.0
    recovery_grace: Duration = 240.0
    exporter_stale: Duration = 180.0
    database_unreachable: Duration = 120.0
    api_server_down: Duration = 180.0
    collector_failing: Duration = 600.0
    queue_stuck: Duration = 600.0
    pool_exhausted: Duration = 900.0
    dag_overdue: Duration = 900.0
    many_overdue: Duration = 600.0
    many_overdue_dags: int = Field(default=20, ge=1)
    many_overdue_share: float = Field(default=0.05, gt=0, le=1)
    many_overdue_least: int = Field(default=5, ge=1)
    sla_breached: Duration = 100.0
    keep_firing: Duration = 600.0
    failed_hold: Duration = 100.0
    failures_in_a_row: int = Field(default=2, ge=1)
    import_error: Duration = 900.0
    canary_late: Duration = 900.0
    statsd_down: Duration = 300.0
    statsd_silent: Duration = 600.0
    unknown_lines: Duration = 3600.0
    clock_skew: Duration = 15.0
    clock_skew_lasting: Duration = 600.0
    watching: Duration = 300.0
    bridge: Duration = 120.0
    memory: Duration = 604800.0
    sla_group_wait: Duration = 5.0
    page_group_wait: Duration = 30.0
    group_interval: Duration = 300.0
    page_repeat: Duration = 14400.0
    ticket_group_wait: Duration = 60.0
    ticket_repeat: Duration = 86400.0
    info_group_wait: Duration = 300.0
    info_group_interval: Duration = 3600.0
    watchdog_repeat: Duration = 60.0

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        for silent in ("component_silent", "platform_silent"):
            if getattr(self, silent) >= min(self.sla_breached, self.failed_hold):
                message = (
                    f"{silent} must be below sla_breached and failed_hold, "
                    "or DAGs make noise before what holds them back"
                )
                raise ValueError(message)
        if self.recovery_grace + self.group_interval >= self.keep_firing:
            message = (
                "keep_firing must be above recovery_grace and group_interval together, "
                "or an alert ends while it is held back and its incident stays open"
            )
            raise ValueError(message)
        return self

    def divided(self, factor: float) -> Thresholds:
        """All durations divided, but none below what Airflow itself needs to beat and to start."""
        if factor == 1:
            return self
        scaled = {
            name: value / factor
            for name, value in self
            if isinstance(value, float) and name not in {"memory", "many_overdue_share"}
        }
        scaled["component_silent"] = max(
            scaled["component_silent"], min(HEARTBEAT_FLOOR, self.component_silent)
        )
        scaled["recovery_grace"] = max(scaled["recovery_grace"], min(START_FLOOR, self.recovery_grace))
        # Whatever the factor, the order that `_in_order` asks for stays.
        ended = scaled["recovery_grace"] + scaled["group_interval"]
        scaled["keep_firing"] = max(scaled["keep_firing"], ended + 1)
        # Whatever the factor, a silent component is known before a DAG-level alert fires.
        for hold in ("sla_breached", "failed_hold"):
            scaled[hold] = max(scaled[hold], scaled["component_silent"] + 1)
        return self.model_copy(update=scaled)


class Airflow(Entry):
    """What differs for one Airflow; the key in `airflows` is the value of its target label `airflow`."""

    urls: Urls | None = None
    environment: Environment | None = None
    expected_components: ExpectedComponents | None = None


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

    def divided(self, factor: float) -> Settings:
        """The same settings with every duration divided by `factor`."""
        return self.model_copy(update={"thresholds": self.thresholds.divided(factor)})

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
