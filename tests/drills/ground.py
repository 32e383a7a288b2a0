"""The stack of the drills: DAG files that may be broken, StatsD that may be cut, peers' rules beside ours."""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import suppress
from pathlib import Path

from demo.stack.ports import HOST
from tests.drills import peers
from tests.drills.drill import NO_SLAS
from tests.e2e.loop import Loop
from tests.e2e.timeline import Timeline

DAGS = Path(__file__).resolve().parent / "dags"
# DAG files are looked at often, so that nobody waits for a change to be seen; many runs begin at once.
_AIRFLOW = {
    "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "4",
    "DAG_PROCESSOR__STALE_DAG_THRESHOLD": "10",
    "SCHEDULER__PARSING_CLEANUP_INTERVAL": "5",
    "SCHEDULER__MAX_DAGRUNS_TO_CREATE_PER_LOOP": "50",
    "SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "50",
}
_AIRFLOW_2 = {
    "SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
    "SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "4",
    "SCHEDULER__STALE_DAG_THRESHOLD": "10",
    "SCHEDULER__PARSING_CLEANUP_INTERVAL": "5",
    "SCHEDULER__MAX_DAGRUNS_TO_CREATE_PER_LOOP": "50",
    "SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "50",
}


class Relay:
    """Forwards StatsD packets on loopback, or drops them without a word.

    Attributes:
        port: where it listens.
        target: the port to which it forwards; None drops.
    """

    def __init__(self) -> None:
        self.target: int | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._forward, name="statsd relay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it and free the port."""
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _forward(self) -> None:
        while not self._over.is_set():
            # Nothing came, or nobody listens.
            with suppress(TimeoutError, ConnectionRefusedError):
                packet = self._socket.recv(65536)
                if self.target is not None:
                    self._socket.sendto(packet, (HOST, self.target))


class Ground(Loop):
    """A loop with all that drills need.

    Attributes:
        relay: between Airflow and statsd_exporter.
    """

    def __init__(self, version: str, *, folder: Path, timeline: Timeline, factor: float) -> None:
        dags = folder / "dags"
        shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
        slas = folder / "slas.yaml"
        slas.write_text(NO_SLAS, encoding="utf-8")
        self.relay = Relay()
        settings = _AIRFLOW_2 if version.startswith("2.") else _AIRFLOW
        super().__init__(
            version,
            folder=folder,
            timeline=timeline,
            factor=factor,
            dags=dags,
            slas=slas,
            extra=settings | {"METRICS__STATSD_PORT": str(self.relay.port)},
            as_reader=True,
        )
        self.relay.target = self.stack.ports["statsd"]

    def amend(self, config: Path) -> None:
        """Load the peers' rules and give each a receiver of its own."""
        peers.add(config, factor=self.factor, pager=self.stack.address("pager"))

    def start(self) -> None:
        """Start everything, with one pool more."""
        super().start()
        self.sql("INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('narrow', 1, false)")

    def stop(self) -> None:
        """End everything, the relay too."""
        super().stop()
        self.relay.close()
