"""What every kind of test shares: who gets the processor, and the end-to-end run's timeline at the end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from demo.stack import priority

# How long an example takes says something about the machine, not about what is tried.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TIMELINE = Path(__file__).resolve().parents[1] / "build" / "e2e" / "timeline.md"
_BEGAN = time.time()
_PATIENT = 5


def pytest_configure(config: pytest.Config) -> None:
    """Give each of several workers a session of its own: the processor is divided among sessions."""
    if _works_beside_others(config):
        os.setsid()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let tests in which seconds count go before those that only take long."""
    if _works_beside_others(item.config):
        niceness = 0 if item.get_closest_marker("real_time") else _PATIENT
        priority.become(niceness)
        priority.of_session(os.getpid(), niceness)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what happened when; here, because a worker of pytest-xdist has no terminal."""
    if TIMELINE.is_file() and TIMELINE.stat().st_mtime > _BEGAN:
        terminalreporter.section("timeline")
        terminalreporter.write_line(TIMELINE.read_text(encoding="utf-8"))


def _works_beside_others(config: pytest.Config) -> bool:
    """Whether this is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")
