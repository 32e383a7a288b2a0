"""Values in words and colours, the same on every dashboard."""

from __future__ import annotations

from windsock_dashboards.spec import Meaning, Step

GOOD, WARN, BAD, QUIET = "green", "orange", "red", "text"

# Of Airflow's states, wherever they are lines.
STATES = (
    ("success", GOOD),
    ("failed", BAD),
    ("up_for_retry", "yellow"),
    ("running", GOOD),
    ("queued", WARN),
    ("scheduled", "blue"),
    ("deferred", "purple"),
)
DAG_STATES = (("active", GOOD), ("paused", WARN), ("import_error", BAD), ("stale", QUIET))

BAD_FROM_ONE = (Step(None, GOOD), Step(1, BAD))
WARN_FROM_ONE = (Step(None, GOOD), Step(1, WARN))
HEARTBEAT_AGE = (Step(None, GOOD), Step(30, WARN), Step(60, BAD))
FRESHNESS = (Step(None, GOOD), Step(60, WARN), Step(120, BAD))
QUEUE_AGE = (Step(None, GOOD), Step(300, WARN), Step(600, BAD))
QUEUE_LIMIT = (Step(None, QUIET), Step(600, BAD))
USAGE = (Step(None, GOOD), Step(0.8, WARN), Step(1, BAD))
FAILURES = (Step(None, GOOD), Step(1, WARN), Step(2, BAD))
OVERDUE = (Step(None, GOOD), Step(1, WARN), Step(900, BAD))
LATE = (Step(None, WARN), Step(3600, BAD))
PLAIN = (Step(None, QUIET),)

BREACHED = (Meaning(0, "kept", GOOD), Meaning(1, "breached", BAD))
SUCCEEDED = (Meaning(0, "failed", BAD), Meaning(1, "succeeded", GOOD))
ANSWERS = (Meaning(0, "no answer", BAD), Meaning(1, "answers", GOOD))
SILENT = (Meaning(0, "alive", GOOD), Meaning(1, "silent", BAD))
TROUBLE = (Meaning(0, "no", GOOD), Meaning(1, "yes", BAD))
PAUSED = (Meaning(0, "active", GOOD), Meaning(1, "paused", WARN))
WORKS = (Meaning(0, "fails", BAD), Meaning(1, "works", GOOD))
