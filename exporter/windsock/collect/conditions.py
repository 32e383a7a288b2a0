"""What the platform is like now, as far as it explains SLAs."""

from __future__ import annotations

from windsock.sla.entries import Conditions
from windsock.view import View

# Of a component without a heartbeat for so many seconds.
_SILENT = 45.0
_MOST_FILES = 20


def conditions(view: View, *, fresh: bool) -> Conditions:
    """Out of everything at one moment; `fresh` says whether SLAs could be judged."""
    pools = view.facts.pools.items() if view.facts else ()
    files = sorted(f"{each.bundle}: {each.file}" if each.bundle else each.file for each in view.broken_files)
    return Conditions(
        at=view.at.replace(microsecond=0),
        database=view.database_up,
        facts=fresh,
        silent=tuple(
            each.job_type
            for each in view.components
            if not each.stopped and (view.at - each.heartbeat).total_seconds() > _SILENT
        ),
        full_pools=tuple(
            sorted(name for name, pool in pools if pool.limit is not None and pool.occupied >= pool.limit)
        ),
        broken_files=tuple(files[:_MOST_FILES]),
        broken=len(files),
    )
