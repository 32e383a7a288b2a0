"""`windsock doctor --save` and `--compare`: before and after an upgrade of Airflow or Windsock."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click

from windsock.doctor import state, upgrade
from windsock.doctor.state import State
from windsock.doctor.taking import Taken
from windsock.doctor.upgrade import Change, Comparison, How
from windsock.errors import BadInput

_SIGNS = {How.APPEARS: "+", How.VANISHES: "-", How.CHANGES: "~", How.AWAITED: "?"}
_PARTS = ("metrics", "series", "rules", "panels")
_MOST_READERS = 4


def carry_out(taken: Taken, *, save: Path | None, before: State | None, form: str) -> None:
    """Save what was taken, compare it with what was there before, or both; ends the process.

    Args:
        taken: what is there now.
        save: where to write it; `-` is standard output.
        before: what a file held, read before anything is written.
        form: `text` or `json`.

    Raises:
        BadInput: it cannot be written there.
    """
    if save == state.STANDARD:
        if before is not None:
            raise BadInput("--save -: the comparison is printed there; give a file")
        click.echo(state.render(taken.state), nl=False)
    elif save is not None:
        state.write(taken.state, save)
        click.echo(f"saved {save}: {_holds(taken.state)}", err=before is not None)
    if before is None:
        sys.exit(0)
    found = upgrade.compare(before, taken)
    click.echo(_json(before, taken.state, found) if form == "json" else _text(before, taken.state, found))
    sys.exit(0 if found.harmless else 1)


def _holds(there: State) -> str:
    return ", ".join(
        [
            f"{len(there.metrics)} metrics",
            "no series (give --prometheus-url)"
            if there.series is None
            else f"{len(there.series)} series' names",
            f"{len(there.rules)} rules",
            "no dashboards (pip install 'windsock[all]')"
            if there.dashboards is None
            else f"{len(there.dashboards)} dashboards",
        ]
    )


def _of(there: State) -> str:
    airflow = f" for Airflow {there.airflow}" if there.airflow else ""
    return f"Windsock {there.windsock}{airflow}, {there.taken:%Y-%m-%d %H:%M} UTC"


def _json(before: State, now: State, found: Comparison) -> str:
    ends = {
        key: {"taken": each.taken.isoformat(), "windsock": each.windsock, "airflow": each.airflow}
        for key, each in (("before", before), ("now", now))
    }
    changes = [dataclasses.asdict(each) for each in found.changes]
    return json.dumps({**ends, "changes": changes, "not_compared": found.not_compared}, indent=2)


def _text(before: State, now: State, found: Comparison) -> str:
    lines = [f"before: {_of(before)}", f"now:    {_of(now)}"]
    for part in _PARTS:
        changes = [each for each in found.changes if each.part == part]
        if why := found.not_compared.get(part):
            lines.append(f"{part}: not compared: {why}")
        elif not changes:
            lines.append(f"{part}: no difference")
        else:
            lines.append(f"{part}: {_counts(changes)}")
            lines += [line for each in changes for line in _lines(each)]
    return "\n".join(lines)


def _counts(changes: list[Change]) -> str:
    words = {
        How.APPEARS: "appear",
        How.VANISHES: "vanish",
        How.CHANGES: "change",
        How.AWAITED: "come with the next event",
    }
    counts = {how: sum(each.how is how for each in changes) for how in How}
    return ", ".join(f"{count} {words[how]}" for how, count in counts.items() if count)


def _lines(change: Change) -> list[str]:
    line = f"  {_SIGNS[change.how]} {change.name} ({change.said})"
    if not change.read_by:
        return [line]
    more = len(change.read_by) - _MOST_READERS
    readers = ", ".join(change.read_by[:_MOST_READERS])
    return [line, f"      read by {readers}" + (f" and {more} more" if more > 0 else "")]
