"""Who watches the watchers: rules, notifications, and the signal that the whole chain is alive."""

from __future__ import annotations

from windsock_alerts.durations import prometheus
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings


def group(settings: Settings, team: str) -> Group:
    """Alerts about Prometheus and Alertmanager, as far as they carry ours."""
    return Group(
        subject="watching",
        rules=(_rules(settings, team), _notifications(settings, team), _watchdog(team)),
    )


def _rules(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    long = prometheus(times.watching)
    ours = f'job="{settings.jobs.prometheus}", rule_group=~".*;windsock-.*"'
    return Alert(
        name="WindsockRuleEvaluationFailing",
        optional=True,
        expr=f"sum by (rule_group) (rate(prometheus_rule_evaluation_failures_total{{{ours}}}[{long}])) > 0\n"
        f"or sum by (rule_group) (rate(prometheus_rule_group_iterations_missed_total{{{ours}}}[{long}])) > 0",
        severities=(Severity.TICKET,),
        team=team,
        identity=("rule_group",),
        opens=(),
        hold=times.watching,
        needs=Needs.NEITHER,
        summary='Rules of {{ $labels.rule_group | reReplaceAll "^.*;" "" }} fail or come late',
        description='{{ printf "%.3f" $value }} rules per second fail or are skipped: alerts may not fire.\n'
        "Prometheus says why on its page of rules.",
        dashboard="windsock-monitoring",
        when=f"evaluations of our own groups fail or are missed for {long}",
    )


def _notifications(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    long = prometheus(times.watching * 3)
    sender, receiver = f'{{job="{settings.jobs.prometheus}"}}', f'{{job="{settings.jobs.alertmanager}"}}'
    lost = f"sum by (integration) (rate(alertmanager_notifications_failed_total{receiver}[{long}])) > 0"
    dropped = f"sum (rate(prometheus_notifications_dropped_total{sender}[{long}])) > 0"
    nowhere = f"max (prometheus_notifications_alertmanagers_discovered{sender}) == 0"
    return Alert(
        name="AlertmanagerNotificationsFailing",
        # Prometheus's and Alertmanager's own rules have the same; who has those needs it once.
        optional=True,
        expr=f"{lost}\n"
        f'or label_replace({dropped}, "integration", "prometheus to alertmanager", "", "")\n'
        f'or label_replace({nowhere}, "integration", "no alertmanager known", "", "")',
        severities=(Severity.TICKET,),
        team=team,
        identity=("integration",),
        opens=(),
        needs=Needs.NEITHER,
        summary="Notifications fail: {{ $labels.integration }}",
        description="Pages may not arrive this way; the log of Alertmanager or Prometheus says why.\n"
        "Look at the list of firing alerts yourself until it works again.",
        dashboard="windsock-monitoring",
        when=f"a notification was given up in the last {long}, or Prometheus reaches no Alertmanager",
    )


def _watchdog(team: str) -> Alert:
    return Alert(
        name="Watchdog",
        expr="vector(1)",
        severities=(Severity.INFO,),
        team=team,
        identity=(),
        opens=(),
        needs=Needs.NEITHER,
        summary="The chain of alerts works",
        description="Always fires. Whoever expects it raises the alarm when it stays away.",
        dashboard="windsock-monitoring",
        when="always",
    )
