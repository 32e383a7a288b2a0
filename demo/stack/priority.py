"""Niceness that reaches the processes of a stack.

Linux divides the processor among sessions first (`sched_autogroup`), and niceness counts only within one.
A stack's processes have sessions of their own, so `nice make demo` would slow none of them down.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def own() -> int:
    """Niceness of this thread, -20 to 19; what it starts inherits it."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def become(niceness: int) -> None:
    """Give this thread a niceness, as far as the system lets this user."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def of_session(pid: int, niceness: int) -> None:
    """Give the session of `pid` its niceness among sessions, where the system has such a thing."""
    # Refused for less than 0 without the right to it; gone when the process has ended.
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")
