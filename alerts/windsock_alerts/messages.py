"""What PagerDuty, Slack and mail show: one title, at most eight lines; the texts come from annotations.

A webhook gets Alertmanager's own JSON, in which the same annotations stand.
"""

from __future__ import annotations

# Of a group, the first firing alert speaks; the others are named and counted.
_FIRST = "{{ $alerts := .Alerts.Firing }}{{ if not $alerts }}{{ $alerts = .Alerts.Resolved }}{{ end }}"
_MORE = "{{ if gt (len $alerts) 1 }} (+{{ len (slice $alerts 1) }} more){{ end }}"

TITLE = (
    _FIRST
    + '{{ if eq .Status "resolved" }}RESOLVED {{ end }}'
    + '{{ (index $alerts 0).Annotations.summary | reReplaceAll "(?s)^(.{80}).+$" "$1…" }}'
    + _MORE
)

_LINKS = "".join(
    f"{{{{ with .Annotations.{key} }}}}{joint}{name} {{{{ . }}}}{{{{ end }}}}"
    for key, name, joint in (
        ("runbook_url", "Runbook", ""),
        ("dashboard_url", "Dashboard", "\n"),
        ("run_url", "Run", "\n"),
    )
)

BODY = (
    _FIRST
    + "{{ if eq (len $alerts) 1 }}{{ with index $alerts 0 }}{{ .Annotations.description }}\n"
    + _LINKS
    + "{{ end }}{{ else }}"
    + "{{ range $number, $alert := $alerts }}"
    + "{{ if lt $number 5 }}{{ $alert.Annotations.summary }}\n{{ end }}{{ end }}"
    + "{{ len $alerts }} in all.\n"
    + "{{ with index $alerts 0 }}Runbook {{ .Annotations.runbook_url }}\n"
    + "Dashboard {{ .Annotations.dashboard_url }}{{ end }}{{ end }}"
)
