"""The last thirty runs of a DAG against its promises: a drawing, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from statistics import median

from windsock.facts import Dag, Run
from windsock.pages import links, svg
from windsock.pages.here import Here
from windsock.pages.html import Html, join, link, table, tag
from windsock.sla import Status
from windsock.sla.allowance import Allowance, allowances
from windsock.sla.scope import narrowed
from windsock.spoken import span

_SHOWN = 30
_HEIGHT, _TOP, _FOOT = 190, 8, 20
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_COLOURS = {"success": "good", "failed": "late", "running": "run", "queued": "wait"}
# A run that takes so many times as long as most is cut off, or nothing could be seen of the others.
_OUTLIER = 4
# A limit so many times as far away as the longest run is not drawn.
_FAR = 3
_LEGEND = (
    "Each column is a run, the oldest on the left. It begins when the run was due, is grey until it started,"
    " then green, red (failed) or blue (under way). The lines are the deadlines by today's promises."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One run, in seconds after it was due."""

    run: Run
    start: float | None
    end: float
    limits: tuple[Allowance, ...]

    @property
    def reach(self) -> list[float]:
        """How far its deadlines are."""
        return [_after(self.run, each.until) for each in self.limits if each.until is not None]


def _last(here: Here, dag: Dag, *, whole: bool) -> list[Run]:
    """The newest runs that are known, oldest first; what was read of older ones is of whole DAGs."""
    older = here.view.older.get(dag.dag_id, ()) if whole else ()
    known = {run.run_id: run for run in (*older, *dag.history, *dag.runs)}
    newest = sorted(known.values(), key=lambda run: (run.due, run.asked_later, run.run_id))
    return newest[-_SHOWN:]


def sections(here: Here, dag: Dag, statuses: Sequence[Status]) -> Iterator[Html]:
    """The runs of a DAG against the promises of it, and those of a task against what is promised of that.

    An asset has no runs of its own.
    """
    yield tag("h2", "Last runs")
    yield from _section(here, dag, [each for each in statuses if not each.scope], name="runs")
    facts = here.view.facts
    by_task: dict[str, list[Status]] = {}
    for each in statuses:
        if each.entry is not None and each.entry.task is not None:
            by_task.setdefault(each.entry.task, []).append(each)
    for number, (task, mine) in enumerate(sorted(by_task.items())):
        entry = mine[0].entry
        narrow = narrowed(entry, dag, facts) if entry is not None and facts is not None else None
        if narrow is not None:
            yield tag("h3", f"Task {task}")
            yield from _section(here, narrow, mine, name=f"runs-of-task-{number}")


def _section(here: Here, dag: Dag, statuses: Sequence[Status], *, name: str) -> Iterator[Html]:
    runs = _last(here, dag, whole=name == "runs")
    if not runs:
        yield tag("p", "No run is known.", class_="dim")
        return
    promised = [each for each in statuses if each.entry is not None]
    limits = [allowances(each.entry, runs, dag.usual) for each in promised if each.entry is not None]
    columns = [_column(run, tuple(of[number] for of in limits), here.now) for number, run in enumerate(runs)]
    yield tag("p", _LEGEND, class_="dim small")
    yield from _drawing(columns, name)
    yield tag(
        "details",
        tag("summary", "The runs as a table"),
        table(
            ("run", "due", "started", "took", "state", "against the deadline"),
            (_row(column, promised, here, dag) for column in reversed(columns)),
            caption="The last runs, the newest first",
        ),
        id=f"{name}-table",
    )


def _column(run: Run, limits: tuple[Allowance, ...], now: datetime) -> _Column:
    start = None if run.start is None else max(0.0, _after(run, run.start))
    return _Column(run=run, start=start, end=max(start or 0.0, _after(run, run.end or now)), limits=limits)


def _after(run: Run, at: datetime) -> float:
    return (at - run.due).total_seconds()


def _drawing(columns: Sequence[_Column], name: str) -> Iterator[Html]:
    top = _scale(columns)
    far = sorted({round(reach) for column in columns for reach in column.reach if reach > top})
    parts, labels = _grid(top)
    for place, column in enumerate(columns):
        parts += _bar(column, place / len(columns), 1 / len(columns), top)
    first, last = columns[0].run.due, columns[-1].run.due
    parts += (
        *labels,
        svg.text(_day(first), 0.0, _HEIGHT - 5, class_="dim"),
        svg.text(_day(last), 1.0, _HEIGHT - 5, anchor="end", class_="dim"),
    )
    yield svg.drawing(name, f"The last {len(columns)} runs", _words(columns), *parts, height=_HEIGHT)
    if far:
        to = f" to {span(far[-1])}" if far[-1] - far[0] >= 60 else ""
        yield tag(
            "p",
            f"Not drawn, because far above: deadlines {span(far[0])}{to} after the run was due.",
            class_="dim small",
        )


def _scale(columns: Sequence[_Column]) -> float:
    """What the upper edge stands for, in seconds."""
    ends = [column.end for column in columns]
    longest = min(max(ends), _OUTLIER * median(ends)) or max(ends) or 60.0
    near = [reach for column in columns for reach in column.reach if reach <= _FAR * longest]
    return 1.08 * max([longest, *near])


def _grid(top: float) -> tuple[list[Html], list[Html]]:
    """Lines behind the columns, and what they mean before them."""
    step = next((each for each in _STEPS if top / each <= 4), _STEPS[-1])
    heights = [step * number for number in range(1, 1 + int(top // step))]
    lines = [svg.level(_y(height, top), "line") for height in (0, *heights)]
    return lines, [svg.text(span(height), 0.005, _y(height, top) - 3, class_="dim") for height in heights]


def _bar(column: _Column, left: float, width: float, top: float) -> Iterator[Html]:
    near, away = left + 0.15 * width, left + 0.85 * width
    start = min(column.end if column.start is None else column.start, top)
    yield svg.box(near, away, _y(start, top), _y(0, top), "wait")
    colour = _COLOURS.get(column.run.state, "wait")
    yield svg.box(near, away, _y(min(column.end, top), top), _y(start, top), colour)
    if column.end > top:
        yield svg.text("⋯", (near + away) / 2, _TOP + 6, anchor="middle")
    for reach in column.reach:
        if 0 <= reach <= top:
            yield svg.level(_y(reach, top), "limit", left=left, right=left + width)


def _y(seconds: float, top: float) -> float:
    return round(_HEIGHT - _FOOT - (_HEIGHT - _FOOT - _TOP) * seconds / top, 1)


def _day(at: datetime) -> str:
    return f"{at.astimezone(timezone.utc):%m-%d %H:%M}"


def _words(columns: Sequence[_Column]) -> str:
    states = [column.run.state for column in columns]
    failed, late = states.count("failed"), sum(_is_late(column) for column in columns)
    usual = median(column.end for column in columns)
    return (
        f"{failed} failed, {late} were later than a deadline; half of them were done {span(usual)} after they"
        " were due. The table below the drawing has them one by one."
    )


def _is_late(column: _Column) -> bool:
    return any(
        each.until is not None and each.done is not None and each.done > each.until for each in column.limits
    )


def _row(column: _Column, promised: Sequence[Status], here: Here, dag: Dag) -> tuple[str | None, ...]:
    run = column.run
    name: str = run.run_id
    if here.airflow is not None:
        name = link(run.run_id, links.run(here.airflow, here.view.major, dag.dag_id, run.run_id))
    took = None if run.start is None or run.end is None else span((run.end - run.start).total_seconds())
    started = None if run.start is None or column.start is None else f"{span(column.start)} later"
    return (
        name,
        here.when(run.due),
        started,
        took,
        tag(
            "span", run.state, class_=_COLOURS.get(run.state) if run.state in {"success", "failed"} else None
        ),
        _against(column, promised),
    )


def _against(column: _Column, promised: Sequence[Status]) -> Html | None:
    parts: list[Html | str] = []
    for allowance, status in zip(column.limits, promised, strict=True):
        if allowance.until is None:
            continue
        if allowance.done is None:
            words: str = "not done" if column.run.end is not None else "open"
        else:
            off = (allowance.done - allowance.until).total_seconds()
            late = off > 0
            words = tag("span", f"{span(off)} {'late' if late else 'early'}", class_="late" if late else None)
        parts += ["; ", f"{status.sla}: " if len(promised) > 1 else "", words]
    return join(*parts[1:]) if parts else None
