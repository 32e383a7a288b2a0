"""What one line can do to statsd_exporter besides being counted."""

from __future__ import annotations


class Crash(Exception):  # noqa: N818 (not an error of ours: what happens to the original)
    """statsd_exporter's process ends here (a Go panic, exit code 2); the text says why."""
