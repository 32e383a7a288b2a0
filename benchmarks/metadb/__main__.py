"""What reading a big metadata database costs: `python -m benchmarks.metadb`."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.metadb.cluster import opened
from benchmarks.metadb.peers import FEW, FOREIGN
from benchmarks.metadb.rounds import ROUNDS, Rounds
from benchmarks.metadb.serving import serve
from benchmarks.metadb.size import Size


def main() -> None:
    """Fill, measure, and write what was found as JSON; `benchmarks.metadb.page` makes a page of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=1_000_000)
    arguments.add_argument("--active", type=int, default=20_000)
    arguments.add_argument("--dags", type=int, default=1_000)
    arguments.add_argument(
        "--keep", type=Path, help="folder of the database, to measure it again without filling"
    )
    arguments.add_argument("--only", choices=("fill", "statements", "serve"), help="default: all three")
    arguments.add_argument("--few", action="store_true", help="of others only what the targets are about")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--out", type=Path, required=True, help="JSON; what it holds of other parts stays")
    given = arguments.parse_args()
    size = Size(dags=given.dags, tasks=given.tasks, active=given.active)
    with tempfile.TemporaryDirectory() as folder, opened(size, given.keep) as cluster:
        _put(
            given.out,
            "size",
            {"tasks": size.rows, "dags": size.dags, "active": size.active, "runs": size.runs},
        )
        if given.only in (None, "statements"):
            _put(
                given.out,
                "statements",
                Rounds(cluster, Path(folder), FEW if given.few else FOREIGN).measure(given.rounds),
            )
        if given.only in (None, "serve"):
            _put(given.out, "serve", serve(cluster))


def _put(out: Path, part: str, found: dict[str, Any]) -> None:
    known = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    out.write_text(json.dumps(known | {part: found}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
