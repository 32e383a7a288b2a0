"""What reading a big metadata database costs: `python -m benchmarks.metadb`."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.metadb.cluster import opened
from benchmarks.metadb.size import Size


def main() -> None:
    """Fill and stop."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=1_000_000)
    arguments.add_argument("--active", type=int, default=20_000)
    arguments.add_argument("--dags", type=int, default=1_000)
    arguments.add_argument("--keep", type=Path)
    given = arguments.parse_args()
    size = Size(dags=given.dags, tasks=given.tasks, active=given.active)
    with opened(size, given.keep):
        pass


if __name__ == "__main__":
    main()
