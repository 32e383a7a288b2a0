"""How the C library keeps memory that Python has given back."""

from __future__ import annotations

import ctypes

# <malloc.h> of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_SETTINGS = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 256 * 1024), (_M_TRIM_THRESHOLD, 128 * 1024))


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
