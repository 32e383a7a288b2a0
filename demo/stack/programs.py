"""Where the programs of the stack are, and what to say when one is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from windsock.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
_INSTALL = "run `demo/install.sh`"


def prometheus() -> str:
    """Path of Prometheus.

    Raises:
        BadInput: it is not installed (so does every function here).
    """
    return _find("prometheus", names=("prometheus",))


def promtool() -> str:
    """Path of promtool."""
    return _find("promtool", names=("promtool",))


def alertmanager() -> str:
    """Path of Alertmanager; Debian calls it prometheus-alertmanager."""
    return _find("Alertmanager", names=("prometheus-alertmanager", "alertmanager"))


def amtool() -> str:
    """Path of amtool."""
    return _find("amtool", names=("amtool",))


def statsd_exporter() -> str:
    """Path of statsd_exporter: the checkout's own, else the one on PATH."""
    own = ROOT / ".bin" / "statsd_exporter"
    return str(own) if own.is_file() else _find("statsd_exporter", names=("statsd_exporter",))


def statsd_listener(*, original: bool | None = None) -> list[str]:
    """What takes StatsD lines: statsd_exporter, or `windsock statsd serve`, which takes the same arguments.

    Args:
        original: which of them; None takes statsd_exporter where it is installed.
    """
    ours = [str(windsock()), "statsd", "serve"]
    if original is None:
        try:
            return [statsd_exporter()]
        except BadInput:
            return ours
    return [statsd_exporter()] if original else ours


def pgbouncer() -> str:
    """Path of pgbouncer."""
    return _find("pgbouncer", names=("pgbouncer",))


def faketime() -> str:
    """Path of the library that gives a program another clock."""
    for found in sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")):
        return str(found)
    raise BadInput(f"libfaketime is not installed: {_INSTALL}")


def uv() -> str:
    """Path of uv: the checkout's own, else the one on PATH."""
    own = ROOT / ".tools" / "bin" / "uv"
    return str(own) if own.is_file() else _find("uv", names=("uv",))


def airflow(version: str) -> Path:
    """The `airflow` command of the checkout's environment for this version."""
    found = ROOT / ".airflow" / version / "bin" / "airflow"
    if not found.is_file():
        raise BadInput(f"Airflow {version} is not installed in .airflow/: {_INSTALL}")
    return found


def sources(version: str) -> Path:
    """The folder with this Airflow's packages and those of five providers, without what they depend on."""
    found = ROOT / ".airflow" / "sources" / version
    if not (found / "airflow").is_dir():
        raise BadInput(f"the source of Airflow {version} is not in .airflow/sources/: {_INSTALL}")
    return found


def windsock() -> Path:
    """The `windsock` command of the checkout's own environment."""
    found = ROOT / ".venv" / "bin" / "windsock"
    if not found.is_file():
        raise BadInput(f"Windsock is not installed in .venv/: {_INSTALL}")
    return found


def postgres(name: str) -> str:
    """Path of a PostgreSQL server program (`initdb`, `postgres`); the newest of Debian's, else PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name))
    for folder in reversed(folders):
        if (folder / name).is_file():
            return str(folder / name)
    return _find("PostgreSQL", names=(name,))


def openssl() -> str:
    """Path of openssl."""
    return _find("OpenSSL", names=("openssl",))


def chromium() -> str:
    """Path of Chromium, or of a browser that is the same inside."""
    return _find("Chromium", names=("chromium", "chromium-browser", "google-chrome"))


def mariadb(name: str) -> str:
    """Path of a MariaDB program (`mariadbd`, `mariadb`); Debian's server is not on everybody's PATH."""
    server = Path("/usr/sbin") / name
    return str(server) if server.is_file() else _find("MariaDB", names=(name,))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _find(what: str, *, names: tuple[str, ...]) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise BadInput(f"{what} is not installed (no `{names[0]}` on PATH): {_INSTALL}")
