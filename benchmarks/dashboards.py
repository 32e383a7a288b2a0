"""How long every query of every dashboard takes Prometheus with ten thousand DAGs.

Run:  .venv/bin/python -m benchmarks.dashboards
The page of a real `windsock serve` with that many DAGs, each with an SLA, and StatsD's figures of as many
(with `--cardinality minimal`, which is meant for so many) become a history of six hours in a real Prometheus.
Each query is then asked as Grafana would ask it, for the range of its dashboard and a step that fits the
width of its panel on a screen of 1,600 pixels. Nothing else should run meanwhile; what Prometheus took of
processors, in parallel and for collecting garbage too, depends on that least.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from benchmarks import rules
from benchmarks.remote_write import Series, write
from demo.stack import programs
from demo.stack.ports import choose
from windsock.catalog import METRICS
from windsock.catalog.statsd import METRICS as STATSD
from windsock.deploy import services
from windsock.metric import Kind, Metric, Statsd
from windsock_dashboards import build
from windsock_dashboards.crowds import crowded, step
from windsock_dashboards.queries import queries
from windsock_dashboards.shapes import thirdparty
from windsock_dashboards.shapes.layout import every_panel
from windsock_dashboards.shapes.links import EVERYTHING

_LIMIT = 1.0
_SCREEN = 1600
_SCRAPE = 15
_HISTORY_HOURS = 6
_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}
_DAG = "team00_pipeline_00000_daily"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that an answer took, by the clock and of processors; a refusal counts as an hour."""

    clock: float
    processors: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One query and how it is asked."""

    board: str
    panel: str
    expr: str
    instant: bool
    hours: float
    step: float


def main() -> None:
    """Measure and print the tables."""
    # Whoever ends it, Prometheus ends too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dags", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="file that holds the page of windsock, or will")
    parser.add_argument("--times", type=int, default=3, help="each query so often")
    parser.add_argument("--interval", type=int, default=60, help="seconds between two samples of the history")
    parser.add_argument("--only", action="append", default=[], help="dashboards")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = given.keep or folder / "page.txt"
        if not kept.is_file():
            kept.write_bytes(rules.shown(folder, given.dags))
        made = list(_series(kept.read_text(encoding="utf-8"), given.dags))
        with _prometheus(folder) as (url, pid):
            now = time.time()
            moments = [now - seconds for seconds in range(_HISTORY_HOURS * 3600, 0, -given.interval)]
            write(
                url, made, moments, lambda share: print(f"{share:.0%}", end=" ", file=sys.stderr, flush=True)
            )
            took = {
                query: [_take(url, pid, query, now) for _ in range(given.times)]
                for query in asked(given.only)
            }
    print(f"{given.dags} DAGs and SLAs, {len(made)} series, a sample every {given.interval} s\n")
    _print(took)


def asked(only: list[str]) -> list[Asked]:
    """Every query of every dashboard, as Grafana asks it."""
    found = []
    for board in build.boards(build.Settings(), only=only):
        if board["uid"] == EVERYTHING and EVERYTHING not in only:
            continue  # a row of it is opened now and then, and loads nothing before
        variables = {"airflow": "prod", "dag_id": _DAG, "team": ".*"}
        panels = [panel for _, panel in every_panel(board) if panel.get("targets")]
        hours = _hours(board["time"]["from"])
        # As Grafana does: four scrapes, or the step where that is longer.
        usual, coarse = (
            iter(queries(board, variables, rate_interval=rate, window=f"{hours:g}h"))
            for rate in ("1m", f"{int(step(board['time']['from'])[:-1]) * 60 + _SCRAPE}s")
        )
        for panel in panels:
            points = _SCREEN * panel["gridPos"]["w"] / 24
            least = _SCRAPE if "interval" not in panel else int(panel["interval"][:-1]) * 60
            every = max(least, hours * 3600 / points)
            for target in panel["targets"]:
                (_, plain), (_, long) = next(usual), next(coarse)
                instant, expr = bool(target.get("instant")), long if "interval" in panel else plain
                found.append(Asked(board["uid"], panel["title"], expr, instant, hours, every))
    return found


def _hours(since: str) -> float:
    amount, unit = re.fullmatch(r"now-(\d+)([mhd])", since).groups()  # type: ignore[union-attr]
    return int(amount) * _HOURS[unit]


def _take(url: str, pid: int, query: Asked, now: float) -> Taken:
    if query.instant:
        path, parameters = "query", {"query": query.expr, "time": f"{now:.0f}"}
    else:
        begin = now - query.hours * 3600
        parameters = {
            "query": query.expr,
            "start": f"{begin:.0f}",
            "end": f"{now:.0f}",
            "step": f"{query.step:.0f}",
        }
        path = "query_range"
    began, used = time.perf_counter(), _processors(pid)
    body = urllib.parse.urlencode(parameters).encode()
    try:
        with urllib.request.urlopen(f"{url}/api/v1/{path}", body, timeout=300) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        print(f"{query.board}: {query.panel}: {error.read()[:300]!r}", file=sys.stderr)
        return Taken(3600.0, 3600.0)
    return Taken(time.perf_counter() - began, _processors(pid) - used)


def _processors(pid: int) -> float:
    """Seconds of processors that a process has had."""
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _print(took: dict[Asked, list[Taken]]) -> None:
    typical = {
        query: Taken(
            statistics.median(each.clock for each in times),
            statistics.median(each.processors for each in times),
        )
        for query, times in took.items()
    }
    print("| dashboard | queries | all together, s | slowest, ms | processors, ms | over one second |")
    print("|---|--:|--:|--:|--:|--:|")
    for board in sorted({query.board for query in typical}):
        own = [taken for query, taken in typical.items() if query.board == board]
        slow = sum(taken.clock > _LIMIT for taken in own)
        together = sum(each.clock for each in own)
        most = Taken(max(each.clock for each in own), max(each.processors for each in own))
        print(f"| {board} | {len(own)} | {together:.1f} | {_milliseconds(most)} | {slow} |")
    print("\n| slowest queries | panel | ms | processors, ms |\n|---|---|--:|--:|")
    for query in sorted(typical, key=lambda each: -typical[each].processors)[:15]:
        how = "now" if query.instant else f"{query.hours:g} h"
        print(f"| {query.board}, {how} | {query.panel} | {_milliseconds(typical[query])} |")
    if max(taken.clock for taken in typical.values()) > _LIMIT:
        sys.exit(f"more than {_LIMIT:g} s")


def _milliseconds(taken: Taken) -> str:
    return f"{1000 * taken.clock:.0f} | {1000 * taken.processors:.0f}"


def _series(page: str, dags: int) -> Iterator[Series]:
    """What windsock shows, what StatsD adds, and Prometheus' own."""
    own = {"airflow": "prod", "instance": "windsock:9112", "job": services.JOB_WINDSOCK}
    counting = {metric.name for metric in METRICS if metric.kind is not Kind.GAUGE}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            grows = family.name in counting or f"{family.name}_total" in counting
            yield Series(sample.name, {**sample.labels, **own}, sample.value, float(grows))
    theirs = {"airflow": "prod", "instance": "statsd:9102", "job": services.JOB_STATSD}
    exprs = [query.expr for query in asked([])]
    for metric in STATSD:
        reading = [expr for expr in exprs if re.search(rf"\b{metric.name}(_bucket|_sum|_count)?\b", expr)]
        if reading:
            # What is only asked of one DAG is found by its index, however many others there are.
            yield from _of_statsd(metric, theirs, dags if any(map(crowded, reading)) else min(dags, 500))
    for name in sorted(thirdparty.NAMES - {thirdparty.ALERTS, thirdparty.ALERTS_FOR_STATE}):
        yield Series(name, theirs, 1.0, float(name.endswith("_total")))
    for number in range(200):
        labels = {
            "alertname": "AirflowDagOverdue",
            "severity": "ticket",
            "team": "default",
            "airflow": "prod",
        }
        labels["dag_id"] = _dag(number)
        yield Series(thirdparty.ALERTS, labels | {"alertstate": "firing"}, 1.0)
        yield Series(thirdparty.ALERTS_FOR_STATE, labels, time.time() - 900)


def _of_statsd(metric: Metric, target: dict[str, str], dags: int) -> Iterator[Series]:
    """One series for each DAG or file, of everything else a few; a tenth of the DAGs is at work."""
    source = metric.source
    assert isinstance(source, Statsd)
    names = metric.labels if metric.kind is Kind.GAUGE else source.minimal or ()
    values = {
        "dag_id": [_dag(number) for number in range(dags)],
        "file_name": [f"file{number:04}" for number in range(dags // 10)],
        "file_path": [f"file{number:04}.py" for number in range(dags // 10)],
        "task_id": [f"task{number}" for number in range(5)],
        "state": ["success", "failed"],
    }
    for number, combination in enumerate(product(*(values.get(name, ["a"]) for name in names))):
        labels = dict(zip(names, combination, strict=True)) | target
        if (
            "file_name" in names
            and "file_path" in names
            and labels["file_path"] != f"{labels['file_name']}.py"
        ):
            continue  # each file has one name
        step = float(number % 10 == 0)
        if metric.kind is Kind.HISTOGRAM:
            for place, bound in enumerate((*source.buckets, "+Inf"), 1):
                part = place / (len(source.buckets) + 1)
                yield Series(f"{metric}_bucket", {**labels, "le": str(bound)}, 10.0 * part, step * part)
            yield Series(f"{metric}_sum", labels, 100.0, 10 * step)
            yield Series(f"{metric}_count", labels, 10.0, step)
        else:
            yield Series(str(metric), labels, 10.0, step if metric.kind is Kind.COUNTER else 0.0)


def _dag(number: int) -> str:
    return f"team{number % 20:02}_pipeline_{number:05}_daily"


@contextmanager
def _prometheus(folder: Path) -> Iterator[tuple[str, int]]:
    """Its address and its process."""
    port = choose({"prometheus": 0})["prometheus"]
    listen = f"127.0.0.1:{port}"
    config = folder / "prometheus.yml"
    config.write_text("global: {scrape_interval: 15s}\n", encoding="utf-8")
    argv = services.prometheus(
        config=str(config), data=str(folder / "data"), listen=listen, url=f"http://{listen}"
    )
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [programs.prometheus(), *argv, "--web.enable-remote-write-receiver"], stderr=log
        )
    try:
        while not _ready(f"http://{listen}"):
            time.sleep(0.2)
        yield f"http://{listen}", process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
