"""What every kind of test shares: at the end, the timeline of the end-to-end run, if there was one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine, not about what is tried.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TIMELINE = Path(__file__).resolve().parents[1] / "build" / "e2e" / "timeline.md"
_BEGAN = time.time()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what happened when; here, because a worker of pytest-xdist has no terminal."""
    if TIMELINE.is_file() and TIMELINE.stat().st_mtime > _BEGAN:
        terminalreporter.section("timeline")
        terminalreporter.write_line(TIMELINE.read_text(encoding="utf-8"))
