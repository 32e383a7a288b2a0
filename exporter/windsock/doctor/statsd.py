"""statsd_exporter: does it hear Airflow, with our mapping, and understand what it hears?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from windsock.doctor.finding import Finding, advice, ok, wrong
from windsock.doctor.numbers import Page
from windsock.remote import Remote
from windsock.statsd import mapping as mappings
from windsock.statsd.entries import entries
from windsock.statsd.options import Options

_LINES = "statsd_exporter_lines_total"
# An idle scheduler sends several lines a second.
_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.5
_DRIFT = "windsock statsd drift --python <Airflow's python> says what is new; then make the mapping again"
# Counter -> what it counts, what to do.
_ERRORS = {
    "statsd_exporter_events_unmapped_total": ("lines that no rule knows", _DRIFT),
    "statsd_exporter_events_conflict_total": (
        "lines of a kind that their family does not have",
        "two Airflows with other settings send to one statsd_exporter, or the mapping is of another version",
    ),
    "statsd_exporter_sample_errors_total": (
        "lines that are not StatsD",
        "something else sends to this port; take it away from there",
    ),
    "statsd_exporter_tag_errors_total": ("tags that cannot be read", "set stat_name_handler in Airflow"),
    "statsd_exporter_udp_packet_drops_total": (
        "datagrams that came faster than they were read",
        "raise net.core.rmem_max to 4194304 on the host, docs/install.md; and give it more CPU",
    ),
}


def look(service: Remote, mapping: Options | None) -> Iterator[Finding]:
    """What its `/metrics` tells within some seconds.

    Args:
        service: statsd_exporter's page.
        mapping: which one it should run with, if that is known.
    """
    page = Page.parse(service.text("/metrics"))
    if _LINES not in page.names:
        yield wrong(
            "statsd/reached",
            f"{service.url} is no statsd_exporter",
            "give the address of its web page, port 9102",
        )
        return
    yield ok("statsd/reached", f"{service.url} answers")
    yield _lines(service, page.total(_LINES))
    if mapping:
        yield _mapping(page, mapping)
    yield from _errors(page)


def _lines(service: Remote, before: float) -> Finding:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    now = before
    while now == before and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        now = Page.parse(service.text("/metrics")).total(_LINES)
    if now > before:
        return ok("statsd/lines", f"lines arrive, {now:.0f} so far")
    message = (
        f"{now:.0f} lines came once, and none in {_PATIENCE_SECONDS:g} s"
        if now
        else "no line has ever arrived"
    )
    return wrong(
        "statsd/lines",
        message,
        "Airflow resolves statsd_host once, at its start: compare statsd_host and statsd_port with where "
        "this listens, open UDP between them, then restart Airflow's components",
    )


def _mapping(page: Page, options: Options) -> Finding:
    loaded, ours = page.total("statsd_exporter_loaded_mappings"), len(entries(options))
    made = f"mapping of {options.version}, profile {options.profile.value}"
    if loaded == ours:
        return ok("statsd/mapping", f"{loaded:.0f} rules, as the {made} has")
    if loaded > ours:
        return advice(
            "statsd/mapping",
            f"{loaded:.0f} rules, and the {made} has {ours}",
            "fine if those with --extra or --custom-prefix are yours; else make it again: "
            f"{mappings.command(options)}",
        )
    return wrong(
        "statsd/mapping",
        f"{loaded:.0f} rules, and the {made} has {ours}",
        f"start it with --statsd.mapping-config=FILE, the file from: {mappings.command(options)}",
    )


def _errors(page: Page) -> Iterator[Finding]:
    counted = {name: page.total(name) for name in _ERRORS}
    for name, (what, fix) in _ERRORS.items():
        if counted[name]:
            level = advice if name.endswith("unmapped_total") else wrong
            yield level("statsd/errors", f"{counted[name]:.0f} {what} ({name})", fix)
    if not any(counted.values()):
        yield ok("statsd/errors", "no line was dropped, refused or mistaken")
