"""Short forms for the three kinds of metric that come over StatsD, and the histograms' bounds."""

from __future__ import annotations

from windsock.metric import Kind, Metric, Stability, Statsd, Unit
from windsock.wire import Line

# Upper bounds in seconds, from the ranges seen on real installations.
LOOP = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CHECK = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
PARSE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
WAIT = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
TASK = (0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200)
RUN = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)

# One value for each task, file or worker: `minimal` does without.
_MANY = frozenset({"task_id", "file_path", "file_name", "func_name"})
# A new value with each run, job or call, a copy of another label, or a list: no preset has them.
_NEVER = frozenset({"job_id", "dagrun_id", "kwargs", "result", "path", "queues", "status", "name", "action"})

# Names that Airflow has for one thing in other versions: the label on the left has the value already.
_SAME = {"operator_name": {"operator", "task_type"}, "executor_class_name": {"name"}}


def counter(
    name: str,
    *lines: Line,
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A metric that counts what the lines add up to; `minimal` adds up over what it leaves out."""
    return Metric(
        name=name,
        kind=Kind.COUNTER,
        unit=Unit.COUNT,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines, minimal=_few(labels), full=_all(labels, lines)),
        stability=stability,
    )


def gauge(
    name: str,
    *lines: Line,
    ttl: str,
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    unit: Unit = Unit.COUNT,
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A metric that shows the last value of each label set, for `ttl`: Airflow never takes one back.

    Its labels tell whose value it is, so no preset adds or leaves out any; `minimal` goes without the metric
    where there are many.
    """
    minimal = None if _MANY & set(labels) else labels
    return Metric(
        name=name,
        kind=Kind.GAUGE,
        unit=unit,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines, ttl=ttl, minimal=minimal, full=labels),
        stability=stability,
    )


def timer(
    name: str,
    *lines: Line,
    buckets: tuple[float, ...],
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A histogram in seconds."""
    return Metric(
        name=name,
        kind=Kind.HISTOGRAM,
        unit=Unit.SECONDS,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines, buckets=buckets, minimal=_few(labels), full=_all(labels, lines)),
        stability=stability,
    )


def _few(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(label for label in labels if label not in _MANY)


def _all(labels: tuple[str, ...], lines: tuple[Line, ...]) -> tuple[str, ...]:
    sent = (label for line in lines for label in (*line.tags, *line.placeholders))
    never = _NEVER.union(*(_SAME.get(label, ()) for label in labels))
    return tuple(dict.fromkeys((*labels, *(label for label in sent if label not in never))))
