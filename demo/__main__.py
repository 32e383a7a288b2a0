"""`make demo`: starts the whole loop, prints where everything is, then every page; Ctrl-C ends it."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from demo.pager import Pager, printer
from demo.stack import ports, web
from demo.stack.process import Process, sweep
from demo.stack.programs import ROOT
from demo.stack.stack import Settings, Stack
from windsock.errors import BadInput

_HERE = Path(__file__).resolve().parent
_FOLDER = ROOT / ".demo"
# Airflow's home with its tables and its pool, before anything ran. Every start begins with a copy: what an
# earlier demo left unfinished would be late, and page, at once.
_TEMPLATE = _FOLDER / "template"
_BEGIN = time.monotonic()


def main() -> int:
    """Run until interrupted; returns the exit code."""
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with _alone(_FOLDER):
            return _run(arguments.time_factor)
    except BadInput as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _run(time_factor: float) -> int:
    if left := sweep(_FOLDER):
        _say(f"ended {left} processes that an earlier demo had left")
    for path in _FOLDER.iterdir():
        if path.is_dir() and path != _TEMPLATE:
            shutil.rmtree(path)
    stack = Stack(
        Settings(
            folder=_FOLDER,
            dags=_HERE / "dags",
            slas=_HERE / "slas.yaml",
            owners=_HERE / "owners.yaml",
            alerts=_HERE / "alerts.yaml",
            interval_seconds=5,
            time_factor=time_factor,
            ports=ports.USUAL,
        ),
        say=_say,
    )
    pager = Pager(ports.HOST, stack.ports["pager"], record=_FOLDER / "pages.jsonl", show=printer(sys.stdout))
    pager.start()
    try:
        with stack:
            _start(stack)
            _watch(stack.processes())
    except KeyboardInterrupt:
        return 0
    finally:
        pager.stop()
        _say("stopped; nothing runs any more")


def _start(stack: Stack) -> None:
    stack.configure()
    home = _FOLDER / "airflow"
    if _TEMPLATE.is_dir():
        shutil.copytree(_TEMPLATE, home)
    stack.prepare()
    if not _TEMPLATE.is_dir():
        _say("creating the pool dwh with one slot")
        stack.airflow.set_pool("dwh", 1, "ml_training keeps its only slot, so dwh_load waits")
        shutil.copytree(home, _FOLDER / "template.new")
        (_FOLDER / "template.new").rename(_TEMPLATE)
    stack.start_services("statsd-exporter", "alertmanager", "prometheus")
    _say(f"starting Airflow {stack.settings.airflow_version} on {stack.address('airflow')}")
    stack.airflow.start()
    stack.airflow.wait_ready()
    stack.start_services("windsock")
    _say("everything runs\n")
    for title, address in {
        "what is late, and whose it is": stack.url("windsock"),
        "Airflow (no login)": stack.airflow.url,
        "Prometheus": f"{stack.url('prometheus')}/graph",
        "alerts": _alerts_page(stack.url("prometheus")),
        "Alertmanager": stack.url("alertmanager"),
        "metrics of windsock": f"{stack.url('windsock')}/metrics",
        "metrics from StatsD": f"{stack.url('statsd-exporter')}/metrics",
        "logs": str(stack.logs),
    }.items():
        print(f"  {title:<32}{address}")
    print(
        "\nDashboards need Grafana: `docker compose up`, or import dashboards/generated/*.json into yours."
        "\nPages appear below, the first after about a minute. Ctrl-C ends everything.\n",
        flush=True,
    )


def _alerts_page(prometheus: str) -> str:
    """Debian ships only the classic pages, everybody else only the others."""
    classic = f"{prometheus}/classic/alerts"
    return classic if web.answers(classic) else f"{prometheus}/alerts"


def _watch(processes: list[Process]) -> NoReturn:
    """Until interrupted; a process that ends meanwhile is named, once."""
    told: set[str] = set()
    while True:
        for process in processes:
            if not process.running and process.name not in told:
                told.add(process.name)
                _say(f"{process.name} has ended; see {process.log}")
        time.sleep(1)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; a second demo of the same checkout is refused."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadInput("a demo of this checkout runs already; end it with Ctrl-C first") from error
        yield


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end itself is not to be interrupted
    print(flush=True)
    _say("stopping …")
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(f"demo {time.monotonic() - _BEGIN:5.1f} s  {text}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--time-factor",
        type=float,
        default=6,
        help="divides the thresholds, holds and waits of the alerts (default: %(default)g)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
