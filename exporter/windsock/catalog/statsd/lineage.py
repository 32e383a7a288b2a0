"""What the OpenLineage provider says about its events."""

from __future__ import annotations

from windsock.airflow_versions import between, since, until
from windsock.catalog.statsd.build import LOOP, counter, gauge, timer
from windsock.catalog.statsd.providers import SUBJECT
from windsock.metric import Stability, Unit
from windsock.wire import Form, Line, Profile, Timing


def _lineage(name: str, ids: tuple[str, ...], timing: Timing = Timing.TIMEDELTA) -> tuple[Line, ...]:
    """Up to 2.10 the legacy name alone. Then that or, from newer providers, the plain name; in 3.3 both."""
    legacy = ".".join((name, *(f"{{{label}}}" for label in ids)))
    either = (Form.PLAIN, Form.LEGACY)
    return (
        Line(name=None, legacy=legacy, versions=until("2.10"), timing=timing),
        Line(
            name=name,
            legacy=legacy,
            versions=between("2.11", "3.2"),
            tags=ids,
            timing=timing,
            keep={Profile.TAGS: either, Profile.PLAIN: either},
        ),
        Line(name=name, legacy=legacy, versions=since("3.3"), tags=ids, timing=timing),
    )


LINEAGE_ATTEMPTS = timer(
    "airflow_ol_emit_attempt_seconds",
    # Up to 2.10 both names, without tags; newer providers send the plain one alone before 3.3.
    Line(
        name="ol.emit.attempts",
        legacy="ol.emit.attempts.{event_type}.{transport_type}",
        versions=until("2.10"),
        timing=Timing.TIMER,
        keep={Profile.TAGS: (Form.LEGACY,)},
    ),
    Line(
        name="ol.emit.attempts",
        legacy="ol.emit.attempts.{event_type}.{transport_type}",
        versions=between("2.11", "3.2"),
        tags=("event_type", "transport_type"),
        timing=Timing.TIMER,
        keep={Profile.PLAIN: (Form.PLAIN,)},
    ),
    Line(
        name="ol.emit.attempts",
        legacy="ol.emit.attempts.{event_type}.{transport_type}",
        versions=since("3.3"),
        tags=("event_type", "transport_type"),
        timing=Timing.TIMER,
    ),
    buckets=LOOP,
    labels=("event_type", "transport_type"),
    help="Time to send one OpenLineage event.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_FAILURES = counter(
    "airflow_ol_emit_failures_total",
    Line(name="ol.emit.failed"),
    help="OpenLineage events that could not be sent.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_EXTRACTS = timer(
    "airflow_ol_extract_seconds",
    *_lineage("ol.extract", ("event_type", "operator_name"), Timing.TIMER),
    buckets=LOOP,
    labels=("event_type", "operator_name"),
    help="Time to extract the lineage of one task.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_SIZE = gauge(
    "airflow_ol_event_bytes",
    *_lineage("ol.event.size", ("event_type", "operator_name")),
    ttl="1h",
    unit=Unit.BYTES,
    labels=("event_type", "operator_name"),
    help="Size of the last OpenLineage event of this kind.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)

METRICS = (
    LINEAGE_ATTEMPTS,
    LINEAGE_FAILURES,
    LINEAGE_EXTRACTS,
    LINEAGE_SIZE,
)
