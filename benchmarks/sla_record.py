"""How big the record of SLAs becomes, and how long it takes to write and to read.

python -m benchmarks.sla_record                         # 5,000 SLAs, 90 days: half a minute
python -m benchmarks.sla_record --slas 500 --days 30
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from windsock.sla import Cause, Standing
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.record import Reader
from windsock.sla.recorder import Key, News, Recorder

_HOUR = timedelta(hours=1)
# Name, deadlines a day, share of these that are missed, and that look as if they would be.
_Kind = tuple[str, int, float, float]
_DAILY: _Kind = ("finish_by", 1, 0.03, 0.02)
_HOURLY: _Kind = ("max_age", 24, 0.003, 0.002)
_OFTEN: _Kind = ("max_start_delay", 96, 0.001, 0.0)
_CAUSES = (Cause.RUNNING_LONG, Cause.POOL_FULL, Cause.FAILED, Cause.QUEUE, Cause.NOT_SCHEDULED)
# Of these few, the pools that are full change every so often.
_POOLS = ("default_pool", "dwh", "warehouse_small", "backfills", "apis")
_POOL_CHANGES = 96


@dataclass(frozen=True, slots=True)
class Measured:
    """One record.

    Attributes:
        size: bytes on disk, once it is closed.
        entries, outcomes: how many were written.
        write: seconds for all of it.
        read: seconds for one DAG.
    """

    size: int
    entries: int
    outcomes: int
    write: float
    read: float


def measure(folder: Path, *, slas: int, days: int, seed: int = 1) -> Measured:
    """Write a record of so many SLAs and days, ending now, and read one DAG of it."""
    chance = random.Random(seed)
    begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=days) + _HOUR
    kinds = [_kind(number / slas) for number in range(slas)]
    recorder = Recorder(folder, kept=timedelta(days=days + 1))
    entries = outcomes = 0
    started = perf_counter()
    recorder.write(News(entries=[_entry(number, kind, begin) for number, kind in enumerate(kinds)]))
    for day in range(days):
        news = News(conditions=list(_conditions(begin + timedelta(days=day), chance)))
        made = [_day(number, kind, begin + timedelta(days=day), chance) for number, kind in enumerate(kinds)]
        news += News(
            entries=sorted((each for of, _ in made for each in of), key=lambda entry: entry.at),
            outcomes=[each for _, of in made for each in of],
        )
        entries, outcomes = entries + len(news.entries), outcomes + len(news.outcomes)
        recorder.write(news)
    took = perf_counter() - started
    if recorder.problem is not None:
        raise RuntimeError(recorder.problem)
    recorder.close()
    started = perf_counter()
    Reader(folder).of_dag("dag_00007_finance_daily")
    read = perf_counter() - started
    return Measured((folder / "record.db").stat().st_size, entries + slas, outcomes, took, read)


def _kind(place: float) -> _Kind:
    """Of an SLA by its place among all of them, from 0 to 1."""
    return _DAILY if place < 0.8 else _HOURLY if place < 0.95 else _OFTEN


def _entry(number: int, kind: _Kind, at: datetime) -> Entry:
    zone = ("Europe/Berlin", "UTC", "America/New_York")[number % 3]
    return Entry(
        sla=kind[0],
        dag_id=f"dag_{number:05}_finance_daily",
        kind=kind[0],
        at=at,
        since=at,
        standing=Standing.OK,
        team=f"team_{number % 40}",
        severity=("page", "ticket")[number % 2],
        deadline_text=f"06:30 {zone}",
        timezone=zone,
        deadline=at,
    )


def _day(
    number: int, kind: _Kind, day: datetime, chance: random.Random
) -> tuple[list[Entry], list[tuple[Key, Outcome]]]:
    """What happens to one SLA on one day."""
    name, deadlines, missed, feared = kind
    entries: list[Entry] = []
    outcomes = []
    for index in range(deadlines):
        deadline = day + timedelta(days=1) * index / deadlines
        end = deadline + timedelta(seconds=chance.randint(300, 9000))
        late = chance.random() < missed
        if late or chance.random() < feared:
            entries += _trouble(_entry(number, kind, deadline), end, chance, late=late)
        key = name, f"dag_{number:05}_finance_daily"
        outcomes.append((key, Outcome(deadline=deadline, met=not late, finish=end)))
    return entries, outcomes


def _trouble(at: Entry, end: datetime, chance: random.Random, *, late: bool) -> Iterator[Entry]:
    """At risk, breached with causes and evidence that change, kept again."""
    run = f"scheduled__{at.at:%Y-%m-%dT%H:%M:%S}.{chance.randint(0, 999999):06}+00:00"
    minutes = [chance.randint(5, 180) for _ in range(9)]
    prediction = Prediction(
        p50=at.at.timestamp() + minutes[0] * 60,
        p90=at.at.timestamp() + minutes[1] * 60,
        miss=chance.random(),
        runs=60,
        words=(
            f"usually takes {minutes[2] // 60} h {minutes[2] % 60:02} min (the last 60 runs)",
            f"extract_{minutes[3]} has run for {minutes[4]} min, usually {minutes[5]} min",
            f"tasks wait {minutes[6]} min in the queue now, usually {minutes[7]} min",
        ),
    )
    if chance.random() < 0.8:
        risky = replace(at, at=at.at - _HOUR, standing=Standing.AT_RISK, prediction=prediction)
        yield replace(risky, cause=chance.choice(_CAUSES), evidence=_evidence(run, chance))
    for change in range(chance.randint(1, 4) if late else 0):
        moment = at.at + change * timedelta(minutes=7)
        seen = _evidence(run, chance)
        yield replace(at, at=moment, standing=Standing.BREACHED, cause=chance.choice(_CAUSES), evidence=seen)
    done = Evidence(run_id=run, detail=f"it succeeded at {end:%a %Y-%m-%d %H:%M} UTC") if late else Evidence()
    yield replace(at, at=end, evidence=done)


def _evidence(run: str, chance: random.Random) -> Evidence:
    task, pool, waits = f"load_table_{chance.randint(0, 400)}", chance.choice(_POOLS), chance.randint(2, 90)
    return Evidence(
        run_id=run,
        task_id=task,
        pool=pool,
        queue="default",
        detail=f"{task} has waited {waits} min in {pool} (16 of 16 slots used, {waits // 2} tasks wait)",
    )


def _conditions(day: datetime, chance: random.Random) -> Iterator[Conditions]:
    for change in range(_POOL_CHANGES):
        full = tuple(sorted(chance.sample(_POOLS, chance.randint(0, 3))))
        yield Conditions(at=day + timedelta(days=1) * change / _POOL_CHANGES, full_pools=full)


def main() -> None:
    """Print one line."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--slas", type=int, default=5_000)
    arguments.add_argument("--days", type=int, default=90)
    given = arguments.parse_args()
    with TemporaryDirectory() as folder:
        found = measure(Path(folder), slas=given.slas, days=given.days)
    print(
        f"{given.slas} SLAs, {given.days} days: {found.size / 1e6:.1f} MB,"
        f" {found.entries} entries and {found.outcomes} deadlines,"
        f" written in {found.write:.1f} s, one DAG read in {1000 * found.read:.1f} ms"
    )


if __name__ == "__main__":
    main()
