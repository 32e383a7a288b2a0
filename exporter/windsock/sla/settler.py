"""A cause that has just changed may change back: what is shown stays until the new one was found twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from windsock.sla.causes import Cause
from windsock.sla.evidence import Evidence
from windsock.sla.status import Status

_Key = tuple[str, str]


class Settler:
    """Makes causes stable for one evaluation."""

    def __init__(self) -> None:
        self._shown: dict[_Key, tuple[Cause, Evidence]] = {}
        self._once: dict[_Key, tuple[Cause, datetime | None]] = {}

    def settle(self, statuses: Iterable[Status], at: datetime | None) -> tuple[Status, ...]:
        """The same statuses with settled causes.

        Args:
            statuses: how everything stands.
            at: the time of the facts; None without fresh ones. Facts that are seen twice count once.
        """
        shown, self._shown = self._shown, {}
        once, self._once = self._once, {}
        return tuple(
            self._one(each, shown.get(key), once.get(key), at)
            for each in statuses
            for key in [(each.sla, each.dag_id)]
        )

    def _one(
        self,
        status: Status,
        shown: tuple[Cause, Evidence] | None,
        once: tuple[Cause, datetime | None] | None,
        at: datetime | None,
    ) -> Status:
        if status.cause is None:
            return status
        key, found = (status.sla, status.dag_id), (status.cause, status.evidence)
        if shown is not None and shown[0] is status.cause:
            if status.evidence == Evidence():
                found = shown
        elif shown is not None:
            if once is None or once[0] is not status.cause:
                once = status.cause, at
            if once[1] == at:
                self._once[key] = once
                found = shown
        self._shown[key] = found
        return replace(status, cause=found[0], evidence=found[1])
