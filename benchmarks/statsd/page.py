"""The page `benchmarks/statsd.md`: tables of what was measured, and what they mean."""

from __future__ import annotations

import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.statsd.cpu import (
    ALONE_HEADS,
    ALONE_PER_SECOND,
    HEADS,
    OURS,
    SUMMARIES,
    TCP_LINES,
    THEIRS,
    UDP_LINES,
    Case,
    Run,
    cases,
)
from benchmarks.statsd.loss import BURSTS, LIMITS, Burst
from benchmarks.statsd.loss import HEADS as LOSS_HEADS
from windsock.statsd.flags import CACHE_SIZE, VERSION

PAGE = Path(__file__).resolve().parents[1] / "statsd.md"
TARGET = 1.25
_TEMPLATE = Path(__file__).with_name("template.txt")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a case with every set of rules, and the machine's load before it."""

    case: Case
    runs: Mapping[str, Run]
    load: float


def render(measured: list[Measured], bursts: list[Burst]) -> str:
    """The whole page."""
    found: dict[Case, list[Measured]] = defaultdict(list)
    for one in measured:
        found[one.case].append(one)
    return _TEMPLATE.read_text(encoding="utf-8").format(
        machine=_machine(measured, min(len(runs) for runs in found.values())),
        cache=CACHE_SIZE,
        target=TARGET,
        cpu_table="\n".join(_cpu(found)),
        most=HEADS[-1],
        first_table="\n".join(_first(found)),
        alone_rate=ALONE_PER_SECOND,
        alone_heads=ALONE_HEADS,
        alone_table="\n".join(_alone(found)),
        kernel_drops=sum(burst.kernel_drops for burst in bursts if not burst.frozen),
        own_drops=sum(burst.own_drops for burst in bursts if not burst.frozen),
        own_bursts=sum(burst.own_drops > 0 for burst in bursts),
        loss_table="\n".join(_loss(bursts)),
        tcp_lines=TCP_LINES,
        udp_lines=UDP_LINES,
    )


def _machine(measured: Iterable[Measured], runs: int) -> str:
    loads = sorted(one.load for one in measured)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, statsd_exporter {VERSION}, {os.cpu_count()} cores"
        f" ({_cpu_model()}), {memory:.0f} GB, Linux {platform.release().partition('-')[0]}; at least"
        f" {runs} runs of each; load of the machine (one minute) {loads[0]:.1f} to {loads[-1]:.1f}, median"
        f" {statistics.median(loads):.1f}."
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cpu(found: Mapping[Case, list[Measured]]) -> Iterator[str]:
    yield "| Airflow | profile | distinct | TCP ours | TCP sixteen | ratio | UDP ours | UDP sixteen | ratio |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for case in _measured_cases(found):
        runs = found[case]
        tcp, udp = _compared(runs, lambda run: run.tcp), _compared(runs, lambda run: run.udp)
        yield f"| {case.version} | {case.profile.value} | {case.heads:,} | {tcp} | {udp} |"


def _first(found: Mapping[Case, list[Measured]]) -> Iterator[str]:
    yield "| Airflow | profile | rules | µs for a first line | mapped | series | MB at most |"
    yield "|---|---|---|--:|--:|--:|--:|"
    titles = {OURS: "ours", THEIRS: "sixteen", SUMMARIES: "sixteen, summaries"}
    for case in _measured_cases(found):
        if case.heads != HEADS[-1]:
            continue
        for rules, title in titles.items():
            runs = [one.runs[rules] for one in found[case]]
            first = _spread([run.first for run in runs], digits=1)
            resident = statistics.median(run.resident for run in runs)
            yield (
                f"| {case.version} | {case.profile.value} | {title} | {first} | {runs[0].mapped:.2%} |"
                f" {runs[0].series:,} | {resident:.0f} |"
            )


def _alone(found: Mapping[Case, list[Measured]]) -> Iterator[str]:
    yield "| Airflow | profile | ours | sixteen | ratio |"
    yield "|---|---|--:|--:|--:|"
    for case in _measured_cases(found):
        if case.heads == ALONE_HEADS:
            row = _compared(found[case], lambda run: run.alone or 0.0, digits=0)
            yield f"| {case.version} | {case.profile.value} | {row} |"


def _loss(bursts: list[Burst]) -> Iterator[str]:
    yield "| lines at once | names | " + " | ".join(f"lost at {limit:,}" for limit in LIMITS) + " |"
    yield "|--:|---|" + "--:|" * len(LIMITS)
    for size in BURSTS:
        cells = (_lost(bursts, limit, known=True, sent=size) for limit in LIMITS)
        yield f"| {size:,} | {LOSS_HEADS:,} known | {' | '.join(cells)} |"
    new = next(burst.sent for burst in bursts if not burst.known)
    cells = (_lost(bursts, limit, known=False, sent=new) for limit in LIMITS)
    yield f"| {new:,} | {new:,} new, right after the start | {' | '.join(cells)} |"
    fits = [
        max(one.sent - one.lost for one in bursts if one.frozen and one.limit == limit) for limit in LIMITS
    ]
    yield ""
    rates = [f"{round(number * 10, -2):,}" for number in fits]
    first, second = rates
    yield (
        "Median of all, and the worst. So many lines fit while the exporter reads nothing:"
        f" {fits[0]:,} at {LIMITS[0]:,} and {fits[1]:,} at {LIMITS[1]:,}. One that gets no CPU for a tenth"
        f" of a second loses lines from {first} a second on with the first, from {second} with the second."
    )


def _lost(bursts: list[Burst], limit: int, *, known: bool, sent: int) -> str:
    chosen = [
        one for one in bursts if (one.limit, one.known, one.frozen, one.sent) == (limit, known, False, sent)
    ]
    assert all(one.lost == one.kernel_drops + one.own_drops for one in chosen)
    shares = [one.lost / one.sent for one in chosen]
    return "none" if not any(shares) else f"{statistics.median(shares):.0%}, {max(shares):.0%}"


def _measured_cases(found: Mapping[Case, list[Measured]]) -> Iterator[Case]:
    return (case for case in cases() if case in found)


def _compared(measured: list[Measured], figure: Callable[[Run], float], *, digits: int = 2) -> str:
    """Ours, theirs and the ratio, each as median and spread."""
    ours = [figure(one.runs[OURS]) for one in measured]
    theirs = [figure(one.runs[THEIRS]) for one in measured]
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return " | ".join((_spread(ours, digits=digits), _spread(theirs, digits=digits), _bold(ratios)))


def _spread(values: list[float], *, digits: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _bold(ratios: list[float]) -> str:
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})"
