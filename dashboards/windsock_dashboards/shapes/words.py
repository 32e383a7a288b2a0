"""Values in words and colours, the same on every dashboard.

The colours are those of Okabe and Ito, which people with any colour vision tell apart. No panel relies on
them: a number, a word or a name always says the same.
"""

from __future__ import annotations

from windsock_dashboards.shapes.spec import Meaning, Step

GREEN, ORANGE, VERMILION, YELLOW = "#009E73", "#E69F00", "#D55E00", "#F0E442"
SKY, BLUE, VIOLET, GREY = "#56B4E9", "#0072B2", "#CC79A7", "#999999"
GOOD, WARN, BAD, QUIET = GREEN, ORANGE, VERMILION, "text"

# Of Airflow's states, wherever they are lines.
STATES = (
    ("success", GREEN),
    ("failed", VERMILION),
    ("up_for_retry", YELLOW),
    ("running", GREEN),
    ("queued", ORANGE),
    ("scheduled", SKY),
    ("deferred", VIOLET),
    ("up_for_reschedule", BLUE),
)
DAG_STATES = (("active", GREEN), ("paused", ORANGE), ("import_error", VERMILION), ("stale", GREY))
TRIGGERERS = (("alive", GREEN), ("dead", VERMILION), ("none", ORANGE))
FIRED = (("fired", GREEN), ("failed", VERMILION), ("blocked", ORANGE))
# The median is what is usual, p95 what hurts.
QUANTILES = (("p50", SKY), ("p95", VERMILION))

BAD_FROM_ONE = (Step(None, GOOD), Step(1, BAD))
WARN_FROM_ONE = (Step(None, GOOD), Step(1, WARN))
WARN_BELOW_ONE = (Step(None, WARN), Step(1, GOOD))
BAD_FROM_ZERO_DOWN = (Step(None, BAD), Step(0, WARN), Step(1, GOOD))
LATE = (Step(None, WARN), Step(3600, BAD))
PLAIN = (Step(None, QUIET),)

BREACHED = (Meaning(0, "kept", GOOD), Meaning(1, "breached", BAD))
AT_RISK = (Meaning(0, "kept", GOOD), Meaning(1, "at risk", WARN), Meaning(2, "breached", BAD))
SUCCEEDED = (Meaning(0, "failed", BAD), Meaning(1, "succeeded", GOOD))
ANSWERS = (Meaning(0, "no answer", BAD), Meaning(1, "answers", GOOD))
SILENT = (Meaning(0, "alive", GOOD), Meaning(1, "silent", BAD))
TROUBLE = (Meaning(0, "no", GOOD), Meaning(1, "yes", BAD))
PAUSED = (Meaning(0, "active", GOOD), Meaning(1, "paused", WARN))
WORKS = (Meaning(0, "fails", BAD), Meaning(1, "works", GOOD))
COUNTS = (Meaning(0, "rejected", BAD), Meaning(1, "counts", GOOD))
SAVED = (Meaning(0, "not saved", BAD), Meaning(1, "saved", GOOD))
OFF = (Meaning(1, "off", WARN),)
MISSING = (Meaning(0, "there", GOOD), Meaning(1, "missing", BAD))


def warn_from(limit: float) -> tuple[Step, ...]:
    """From the threshold of a ticket on: orange."""
    return (Step(None, GOOD), Step(limit, WARN))


def bad_from(limit: float) -> tuple[Step, ...]:
    """From the threshold of a page on: vermilion."""
    return (Step(None, GOOD), Step(limit, BAD))


def between(warn: float, bad: float) -> tuple[Step, ...]:
    """From one threshold on orange, from the other on vermilion."""
    return (Step(None, GOOD), Step(warn, WARN), Step(bad, BAD))


def line(limit: float) -> tuple[Step, ...]:
    """A threshold to draw across a graph."""
    return (Step(None, QUIET), Step(limit, BAD))
