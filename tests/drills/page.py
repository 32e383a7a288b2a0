"""docs/drills.md, from the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.drills.judge import PEERS
from tests.drills.results import Result

_HEAD = """\
<!-- Written by `make drills` from tests/drills/results.json. DO NOT EDIT. -->
# Drills: incidents on a real Airflow, and who hears of them

`make drills` starts a real Airflow with PostgreSQL, statsd_exporter, windsock, Prometheus, Alertmanager and
a recording pager, provokes one incident after the other, and looks at what arrives. `make drills
DRILLS="scheduler-killed crowd"` does some, `AIRFLOW=2.11` the same on Airflow 2, and an interrupted round
goes on where it stopped. The rules are those of `alerts/`, with all times divided by the time scale; what
takes as long as ever is not divided (`docs/timeline.md`).

A page is a firing notification whose group had no incident open at that receiver. A drill goes well if what
is expected came **once**, to the right team, with the right cause in its first message, within its hold and
a minute (divided like the hold, plus 5 s for the machine); if nobody else was woken; and if at the end no
incident is open, tickets included. Seconds count from the fault, or from the missed deadline where an SLA
pages. A group that had an incident in the last quarter of an hour may take its group interval longer (5
min, divided): Prometheus repeats for so long what is resolved, which keeps the group alive in Alertmanager.
"""
_SHOWN = """\
## What drills have shown

- A group that fires again within a quarter of an hour of its end reaches the pager up to one group interval
  later (5 min). Prometheus repeats for so long what is resolved, and Alertmanager treats a group that it
  still knows as one that has spoken already.
- The LocalExecutor of 3.3 whose workers were all killed (`kill -9`, once) began others, but none of them got
  a task: they stayed idle, and tasks queued, under a living scheduler. `AirflowQueueStuck` paged after its
  hold.
- Without catch-up, 3.3 forgets a run that was due while `max_active_runs` held it back as soon as the next
  one is due. A `max_start_delay` longer than the DAG's period is therefore never missed; `max_age` is.
- A frozen API server is known 5 s later than a dead one: so long the probe waits for an answer.
- What a rule costs at ten thousand DAGs was seen late: 14 s for all on a busy machine
  (`benchmarks/results/rules-2026-11-23.md`), 2 s after the repair, 0.6 s on a quiet one.

"""
_BESIDE = """\
## Side by side

The rules of Grafana's mixin, Astronomer and data-burst, written anew from their description, ran on the
same Airflow in the same Prometheus, with their holds and windows divided by the same scale, on series of
our StatsD mapping (3.3 sends each statistic once there). What they watch in Kubernetes, and what they do
not call critical, is left out. They are counted generously: **detected** is whatever they sent while the
fault lasted, about whatever. **Missed** includes faults before which the same group was open already, so
that nobody could be told again. **False** is what opened when nothing was wrong: in a drill where nobody
should be woken, or after the fault was healed. **Duplicate** is every further incident that opened while
the fault lasted. **Ended early** told the pager that all was well while it was not.
"""


def render(results: Sequence[Result]) -> str:
    """The whole page."""
    parts = [_HEAD]
    for version in dict.fromkeys(each.airflow for each in results):
        rows = [each for each in results if each.airflow == version]
        well = sum(not each.findings for each in rows)
        parts += [f"## Airflow {version}: {well} of {len(rows)} went well\n", *_table(rows), ""]
    if wrong := [each for each in results if each.findings]:
        parts += ["### What went wrong\n"]
        parts += [f"- {each.what} ({each.airflow}): {'; '.join(each.findings)}" for each in wrong]
        parts += [""]
    parts += [_SHOWN + _BESIDE, *_sums(results), "", *_side_by_side(results), ""]
    return "\n".join(parts)


def verdict(result: Result) -> str:
    """One line."""
    if result.findings:
        return "; ".join(result.findings)
    if not result.expects:
        return "nobody was woken, rightly"
    assert result.seconds is not None
    return f"{result.seconds:.1f} s (hold {result.hold:g} s), resolved after {result.resolved:.0f} s"


def _table(results: Iterable[Result]) -> list[str]:
    return [
        "| drill | woken | after | hold | without the scale | hold | tickets | well | date, commit |",
        "|---|---|--:|--:|--:|--:|---|---|---|",
        *(f"| {' | '.join(_cells(each))} |" for each in results),
    ]


def _cells(each: Result) -> list[str]:
    came = each.seconds is not None
    return [
        each.what,
        _list(each.pages),
        f"{each.seconds:.1f} s" if came else "",
        f"{each.hold:g} s" if each.expects else "",
        f"{_clock(each.seconds * each.scale)}, ×{each.scale:g}"
        if each.seconds is not None
        else f"×{each.scale:g}",
        _clock(each.hold_unscaled) if each.expects else "",
        _list(each.tickets),
        "no" if each.findings else "yes",
        f"{each.date} `{each.commit}`",
    ]


def _list(said: Iterable[str]) -> str:
    """Alert and receiver, without the seconds."""
    return "<br>".join(each.rpartition(" at ")[0] for each in said) or "nobody"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"


def _sums(results: Sequence[Result]) -> list[str]:
    rows = [
        "| rules | faults | detected | missed | false | duplicates | ended early |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    faults = [each for each in results if each.expects]
    ours = sum(any(f in p for p in (*each.pages, *each.tickets) for f in each.expects[:1]) for each in faults)
    false = sum("besides" in finding for each in results for finding in each.findings)
    twice = sum(" times: " in finding for each in results for finding in each.findings)
    rows.append(f"| Windsock | {len(faults)} | {ours} | {len(faults) - ours} | {false} | {twice} | 0 |")
    for peer in PEERS:
        sums = sum((_counted(each, peer) for each in results), Counter[str]())
        cells = [sums[key] for key in ("detected", "missed", "false", "duplicates", "early")]
        rows.append(f"| {peer} | {len(faults)} | {' | '.join(map(str, cells))} |")
    return rows


def _counted(result: Result, peer: str) -> Counter[str]:
    when = Counter(each.rpartition(": ")[2] for each in result.peers.get(peer, ()))
    during = when["fault"] + when["early"]
    if not result.expects:
        return Counter(false=during + when["after"])
    return Counter(
        detected=int(during > 0),
        missed=int(during == 0),
        false=when["after"],
        duplicates=max(0, during - 1),
        early=when["early"],
    )


def _side_by_side(results: Sequence[Result]) -> list[str]:
    rows = [
        "| drill | Airflow | Windsock | " + " | ".join(PEERS) + " |",
        "|---|---|---|" + "---|" * len(PEERS),
    ]
    for each in results:
        sent = [_grouped(each.peers.get(peer, ())) for peer in PEERS]
        own = _list((*each.pages, *each.tickets)) if each.expects else _list(each.pages)
        rows.append(f"| {each.what} | {each.airflow} | {own} | {' | '.join(sent)} |")
    return rows


def _grouped(sent: Iterable[str]) -> str:
    """Each alert once for each time, with how many there were."""
    counted = Counter(sent)
    return (
        "<br>".join(f"{what}{f' ×{number}' if number > 1 else ''}" for what, number in counted.items()) or "–"
    )
