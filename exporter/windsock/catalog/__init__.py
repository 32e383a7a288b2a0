"""Every metric, by subject. `METRICS` is the whole catalogue, in the order of the documentation."""

from __future__ import annotations

from windsock.catalog import (
    alerting,
    changes,
    components,
    dags,
    metadb,
    outcomes,
    practices,
    sla,
    statsd,
    tasks,
    triggers,
    waiting,
)
from windsock.metric import Metric

METRICS: tuple[Metric, ...] = (
    *components.METRICS,
    *tasks.METRICS,
    *triggers.METRICS,
    *dags.METRICS,
    *outcomes.METRICS,
    *waiting.METRICS,
    *practices.METRICS,
    *changes.METRICS,
    *sla.METRICS,
    *alerting.METRICS,
    *metadb.METRICS,
    *statsd.METRICS,
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
if len(BY_NAME) != len(METRICS):
    names = sorted(metric.name for metric in METRICS)
    message = f"a metric stands twice in the catalogue: {[n for n in set(names) if names.count(n) > 1]}"
    raise ValueError(message)
