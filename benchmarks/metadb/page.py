"""The result page, from what runs left: `python -m benchmarks.metadb.page SMALLER.json BIGGER.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.metadb.cluster import SETTINGS
from benchmarks.metadb.peers import AIRFLOW_POOLS, POOLS_ALONE, TASK_STATES
from demo.stack import programs

Found = Mapping[str, Any]
_YES_NO = {True: "met", False: "**missed**"}


def main(argv: Sequence[str] | None = None) -> None:
    """Print it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("found", type=Path, nargs="+", help="JSON of runs, the smaller database first")
    arguments.add_argument("--beside", default="", help="what else the machine did meanwhile")
    arguments.add_argument("--note", type=Path, help="a text file to put below the targets")
    arguments.add_argument("--out", type=Path, help="default: benchmarks/results/metadb-DATE.md")
    given = arguments.parse_args(argv)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in given.found]
    note = [given.note.read_text(encoding="utf-8")] if given.note else []
    text = "\n".join([*_head(found, given.beside), *_targets(found), *note, *(_set(each) for each in found)])
    today = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    out = given.out or Path(__file__).parents[1] / "results" / f"metadb-{today}.md"
    out.write_text(text.rstrip() + "\n", encoding="utf-8")


def _head(found: Iterable[Found], beside: str) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = subprocess.run(
        [programs.postgres("postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]
    machine = "; ".join(filter(None, (f"{os.cpu_count()} cores, {memory:.0f} GB of memory", beside)))
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    return [
        "# What reading a big metadata database costs",
        "",
        f"{datetime.now(timezone.utc):%Y-%m-%d}; {machine}.",
        (
            f"PostgreSQL {version} with {settings}, planner settings at their defaults; Python"
            f" {platform.python_version()}; the schema of Airflow 3.3."
        ),
        "",
        *(
            f"- {_millions(each)}: {each['size']['tasks']:,} task instances, {each['size']['active']:,}"
            f" active, {each['size']['runs']:,} runs, {each['size']['dags']:,} DAGs"
            for each in found
        ),
        "",
    ]


def _targets(found: list[Found]) -> list[str]:
    lines = ["## Targets", "", "| target | measured | |", "|---|--:|---|"]
    for each in found:
        if "statements" in each:
            lines += _statement_targets(each, timed=each is found[-1])
    if len(found) > 1 and all("statements" in each for each in found):
        ratio = _fast(found[-1])["blocks"] / _fast(found[0])["blocks"]
        what = f"fast cycle, {_millions(found[-1])} against {_millions(found[0])}, blocks ≤ 1.3 ×"
        lines.append(_target(what, f"{ratio:.2f} ×", met=ratio <= 1.3))
    for each in found:
        if "serve" in each:
            lines += _serve_targets(each)
    return [*lines, ""]


def _statement_targets(found: Found, *, timed: bool) -> list[str]:
    """Those of time only for the biggest database: what others ask takes longer the longer the history is."""
    foreign = {(each["who"], each["what"]): each for each in found["statements"]["foreign"]}
    pools, states = (foreign[each.who, each.what] for each in (AIRFLOW_POOLS, TASK_STATES))
    alone = foreign.get((POOLS_ALONE.who, POOLS_ALONE.what))
    fast, size = _fast(found), _millions(found)
    blocks = fast["blocks"] / pools["blocks"]
    times = [("the same, time", fast["ms"] / pools["ms"])]
    if alone:
        what = "the same, time, it without parallel workers and JIT, too"
        times.append((what, fast["ms"] / alone["ms"]))
    less = states["ms"] / fast["ms"]
    compared = found["statements"]["compared"]
    different = sum(each["different"] for each in compared)
    of_time = [
        *(_target(f"{size}: {what}", f"{ratio:.2f} ×", met=ratio <= 2.5) for what, ratio in times),
        _target(
            f"{size}: fast cycle ≥ 60 times less time than `{states['what']}`",
            f"{less:.0f} ×",
            met=less >= 60,
        ),
    ]
    return [
        _target(
            f"{size}: fast cycle ≤ 2.5 × Airflow's pool-slot query, blocks",
            f"{blocks:.2f} ×",
            met=blocks <= 2.5,
        ),
        *(of_time if timed else ()),
        _target(
            f"{size}: values equal to SQL, {sum(each['series'] for each in compared):,} series",
            f"{different} differ",
            met=different == 0,
        ),
        _target(
            f"{size}: no collector refused or failed",
            f"{len(found['statements']['refused'])} refused",
            met=not found["statements"]["refused"],
        ),
    ]


def _serve_targets(found: Found) -> list[str]:
    serve, size = found["serve"], _millions(found)
    return [
        _target(f"{size}: series < 75,000", f"{serve['series']:,}", met=serve["series"] < 75_000),
        _target(
            f"{size}: resident < 200 MB, highest",
            f"{serve['highest_mb']:.0f} MB",
            met=serve["highest_mb"] < 200,
        ),
        _target(f"{size}: /metrics p99 < 50 ms", f"{serve['p99_ms']:.1f} ms", met=serve["p99_ms"] < 50),
        _target(f"{size}: < 5 % of a core", f"{serve['cpu_percent']:.1f} %", met=serve["cpu_percent"] < 5),
        _target(
            f"{size}: first full snapshot < 5 s",
            f"{serve['first_snapshot_seconds']:.1f} s",
            met=serve["first_snapshot_seconds"] < 5,
        ),
    ]


def _target(what: str, measured: str, *, met: bool) -> str:
    return f"| {what} | {measured} | {_YES_NO[met]} |"


def _set(found: Found) -> str:
    lines = [f"## {_millions(found)}", ""]
    if "statements" in found:
        lines += _statements(found["statements"])
    if "serve" in found:
        lines += _serve(found["serve"])
    return "\n".join(lines)


def _statements(found: Found) -> list[str]:
    series = dict(found["series"])
    lines = ["| who | what | ms | blocks | rows | series | rounds |", "|---|---|--:|--:|--:|--:|--:|"]
    for tier, cycle in found["cycles"].items():
        own = [each for each in found["ours"] if each["tier"] == tier]
        count = sum(series.get(name, 0) for name in {each["collector"] for each in own})
        rows = sum(each["rows"] for each in own)
        lines.append(
            f"| **Windsock** | **{tier} cycle** | **{cycle['ms']:,.0f}** | **{cycle['blocks']:,}**"
            f" | **{rows:,}** | **{count:,}** | {own[0]['rounds'] if own else 0} |"
        )
        lines.append(
            f"| Windsock | {tier} cycle, every statement in one | {cycle['most_ms']:,.0f}"
            f" | {cycle['most_blocks']:,} | | | |"
        )
    for each in found["foreign"]:
        again = f", once for {each['again']}" if each["again"] else ""
        lines.append(
            f"| {each['who']} | {each['what']}{again} | {each['ms']:,.1f} | {each['blocks']:,}"
            f" | {each['rows']:,} | {each['series']:,} | {each['rounds']} |"
        )
    lines += [
        "",
        "Each statement of ours:",
        "",
        "| tier | collector | statement | ms | blocks | rows | calls | cycles |",
    ]
    lines.append("|---|---|---|--:|--:|--:|--:|--:|")
    for each in sorted(found["ours"], key=lambda each: (each["tier"], -each["blocks"])):
        lines.append(
            f"| {each['tier']} | {each['collector']} | {each['statement']} | {each['ms']:,.1f}"
            f" | {each['blocks']:,} | {each['rows']:,} | {each['calls']} | {each['share']:.0%} |"
        )
    lines += ["", "| compared with SQL | series | different |", "|---|--:|--:|"]
    lines += [
        f"| `{each['metric']}` | {each['series']:,} | {each['different']} |" for each in found["compared"]
    ]
    cycles = ", ".join(f"{tier} {each['exporter_ms']:,.0f} ms" for tier, each in found["cycles"].items())
    first = ", ".join(f"{tier} {seconds:.1f} s" for tier, seconds in found["first_cycle_seconds"].items())
    return [
        *lines,
        "",
        f"In the exporter, with what it does with the rows: {cycles}; the first time {first}.",
        "",
    ]


def _serve(found: Found) -> list[str]:
    starts = found["first_snapshots_seconds"]
    rows = (
        ("series", f"{found['series']:,}"),
        ("page, plain and compressed", f"{found['bytes'] / 1e6:.1f} MB, {found['compressed'] / 1e3:,.0f} kB"),
        (
            f"first full snapshot after {len(starts)} starts of the process: median, lowest, highest",
            f"{found['first_snapshot_seconds']:.1f}, {starts[0]:.1f}, {starts[-1]:.1f} s",
        ),
        (
            f"{found['scrapes']:,} scrapes with gzip, beside five Prometheus servers: p50, p99, highest",
            f"{found['p50_ms']:.1f}, {found['p99_ms']:.1f}, {found['max_ms']:.1f} ms",
        ),
        (f"processor, cycle of {found['interval']}", f"{found['cpu_percent']:.1f} % of a core"),
        ("processor of its connections in the database", f"{found['database_cpu_percent']:.1f} % of a core"),
        ("resident now, highest", f"{found['resident_mb']:.0f}, {found['highest_mb']:.0f} MB"),
        ("collectors that fail or are off", ", ".join(f"`{each}`" for each in found["failing"]) or "none"),
    )
    return ["| `windsock serve`, Airflow at work | |", "|---|--:|", *(f"| {a} | {b} |" for a, b in rows), ""]


def _fast(found: Found) -> Found:
    cycle: Found = found["statements"]["cycles"]["fast"]
    return cycle


def _millions(found: Found) -> str:
    return f"{found['size']['tasks'] / 1e6:.0f} M"


if __name__ == "__main__":
    main()
