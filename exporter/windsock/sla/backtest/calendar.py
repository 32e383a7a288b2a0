"""A backtest as a picture: for each team a calendar of what it would have been told, and at which hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from windsock.sla.backtest.report import Report, began

_CELL_W, _CELL_H, _GAP = 54, 34, 4
_LEFT, _HEAD, _TITLE = 76, 48, 66
_HOURS_LEFT, _BAR, _BAR_GAP = 56, 11, 3
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK, _DAY_HOURS = 7, 24
_MOST_TEAMS = 30
_HEAVY = (1, 3, 6)
_GRID_W = _WEEK * (_CELL_W + _GAP)
_WIDTH = _LEFT + _GRID_W + _HOURS_LEFT + _DAY_HOURS * (_BAR + _BAR_GAP) + 24

_STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
.paper { fill: #ffffff } .ink { fill: #1c2330 } .dim { fill: #5b6472 } .day { fill: #eef0f3 }
.page1 { fill: #f7c6bd } .page2 { fill: #e88573 } .page3 { fill: #b3261e } .on3 { fill: #ffffff }
.ticket { fill: #b26a00 } .risk { fill: #2a6fb0 } .bar { fill: #c8402f }
@media (prefers-color-scheme: dark) {
.paper { fill: #14181f } .ink { fill: #e6e9ee } .dim { fill: #9aa4b2 } .day { fill: #232a35 }
.page1 { fill: #5c2a25 } .page2 { fill: #94392f } .page3 { fill: #e5695a } .on3 { fill: #14181f }
.ticket { fill: #f0ad4e } .risk { fill: #7db4e8 } .bar { fill: #e5695a }
}
.big { font-size: 18px; font-weight: 600 } .team { font-size: 15px; font-weight: 600 }
.small { font-size: 11px }
.mid { text-anchor: middle } .end { text-anchor: end }
"""


@dataclass(slots=True)
class _Team:
    """What a team was told by day, and its pages by hour, in UTC."""

    pages: Counter[date] = field(default_factory=Counter)
    tickets: Counter[date] = field(default_factory=Counter)
    risks: Counter[date] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)


def draw(report: Report) -> str:
    """The picture as SVG: no script, nothing from elsewhere, light and dark as the reader's screen is."""
    teams = _teams(report)
    weeks = list(_mondays(report))
    block = _HEAD + len(weeks) * (_CELL_H + _GAP) + 34
    shown = sorted(teams.items(), key=lambda item: (-sum(item[1].pages.values()), item[0]))[:_MOST_TEAMS]
    height = _TITLE + max(1, len(shown)) * block + 20
    pages = sum(sum(team.pages.values()) for team in teams.values())
    tickets = sum(sum(team.tickets.values()) for team in teams.values())
    title = f"{pages} pages and {tickets} tickets, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, UTC"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
            f' height="{height}" role="img" aria-label="{escape(title)}">'
        ),
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        _text(16, 28, escape(title), "ink big"),
        _text(16, 48, "Number: pages of that day. T: tickets and info. R: promises at risk.", "dim small"),
    ]
    if not shown:
        parts.append(_text(16, _TITLE + 30, "Nobody would have been told anything.", "ink"))
    if len(teams) > len(shown):
        parts.append(
            _text(_WIDTH - 16, 28, f"the {len(shown)} teams of {len(teams)} with most pages", "dim small end")
        )
    for index, (name, team) in enumerate(shown):
        parts.append(f'<g transform="translate(0 {_TITLE + index * block})">')
        parts += _block(name, team, weeks, report)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _teams(report: Report) -> dict[str, _Team]:
    teams: dict[str, _Team] = {}
    for each in report.incidents:
        team = teams.setdefault(each.team, _Team())
        if each.notified is not None and each.severity == "page":
            team.pages[each.notified.date()] += 1
            team.hours[each.notified.hour] += 1
        elif each.notified is not None:
            team.tickets[each.notified.date()] += 1
        if each.announced is not None:
            team.risks[began(each).date()] += 1
    return teams


def _mondays(report: Report) -> Iterator[date]:
    monday = report.since.date() - timedelta(days=report.since.weekday())
    while monday <= report.until.date():
        yield monday
        monday += timedelta(days=_WEEK)


def _block(name: str, team: _Team, weeks: list[date], report: Report) -> Iterator[str]:
    total = sum(team.pages.values())
    yield _text(16, 14, f"{escape(name)}: {total} page{'' if total == 1 else 's'}", "ink team")
    for index, name_of_day in enumerate(_DAYS):
        yield _text(_LEFT + index * (_CELL_W + _GAP) + _CELL_W // 2, 38, name_of_day, "dim small mid")
    for row, monday in enumerate(weeks):
        top = _HEAD + row * (_CELL_H + _GAP)
        yield _text(_LEFT - 10, top + _CELL_H // 2 + 4, f"{monday:%b %d}", "dim small end")
        for weekday in range(_WEEK):
            day = monday + timedelta(days=weekday)
            if report.since.date() <= day <= report.until.date():
                yield _cell(_LEFT + weekday * (_CELL_W + _GAP), top, day, team)
    yield from _hours(team, len(weeks) * (_CELL_H + _GAP) - _GAP)


def _cell(left: int, top: int, day: date, team: _Team) -> str:
    pages, tickets, risks = team.pages[day], team.tickets[day], team.risks[day]
    heavy = sum(pages >= least for least in _HEAVY)
    told = f"{day:%a %Y-%m-%d}: {pages} pages, {tickets} tickets, {risks} at risk"
    kind = f"page{heavy}" if heavy else "day"
    parts = [
        f"<g><title>{told}</title>",
        f'<rect class="{kind}" x="{left}" y="{top}" width="{_CELL_W}" height="{_CELL_H}" rx="4"/>',
        _text(left + _CELL_W // 2, top + (16 if tickets or risks else 22), str(pages), f"{_ink(heavy)} mid")
        if pages
        else "",
    ]
    small = [f"T{tickets}" if tickets else "", f"R{risks}" if risks else ""]
    if any(small):
        kind = _ink(heavy) if pages else "ticket" if tickets else "risk"
        parts.append(
            _text(left + _CELL_W // 2, top + _CELL_H - 6, " ".join(filter(None, small)), f"{kind} small mid")
        )
    return "".join([*parts, "</g>"])


def _ink(heavy: int) -> str:
    return "on3" if heavy == len(_HEAVY) else "ink"


def _hours(team: _Team, height: int) -> Iterator[str]:
    left = _LEFT + _GRID_W + _HOURS_LEFT
    yield _text(left, 38, "pages by hour of the day (UTC)", "dim small")
    most, floor = max(team.hours.values(), default=0), _HEAD + height
    for hour in range(_DAY_HOURS):
        at, count = left + hour * (_BAR + _BAR_GAP), team.hours[hour]
        tall = max(2, round(count / most * (height - 14))) if count else 1
        kind = "bar" if count else "day"
        yield (
            f'<g><title>{hour:02}:00 to {hour + 1:02}:00: {count} pages</title><rect class="{kind}" x="{at}"'
            f' y="{floor - tall}" width="{_BAR}" height="{tall}"/></g>'
        )
        if count == most and count:
            yield _text(at + _BAR // 2, floor - tall - 4, str(count), "dim small mid")
        if hour % 6 == 0:
            yield _text(at + _BAR // 2, floor + 14, f"{hour:02}", "dim small mid")


def _text(left: int, top: int, text: str, kind: str) -> str:
    return f'<text x="{left}" y="{top}" class="{kind}">{text}</text>'
