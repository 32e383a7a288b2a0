"""A few of the drills of `make drills`, those that need nothing but what this stack has."""

from __future__ import annotations

from tests.drills.catalogue import DRILLS
from tests.drills.judge import SPARE
from tests.drills.run import run
from tests.e2e.loop import Loop

# By major version; with the three bad days on both there are ten.
_QUICK = {
    2: ("scheduler-stuck", "dag-processor-killed"),
    3: ("dag-processor-killed", "api-server-frozen"),
}


def drills(loop: Loop) -> None:
    """One after the other. A slow machine may be late: the whole minute, not the divided one."""
    for drill in DRILLS:
        if drill.name in _QUICK[loop.airflow.major]:
            result = run(loop, drill, slack=SPARE, own=False)
            assert not result.findings, "\n".join((*result.findings, loop.report()))
