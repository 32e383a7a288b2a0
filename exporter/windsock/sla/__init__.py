"""SLAs: promises in `slas.yaml` and DAG tags, judged against the facts of the metadata database."""

from __future__ import annotations

from windsock.sla.causes import Cause
from windsock.sla.engine import Engine
from windsock.sla.register import Register
from windsock.sla.rules import Sla
from windsock.sla.series import samples
from windsock.sla.slafile import Slas, load
from windsock.sla.status import Problem, Standing, Status

__all__ = ["Cause", "Engine", "Problem", "Register", "Sla", "Slas", "Standing", "Status", "load", "samples"]
