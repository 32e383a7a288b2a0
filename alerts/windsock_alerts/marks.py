"""Where a threshold may differ, as marks on its field."""

from __future__ import annotations

from typing import Annotated

from windsock_alerts.durations import Duration

# A threshold that a DAG may have of its own: `windsock serve` exports it, the rule joins it.
PER_DAG = "per DAG"
# A threshold of Alertmanager, or of a rule about Prometheus itself: one for all Airflows.
EVERYWHERE = "everywhere"
DagDuration = Annotated[Duration, PER_DAG]
DagCount = Annotated[int, PER_DAG]
DagFactor = Annotated[float, PER_DAG]
OneDuration = Annotated[Duration, EVERYWHERE]
