"""Which looks there are for the addresses that were given, and what the files say should be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from windsock import owners as teams
from windsock.doctor import (
    airflow_settings,
    alertmanager,
    database,
    exporter,
    grafana,
    rules,
    scraping,
    statsd,
)
from windsock.doctor.finding import Finding, skipped
from windsock.doctor.numbers import Page
from windsock.doctor.run import Look
from windsock.errors import BadInput
from windsock.metadb.url import Address
from windsock.metric import Kind, Metric
from windsock.owners import Owners
from windsock.receivers import CHANNELS
from windsock.remote import Alertmanager, Prometheus, Remote
from windsock.statsd.options import Options

if TYPE_CHECKING:
    from windsock_alerts.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What was given; None where nothing was.

    Attributes:
        airflow_settings: Airflow's `[metrics]`.
        mapping: what statsd_exporter should run with.
        airflow: the value of the label `airflow`.
        wait: seconds for one answer.
    """

    airflow_settings: Mapping[str, str] | None = None
    mapping: Options | None = None
    statsd_url: str | None = None
    database: Address | None = None
    windsock_url: str | None = None
    prometheus_url: str | None = None
    alertmanager_url: str | None = None
    grafana_url: str | None = None
    grafana_token: str | None = None
    alerts_file: Path | None = None
    owners_file: Path | None = None
    airflow: str | None = None
    wait: float = 10.0

    def looks(self) -> tuple[dict[str, Look], list[Finding]]:
        """The looks, by the check that they begin with; and what cannot be looked at, with what it needs.

        Raises:
            BadInput: a file or an address is wrong.
        """
        made = {
            "airflow/settings": (
                self._settings(),
                "--airflow-config (or run it where AIRFLOW__METRICS__… is set) and --airflow",
            ),
            "statsd/reached": (self._statsd(), "--statsd-url"),
            "database/reached": (self._database(), "--database-url-file"),
            "exporter/reached": (self._exporter(), "--windsock-url"),
            "prometheus/reached": (self._prometheus(), "--prometheus-url"),
            "rules/loaded": (self._rules(), "--prometheus-url"),
            "alertmanager/reached": (self._alertmanager(), "--alertmanager-url and --owners-file"),
            "grafana/reached": (self._grafana(), "--grafana-url"),
        }
        looks = {check: look for check, (look, _) in made.items() if look}
        return looks, [skipped(check, needs) for check, (look, needs) in made.items() if not look]

    def _settings(self) -> Look | None:
        if self.airflow_settings is None or self.mapping is None:
            return None
        return partial(airflow_settings.look, self.airflow_settings, self.mapping)

    def _statsd(self) -> Look | None:
        if self.statsd_url is None:
            return None
        return partial(
            statsd.look, self._remote(self.statsd_url, "--statsd-url", "statsd_exporter"), self.mapping
        )

    def _database(self) -> Look | None:
        return None if self.database is None else partial(database.look, self.database)

    def _exporter(self) -> Look | None:
        if self.windsock_url is None:
            return None
        return partial(exporter.look, self._remote(self.windsock_url, "--windsock-url", "windsock"))

    def _prometheus(self) -> Look | None:
        if self.prometheus_url is None:
            return None
        from windsock_alerts import build, feeds  # noqa: PLC0415 (`serve` never needs the rules)

        settings, owners = self._alerts(), self._owners()
        groups = build.groups(settings, owners.platform)
        needed = {
            alert: [_series(metric) for metric in metrics] for alert, metrics in feeds.metrics(groups).items()
        }
        jobs = {"windsock": settings.jobs.windsock, "statsd": settings.jobs.statsd}
        label = settings.airflow_label
        remote = Prometheus(self.prometheus_url, wait=self.wait, label=label)

        def look() -> list[Finding]:
            expected = scraping.Expected(
                jobs=jobs, label=label, airflow=self.airflow, needed=needed, shown=self._shown()
            )
            return list(scraping.look(remote, expected))

        return look

    def _shown(self) -> set[str]:
        """What the exporter shows; that it does not answer is said elsewhere."""
        if self.windsock_url is None:
            return set()
        try:
            text = self._remote(self.windsock_url, "--windsock-url", "windsock").text("/metrics")
            return Page.parse(text).names
        except (BadInput, ValueError):
            return set()

    def _rules(self) -> Look | None:
        if self.prometheus_url is None:
            return None
        from windsock_alerts import build  # noqa: PLC0415 (see above)

        settings, owners = self._alerts(), self._owners()
        ours: dict[str, list[str]] = {}
        for group in build.groups(settings, owners.platform):
            for rule in group.render(settings)["groups"][0]["rules"]:
                ours.setdefault(rule.get("alert") or rule["record"], []).append(rule["expr"])
        return partial(rules.look, Prometheus(self.prometheus_url, wait=self.wait), ours)

    def _alertmanager(self) -> Look | None:
        if self.alertmanager_url is None or self.owners_file is None:
            return None
        from windsock_alerts.routing import receiver_of  # noqa: PLC0415 (see above)

        labels, owners = self._alerts().labels, self._owners()
        cases = [
            alertmanager.Case(
                labels={"alertname": "AirflowDagOverdue", "team": team, "severity": channel, **labels},
                receiver=receiver_of(owners, team, channel),
            )
            for team in dict.fromkeys((*owners.receivers, owners.platform))
            for channel in CHANNELS
        ]
        return partial(alertmanager.look, Alertmanager(self.alertmanager_url, wait=self.wait), cases)

    def _grafana(self) -> Look | None:
        if self.grafana_url is None:
            return None
        try:
            from windsock_dashboards import build  # noqa: PLC0415 (only some have the extra)
        except ImportError as error:
            raise BadInput("--grafana-url: needs the dashboards: pip install 'windsock[all]'") from error
        ours = {
            made["uid"]: next(tag for tag in made["tags"] if tag.startswith("content-"))
            for made in build.boards(build.Settings())
        }
        remote = Remote(
            self.grafana_url, flag="--grafana-url", what="Grafana", wait=self.wait, token=self.grafana_token
        )
        return partial(grafana.look, remote, ours)

    def _alerts(self) -> Settings:
        from windsock_alerts import build  # noqa: PLC0415 (see above)

        return build.read_settings(self.alerts_file)

    def _owners(self) -> Owners:
        return teams.read(self.owners_file)

    def _remote(self, url: str, flag: str, what: str) -> Remote:
        return Remote(url, flag=flag, what=what, wait=self.wait)


def _series(metric: Metric) -> str:
    """A name that Prometheus has where it has the metric."""
    return f"{metric.name}_count" if metric.kind is Kind.HISTOGRAM else metric.name
