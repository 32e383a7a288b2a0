"""Series that Windsock does not define: Prometheus, statsd_exporter and Alertmanager of themselves."""

from __future__ import annotations

UP = "up"
ALERTS = "ALERTS"
ALERTS_FOR_STATE = "ALERTS_FOR_STATE"
STATSD_LINES = "statsd_exporter_lines_total"
STATSD_SAMPLE_ERRORS = "statsd_exporter_sample_errors_total"
STATSD_EVENT_ERRORS = "statsd_exporter_events_error_total"
STATSD_ACTIONS = "statsd_exporter_events_actions_total"
STATSD_UNMAPPED = "statsd_exporter_events_unmapped_total"
RULE_FAILURES = "prometheus_rule_evaluation_failures_total"
RULE_EVALUATIONS = "prometheus_rule_evaluations_total"
NOTIFICATIONS = "alertmanager_notifications_total"
NOTIFICATIONS_FAILED = "alertmanager_notifications_failed_total"

NAMES = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
