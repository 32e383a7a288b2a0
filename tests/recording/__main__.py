"""`python -m tests.recording 3.2`: run that Airflow and record what it sends over StatsD, in each mode."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from demo.stack import ports, programs
from demo.stack.airflow import Airflow
from demo.stack.postgres import Postgres
from tests.recording import lines, settings
from tests.recording.listener import Listener
from tests.recording.scenario import Scenario, copy_code
from tests.recording.settings import Mode
from windsock.errors import BadInput

RECORDINGS = programs.ROOT / "tests" / "data" / "statsd"


def main() -> int:
    """Record; 0 fine, 1 bad input or an Airflow that does not come up."""
    parser = argparse.ArgumentParser(prog="python -m tests.recording", description=__doc__)
    parser.add_argument("version", help="3.2, or in full 3.2.2")
    parser.add_argument(
        "--mode", action="append", choices=[mode.value for mode in Mode], help="only this one (repeatable)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the recording that is there")
    parser.add_argument("--keep", action="store_true", help="keep Airflow's logs also when all went well")
    parser.add_argument("--pinned", action="store_true", help="only print the release behind the version")
    chosen = parser.parse_args()
    # However it is stopped, what it has started ends with it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        version = settings.pinned(chosen.version)
        if chosen.pinned:
            print(version)
            return 0
        for mode in chosen.mode or [mode.value for mode in Mode]:
            path = RECORDINGS / f"airflow-{version}-{mode}.txt.gz"
            new = lines.compact(_record(version, Mode(mode), keep=chosen.keep))
            result = lines.merge({} if chosen.fresh else lines.read(path), new)
            lines.write(path, result)
            _say(
                f"{path.relative_to(programs.ROOT)}: {len(lines.names(result))} names, {len(result)} rows, "
                f"{path.stat().st_size} bytes"
            )
    except BadInput as error:
        print(f"record-statsd: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _record(version: str, mode: Mode, *, keep: bool) -> dict[str, int]:
    """What one run sent, without the paths of this machine; everything that it started has ended."""
    _say(f"Airflow {version}, {mode.value}")
    folder = Path(tempfile.mkdtemp(prefix="windsock-recording-"))
    logs = folder / "logs"
    listener = Listener()
    chosen = ports.choose({"airflow": 0, "postgres": 0})
    database = Postgres(port=chosen["postgres"], log=logs / "postgres.log")
    airflow = Airflow(
        version,
        home=folder / "home",
        dags=folder / "dags",
        logs=logs,
        database_url=database.url("airflow"),
        port=chosen["airflow"],
        statsd_port=listener.port,
        extra=settings.environment(version, mode, python_path=str(folder / settings.AIRFLOW_SIDE.name)),
    )
    done = False
    try:
        copy_code(folder)
        Scenario(airflow, database, listener, folder / "dags", _say).run()
        done = True
    finally:
        airflow.stop()
        database.remove()
        listener.close()
        if done and not keep:
            shutil.rmtree(folder)
        else:
            _say(f"  logs are kept in {logs}")
    python = programs.airflow(version).parents[1]
    places = {
        str(folder / "dags"): settings.NEUTRAL_DAGS,
        str(folder): settings.NEUTRAL_HOME,
        str(python): settings.NEUTRAL_PYTHON,
    }
    return lines.without_paths(listener.lines.items(), places)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
