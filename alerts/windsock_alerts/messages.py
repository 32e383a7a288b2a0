"""What people read in PagerDuty, Slack, Opsgenie, Teams and mail: one title, at most eight lines, links.

The words come from the annotations of the rules; these templates pick, shorten and link them, and run inside
Alertmanager. A webhook gets Alertmanager's own JSON, in which the same annotations stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

_SHOWN = 5
_HOUR = 3600 * 10**9

# Of a group, the first firing alert speaks; the others are named and counted.
_FIRST = (
    "{{ $alerts := .Alerts.Firing }}{{ if not $alerts }}{{ $alerts = .Alerts.Resolved }}{{ end }}"
    "{{ $first := index $alerts 0 }}"
)

# The dashboard as it was then: rules can only say `now`.
_DASHBOARD = (
    f"{{{{ $from := ($first.StartsAt.Add -{3 * _HOUR}).Unix }}}}"
    '{{ $to := "now" }}{{ if eq .Status "resolved" }}'
    f'{{{{ $to = printf "%d000" ($first.EndsAt.Add {_HOUR}).Unix }}}}{{{{ end }}}}'
    "{{ with $first.Annotations.dashboard_url }}"
    '{{ reReplaceAll "from=now-3h&to=now" (printf "from=%d000&to=%s" $from $to) . }}{{ end }}'
)
# The whole incident: what its alerts share. With the severity, so that that of a digest never hides a page.
_SILENCE = (
    '{{ $filter := printf "severity=%q" .CommonLabels.severity }}'
    '{{ range .GroupLabels.SortedPairs }}{{ if ne .Name "severity" }}'
    '{{ $filter = printf "%s,%s=%q" $filter .Name .Value }}{{ end }}{{ end }}'
    '{{ .ExternalURL }}/#/silences/new?filter={{ printf "{%s}" $filter | urlquery'
    ' | reReplaceAll "[+]" "%20" }}'
)
_RUN, _RUNBOOK = "{{ $first.Annotations.run_url }}", "{{ $first.Annotations.runbook_url }}"
# Title -> when an alert has this link, and a template of its address; both need $first.
_LINKS = {
    "Run": ("$first.Annotations.run_url", _RUN),
    "Dashboard": ("$first.Annotations.dashboard_url", _DASHBOARD),
    "Runbook": ("$first.Annotations.runbook_url", _RUNBOOK),
    "Silence": ('eq .Status "firing"', _SILENCE),
}
# Alertmanager of its own accord escapes nothing: a DAG called `<!channel>` would ring at everybody.
_SLACK = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'
# Cards read Markdown, in which a single line break is none.
_CARD = r' | reReplaceAll "([\\\\`*_{}\\[\\]<>#|~])" "\\$1" | reReplaceAll "\n" "\n\n"'


def links() -> dict[str, str]:
    """Title to a template of the address, each complete by itself; empty where the alert has no such link."""
    return {title: f"{_FIRST}{{{{ if {has} }}}}{url}{{{{ end }}}}" for title, (has, url) in _LINKS.items()}


def title() -> str:
    """One line of at most 100 characters: what the first alert says of itself, and how many more."""
    return _title("")


def slack_title() -> str:
    """The title with what Slack would take for marks escaped."""
    return _title(_SLACK)


def text() -> str:
    """The body without links, for what shows those apart: at most five lines."""
    return _text("")


def plain() -> str:
    """The body for what shows text as it is: at most eight lines."""
    lines = (("Runbook",), ("Dashboard",), ("Run", "Silence"))
    return _text("") + "\n".join(_joined(titles, lambda name, url: f"{name} {url}") for titles in lines)


def slack() -> str:
    """The body in Slack's marks: at most five lines, and one of links."""
    return _text(_SLACK) + _joined(_LINKS, lambda name, url: f"<{url}|{name}>")


def card() -> str:
    """The body for an adaptive card of Teams, which reads Markdown: at most five lines, and one of links."""
    return _text(_CARD, end="\n\n") + _joined(_LINKS, lambda name, url: f"[{name}]({url})")


def _title(show: str) -> str:
    """`show` is what is done to a text from outside before it is printed."""
    return (
        f'{_FIRST}{{{{ if eq .Status "resolved" }}}}RESOLVED {{{{ end }}}}'
        # Alerts that are not ours may have no summary, and a page without a title is refused.
        "{{ or $first.Annotations.summary $first.Labels.alertname"
        f' | reReplaceAll "\\\\s+" " " | reReplaceAll "^(.{{80}}).+$" "$1…"{show} }}}}'
        "{{ if gt (len $alerts) 1 }} (+{{ len (slice $alerts 1) }} more){{ end }}"
    )


def _text(show: str, *, end: str = "\n") -> str:
    over = '{{ .UTC.Format "2006-01-02 15:04" }} UTC'
    return (
        f'{_FIRST}{{{{ if eq .Status "resolved" }}}}'
        f"Began {{{{ with $first.StartsAt }}}}{over}{{{{ end }}}}, "
        f"over {{{{ with $first.EndsAt }}}}{over}{{{{ end }}}}.{end}"
        "{{ else if eq (len $alerts) 1 }}"
        f"{{{{ with $first.Annotations.description }}}}{{{{ .{show} }}}}{end}{{{{ end }}}}"
        "{{ else if $first.Annotations.worst }}"
        f"Worst: {{{{ $first.Annotations.worst{show} }}}}{end}"
        "{{ else }}{{ range $number, $alert := $alerts }}"
        f"{{{{ if lt $number {_SHOWN} }}}}"
        f"{{{{ or $alert.Annotations.summary $alert.Labels.alertname{show} }}}}{end}"
        "{{ end }}{{ end }}{{ end }}"
    )


def _joined(titles: Iterable[str], link: Callable[[str, str], str]) -> str:
    """The links that the alert has, in one line."""
    shown = "".join(
        f"{{{{ if {has} }}}}{{{{ $between }}}}{link(title, url)}{{{{ $between = ` · ` }}}}{{{{ end }}}}"
        for title in titles
        for has, url in [_LINKS[title]]
    )
    return "{{ $between := `` }}" + shown
