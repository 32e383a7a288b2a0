"""What `windsock serve` does with `alerts.yaml`: follow it, and export what differs for single DAGs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Event

import structlog

from windsock.catalog import alerting
from windsock.collect.dags.known import KnownDag
from windsock.dag_settings import Tiers
from windsock.figures import Figures
from windsock.follow import Follower
from windsock_alerts import build
from windsock_alerts.by_dag import Looks, Own, own
from windsock_alerts.own import metric_of
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import OF_A_DAG

_log = structlog.get_logger()


class Serving:
    """`alerts.yaml` of a running exporter. Only one thread calls `add`.

    Args:
        path: the file.

    Raises:
        BadInput: it is wrong.
    """

    def __init__(self, path: Path) -> None:
        self._settings = build.read_settings(path)
        self._file = Follower(path, build.read_settings, what="alerts file")
        self._known: dict[str, tuple[Looks, Own]] = {}
        self._asked = Event()

    @property
    def settings(self) -> Settings:
        """The file as it counts now."""
        return self._settings

    def reload(self) -> None:
        """Read the file again, changed or not, before the next figures."""
        self._asked.set()

    def add(self, figures: Figures, dags: Mapping[str, KnownDag], tiers: Tiers, *, tags_known: bool) -> None:
        """Add the limits and severities of DAGs that have their own, and how the file is.

        See `windsock.dag_settings.DagSettings`.
        """
        self._look()
        figures.add(alerting.FILE_GOOD, float(self._file.problem is None))
        figures.add(alerting.FILE_LOADED, self._file.loaded.timestamp())
        if not self._settings.dags:
            return
        by_tier = any(entry.tier is not None for entry in self._settings.dags)
        nothing: frozenset[str] = frozenset()
        found = {
            dag_id: self._of(
                Looks(dag_id, dag.tags, dag.team, tiers(dag) if by_tier else nothing), tags_known=tags_known
            )
            for dag_id, dag in dags.items()
        }
        for name in OF_A_DAG:
            limits = (
                ((name, dag_id), value)
                for dag_id, each in found.items()
                for threshold, value in each.limits
                if threshold == name
            )
            figures.add_each(metric_of(name), ("threshold", "dag_id"), limits)
        severities = (
            ((alert, dag_id, severity), 1.0)
            for dag_id, each in found.items()
            for alert, severity in each.severities
        )
        figures.add_each(alerting.SEVERITY, ("alert", "dag_id", "severity"), severities)
        self._known = {dag_id: self._known[dag_id] for dag_id in dags}

    def _of(self, looks: Looks, *, tags_known: bool) -> Own:
        known = self._known.get(looks.dag_id)
        if known is not None and (known[0] == looks or not tags_known):
            return known[1]
        found = own(self._settings, looks)
        self._known[looks.dag_id] = (looks, found)
        return found

    def _look(self) -> None:
        asked = self._asked.is_set()
        if asked:
            self._asked.clear()
        changed = self._file.look(anyway=asked)
        if changed is not None and changed != self._settings:
            self._settings, self._known = changed, {}
            _log.info("alerts file loaded", file=str(self._file.path), dags=len(changed.dags))
