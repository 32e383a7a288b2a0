"""`windsock serve` itself on the generated data, with Airflow at work and five Prometheus servers."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg

import windsock
import windsock_alerts
import windsock_dashboards
from benchmarks.metadb.activity import Activity
from benchmarks.metadb.cluster import Cluster
from benchmarks.metadb.meter import into_memory
from benchmarks.metadb.ours import SLAS
from demo.stack.ports import choose

_SERVERS = 5
_STARTS = 5
_FAST, _SLOW = "30s", "60s"
_WARM_SECONDS = 65
_TICK = os.sysconf("SC_CLK_TCK")


def serve(cluster: Cluster, *, seconds: float = 120.0) -> dict[str, Any]:
    """Start it, wait for the first figures, scrape for a while, and say what it took."""
    for package in (windsock, windsock_alerts, windsock_dashboards):
        # As pip leaves them; compiling them anew would be a fifth of the time to the first figures.
        compileall.compile_dir(package.__path__[0], quiet=2)
    into_memory(cluster.url)
    stop = Event()
    activity = Thread(target=Activity(cluster.dsn, cluster.size).go_on, args=(15.0, stop), daemon=True)
    activity.start()
    time.sleep(20)  # the first tick after a pause
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            return _measured(cluster, Path(folder), stack, seconds)
    finally:
        stop.set()
        activity.join()


def _measured(cluster: Cluster, folder: Path, stack: ExitStack, seconds: float) -> dict[str, Any]:
    port = choose({"web": 0})["web"]
    firsts = []
    for number in range(_STARTS - 1):
        with _started(cluster, folder / f"start-{number}", port) as (_, _page, seconds_to_first):
            firsts.append(seconds_to_first)
    pid, page, seconds_to_first = stack.enter_context(_started(cluster, folder / "start", port))
    firsts.append(seconds_to_first)
    for number in range(_SERVERS):
        stack.enter_context(_prometheus(folder / f"prometheus-{number}", port))
    time.sleep(_WARM_SECONDS)
    backends = _backends(cluster)
    before = time.monotonic(), _cpu(pid), sum(map(_cpu, backends))
    time.sleep(seconds)
    after = time.monotonic(), _cpu(pid), sum(map(_cpu, backends))
    passed = after[0] - before[0]
    # Only now: four scrapes a second would be a fifth of all that the exporter does.
    taken = _scrapes(port, seconds)
    last = _scrape(port, compressed=False)
    return {
        "first_snapshot_seconds": statistics.median(firsts),
        "first_snapshots_seconds": sorted(firsts),
        "first_series": _series(page),
        "series": _series(last),
        "bytes": len(last),
        "compressed": len(_scrape(port, compressed=True)),
        "scrapes": len(taken),
        "p50_ms": statistics.median(taken),
        "p99_ms": taken[int(len(taken) * 0.99)],
        "max_ms": taken[-1],
        "cpu_percent": 100 * (after[1] - before[1]) / passed,
        "database_cpu_percent": 100 * (after[2] - before[2]) / passed,
        "resident_mb": _memory(pid, "VmRSS"),
        "highest_mb": _memory(pid, "VmHWM"),
        "failing": sorted(_failing(last)),
        "families": _families(last),
        "interval": _FAST,
        "seconds": passed,
    }


@contextmanager
def _started(cluster: Cluster, folder: Path, port: int) -> Iterator[tuple[int, bytes, float]]:
    """A process without a past: its id, its first page, and the seconds until that was there."""
    folder.mkdir()
    began = time.monotonic()
    with _windsock(cluster, folder, port) as pid:
        page = _first(port)
        yield pid, page, time.monotonic() - began


@contextmanager
def _windsock(cluster: Cluster, folder: Path, port: int) -> Iterator[int]:
    slas = folder / "slas.yaml"
    slas.write_text(SLAS, encoding="utf-8")
    with (folder / "windsock.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("windsock")),
                "serve",
                f"--listen=127.0.0.1:{port}",
                f"--sla-file={slas}",
                f"--state-dir={folder / 'state'}",
                f"--fast-interval={_FAST}",
                f"--slow-interval={_SLOW}",
            ],
            env={**os.environ, "WINDSOCK_DATABASE_URL": cluster.url},
            stderr=log,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=20)
    print((folder / "windsock.log").read_text(encoding="utf-8")[-3000:], flush=True)


@contextmanager
def _prometheus(folder: Path, port: int) -> Iterator[None]:
    folder.mkdir()
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 15s}\n"
        f"scrape_configs: [{{job_name: windsock, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n",
        encoding="utf-8",
    )
    own = choose({"prometheus": 0})["prometheus"]
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _first(port: int) -> bytes:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            return _scrape(port, compressed=False)
        except OSError:  # noqa: PERF203 (not there yet, or its first cycle is not done)
            time.sleep(0.05)
    raise TimeoutError("no figures after two minutes")


def _scrapes(port: int, seconds: float) -> list[float]:
    """Milliseconds of each, sorted; between them time for the others."""
    taken = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.perf_counter()
        _scrape(port, compressed=True)
        taken.append((time.perf_counter() - started) * 1000)
        time.sleep(0.25)
    return sorted(taken)


def _scrape(port: int, *, compressed: bool) -> bytes:
    headers = {"Accept-Encoding": "gzip"} if compressed else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
    return body


def _backends(cluster: Cluster) -> list[int]:
    with psycopg.connect(cluster.dsn) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'windsock%'"
        ).fetchall()
    return [row[0] for row in rows]


def _cpu(pid: int) -> float:
    """Seconds of processor time; nothing for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def _series(page: bytes) -> int:
    return sum(not line.startswith(b"#") for line in page.splitlines())


def _failing(page: bytes) -> set[str]:
    return {
        line.decode()
        for line in page.splitlines()
        if (line.startswith(b"airflow_metadb_collector_success") and line.endswith(b" 0.0"))
        or line.startswith(b"airflow_metadb_collector_disabled{")
    }


def _families(page: bytes) -> dict[str, int]:
    """The biggest, by samples."""
    counts: dict[str, int] = {}
    for line in page.decode().splitlines():
        if not line.startswith("#"):
            name = line.partition("{")[0].partition(" ")[0]
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1])[:15])
