"""Series that Windsock does not define: Prometheus, statsd_exporter and Alertmanager of themselves."""

from __future__ import annotations

UP = "up"
SCRAPE_SECONDS = "scrape_duration_seconds"
ALERTS = "ALERTS"
ALERTS_FOR_STATE = "ALERTS_FOR_STATE"
STATSD_LINES = "statsd_exporter_lines_total"
STATSD_PACKETS = "statsd_exporter_udp_packets_total"
STATSD_PACKET_DROPS = "statsd_exporter_udp_packet_drops_total"
STATSD_TAG_ERRORS = "statsd_exporter_tag_errors_total"
STATSD_UNMAPPED = "statsd_exporter_events_unmapped_total"
RULE_FAILURES = "prometheus_rule_evaluation_failures_total"
NOTIFICATIONS = "alertmanager_notifications_total"
NOTIFICATIONS_FAILED = "alertmanager_notifications_failed_total"

# Of a whole Prometheus or Alertmanager, whichever Airflows it serves.
OF_NO_AIRFLOW = (RULE_FAILURES, NOTIFICATIONS, NOTIFICATIONS_FAILED)

NAMES = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
