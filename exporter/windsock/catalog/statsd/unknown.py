"""Where lines go that no other metric knows: custom metrics, and whatever a new Airflow sends."""

from __future__ import annotations

from windsock.catalog.statsd.build import WAIT, counter, gauge, timer

SUBJECT = "StatsD: unknown lines"

UNKNOWN_COUNTER = counter(
    "airflow_statsd_unknown_increments_total",
    help="Sum of the counters that the mapping does not know; the tags of custom metrics become labels.",
    subject=SUBJECT,
)
UNKNOWN_GAUGE = gauge(
    "airflow_statsd_unknown_value",
    ttl="5m",
    help="Last value of the gauges that the mapping does not know, whichever it was.",
    subject=SUBJECT,
)
UNKNOWN_TIMER = timer(
    "airflow_statsd_unknown_timer_seconds",
    buckets=WAIT,
    help="Timers that the mapping does not know, taken as milliseconds.",
    subject=SUBJECT,
)

METRICS = (UNKNOWN_COUNTER, UNKNOWN_GAUGE, UNKNOWN_TIMER)
