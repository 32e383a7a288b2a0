"""SLAs: promises in `slas.yaml`, judged against the facts of the metadata database."""

from __future__ import annotations

from windsock.sla.causes import Cause
from windsock.sla.engine import Engine
from windsock.sla.rules import Sla, Slas, load
from windsock.sla.status import Standing, Status, samples

__all__ = ["Cause", "Engine", "Sla", "Slas", "Standing", "Status", "load", "samples"]
