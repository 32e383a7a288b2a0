"""How Python and the C library keep memory that is not needed any more."""

from __future__ import annotations

import ctypes
import gc

# <malloc.h> of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_SETTINGS = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 256 * 1024), (_M_TRIM_THRESHOLD, 128 * 1024))


# New objects after which Python looks for cycles among them. At ten thousand DAGs 300,000 live long, and each
# time that the database is read there are 150,000 more; hardly any are in cycles.
_NEW_OBJECTS = 100_000


def look_rarely() -> None:
    """Have Python look for unreachable cycles rarely: with its defaults a third of all work was that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)


def give_back() -> bool:
    """Have big blocks returned to the system as soon as they are free; False where there is no glibc.

    A page of some megabytes and lists of a hundred thousand rows come and go in several threads, and glibc
    would keep the highest need of each thread for ever: a fifth of the process at ten thousand DAGs.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all(mallopt(option, value) for option, value in _SETTINGS)
