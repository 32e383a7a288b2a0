"""The day around now: which deadlines were missed, which come, and when runs will probably be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from windsock.pages import svg
from windsock.pages.cards import outlook
from windsock.pages.here import Here, promise
from windsock.pages.html import Html, table, tag
from windsock.sla import Standing, Status
from windsock.spoken import span

# A day by its length: at ten in the evening the deadlines that matter are tomorrow's.
_BACK, _AHEAD = timedelta(hours=6), timedelta(hours=18)
_HOUR = timedelta(hours=1)
_LANES = 12
# At least so many of them for what is still to come.
_LEAST_AHEAD = 4
_HEAD, _LANE, _HOURS = 24, 38, 46
_LETTERS = 26
_LEGEND = (
    "From 6 hours ago to 18 hours ahead, in UTC. Upright line: deadline. Dot and band: probable finish, and"
    " nine cases of ten. Red bar: since the deadline was missed."
)


def draw(first: Mapping[Standing, Sequence[Status]], every: Iterable[Status], here: Here) -> Iterator[Html]:
    """The section; nothing if there is no deadline to show.

    Args:
        first: by standing those that need somebody first.
        every: all of them, to be counted.
        here: the request.
    """
    day = _Day(here.now)
    ahead = [each for each in first[Standing.OK] if not each.met and day.has(each)]
    urgent = [
        each for each in (*first[Standing.BREACHED], *first[Standing.AT_RISK]) if each.deadline is not None
    ]
    shown = urgent[: _LANES - min(_LEAST_AHEAD, len(ahead))]
    shown += ahead[: _LANES - len(shown)]
    if not shown:
        return
    counted = _per_hour(every, day)
    left_out = max(0, sum(counted.values()) - sum(day.has(each) for each in shown))
    height = _HEAD + _LANE * len(shown)
    bars = left_out > 0
    yield tag("h2", "Timeline", id="timeline-heading")
    yield tag("p", _LEGEND, class_="dim small")
    yield svg.drawing(
        "timeline",
        "Deadlines and predictions of the day around now",
        _words(shown, here, left_out),
        *_axis(day, height),
        svg.upright(day.place(day.now), 16, height, "now"),
        *(part for row, each in enumerate(shown) for part in _lane(each, day, _HEAD + _LANE * row)),
        *(_hours(counted, day, height) if bars else ()),
        height=height + (_HOURS if bars else 6),
    )
    if left_out:
        yield tag("p", f"{left_out} more deadlines are counted below the lanes only.", class_="dim small")
    yield tag(
        "details",
        tag("summary", "The timeline as a table"),
        table(
            ("DAG", "promise", "deadline", "how", "prediction"),
            (
                (
                    here.named(each.dag_id),
                    promise(each),
                    here.when(each.deadline) if each.deadline else None,
                    _short(each),
                    outlook(each, here),
                )
                for each in shown
            ),
            caption="The timeline as a table",
        ),
        id="timeline-table",
    )


class _Day:
    """Where moments lie across the drawing."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(timezone.utc)
        self.start, self.end = self.now - _BACK, self.now + _AHEAD

    def place(self, at: datetime) -> float:
        """0 at the left edge, 1 at the right one; beyond them outside of that."""
        return (at - self.start) / (self.end - self.start)

    def has(self, status: Status) -> bool:
        """Whether its deadline is within the day."""
        return status.deadline is not None and self.start <= status.deadline <= self.end

    def hours(self) -> Iterator[datetime]:
        """The full hours within it."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while (hour := hour + _HOUR) <= self.end:
            yield hour


def _axis(day: _Day, bottom: float) -> Iterator[Html]:
    for hour in day.hours():
        if hour.hour % 3:
            continue
        place = day.place(hour)
        midnight = hour.hour == 0
        yield svg.upright(place, 18, bottom, "line")
        if 0.03 < place < 0.97 and abs(place - day.place(day.now)) > 0.09:
            yield svg.text(
                f"{hour:%a}" if midnight else f"{hour:%H}", place, 14, anchor="middle", class_="dim"
            )
    yield svg.text("now", day.place(day.now), 14, anchor="middle", class_="mark")


def _lane(status: Status, day: _Day, top: float) -> Iterator[Html]:
    colour = {Standing.BREACHED: "late", Standing.AT_RISK: "risk"}.get(status.standing, "good")
    middle = top + 27
    yield svg.text(_cut(status.dag_id), 0.01, top + 14)
    yield svg.text(_short(status), 0.99, top + 14, anchor="end", class_=colour)
    yield svg.level(middle, "line")
    if status.deadline is None:
        return
    due = day.place(status.deadline)
    if status.standing is Standing.BREACHED:
        yield svg.box(due, day.place(day.now), middle - 4, middle + 4, "late part")
    found = status.prediction
    if found is not None:
        half, most = (day.place(datetime.fromtimestamp(at, timezone.utc)) for at in (found.p50, found.p90))
        yield svg.box(half, most, middle - 4, middle + 4, f"{colour} part")
        yield svg.dot(half, middle, colour)
    yield svg.upright(due, middle - 9, middle + 8, "due late" if colour == "late" else "due")


def _short(status: Status) -> str:
    deadline = status.deadline
    if deadline is None:
        return status.standing.value
    if status.standing is Standing.BREACHED:
        return f"{span(status.late)} late"
    if status.prediction is not None and status.standing is Standing.AT_RISK:
        off = status.prediction.p50 - deadline.timestamp()
        return f"likely {span(off)} {'late' if off > 0 else 'early'}"
    return f"due {deadline.astimezone(timezone.utc):%H:%M}"


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _per_hour(every: Iterable[Status], day: _Day) -> Counter[int]:
    """How many open deadlines there are, by hours since 1970."""
    start, end = day.start, day.end
    return Counter(
        int(each.deadline.timestamp() // 3600)
        for each in every
        if each.deadline is not None and not each.met and start <= each.deadline <= end
    )


def _hours(counted: Counter[int], day: _Day, top: float) -> Iterator[Html]:
    """How many deadlines there are in each hour, where not all have a lane."""
    if not counted:
        return
    most = max(counted.values())
    yield svg.text(f"all deadlines by the hour, at most {most}", 0.01, top + 13, class_="dim")
    bottom = top + _HOURS - 4
    for number, count in sorted(counted.items()):
        hour = datetime.fromtimestamp(3600 * number, timezone.utc)
        yield svg.box(
            day.place(hour) + 0.002,
            day.place(hour + _HOUR) - 0.002,
            bottom - max(1.0, 24 * count / most),
            bottom,
            "soft",
        )


def _words(shown: Sequence[Status], here: Here, left_out: int) -> str:
    late = sum(each.standing is Standing.BREACHED for each in shown)
    risky = sum(each.standing is Standing.AT_RISK for each in shown)
    rest = len(shown) - late - risky
    more = f" {left_out} more deadlines have no lane." if left_out else ""
    return (
        f"{late} missed, {risky} at risk, {rest} to come.{more} The table below the drawing says the same,"
        f" as of {here.now:%H:%M} UTC."
    )
