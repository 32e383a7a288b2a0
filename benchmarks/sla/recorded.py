"""The predictor on the histories of two recorded Airflows: how far off it is, beside the mean.

Each run of a DAG is predicted from the runs before it: at its start, and when half of its tasks are done.
The recordings are half an hour long and their runs take seconds, so there is no deadline to miss.

python -m benchmarks.sla.recorded
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean, median

from windsock.sla.prediction import predict
from windsock.sla.progress import Progress, TaskNow
from windsock.sla.usual_path import PastRun, PastTask, learn

_DATA = Path(__file__).parents[2] / "tests" / "data" / "metadb"
VERSIONS = ("2.11", "3.3")
_VALUE = re.compile(r"'((?:[^']|'')*)'|([^,']+)")
_LEAST_BEFORE = 5

Row = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One run, predicted at one moment; seconds since then.

    Attributes:
        truth: until it was done.
        p50, p90: as predicted.
        mean: what is left of the mean run time.
    """

    truth: float
    p50: float
    p90: float
    mean: float


def main() -> None:
    """Print the table."""
    lines = [
        "| Airflow | at | runs | median error | of the mean | done by p50 | done by p90 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for version in VERSIONS:
        for title, share in (("the start", 0.0), ("half of the tasks", 0.5)):
            found = [guess for runs in histories(version).values() for guess in guesses(runs, share)]
            ours = median(abs(one.p50 - one.truth) for one in found)
            theirs = median(abs(one.mean - one.truth) for one in found)
            by = [
                sum(one.truth <= limit for one, limit in zip(found, limits, strict=True)) / len(found)
                for limits in ([one.p50 for one in found], [one.p90 for one in found])
            ]
            lines.append(
                f"| {version} | {title} | {len(found)} | {ours:.1f} s | {theirs:.1f} s |"
                f" {by[0]:.0%} | {by[1]:.0%} |"
            )
    sys.stdout.write("\n".join(lines) + "\n")


def histories(version: str) -> dict[str, list[PastRun]]:
    """Successful runs of each DAG other than backfills, by due time."""
    tables = _tables(version)
    tasks: dict[tuple[str, str], dict[str, PastTask]] = {}
    for row in tables["task_instance"]:
        if row["state"] == "success" and row["map_index"] == "-1" and row["start_date"] and row["end_date"]:
            task = PastTask(_time(row["start_date"]), _time(row["end_date"]), int(row["try_number"] or 1))
            tasks.setdefault(_key(row), {})[row["task_id"] or ""] = task
    found: dict[str, list[PastRun]] = {}
    for row in tables["dag_run"]:
        due = row.get("run_after") or row["data_interval_end"]
        if row["state"] != "success" or row["run_type"] == "backfill" or not (due and row["start_date"]):
            continue
        run = PastRun(
            due=_time(due),
            start=_time(row["start_date"]),
            end=_time(row["end_date"] or ""),
            tasks=tasks.get(_key(row), {}),
        )
        found.setdefault(row["dag_id"] or "", []).append(run)
    return {dag_id: sorted(runs, key=lambda run: run.due) for dag_id, runs in sorted(found.items())}


def guesses(runs: list[PastRun], share: float) -> Iterator[Guess]:
    """Every run with enough runs before it, when that share of its tasks was done."""
    for run in runs:
        before = [past for past in runs if past.end < run.start]
        ends = sorted(task.end for task in run.tasks.values())
        if len(before) < _LEAST_BEFORE or len(ends) < 2:
            continue
        now = run.start if not share else ends[int(len(ends) * share) - 1]
        if run.end - now < 1:
            continue
        found = predict(learn(before), _progress(run, now), run.end)
        if found is None:
            continue
        usual = mean(past.end - past.start for past in before)
        yield Guess(
            truth=run.end - now,
            p50=found.p50 - now,
            p90=found.p90 - now,
            mean=max(0.0, run.start + usual - now),
        )


def _progress(run: PastRun, now: float) -> Progress:
    tasks = {
        name: TaskNow("success", task.start, task.end, task.tries)
        if task.end <= now
        else TaskNow("running", task.start, None, task.tries)
        for name, task in run.tasks.items()
        if task.start <= now
    }
    return Progress(now=now, due=run.due, start=run.start, tasks=tasks)


def _tables(version: str) -> dict[str, list[Row]]:
    text = gzip.decompress((_DATA / f"airflow-{version}-postgresql.sql.gz").read_bytes()).decode()
    return {name: list(_rows(text, name)) for name in ("dag_run", "task_instance")}


def _rows(text: str, table: str) -> Iterator[Row]:
    created = re.search(rf"CREATE TABLE public\.{table} \((.*?)\n\);", text, re.DOTALL)
    if created is None:
        raise ValueError(f"no table {table} in the recording")
    columns = [line.split()[0] for line in created[1].strip().splitlines() if line[4:14] != "CONSTRAINT"]
    for line in re.findall(rf"^INSERT INTO public\.{table} VALUES \((.*)\);$", text, re.MULTILINE):
        values = [
            quoted.replace("''", "'")
            if quoted or bare == ""
            else None
            if bare.strip() == "NULL"
            else bare.strip()
            for quoted, bare in _VALUE.findall(line)
            if quoted or bare.strip() or bare == ""
        ]
        yield dict(zip(columns, values, strict=False))


def _key(row: Row) -> tuple[str, str]:
    return row["dag_id"] or "", row["run_id"] or ""


def _time(text: str) -> float:
    moment, _, _ = text.partition("+")
    date, _, fraction = moment.partition(".")
    return datetime.fromisoformat(f"{date}.{fraction.ljust(6, '0')}+00:00").timestamp()


if __name__ == "__main__":
    main()
