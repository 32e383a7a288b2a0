"""Pieces of annotation templates: figures are asked for when the text is made, never carried in labels."""

from __future__ import annotations

LASTS = "{{ $value | humanizeDuration }}"


def short(label: str, length: int) -> str:
    """A label's value on one line, cut at `length` characters."""
    return f"{{{{ $labels.{label} | {cut(length)} }}}}"


def cut(length: int) -> str:
    """Template functions that bring a text onto one line of at most `length` characters and an ellipsis."""
    return f'reReplaceAll "\\\\s+" " " | reReplaceAll "^(.{{{length}}}).+$" "$1…"'


DAG = short("dag_id", 30)
WHERE = "[" + short("airflow", 12) + "]"


def ask(query: str, *labels: str, show: str = "value | humanize", missing: str = "unknown") -> str:
    """A template that runs `query` with `%s` replaced by matchers on the alert's own labels.

    Args:
        query: PromQL with one `%s` inside each pair of braces.
        labels: labels of the alert to match.
        show: template functions for the first sample.
        missing: printed when there is no sample.
    """
    return when(query, *labels, yes=f"{{{{ . | first | {show} }}}}", no=missing)


def when(query: str, *labels: str, yes: str, no: str) -> str:
    """`yes` if the query gives any sample, else `no`."""
    return f"{{{{ with {_asked(query, labels)} }}}}{yes}{{{{ else }}}}{no}{{{{ end }}}}"


def ok(query: str, *labels: str) -> str:
    """`ok` or `DOWN` for a query of 0 or 1, `unknown` without an answer."""
    return (
        f"{{{{ with {_asked(query, labels)} }}}}{{{{ if eq (. | first | value) 1.0 }}}}ok"
        "{{ else }}DOWN{{ end }}{{ else }}unknown{{ end }}"
    )


def target_ok(job: str) -> str:
    """`ok` or `DOWN` for the targets of a scrape job of the alert's own Airflow."""
    return ok(f'max(up{{%s,job="{job}"}})', "airflow")


def duration(query: str, *labels: str) -> str:
    """The answer of a query in seconds, as `3m 5s`."""
    return ask(query, *labels, show="value | humanizeDuration")


def moment(query: str, *labels: str, missing: str = "unknown") -> str:
    """The answer of a query in seconds since 1970, as `2026-11-22 06:30 UTC`."""
    show = 'value | humanizeTimestamp | reReplaceAll ":[0-9.]+ .0000 " " "'
    return ask(query, *labels, show=show, missing=missing)


def worst(record: str, *labels: str) -> str:
    """DAGs and seconds of a recording that holds the worst few, the worst first: `a 2h · b 5m`."""
    return (
        f"{{{{ range $number, $each := {_asked(f'sort_desc({record}{{%s}})', labels)} }}}}"
        "{{ if $number }} · {{ end }}"
        f'{{{{ $each | label "dag_id" | {cut(30)} }}}} {{{{ $each | value | humanizeDuration }}}}'
        "{{ end }}"
    )


def count(query: str, *labels: str) -> str:
    """The answer of a query that counts; no series means none."""
    return ask(query, *labels, missing="0")


def _asked(query: str, labels: tuple[str, ...]) -> str:
    matchers = ",".join(f"{label}=%q" for label in labels)
    arguments = " ".join(f"$labels.{label}" for _ in range(query.count("%s")) for label in labels)
    return f"printf `{query.replace('%s', matchers)}` {arguments} | query"
