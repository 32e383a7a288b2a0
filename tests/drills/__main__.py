"""`make drills`: provoke incidents on a real Airflow, one at a time, and see who hears of them.

Results go to tests/drills/results.json and docs/drills.md. Without names it does those that have not gone
well at this commit, so an interrupted round goes on where it stopped.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from tests.drills import page, results
from tests.drills.catalogue import DRILLS
from tests.drills.drill import Drill
from tests.drills.ground import Ground
from tests.drills.run import rescale, run
from tests.e2e.timeline import Timeline

_VERSIONS = {"3.3": "3.3.2", "2.11": "2.11.2"}
_SLACK = 5.0
_NAMES = [drill.name for drill in DRILLS]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is wanted; the exit code is 1 if something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help="names of drills; --list shows them")
    parser.add_argument("--airflow", choices=list(_VERSIONS), default="3.3", help="default: %(default)s")
    parser.add_argument(
        "--time-scale", type=float, default=10, help="divides all times (default: %(default)g)"
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--page", action="store_true", help="only write docs/drills.md anew")
    wanted = parser.parse_args(argv)
    if unknown := set(wanted.drills) - set(_NAMES):
        parser.error(f"no drill {', '.join(sorted(unknown))} (choices: {', '.join(_NAMES)})")
    if wanted.list:
        print("\n".join(f"{drill.name:<24}{drill.what}" for drill in DRILLS))
        return 0
    if wanted.page:
        results.PAGE.write_text(page.render(results.read()), encoding="utf-8")
        return 0
    version = _VERSIONS[wanted.airflow]
    commit = _commit()
    chosen = [drill for drill in DRILLS if _wanted(drill, wanted.drills, wanted.airflow, version, commit)]
    if wanted.drills:
        chosen.sort(key=lambda drill: wanted.drills.index(drill.name))
    if not chosen:
        print(f"every drill has gone well at {commit}; name one to do it again")
        return 0
    try:
        return _all(chosen, version, wanted.time_scale, commit)
    except KeyboardInterrupt:
        print("interrupted; nothing runs any more")
        return 130


def _wanted(drill: Drill, names: Sequence[str], line: str, version: str, commit: str) -> bool:
    if drill.airflow not in {"", line}:
        return False
    if names:
        return drill.name in names
    return not any(
        each.key == (version, drill.name) and each.commit == commit and not each.findings
        for each in results.read()
    )


def _all(drills: Sequence[Drill], version: str, factor: float, commit: str) -> int:
    failed = 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory(prefix="windsock-drills-") as folder:
        timeline = Timeline(factor, results.ROOT / "build" / "drills" / f"timeline-{version}.md")
        loop = Ground(version, folder=Path(folder), timeline=timeline, factor=factor)
        try:
            loop.start()
            print(f"Airflow {version} runs", flush=True)
            for drill in drills:
                if (scale := drill.scale or factor) != loop.factor:
                    rescale(loop, scale)
                print(f"{drill.name}: {drill.what} …", flush=True)
                result = run(loop, drill, slack=_SLACK)
                today = datetime.now(timezone.utc).date().isoformat()
                rows = results.keep(replace(result, date=today, commit=commit), order=_NAMES)
                results.PAGE.write_text(page.render(rows), encoding="utf-8")
                print(f"  {page.verdict(result)}", flush=True)
                failed += bool(result.findings)
        finally:
            loop.stop()
    return int(failed > 0)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end itself is not to be interrupted
    raise KeyboardInterrupt


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=results.ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
