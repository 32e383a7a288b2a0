"""What a user's file sets for single DAGs, told as figures beside those of the collectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from windsock.collect.dags.known import KnownDag
from windsock.figures import Figures

Tiers = Callable[[KnownDag], frozenset[str]]


class DagSettings(Protocol):
    """The core knows no alerts: whoever gives `windsock serve` an alerts file gives it this."""

    def reload(self) -> None:
        """Read the file again, changed or not, before the next figures."""

    def add(self, figures: Figures, dags: Mapping[str, KnownDag], tiers: Tiers, *, tags_known: bool) -> None:
        """Add the figures.

        Args:
            figures: where to.
            dags: every DAG that is not stale.
            tiers: the tiers of a DAG's SLAs.
            tags_known: False while tags cannot be read: what was found of a DAG with them stays.
        """
