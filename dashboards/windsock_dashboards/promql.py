"""PromQL for dashboards: every expression keeps the Airflow and merges the exporter's replicas."""

from __future__ import annotations

from dataclasses import dataclass

from windsock.metric import Metric


@dataclass(frozen=True, slots=True)
class Scope:
    """Which Airflows a dashboard asks about.

    Attributes:
        label: the target label that names the Airflow.
        several: whether the reader may choose more than one.
    """

    label: str = "airflow"
    several: bool = True

    @property
    def airflow(self) -> str:
        """The matcher that keeps to the chosen Airflows."""
        return f'{self.label}=~"$airflow"' if self.several else f'{self.label}="$airflow"'

    @property
    def legend(self) -> str:
        """The Airflow of a series in a legend."""
        return f"{{{{{self.label}}}}}"

    def pick(self, metric: Metric | str, *matchers: str) -> str:
        """The series of the chosen Airflows: `pick(LATE, 'dag_id="$dag_id"')`."""
        return f"{metric}{{{', '.join((self.airflow, *matchers))}}}"

    def by(self, *labels: str) -> str:
        """`by (airflow, …)`."""
        return f"by ({', '.join((self.label, *labels))})"

    def on(self, *labels: str) -> str:
        """`on (airflow, …)`."""
        return f"on ({', '.join((self.label, *labels))})"

    def max(self, metric: Metric | str, *labels: str, where: str = "") -> str:
        """A gauge without its replicas: the highest of them per Airflow and `labels`."""
        return f"max {self.by(*labels)} ({self._pick(metric, where)})"

    def min(self, metric: Metric | str, *labels: str, where: str = "") -> str:
        """A gauge without its replicas: the lowest of them per Airflow and `labels`."""
        return f"min {self.by(*labels)} ({self._pick(metric, where)})"

    def filled(
        self, metric: Metric | str, info: Metric, *labels: str, where: str = "", only: str = ""
    ) -> str:
        """Like `max`, and 0 for what `info` knows: a zero of each DAG is exported in the preset `full` only.

        Args:
            metric: a gauge.
            info: a metric with one series for each thing.
            labels: that both have.
            where: matchers that both have.
            only: more matchers of `metric`.
        """
        both = ", ".join(filter(None, (where, only)))
        return f"{self.max(metric, *labels, where=both)} or 0 * {self.max(info, *labels, where=where)}"

    def age(self, metric: Metric | str, *labels: str, where: str = "") -> str:
        """Seconds since a timestamp, by the newest replica."""
        return f"time() - {self.max(metric, *labels, where=where)}"

    def rate(self, counter: Metric | str, *labels: str, where: str = "") -> str:
        """Events per second; each StatsD line reaches one exporter, so these add up."""
        return f"sum {self.by(*labels)} (rate({self._pick(counter, where)}[$__rate_interval]))"

    def per_minute(self, counter: Metric | str, *labels: str, where: str = "") -> str:
        """Events per minute, for what is rare enough that nobody reads it per second."""
        return f"60 * {self.rate(counter, *labels, where=where)}"

    def quantile(self, quantile: float, histogram: Metric, *labels: str, where: str = "") -> str:
        """A quantile of all observations together; buckets of several exporters add up, quantiles do not."""
        buckets = self._pick(f"{histogram}_bucket", where)
        by = self.by("le", *labels)
        return f"histogram_quantile({quantile}, sum {by} (rate({buckets}[$__rate_interval])))"

    def events(self, **counters: Metric | str) -> str:
        """Events per minute of several counters in one query, named in the label `event`.

        Airflow sends most of such counters only once something happened: alone they would be no data.
        """
        parts = (
            f'label_replace({self.per_minute(counter)}, "event", "{event.replace("_", " ")}", "", "")'
            for event, counter in counters.items()
        )
        return " or ".join(parts)

    def one(
        self,
        info: Metric,
        keys: tuple[str, ...],
        labels: tuple[str, ...],
        *,
        where: str = "",
        true: bool = False,
    ) -> str:
        """One series per key with `labels`, even while replicas disagree, because a join refuses two.

        Args:
            info: a metric whose labels are wanted.
            keys: labels that name the thing.
            labels: labels that tell something of it.
            where: more matchers.
            true: only series that are not 0.
        """
        series = f"{self._pick(info, where)}{' > 0' if true else ''}"
        return f"max {self.by(*keys, *labels)} (topk {self.by(*keys)} (1, {series}))"

    def labelled(self, expr: str, keys: tuple[str, ...], labels: tuple[str, ...], info: str) -> str:
        """`expr` with `labels` of `info`, one series per key; where there is no info, `expr` as it is."""
        on = self.on(*keys)
        return f"(({expr}) * {on} group_left ({', '.join(labels)}) ({info}) or ({expr}) unless {on} ({info}))"

    def of_team(self, expr: str, keys: tuple[str, ...], info: Metric) -> str:
        """`expr` without what belongs to other teams than the chosen; without info it belongs to everyone."""
        others = self.pick(info, 'team!~"$team"')
        return f"{expr} unless {self.on(*keys)} {others}"

    def _pick(self, metric: Metric | str, where: str) -> str:
        return self.pick(metric, where) if where else self.pick(metric)
