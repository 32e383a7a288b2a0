"""Which queries read a series of every DAG, task or file: where there are ten thousand, these cost most."""

from __future__ import annotations

import re

from windsock_dashboards.shapes.expr import family, selected

# Of these an Airflow has thousands.
_MANY = {"dag_id", "task_id", "sla", "file", "file_name", "file_path", "asset"}
_FIXED = re.compile(r"(\w+)\s*=\s*\"")
# At every 15 s, a range of six hours would read fourteen million values.
_POINTS = 36
_MINUTES = {"h": 60, "d": 24 * 60}


def step(since: str) -> str:
    """Between two points of a graph of all DAGs, on a dashboard whose range begins at `now-6h`."""
    length = since.removeprefix("now-")
    return f"{max(10, int(length[:-1]) * _MINUTES[length[-1]] // _POINTS)}m"


def crowded(expr: str) -> bool:
    """Whether it reads a metric that has a series of each DAG, task or file, and does not name which."""
    for name, matchers in selected(expr):
        metric = family(name)
        fixed = set(_FIXED.findall(matchers))
        if metric is not None and _MANY & set(metric.labels) and not {"dag_id", "sla"} & fixed:
            return True
    return False
