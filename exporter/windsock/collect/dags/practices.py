"""How DAGs are written and scheduled, from what is known of them anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from windsock.catalog import practices
from windsock.collect.dags.known import KnownDag
from windsock.figures import Figures

_MINUTES = 60
# What Airflow takes if nobody is named.
_NOBODY = frozenset({(), ("airflow",)})


def add(figures: Figures, dags: Mapping[str, KnownDag]) -> None:
    """The crowd by minute of the hour, DAGs that nobody owns, and files."""
    due = Counter(
        dag.next_due.minute
        for dag in dags.values()
        if dag.scheduled and not dag.row.paused and dag.next_due is not None
    )
    for minute in range(_MINUTES):
        figures.add(practices.DAGS_DUE, due[minute], minute=f"{minute:02}")
    figures.add(practices.DAGS_WITHOUT_OWNER, sum(dag.owners in _NOBODY for dag in dags.values()))
    files = Counter((dag.row.bundle, dag.row.file) for dag in dags.values())
    figures.add(practices.DAG_FILES, len(files))
    figures.add(practices.DAGS_PER_FILE, max(files.values(), default=0))
