"""Why an SLA stands as it does, or stood as it did, in sentences: for the board, the API and the terminal.

of_status(status, at)                      # now
of_entry(entry, earlier, later, at)        # then, from `windsock.sla.record.Reader.of_dag`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.status import Standing, Status
from windsock.spoken import moment, span

_WORDS = {
    Standing.OK: "has been kept",
    Standing.AT_RISK: "has been at risk",
    Standing.BREACHED: "has been breached",
    Standing.UNKNOWN: "has been unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The reasoning about one SLA at one moment.

    Attributes:
        entry: how it stood.
        at: at which moment.
        sentences: step by step: what was promised, how it stands, why, what was predicted, how it began, how
            it ended, what the platform was like.
    """

    entry: Entry
    at: datetime
    sentences: tuple[str, ...] = field(default=())


def of_status(
    status: Status, at: datetime, conditions: Sequence[Conditions] = (), earlier: Sequence[Entry] = ()
) -> Explanation:
    """How it stands now.

    Args:
        status: from the engine.
        at: the moment it is from.
        conditions: of the platform, as it is now.
        earlier: entries of this SLA from the record, oldest first.
    """
    entry = Entry.of(status, at)
    found = [*_promise(entry), *_standing(entry, at, stale=status.stale)]
    if status.standing is Standing.OK and status.met:
        found.append("This deadline is met already.")
    if status.warning:
        found.append(f"It needs a look: {status.warning}.")
    found += [*_why(entry), *_prediction(entry), *_before(entry, earlier), *_platform(entry, conditions)]
    return Explanation(entry=entry, at=at, sentences=tuple(found))


def of_entries(
    entries: Sequence[Entry],
    at: datetime,
    conditions: Sequence[Conditions] = (),
    outcomes: Sequence[Outcome] = (),
) -> Explanation | None:
    """How it stood then.

    Args:
        entries: of this SLA alone, oldest first.
        at: a moment; of what came later only the end is told.
        conditions: as they were then.
        outcomes: of its deadlines.

    Returns:
        None if nothing was known of it then, or it had been removed.
    """
    held = [index for index, entry in enumerate(entries) if entry.at <= at]
    if not held or entries[held[-1]].standing is None:
        return None
    entry, later = entries[held[-1]], entries[held[-1] + 1 :]
    blind = bool(conditions) and not (conditions[-1].running and conditions[-1].facts)
    found = [
        *_promise(entry),
        *_standing(entry, at, stale=blind),
        *_why(entry),
        *_prediction(entry),
        *_before(entry, entries[: held[-1]]),
        *_end(entry, later),
        *_last_outcome(entry, outcomes, at),
        *_platform(entry, conditions),
    ]
    return Explanation(entry=entry, at=at, sentences=tuple(found))


def _promise(entry: Entry) -> Iterator[str]:
    named = "" if entry.sla == entry.kind else f" ({entry.kind})"
    yield f"Promise: {entry.deadline_text}{named}; team {entry.team}; a breach is a {entry.severity}."


def _standing(entry: Entry, at: datetime, *, stale: bool) -> Iterator[str]:
    zone, standing = entry.timezone, entry.standing
    if standing is None:
        return
    if stale and standing is not Standing.BREACHED:
        yield "Nothing fresh was known of the DAG at that moment, so it is unknown; before that:"
    yield f"It {_WORDS[standing]} since {moment(entry.since, zone)}."
    if standing is Standing.BREACHED and entry.deadline is not None:
        late = span((at - entry.deadline).total_seconds())
        yield f"The deadline {moment(entry.deadline, zone)} was missed, {late} before {moment(at, zone)}."
    elif entry.deadline is not None and entry.deadline > at:
        yield f"The next deadline is {moment(entry.deadline, zone)}."
    if (ack := entry.acknowledged) is not None:
        yield (
            f"Its breach was acknowledged by {ack.by} at {moment(ack.at, zone)} until "
            f"{moment(ack.until, zone)}: {ack.reason}"
        )


def _why(entry: Entry) -> Iterator[str]:
    if entry.cause is not None:
        yield f"Cause: {entry.cause.text} ({entry.cause.value})."
    if entry.standing in {Standing.BREACHED, Standing.AT_RISK} and entry.evidence != Evidence():
        yield f"Seen: {_seen(entry.evidence)}"


def _seen(found: Evidence) -> str:
    parts = (("run", found.run_id), ("task", found.task_id), ("pool", found.pool), ("queue", found.queue))
    names = ", ".join(f"{what} {name}" for what, name in parts if name)
    return ": ".join(filter(None, (names, found.detail))).rstrip(".") + "."


def _prediction(entry: Entry) -> Iterator[str]:
    made = entry.prediction
    if made is None:
        return
    half, most = (_epoch(made.p50, entry), _epoch(made.p90, entry))
    yield f"Predicted: done by {half} in half of the cases, by {most} in nine of ten; {_odds(made)}."
    if made.words:
        yield f"Because: {'; '.join(made.words)}."


def _odds(made: Prediction) -> str:
    return f"{made.miss:.0%} that the deadline is missed (from {made.runs} runs)"


def _epoch(at: float, entry: Entry) -> str:
    return moment(datetime.fromtimestamp(at, timezone.utc), entry.timezone)


def _before(entry: Entry, earlier: Sequence[Entry]) -> Iterator[str]:
    """How it came to this: from the last time that it was kept on."""
    if entry.standing is Standing.OK:
        return
    way: list[Entry] = []
    for before in reversed(earlier):
        if before.standing is None:
            break
        way.append(before)
        if before.standing is Standing.OK:
            break
    for before in reversed(way):
        yield f"Before: {_line(before)}."


def _line(entry: Entry) -> str:
    """One entry in a few words, as in lists of them."""
    what = "removed" if entry.standing is None else entry.standing.value.replace("_", " ")
    why = f", {entry.cause.text}" if entry.cause else ""
    seen = f" ({_seen(entry.evidence).rstrip('.')})" if entry.evidence != Evidence() else ""
    return f"{what} from {moment(entry.at, entry.timezone)}{why}{seen}"


def _end(entry: Entry, later: Sequence[Entry]) -> Iterator[str]:
    """When it stopped to stand so, and by what; causes that changed meanwhile."""
    for each in later:
        if each.standing is entry.standing:
            yield f"Then: {_line(each)}."
            continue
        if each.standing is None:
            yield f"It ended at {moment(each.at, entry.timezone)}: the SLA was removed."
        else:
            yield f"It ended at {moment(each.at, entry.timezone)}: {_how(entry, each)}."
        return
    if entry.standing is not Standing.OK:
        yield "As far as the record goes it has not ended."


def _how(entry: Entry, after: Entry) -> str:
    standing = after.standing.value.replace("_", " ") if after.standing else "removed"
    if (ack := after.acknowledged) is not None:
        return f"acknowledged by {ack.by} until {moment(ack.until, entry.timezone)}: {ack.reason}"
    if entry.standing is Standing.BREACHED and after.evidence != Evidence():
        return f"{standing}, {_seen(after.evidence).rstrip('.')}"
    return standing


def _last_outcome(entry: Entry, outcomes: Sequence[Outcome], at: datetime) -> Iterator[str]:
    """Of a kept SLA: how its last deadline ended."""
    past = [each for each in outcomes if each.deadline <= at]
    if entry.standing is not Standing.OK or not past:
        return
    last = past[-1]
    if not last.met:
        yield f"Its last deadline {moment(last.deadline, entry.timezone)} was missed."
    elif last.finish is not None:
        early = span((last.deadline - last.finish).total_seconds())
        yield f"Its last deadline {moment(last.deadline, entry.timezone)} was met {early} before."


def _platform(entry: Entry, conditions: Sequence[Conditions]) -> Iterator[str]:
    if not conditions:
        return
    last = conditions[-1]
    since = moment(last.at, entry.timezone)
    if not last.running:
        yield f"Platform: Windsock did not run from {since} on."
        return
    found = [
        None if last.database else "the metadata database did not answer",
        None if last.facts else "SLAs could not be judged",
        f"no heartbeat of {', '.join(last.silent)}" if last.silent else None,
        f"full pools: {', '.join(last.full_pools)}" if last.full_pools else None,
        f"{last.broken} broken DAG files: {', '.join(last.broken_files)}" if last.broken else None,
    ]
    said = "; ".join(filter(None, found)) or "nothing wrong with database, components, pools and DAG files"
    yield f"Platform since {since}: {said}."
