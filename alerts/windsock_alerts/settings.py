"""`alerts.yaml`: base URLs, what is expected to run, thresholds, and what differs where."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, StringConstraints, field_validator

from windsock.yamlfile import Entry
from windsock_alerts.dag_entry import DagEntry, SeverityName
from windsock_alerts.durations import Duration
from windsock_alerts.thresholds import AirflowThresholds, Thresholds, given

# It stands in matchers as it is.
Job = Annotated[str, StringConstraints(pattern=r"^[\w.:/-]+$")]
# Of an alert; neither a matcher nor a template has to escape such a value.
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$")]
LabelValue = Annotated[str, StringConstraints(pattern=r"^[\w.:/@-]+$")]


class Environment(str, Enum):
    """What may wake people: everything, nothing (`staging` caps at ticket), or loopback too (`demo`)."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEMO = "demo"


class Urls(Entry):
    """Where the links of a page lead, without a slash at the end."""

    windsock: str = Field(
        "http://127.0.0.1:9112", description="`windsock serve`: status board, `/go/…`, `/runbooks/…`."
    )
    grafana: str = Field("http://127.0.0.1:3000", description="Grafana.")
    prometheus: str = Field("http://127.0.0.1:9090", description="Prometheus.")
    runbooks: str | None = Field(
        None, description="A copy of the runbooks that outlives windsock; else `<windsock>/runbooks`."
    )
    alertmanager: str | None = Field(
        None,
        description="Alertmanager, so that webhooks get a link to a silence as the others do.",
    )

    @field_validator("windsock", "grafana", "prometheus", "runbooks", "alertmanager")
    @classmethod
    def _is_base_url(cls, value: str | None) -> str | None:
        # Whatever ends a word in a template or in a link would end the annotation that it stands in.
        if value is not None and not re.fullmatch(r"https?://[^\s\"'`<>{}\\?#]+", value):
            message = f"{value!r} is not a base URL; write e.g. https://windsock.example.org"
            raise ValueError(message)
        return value.rstrip("/") if value else value


class ExpectedComponents(Entry):
    """Components besides the scheduler, which is always expected.

    Left out: expected if seen alive in the last 7 days. 1: expected even if never seen. 0: not expected.
    """

    scheduler: Literal[1] | None = Field(None, description="Always expected.")
    dag_processor: Literal[0, 1] | None = Field(None, description="Of 2.x only if it runs on its own.")
    triggerer: Literal[0, 1] | None = Field(None, description="Needed by deferred tasks.")
    api_server: Literal[0, 1] | None = Field(None, description="Of 2.x the web server.")


class Jobs(Entry):
    """The names of the scrape jobs in Prometheus."""

    windsock: Job = Field("windsock", description="Of `windsock serve`.")
    statsd: Job = Field("airflow-statsd", description="Of statsd_exporter.")
    prometheus: Job = Field("prometheus", description="Of Prometheus itself.")
    alertmanager: Job = Field("alertmanager", description="Of Alertmanager.")


class Choice(Entry):
    """What differs for one alert; the key in `alerts` is its name."""

    enabled: bool | None = Field(
        None, description="Whether it is built; left out, the alert's own default counts."
    )
    severity: SeverityName | None = Field(None, description="An action: page, ticket or info.")
    hold: Duration | None = Field(None, description="How long the condition must hold before it fires.")

    def over(self, other: Choice) -> Choice:
        """This, and where it says nothing, the other."""
        return other.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class Airflow(Entry):
    """What differs for one Airflow; the key in `airflows` is the value of its target label `airflow`."""

    urls: Urls | None = Field(None, description="All of its base URLs.")
    environment: Environment | None = Field(None, description="production, staging or demo.")
    expected_components: ExpectedComponents | None = Field(None, description="What should run there.")
    thresholds: AirflowThresholds | None = Field(None, description="Thresholds that are others there.")
    alerts: dict[str, Choice] = Field(default_factory=dict, description="What differs for alerts there.")


class Settings(Entry):
    """The whole file; everything has a default."""

    urls: Urls = Field(Urls(), description="Where the links of a page lead.")
    environment: Environment = Field(
        Environment.PRODUCTION,
        description="production; staging: tickets instead of pages; demo: loopback is fine.",
    )
    expected_components: ExpectedComponents = Field(
        ExpectedComponents(), description="Components that should run, besides the scheduler."
    )
    airflows: dict[str, Airflow] = Field(
        default_factory=dict, description="Where one Airflow differs, by its label `airflow`."
    )
    canary_dag: str = Field("windsock_canary", description="The DAG that tries the whole loop.")
    ignore_queues: tuple[str, ...] = Field((), description="Queues whose workers are busy for long.")
    jobs: Jobs = Field(Jobs(), description="What Prometheus calls its scrape jobs.")
    thresholds: Thresholds = Field(Thresholds(), description="When alerts fire.")
    alerts: dict[str, Choice] = Field(default_factory=dict, description="What differs for alerts, by name.")
    airflow_label: LabelName = Field(
        "airflow", description="What the target label is called that says which Airflow it is."
    )
    labels: dict[LabelName, LabelValue] = Field(
        default_factory=dict,
        description="Further labels of every alert, e.g. one by which an Alertmanager of others knows them.",
    )
    dags: tuple[DagEntry, ...] = Field((), description="Where single DAGs differ; the first match counts.")
    # What the file itself says, and by what a demo divides it.
    _written: Thresholds | None = PrivateAttr(None)
    _factor: float = PrivateAttr(1.0)

    @property
    def factor(self) -> float:
        """What all durations were divided by."""
        return self._factor

    def divided(self, factor: float) -> Settings:
        """The same settings with every duration divided by `factor`."""
        if factor == 1:
            return self
        shorter = {name: _divided(choice, factor) for name, choice in self.alerts.items()}
        found = self.model_copy(update={"thresholds": self.thresholds.divided(factor), "alerts": shorter})
        found._written, found._factor = self.thresholds, factor  # noqa: SLF001 (of its own class)
        return found

    def of(self, airflow: str) -> Settings:
        """What holds for one Airflow, as if it were the only one."""
        own = self.airflows.get(airflow)
        if own is None:
            return self
        choices = dict(self.alerts)
        for name, choice in own.alerts.items():
            choices[name] = _divided(choice, self._factor).over(choices.get(name, Choice()))
        return self.model_copy(update={"thresholds": self.thresholds_of(airflow), "alerts": choices})

    def thresholds_of(self, airflow: str) -> Thresholds:
        """The thresholds of one Airflow."""
        own = self.airflows.get(airflow)
        if own is None or own.thresholds is None:
            return self.thresholds
        return (self._written or self.thresholds).differing(own.thresholds).divided(self._factor)

    @property
    def differing(self) -> tuple[str, ...]:
        """Airflows whose rules may be others."""
        return tuple(name for name, own in self.airflows.items() if given(own.thresholds) or own.alerts)

    def enabled(self, alert: str, *, optional: bool) -> bool:
        """Whether the alert is built: as `alerts` says, else unless it is optional."""
        own = self.alerts.get(alert)
        return not optional if own is None or own.enabled is None else own.enabled

    def pages(self, alert: str) -> bool:
        """Whether an alert that is there by default, and pages, still does."""
        return self.enabled(alert, optional=False) and self.severity_of(alert) in {None, "page"}

    def severity_of(self, alert: str) -> SeverityName | None:
        """The severity that `alerts` gives it."""
        own = self.alerts.get(alert)
        return own.severity if own else None

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


def _divided(choice: Choice, factor: float) -> Choice:
    return choice.model_copy(update={"hold": choice.hold / factor}) if choice.hold else choice
