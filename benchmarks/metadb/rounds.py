"""Rounds in which everything is measured in turn, so that what else the machine does meets all alike."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.metadb.activity import Activity
from benchmarks.metadb.cluster import Cluster
from benchmarks.metadb.meter import EXPLAIN, Cost, Meter, Plan, into_memory
from benchmarks.metadb.ours import Call, Ours, Pass, series
from benchmarks.metadb.peers import FOREIGN, Foreign
from benchmarks.metadb.same import compare
from windsock.cardinality import Preset
from windsock.collect.collector import Tier

ROUNDS = 7
_SECONDS = 15.0
# What takes longer than this runs in three rounds only, and its blocks are counted once.
_SLOW_MS = 3_000.0
_SLOW_ROUNDS = 3


@dataclass(slots=True)
class _Sum:
    """Of the calls of one statement in one round."""

    milliseconds: float = 0.0
    blocks: int = 0
    rows: int = 0
    calls: int = 0

    def add(self, cost: Cost, plan: Plan) -> None:
        self.milliseconds += cost.milliseconds
        self.blocks += plan.blocks
        self.rows += cost.rows
        self.calls += 1


_Key = tuple[str, str, str]


class Rounds:
    """Measures one cluster."""

    def __init__(self, cluster: Cluster, folder: Path, others: Sequence[Foreign] = FOREIGN) -> None:
        self._cluster = cluster
        self._meter = Meter(cluster.url)
        self._activity = Activity(cluster.dsn, cluster.size)
        self._ours = Ours(cluster.url, folder)
        self._own: list[dict[_Key, _Sum]] = []
        self._foreign: dict[Foreign, list[_Sum]] = {each: [] for each in others}
        self._whole: dict[str, set[str]] = defaultdict(set)
        self._passes: dict[Tier, list[Pass]] = {tier: [] for tier in Tier}

    def measure(self, rounds: int = ROUNDS) -> dict[str, Any]:
        """Everything that goes into the result."""
        into_memory(self._cluster.url)
        for tier in (Tier.FAST, Tier.SLOW):
            self._passes[tier].append(self._ours.run(tier, self._cluster.at))
        first = {tier.value: each[0].seconds for tier, each in self._passes.items()}
        try:
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", flush=True)
                self._round(number)
            shown = self._ours.figures(self._cluster.at, Preset.DEFAULT)
            figures = self._ours.figures(self._cluster.at, Preset.FULL)
            return {
                "refused": self._ours.refused,
                "first_cycle_seconds": first,
                "ours": self._statements(),
                "cycles": {tier.value: self._cycle(tier) for tier in Tier},
                "foreign": [self._others(each) for each in self._foreign],
                "series": {name: series([each]) for name, each in shown.items()},
                "compared": compare(self._cluster.dsn, figures, self._cluster.at),
            }
        finally:
            self._ours.close()
            self._meter.close()

    def _round(self, number: int) -> None:
        now = self._cluster.at + timedelta(seconds=_SECONDS)
        self._activity.tick(now, _SECONDS)
        self._cluster.move_on(now)
        passes = {tier: self._ours.run(tier, now) for tier in (Tier.FAST, Tier.SLOW)}
        for tier, each in passes.items():
            self._passes[tier].append(each)
        self._own.append({})
        slow = [each for each, sums in self._foreign.items() if _slowest(sums) > _SLOW_MS]
        self._again(passes[Tier.FAST].calls)
        for foreign in self._foreign:
            if foreign not in slow:
                self._measure(foreign, now)
        self._again(passes[Tier.SLOW].calls)
        if number < _SLOW_ROUNDS:
            for foreign in slow:
                self._measure(foreign, now)

    def _again(self, calls: tuple[Call, ...]) -> None:
        """The reads of one cycle once more, timed without the work that the exporter has with the rows."""
        for call in calls:
            cost = self._meter.time(call.statement.clause(), call.parameters, ours=True)
            plan = self._meter.plan(call.statement.clause(EXPLAIN), call.parameters, ours=True)
            key = (call.tier, call.collector, call.statement.name)
            self._own[-1].setdefault(key, _Sum()).add(cost, plan)
            self._whole[call.statement.name] |= plan.whole

    def _measure(self, foreign: Foreign, now: datetime) -> None:
        sums = self._foreign[foreign]
        given = {"at": now} if "%(at)s" in foreign.sql else {}
        sql = foreign.sql.replace("%(at)s", "CAST(:at AS timestamptz)")
        cost = self._meter.time(text(sql), given, ours=foreign.alone)
        if cost.milliseconds > _SLOW_MS and sums:
            sums.append(_Sum(cost.milliseconds, sums[0].blocks, cost.rows, 1))
            return
        plan = self._meter.plan(text(EXPLAIN + sql), given, ours=foreign.alone)
        sums.append(_Sum(cost.milliseconds, plan.blocks, cost.rows, 1))
        self._whole[foreign.what] |= plan.whole

    def _statements(self) -> list[dict[str, Any]]:
        keys = dict.fromkeys(key for sums in self._own for key in sums)
        return [
            {"tier": key[0], "collector": key[1], "statement": key[2], "whole": sorted(self._whole[key[2]])}
            | _medians([sums[key] for sums in self._own if key in sums])
            | {"share": self._share(key)}
            for key in keys
        ]

    def _share(self, key: _Key) -> float:
        """In how many of the cycles it is read; the very first one counts, so that a minute has four."""
        passes = self._passes[Tier(key[0])]
        return sum(
            any(call[:2] == key[:2] and call[2].name == key[2] for call in each.calls) for each in passes
        ) / len(passes)

    def _others(self, foreign: Foreign) -> dict[str, Any]:
        sums = self._foreign[foreign]
        return {
            "who": foreign.who,
            "what": foreign.what,
            "again": foreign.calls,
            "whole": sorted(self._whole[foreign.what]),
            "series": sums[-1].rows * foreign.series,
            **_medians(sums),
        }

    def _cycle(self, tier: Tier) -> dict[str, Any]:
        """Of a cycle as it is on average, and of one in which every statement is read."""
        own = [each for each in self._statements() if each["tier"] == tier.value]
        return {
            "ms": sum(each["ms"] * each["share"] for each in own),
            "blocks": round(sum(each["blocks"] * each["share"] for each in own)),
            "most_ms": sum(each["ms"] for each in own),
            "most_blocks": sum(each["blocks"] for each in own),
            "exporter_ms": statistics.median(each.seconds * 1000 for each in self._passes[tier][1:]),
        }


def _slowest(sums: list[_Sum]) -> float:
    return max((each.milliseconds for each in sums), default=0.0)


def _medians(sums: list[_Sum]) -> dict[str, Any]:
    return {
        "ms": statistics.median(each.milliseconds for each in sums),
        "blocks": round(statistics.median(each.blocks for each in sums)),
        "rows": round(statistics.median(each.rows for each in sums)),
        "calls": round(statistics.median(each.calls for each in sums)),
        "rounds": len(sums),
    }
