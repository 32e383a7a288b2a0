"""PromQL for dashboards: every expression keeps the Airflow and merges the exporter's replicas."""

from __future__ import annotations

from dataclasses import dataclass, field

from windsock.metric import Kind, Metric, Statsd, Unit
from windsock_alerts.thresholds import Thresholds
from windsock_dashboards.shapes.expr import Expr, check_labels, family, in_unit
from windsock_dashboards.shapes.mistakes import DashboardError
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Query


@dataclass(frozen=True, slots=True)
class Scope:
    """Which Airflows a dashboard asks about, and what the alerts think is too much.

    Attributes:
        label: the target label that names the Airflow.
        several: whether the reader may choose more than one.
        limits: the thresholds of the alerts; panels draw these and no others.
    """

    label: str = "airflow"
    several: bool = True
    limits: Thresholds = field(default_factory=Thresholds)

    @property
    def airflow(self) -> str:
        """The matcher that keeps to the chosen Airflows."""
        return f'{self.label}=~"$airflow"' if self.several else f'{self.label}="$airflow"'

    @property
    def legend(self) -> str:
        """The Airflow of a series in a legend."""
        return f"{{{{{self.label}}}}}"

    def named(self, *labels: str) -> str:
        """A legend of labels and the Airflow: `{{queue}} {{airflow}}`."""
        return " ".join([*(f"{{{{{label}}}}}" for label in labels), self.legend])

    def pick(self, metric: Metric | str, *matchers: str) -> str:
        """The series of the chosen Airflows: `pick(LATE, 'dag_id="$dag_id"')`."""
        check_labels(metric, ())
        return f"{metric}{{{', '.join((self.airflow, *filter(None, matchers)))}}}"

    def by(self, *labels: str) -> str:
        """`by (airflow, …)`."""
        return f"by ({', '.join((self.label, *labels))})"

    def on(self, *labels: str) -> str:
        """`on (airflow, …)`."""
        return f"on ({', '.join((self.label, *labels))})"

    def max(self, metric: Metric | str, *labels: str, where: str = "", keep: str = "") -> Expr:
        """A gauge without its replicas: the highest of them per Airflow and `labels`.

        `keep`, such as `== 1`, leaves out others before they are compared: most, where few are in trouble.
        """
        return self._newest("max", metric, labels, where, keep)

    def min(self, metric: Metric | str, *labels: str, where: str = "", keep: str = "") -> Expr:
        """A gauge without its replicas: the lowest of them per Airflow and `labels`.

        `keep`, such as `== 1`, leaves out others before they are compared: most, where few are in trouble.
        """
        return self._newest("min", metric, labels, where, keep)

    def total(self, metric: Metric, *labels: str, where: str = "") -> Expr:
        """A gauge added up over the labels that are not named here; replicas count once."""
        check_labels(metric, labels)
        each = self.max(metric, *metric.all_labels, where=where)
        return in_unit(f"sum {self.by(*labels)} ({each})", _added(metric))

    def sum(self, expr: str, *labels: str) -> str:
        """Values added up per Airflow and `labels`; in the unit of `expr`."""
        text = f"sum {self.by(*labels)} ({expr})"
        return in_unit(text, _added(expr.unit)) if isinstance(expr, Expr) else text

    def worst(self, expr: str, *labels: str) -> str:
        """The highest value per Airflow and `labels`."""
        return _like(expr, f"max {self.by(*labels)} ({expr})")

    def count(self, expr: str, *labels: str) -> Expr:
        """How many series there are per Airflow and `labels`."""
        return in_unit(f"count {self.by(*labels)} ({expr})", Shown.NUMBER)

    def top(self, most: int, expr: str) -> str:
        """The `most` series with the highest values."""
        return _like(expr, f"topk({most}, {expr})")

    def bottom(self, most: int, expr: str) -> str:
        """The `most` series with the lowest values."""
        return _like(expr, f"bottomk({most}, {expr})")

    def rows(
        self, keys: tuple[str, ...], first: str, *others: str, most: int = 100, least: bool = False
    ) -> tuple[Query, ...]:
        """Queries of a table: the `most` rows with the highest (least: lowest) `first`, and more about them.

        Args:
            keys: labels that name a row, besides the Airflow.
            first: what decides which rows there are.
            others: values of the same rows.
            most: rows at most.
            least: the lowest instead.
        """
        kept = _like(first, f"{'bottomk' if least else 'topk'}({most}, {first})")
        also = (_like(other, f"({other}) and {self.on(*keys)} {kept}") for other in others)
        return (Query(kept), *(Query(other) for other in also))

    def filled(self, metric: Metric, info: Metric, *labels: str, where: str = "", only: str = "") -> Expr:
        """Like `max`, and 0 for what `info` knows: a zero of each DAG is exported in the preset `full` only.

        Args:
            metric: a gauge.
            info: a metric with one series for each thing.
            labels: that both have.
            where: matchers that both have.
            only: more matchers of `metric`.
        """
        both = ", ".join(filter(None, (where, only)))
        zero = f"0 * {self.max(info, *labels, where=where)}"
        return in_unit(f"{self.max(metric, *labels, where=both)} or {zero}", metric)

    def age(self, metric: Metric | str, *labels: str, where: str = "") -> Expr:
        """Seconds since a timestamp, by the newest replica."""
        self._must_be_timestamp(metric)
        return in_unit(f"time() - {self.max(metric, *labels, where=where)}", Shown.AGE)

    def until(self, metric: Metric, *labels: str, where: str = "", keep: str = "") -> Expr:
        """Seconds until a timestamp; `keep` as for `max`."""
        self._must_be_timestamp(metric)
        return in_unit(f"{self.max(metric, *labels, where=where, keep=keep)} - time()", Shown.AGE)

    def moment(self, metric: Metric, *labels: str, where: str = "") -> Expr:
        """A timestamp as a date, for a column."""
        self._must_be_timestamp(metric)
        return in_unit(f"1000 * {self.max(metric, *labels, where=where)}", Shown.MOMENT)

    def rate(self, counter: Metric | str, *labels: str, where: str = "") -> Expr:
        """Events per second."""
        return in_unit(self._grown("rate", counter, labels, where), Shown.PER_SECOND)

    def per_minute(self, counter: Metric | str, *labels: str, where: str = "") -> Expr:
        """Events per minute, for what is rare enough that nobody reads it per second."""
        return in_unit(f"60 * {self._grown('rate', counter, labels, where)}", Shown.PER_MINUTE)

    def gained(self, counter: Metric, *labels: str, where: str = "") -> Expr:
        """How much it grew in the time shown: events, or seconds."""
        unit = Shown.AGE if counter.unit is Unit.SECONDS else Shown.NUMBER
        return in_unit(self._grown("increase", counter, labels, where), unit)

    def share(self, part: str, whole: str) -> Expr:
        """A part of a whole, from 0 to 1; nothing where the whole is 0."""
        return in_unit(f"({part}) / ({whole} > 0)", Shown.RATIO)

    def quantile(self, quantile: float, histogram: Metric, *labels: str, where: str = "") -> Expr:
        """A quantile of all observations together; buckets of several exporters add up, quantiles do not."""
        check_labels(histogram, labels)
        if histogram.kind is not Kind.HISTOGRAM:
            raise DashboardError(f"{histogram} is a {histogram.kind.value}: quantiles come from histograms")
        grown = self._growth("rate", f"{histogram}_bucket", histogram, ("le", *labels), where)
        return in_unit(f"histogram_quantile({quantile}, {grown})", histogram)

    def quantiles(self, histogram: Metric, *labels: str, where: str = "") -> tuple[Query, ...]:
        """Its median and p95 as the queries of a panel."""
        return tuple(
            Query(
                self.quantile(level, histogram, *labels, where=where),
                f"p{round(100 * level)} {self.named(*labels)}",
            )
            for level in (0.5, 0.95)
        )

    def events(self, where: str = "", **counters: Metric | str) -> Expr:
        """Events per minute of several counters in one query, named in the label `event`.

        Airflow sends most of such counters only once something happened: alone they would be no data.

        Args:
            where: more matchers.
            counters: by what the event is called.
        """
        each = {name.replace("_", " "): self.per_minute(of, where=where) for name, of in counters.items()}
        parts = (f'label_replace({expr}, "event", "{name}", "", "")' for name, expr in each.items())
        return in_unit(" or ".join(parts), Shown.PER_MINUTE)

    def gained_sum(self, histogram: Metric, *labels: str, where: str = "") -> Expr:
        """How much a histogram observed in the time shown, all observations added up."""
        check_labels(histogram, labels)
        text = self._growth("increase", f"{histogram}_sum", histogram, labels, where)
        return in_unit(text, histogram)

    def one(
        self,
        info: Metric,
        keys: tuple[str, ...],
        labels: tuple[str, ...],
        *,
        where: str = "",
        true: bool = False,
        among: str = "",
    ) -> str:
        """One series per key with `labels`, even while replicas disagree, because a join refuses two.

        Args:
            info: a metric whose labels are wanted.
            keys: labels that name the thing.
            labels: labels that tell something of it.
            where: more matchers.
            true: only series that are not 0.
            among: only of what this expression has; in graphs, where all of them at each step take too long.
        """
        check_labels(info, (*keys, *labels))
        series = f"{self.pick(info, where)}{' > 0' if true else ''}"
        if among:
            series = f"{series} and {self.on(*keys)} ({among})"
        return f"max {self.by(*keys, *labels)} (topk {self.by(*keys)} (1, {series}))"

    def labelled(
        self, expr: str, keys: tuple[str, ...], labels: tuple[str, ...], info: str, *, of: str = ""
    ) -> str:
        """`expr` with `labels` of `info`, one series per key; where there is no info, `expr` as it is.

        Args:
            expr: one series per key.
            keys: labels that name the thing.
            labels: labels that `info` adds.
            info: one series per key, of the value 1.
            of: has the series of `expr` and is shorter: `expr` before it was labelled the first time.
        """
        on = self.on(*keys)
        known = f"{info} or {on} group {self.by(*keys)} ({of or expr})"
        return _like(expr, f"(({expr}) * {on} group_left ({', '.join(labels)}) ({known}))")

    def of_team(self, expr: str, keys: tuple[str, ...], info: Metric) -> str:
        """`expr` without what belongs to other teams than the chosen; without info it belongs to everyone."""
        check_labels(info, (*keys, "team"))
        others = self.pick(info, 'team!~"$team"')
        return _like(expr, f"{expr} unless {self.on(*keys)} {others}")

    def _newest(
        self, how: str, metric: Metric | str, labels: tuple[str, ...], where: str, keep: str = ""
    ) -> Expr:
        check_labels(metric, labels)
        if isinstance(metric, Metric) and metric.kind is not Kind.GAUGE:
            raise DashboardError(
                f"{metric} is a {metric.kind.value}: show its rate, what it gained, or a quantile"
            )
        text = f"{how} {self.by(*labels)} ({self.pick(metric, where)}{keep and f' {keep}'})"
        if isinstance(metric, Metric):
            return in_unit(text, metric)
        return in_unit(text, Shown.AGE if metric.endswith("_seconds") else Shown.NUMBER)

    def _grown(self, how: str, counter: Metric | str, labels: tuple[str, ...], where: str) -> str:
        check_labels(counter, labels)
        if isinstance(counter, Metric) and counter.kind is not Kind.COUNTER:
            raise DashboardError(f"{counter} is a {counter.kind.value}: only counters grow")
        return self._growth(how, str(counter), family(str(counter)), labels, where)

    def _growth(
        self, how: str, series: str, metric: Metric | None, labels: tuple[str, ...], where: str
    ) -> str:
        window = "$__rate_interval" if how == "rate" else "$__range"
        each = f"{how}({self.pick(series, where)}[{window}])"
        if metric is not None and not isinstance(metric.source, Statsd):
            # Replicas of the exporter count the same events. A StatsD line reaches one statsd_exporter.
            le = ("le",) if series.endswith("_bucket") else ()
            each = f"max {self.by(*le, *metric.all_labels)} ({each})"
        return f"sum {self.by(*labels)} ({each})"

    def _must_be_timestamp(self, metric: Metric | str) -> None:
        if isinstance(metric, Metric) and metric.unit is not Unit.TIMESTAMP:
            raise DashboardError(f"{metric} is no timestamp but {metric.unit.value}")


def _added(unit: Metric | Shown) -> Metric | Shown:
    """The unit of a sum: of what is yes or no, it counts the yes."""
    if isinstance(unit, Metric) and unit.unit in {Unit.BOOLEAN, Unit.INFO}:
        return Shown.NUMBER
    return unit


def _like(expr: str, text: str) -> str:
    """`text` in the unit of `expr`, if that knows its own."""
    return in_unit(text, expr.unit) if isinstance(expr, Expr) else text
