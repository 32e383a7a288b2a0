"""Monitoring itself: can the figures be believed, and do pages leave?"""

from __future__ import annotations

from windsock_dashboards.boards import collectors, components, pipeline
from windsock_dashboards.shapes import marks
from windsock_dashboards.shapes.links import MONITORING
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Board, Row


def board(scope: Scope) -> Board:
    """The exporter, StatsD, Prometheus, Alertmanager."""
    return Board(
        uid=MONITORING,
        title="Monitoring itself",
        description="Can the figures be believed, and do pages leave: exporter, StatsD, scrapes, rules.",
        choices=(),
        marks=marks.everywhere(scope),
        rows=(
            Row(
                "head",
                "",
                (
                    components.freshness(scope),
                    components.database(scope),
                    pipeline.targets(scope),
                    pipeline.end_to_end(scope),
                    *collectors.files(scope),
                ),
            ),
            Row("exporter-row", "windsock serve", collectors.panels(scope)),
            Row("statsd", "StatsD and scrapes", pipeline.statsd(scope)),
            Row("prometheus", "Rules and notifications", pipeline.prometheus(scope)),
        ),
    )
