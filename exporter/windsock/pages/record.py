"""What the record says of a DAG's SLAs: each change as it was seen then, and how deadlines ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from windsock.errors import BadInput
from windsock.pages.here import Here, iso
from windsock.pages.html import Html, link, table, tag
from windsock.sla import Status
from windsock.sla.entries import Entry
from windsock.sla.explanation import of_entries, of_status
from windsock.sla.record import Reader
from windsock.spoken import moment

_BACK = timedelta(days=90)
_MOST = 50
_COLOURS = {"ok": "good", "at_risk": "risk", "breached": "late"}


def section(reader: Reader, here: Here, dag_id: str, at: datetime | None) -> Iterator[Html]:
    """The last ninety days; with `at`, first what was known at that moment."""
    if not reader.kept:
        yield tag("p", "Without --state-dir nothing is remembered.", class_="dim")
        return
    try:
        entries = reader.of_dag(dag_id, since=here.now - _BACK)
        if at is not None:
            yield from _then(reader, dag_id, entries, at)
    except BadInput as error:
        yield tag("p", f"The record cannot be read: {error}", class_="late")
        return
    if not entries:
        yield tag("p", "Nothing has been written down yet.", class_="dim")
        return
    if len(entries) > _MOST:
        yield tag(
            "p",
            f"The newest {_MOST} of {len(entries)} changes; `windsock sla explain` has all.",
            class_="dim",
        )
    yield table(
        ("from", "SLA", "how it stood", "until", "why", "explain"),
        (_row(entry, here) for entry in entries[: -_MOST - 1 : -1]),
        caption="The record, the newest first",
    )


def steps(status: Status, now: datetime) -> Html:
    """How Windsock comes to say what it says, sentence by sentence."""
    return tag(
        "details",
        tag("summary", "Step by step"),
        tag("ol", *(tag("li", each) for each in of_status(status, now).sentences)),
    )


def _then(reader: Reader, dag_id: str, entries: Sequence[Entry], at: datetime) -> Iterator[Html]:
    yield tag("h3", f"As it was at {moment(at)}")
    conditions = reader.conditions(at, at)
    told = False
    for sla in sorted({entry.sla for entry in entries}):
        mine = [entry for entry in entries if entry.sla == sla]
        found = of_entries(mine, at, conditions, reader.outcomes(dag_id, sla))
        if found is not None:
            told = True
            yield tag("p", tag("strong", sla))
            yield tag("ol", *(tag("li", each) for each in found.sentences))
    if not told:
        yield tag("p", "Nothing was known of it then.", class_="dim")
    yield tag("p", link("back to now", "?"))


def _row(entry: Entry, here: Here) -> tuple[str | None, ...]:
    standing = entry.standing.value if entry.standing else "removed"
    seen = entry.evidence.detail or entry.evidence.task_id or entry.evidence.run_id
    why = ": ".join(filter(None, (entry.cause.text if entry.cause else "", seen)))
    if entry.acknowledged is not None:
        why = f"acknowledged by {entry.acknowledged.by}: {entry.acknowledged.reason}"
    return (
        here.when(entry.at),
        entry.sla,
        tag("span", standing.replace("_", " "), class_=_COLOURS.get(standing)),
        here.when(entry.until) if entry.until else "now",
        why or None,
        link("step by step", f"?{urlencode({'at': iso(entry.at)})}#record"),
    )
