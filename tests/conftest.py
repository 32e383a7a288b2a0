"""What every kind of test shares: who gets the processor, and at the end the timeline of the end-to-end run."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from demo.stack import priority

# How long an example takes says something about the machine, not about what is tried.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TIMELINE = Path(__file__).resolve().parents[1] / "build" / "e2e" / "timeline.md"
_BEGAN = time.time()
_PATIENT = 10


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where several workers run, tests in which seconds count go before those that only take long.

    Theirs is a session of their own, because the processor is divided among sessions.
    """
    if not hasattr(item.config, "workerinput"):
        return
    niceness = 0 if item.get_closest_marker("real_time") else _PATIENT
    if niceness == 0:
        # Refused to the leader of a process group, which has its own session as a rule.
        with suppress(PermissionError):
            os.setsid()
    priority.become(niceness)
    priority.of_session(os.getpid(), niceness)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what happened when; here, because a worker of pytest-xdist has no terminal."""
    if TIMELINE.is_file() and TIMELINE.stat().st_mtime > _BEGAN:
        terminalreporter.section("timeline")
        terminalreporter.write_line(TIMELINE.read_text(encoding="utf-8"))
