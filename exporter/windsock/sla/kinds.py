"""Each kind of promise with the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from windsock.facts import Dag
from windsock.sla import finish_by, max_age, max_run_time, max_start_delay, rules, success_ratio
from windsock.sla.memory import Memory
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict

_JUDGES: Mapping[str, Callable[[Sla, Memory, Dag | None, datetime], Verdict]] = {
    rules.FINISH_BY: finish_by.judge,
    rules.MAX_AGE: max_age.judge,
    rules.MAX_RUN_TIME: max_run_time.judge,
    rules.MAX_START_DELAY: max_start_delay.judge,
    rules.SUCCESS_RATIO: success_ratio.judge,
}


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """How the promise stands; `dag` is None for one that is gone. Pure: it reads no clock."""
    return _JUDGES[entry.kind](entry, memory, dag, now)
