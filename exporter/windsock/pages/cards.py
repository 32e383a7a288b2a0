"""One SLA as a person on call needs it: how late, why, whose, and where to go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from hashlib import blake2b

from windsock.pages import links
from windsock.pages.here import Here, promise
from windsock.pages.html import Html, join, link, tag
from windsock.sla import Standing, Status
from windsock.sla.tally import Tally
from windsock.spoken import span

_TELLING = timedelta(minutes=5)
_SLA_RUNBOOK = "AirflowSlaBreached"


def card(status: Status, here: Here, *, named: bool = True, more: Iterable[Html | None] = ()) -> Html:
    """All of it.

    Args:
        status: which SLA.
        here: where it is shown.
        named: whether the DAG is the heading; on the DAG's own page the promise is.
        more: what else stands in it.
    """
    quiet = status.acknowledged is not None
    return tag(
        "article",
        tag("h3", here.named(status.dag_id) if named else promise(status)),
        *how(status, here),
        tag("p", _promised(status, here, named=named)),
        tag("p", tag("strong", "Why: "), why(status, here)) if status.cause else None,
        tag("p", tag("strong", "Whose: "), _whose(status, here)),
        tag("p", tag("strong", "On time: "), _counted(status.tally)) if status.tally else None,
        tag("p", tag("strong", "Acknowledged: "), acknowledged(status, here)) if quiet else None,
        tag("p", status.warning, class_="dim") if status.warning else None,
        *more,
        tag("p", *(here.onward(status.dag_id) if named else ()), *_runbooks(status, here), class_="links"),
        class_=f"card {status.standing.value}",
        id=key(status),
    )


def key(status: Status) -> str:
    """The card's `id`: it stays with the SLA when the page is read again."""
    text = f"{status.sla}\0{status.dag_id}".encode("utf-8", "replace")
    return f"sla-{blake2b(text, digest_size=6).hexdigest()}"


def how(status: Status, here: Here) -> Iterator[Html]:
    """How it stands, in one or two lines."""
    if status.standing is Standing.BREACHED:
        yield tag("p", f"late by {span(status.late)}", class_="big late")
    elif status.standing is Standing.AT_RISK:
        yield tag("p", outlook(status, here) or "it will be missed as things stand", class_="big risk")
        yield from _odds(status, here)
    elif status.standing is Standing.UNKNOWN:
        yield tag("p", "unknown", class_="big dim")
    else:
        done = "in time, done already" if status.met else "in time"
        yield tag("p", done, class_="big good")
        if (likely := outlook(status, here)) is not None:
            yield tag("p", likely)
            yield from _odds(status, here)


def outlook(status: Status, here: Here) -> Html | None:
    """`likely done 11:15 UTC, 21 min late`; None where nothing is predicted."""
    found = status.prediction
    if found is None or status.deadline is None:
        return None
    half = datetime.fromtimestamp(found.p50, timezone.utc)
    off = (half - status.deadline).total_seconds()
    return join("likely done ", here.when(half), f", {span(off)} {'late' if off > 0 else 'early'}")


def _odds(status: Status, here: Here) -> Iterator[Html]:
    found = status.prediction
    if found is not None:
        most = here.when(datetime.fromtimestamp(found.p90, timezone.utc))
        yield tag(
            "p", f"{found.miss:.0%} that it is missed; done by ", most, " in nine of ten cases", class_="dim"
        )


def why(status: Status, here: Here) -> str:
    """The cause, what it is about, and what the prediction says besides."""
    parts = [status.cause.text if status.cause else "not known"]
    parts += [status.evidence.detail] if status.evidence.detail else _at_work(status, here)
    parts += status.prediction.words if status.prediction else ()
    return "; ".join(parts)


def _promised(status: Status, here: Here, *, named: bool) -> Html:
    parts: list[str] = [promise(status)] if named else []
    if status.deadline is not None:
        parts.append(join("due ", here.when(status.deadline)))
    breached = status.standing is Standing.BREACHED
    if status.since is not None and not (breached and _soon_after(status.deadline, status.since)):
        what = {Standing.BREACHED: "late", Standing.AT_RISK: "at risk"}.get(status.standing, "so")
        parts.append(join(f"{what} since ", here.when(status.since)))
    return join(*[piece for part in parts for piece in (" · ", part)][1:])


def _soon_after(deadline: datetime | None, since: datetime) -> bool:
    """Whether it says nothing new since when an SLA is late."""
    return deadline is not None and since - deadline < _TELLING


def _counted(tally: Tally) -> str:
    """`19 of the last 20, error budget 50% left`."""
    if tally.recent == 0:
        return "nothing was decided yet"
    left = "overdrawn" if tally.budget < 0 else f"{tally.budget:.0f}% left"
    return f"{tally.recent_met} of the last {tally.recent}, error budget {left}"


def acknowledged(status: Status, here: Here) -> Html | None:
    """By whom, until when, and why."""
    found = status.acknowledged
    if found is None:
        return None
    return join(f"by {found.by} until ", here.when(found.until), f": {found.reason}")


def _whose(status: Status, here: Here) -> str:
    dag = here.dag(status.dag_id)
    owner = f", owner {', '.join(dag.owners)}" if dag and dag.owners else ""
    return f"team {status.team}{owner} · {weight(status)}"


def weight(status: Status) -> str:
    """What it means now or would mean: `page, tier 1`."""
    severity = status.at_risk_severity if status.standing is Standing.AT_RISK else status.severity
    return f"{severity}, tier {status.tier}" if status.tier else severity


def _at_work(status: Status, here: Here) -> list[str]:
    """What the DAG's tasks are doing, with the pools that are full."""
    dag, facts = here.dag(status.dag_id), here.view.facts
    if facts is None or dag is None or not dag.tasks:
        return []
    count: Counter[tuple[str, str]] = Counter()
    for tasks in dag.tasks:
        count[tasks.state, tasks.pool] += tasks.count
    parts = []
    for (state, name), number in sorted(count.items()):
        pool = facts.pools.get(name)
        used = f" ({pool.occupied} of {pool.limit} slots used)" if pool and pool.limit is not None else ""
        parts.append(f"{number} {state} in pool {name}{used}")
    return [f"tasks: {', '.join(parts)}"]


def _runbooks(status: Status, here: Here) -> Iterator[Html]:
    if status.runbook:
        yield link("runbook of this SLA", status.runbook)
    yield link("runbook", here.root + links.runbook(_SLA_RUNBOOK))
