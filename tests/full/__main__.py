"""`make test-full`: everything that takes too long for every change, one part after the other.

What was green at this commit is not run again, so an interrupted run goes on where it stopped. Each part's
last result becomes a row of docs/test-full.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "test-full.md"
STATE = ROOT / ".state" / "test-full.json"
_ROW = re.compile(r"^\| [^|]+ \| `[^|]+` \| (?P<part>[^|]+) \|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that is green or not.

    Attributes:
        name: how it is called on the command line.
        what: the same in words.
        argv: what runs it, from the top of the checkout.
        airflows: releases of Airflow that must be installed.
        tools: the folder of programs that win over those on PATH.
    """

    name: str
    what: str
    argv: tuple[str, ...]
    airflows: tuple[str, ...] = ()
    tools: Path | None = None


def parts() -> list[Part]:
    """Every part, in the order of running."""
    pytest = (sys.executable, "-m", "pytest", "-q")
    return [
        Part(name="test", what="`make test`", argv=(".ci/run", "-q")),
        Part(
            name="tools",
            what="Rules and routes on the promtool and amtool of the images",
            argv=(*pytest, "-n", "2", "tests/alerts"),
            tools=ROOT / ".bin" / "current",
        ),
        *(_module(path, pytest) for path in sorted((ROOT / "tests" / "full").glob("test_*.py"))),
        # Last, for it writes a page of its own.
        Part(
            name="drills",
            what="Drills on Airflow 3.3 (`docs/drills.md`)",
            argv=(sys.executable, "-m", "tests.drills"),
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is not green at this commit; the exit code is 1 if something failed."""
    known = {part.name: part for part in parts()}
    parser = argparse.ArgumentParser(prog="python -m tests.full", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"one of {', '.join(known)}; all if none is given"
    )
    parser.add_argument("--again", action="store_true", help="also what is green at this commit")
    wanted = parser.parse_args(argv)
    if unknown := set(wanted.parts) - set(known):
        parser.error(f"no part {', '.join(sorted(unknown))} (choices: {', '.join(known)})")
    commit = _commit()
    green = {} if wanted.again else json.loads(STATE.read_text("utf-8")) if STATE.is_file() else {}
    failed = False
    for name, part in known.items():
        if wanted.parts and name not in wanted.parts:
            continue
        if green.get(name) == commit:
            print(f"{name}: green at {commit} already", flush=True)
            continue
        print(f"{name}: {part.what}", flush=True)
        began = time.monotonic()
        ok, said = _run(part)
        _note(part, commit, said, time.monotonic() - began)
        failed = failed or not ok
        if ok and not commit.endswith("+"):
            _remember(name, commit)
    return int(failed)


def _module(path: Path, pytest: Sequence[str]) -> Part:
    module = importlib.import_module(f"tests.full.{path.stem}")
    return Part(
        name=path.stem.removeprefix("test_"),
        what=(module.__doc__ or path.stem).split("\n\n")[0].strip().rstrip("."),
        argv=(*pytest, path.relative_to(ROOT).as_posix()),
        airflows=tuple(getattr(module, "AIRFLOWS", ())),
    )


def _run(part: Part) -> tuple[bool, str]:
    """Whether it is green, and its last line."""
    environment = dict(os.environ)
    if part.tools:
        environment["PATH"] = f"{part.tools}:{environment.get('PATH', '')}"
    for version in part.airflows:
        subprocess.run(["demo/install.sh", "airflow", version], cwd=ROOT, check=True)
    last = ""
    with subprocess.Popen(part.argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    # Pytest's own time is in the next column.
    return process.returncode == 0, re.sub(r"^=+ | in [\d.]+s.*$", "", last)


def _note(part: Part, commit: str, said: str, seconds: float) -> None:
    """Put the part's row into the page, in the place of its last one."""
    today = datetime.now(timezone.utc).date().isoformat()
    row = f"| {today} | `{commit}` | {part.what} | {said} | {seconds:.0f} |"
    lines = PAGE.read_text("utf-8").rstrip("\n").split("\n")
    for index, line in enumerate(lines):
        found = _ROW.match(line)
        if found and found["part"] == part.what:
            lines[index] = row
            break
    else:
        lines.append(row)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _remember(name: str, commit: str) -> None:
    green = json.loads(STATE.read_text("utf-8")) if STATE.is_file() else {}
    STATE.parent.mkdir(exist_ok=True)
    STATE.write_text(json.dumps({**green, name: commit}, indent=1), encoding="utf-8")


def _commit() -> str:
    """The commit, with `+` when files differ from it; the page of results does not count."""
    changed = _git("status", "--porcelain", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
