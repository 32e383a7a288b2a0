"""What is known of the runs of a DAG that are under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from windsock.sla.progress import TaskNow
from windsock.sla.usual_path import Usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One DAG.

    Attributes:
        usual: learned from its finished runs.
        tasks: by run id, then by task id; a run whose tasks are not followed has none.
    """

    usual: Usual
    tasks: Mapping[str, Mapping[str, TaskNow]] = field(default_factory=dict)
