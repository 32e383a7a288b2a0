"""One drill on a running stack: make it ready, do it, heal it, and say what arrived meanwhile."""

from __future__ import annotations

import time
from functools import partial

from tests.drills import judge
from tests.drills.drill import NO_SLAS, Drill, Expected
from tests.drills.results import Result
from tests.e2e.incidents import Incident, incidents
from tests.e2e.loop import Loop
from windsock.catalog import sla

_LONG = 400.0


def run(loop: Loop, drill: Drill, *, slack: float, own: bool = True) -> Result:
    """Do it and judge it; whatever happens, it is healed.

    Args:
        slack: real seconds that this machine may be late.
        own: the stack is there for drills alone: the SLA file is the drill's, and tickets must end as well.
    """
    ready(loop, drill, own=own)
    began = loop.struck = loop.begin(drill.what)
    findings: list[str] = []
    came: Incident | None = None
    since = began
    with drill.fault(loop):
        try:
            came, since = _expected(loop, drill, began, slack)
        except AssertionError as error:
            findings.append(str(error).splitlines()[0])
        time.sleep(drill.watch)
    healed = time.time()
    loop.note("healed")
    try:
        loop.until("all incidents resolved", lambda: not _open(loop, began, tickets=own), timeout=_LONG)
        resolved = time.time() - healed
        calm(loop)
    except AssertionError as error:
        findings.append(str(error).splitlines()[0])
        resolved = None
    found = incidents(loop.pager.pages(), since=began)
    findings += judge.findings(drill, [each for each in found if own or each.pages])
    seconds = None if came is None else came.opened - since
    if came is not None and seconds is not None:
        again = judge.grouped(came, incidents(loop.pager.pages()), loop.factor)
        findings += judge.too_late(drill, seconds, loop.factor, slack + again)
    _rest(loop, drill, own=own)
    return Result(
        name=drill.name,
        what=drill.what,
        airflow=loop.name,
        expects=tuple(map(str, drill.expects)),
        scale=loop.factor,
        seconds=None if seconds is None else round(seconds, 1),
        hold=round(drill.hold_seconds(loop.factor), 1),
        hold_unscaled=drill.hold_seconds(1),
        resolved=None if resolved is None else round(resolved, 1),
        pages=tuple(_said(each, began) for each in judge.ours(found) if each.pages),
        tickets=tuple(_said(each, began) for each in judge.ours(found) if not each.pages),
        findings=tuple(findings),
        peers={peer: _sent(loop, peer, loop.struck, healed) for peer in judge.PEERS},
    )


def ready(loop: Loop, drill: Drill, *, own: bool) -> None:
    """Its DAGs have succeeded, its SLAs are kept, nobody has an open incident."""
    loop.begin(f"Before: {drill.what}")
    for dag_id in drill.dags:
        loop.set_paused(dag_id, paused=False)
        # Several, so that their usual run time is known.
        before = _successes(loop, dag_id)
        loop.until("three successes", partial(_more_successes, loop, dag_id, before + 3))
    if own:
        loop.set_slas(drill.slas)
    calm(loop)
    if _peers_speak(loop):
        # Some of their rules never end by themselves: each drill begins without a past.
        loop.stack.services["statsd-exporter"].stop()
        loop.stack.start_services("statsd-exporter")
        loop.until("silence of the peers", lambda: not _peers_speak(loop), timeout=_LONG)
    loop.until("no open incident", lambda: not _open(loop, 0, tickets=own), timeout=_LONG)


def calm(loop: Loop) -> None:
    """Nothing fires that wakes somebody, and every SLA is kept that would."""
    firing = 'ALERTS{alertstate="firing",severity=~"page|inhibitor"}'
    loop.until("quiet", lambda: not loop.query(firing), timeout=_LONG)
    broken = f'{sla.SLA_BREACHED} == 1 and on (sla, dag_id) {sla.SLA_INFO}{{severity="page"}}'
    loop.until("kept SLAs", lambda: not loop.query(broken), timeout=_LONG)


def rescale(loop: Loop, factor: float) -> None:
    """Divide all times by another factor from now on: rules, routes and windsock's graces."""
    loop.factor = factor
    loop.stack.rescale(factor)
    loop.amend(loop.stack.config)
    for name in ("windsock", "prometheus", "alertmanager"):
        loop.stack.services[name].stop(grace=20)
    loop.stack.start_services("alertmanager", "prometheus", "windsock")
    loop.note(f"all times are divided by {factor:g}")


def _expected(loop: Loop, drill: Drill, began: float, slack: float) -> tuple[Incident | None, float]:
    """The first of what is expected, and when its clock began; None where nothing is expected."""
    limit = drill.hold_seconds(loop.factor) + judge.SPARE / loop.factor + drill.lag + slack
    longest = limit + judge.again(loop.factor) + drill.patience + (60 if drill.deadline_of else 0) + 30
    first, since = None, loop.struck
    for expected in drill.expects:
        found = loop.until(str(expected), partial(_arrived, loop, began, expected), timeout=longest)
        if first is None and drill.deadline_of:
            deadline = loop.value(f'max({sla.SLA_DEADLINE}{{dag_id="{drill.deadline_of}"}})')
            since = max(since, deadline or since)
        first = first or found
    return first, since


def _arrived(loop: Loop, began: float, expected: Expected) -> Incident | None:
    return judge.arrived(incidents(loop.pager.pages(), since=began), expected)


def _successes(loop: Loop, dag_id: str) -> int:
    return int(loop.sql(f"SELECT count(*) FROM dag_run WHERE dag_id = '{dag_id}' AND state = 'success'"))


def _more_successes(loop: Loop, dag_id: str, wanted: int) -> bool:
    return _successes(loop, dag_id) >= wanted


def _open(loop: Loop, since: float, *, tickets: bool) -> list[Incident]:
    found = judge.ours(incidents(loop.pager.pages(), since=since))
    return [each for each in found if each.open and (tickets or each.pages)]


def _rest(loop: Loop, drill: Drill, *, own: bool) -> None:
    for dag_id in drill.dags:
        loop.set_paused(dag_id, paused=True)
    if own:
        loop.set_slas(NO_SLAS)


def _peers_speak(loop: Loop) -> bool:
    return any(each.open and each.receiver in judge.PEERS for each in incidents(loop.pager.pages()))


def _sent(loop: Loop, peer: str, began: float, healed: float) -> tuple[str, ...]:
    """What a peer's rules sent: `before` was still open, `early` ended while the fault lasted."""
    sent = []
    for each in incidents(loop.pager.pages()):
        ended = None if each.open else each.messages[-1].at
        if each.receiver != peer or (ended is not None and ended < began):
            continue
        early = ended is not None and ended < healed
        when = (
            "before"
            if each.opened < began
            else "after"
            if each.opened > healed
            else "early"
            if early
            else "fault"
        )
        sent.append(f"{'+'.join(each.names)}: {when}")
    return tuple(sent)


def _said(incident: Incident, began: float) -> str:
    return f"{'+'.join(incident.names)} to {incident.receiver} at {incident.opened - began:.0f} s"
