"""The real statsd_exporter under cases."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from pathlib import Path

from demo.stack import ports, programs
from demo.stack.ports import HOST
from tests.differential.session import CRASHED, Case, Outcome, rows

_PATIENCE_SECONDS = 60.0
# A free port may be somebody else's a moment later, and a run starts hundreds of processes.
_ATTEMPTS = 5
_REFUSED = re.compile(r'msg="Error reloading config" error=(?P<text>"(?:[^"\\]|\\.)*"|\S+)')
_HANDLED = re.compile(r"^statsd_exporter_events_(?:actions_total\{.*\}|unmapped_total) (\S+)$", re.MULTILINE)
_LINES = re.compile(r"^statsd_exporter_lines_total (\S+)$", re.MULTILINE)


class Theirs:
    """Processes of statsd_exporter, one after the other; `program` is its path, ours if it is empty."""

    def __init__(self, folder: Path, flags: list[str], program: str = "") -> None:
        self._mapping = folder / "mapping.yml"
        self._log = folder / "log"
        self._flags = flags
        self._program = program or programs.statsd_exporter()
        self._child: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the process that is left."""
        if self._child is not None:
            self._connection.close()
            self._child.kill()
            self._child.wait()
            self._child = None

    def run(self, case: Case, expected: Outcome, handled: float, pause: float = 0.0) -> Outcome:
        """One case; reads the page until it is as expected, or does not move any more.

        Args:
            case: what to load and send.
            expected: what ours did.
            handled: how many events ours handled, on this process.
            pause: seconds before the first look at the page, which is not without effect on summaries.
        """
        if self._child is None:
            self._start()
        self._mapping.write_text(case.mapping, encoding="utf-8")
        before = self._log.stat().st_size
        self._ask("PUT", "/-/reload")
        refused = self._refusal(before)
        with socket.create_connection((HOST, self._statsd), timeout=_PATIENCE_SECONDS) as sock:
            sock.sendall(b"".join(line + b"\n" for line in case.lines))
        self._sent += len(case.lines)
        time.sleep(pause)
        status, page = self._settled(expected, handled)
        if status != 200:
            self.close()
        return Outcome(status, page, refused)

    def _start(self) -> None:
        for _ in range(_ATTEMPTS):
            self._spawn()
            if self._listens():
                self._connection = http.client.HTTPConnection(HOST, self._web, timeout=_PATIENCE_SECONDS)
                return
        raise AssertionError(self._log.read_text())

    def _spawn(self) -> None:
        port = ports.choose({"web": 0, "statsd": 0})
        self._web, self._statsd, self._sent = port["web"], port["statsd"], 0
        self._mapping.write_text("mappings: []\n")
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [
                    self._program,
                    f"--statsd.mapping-config={self._mapping}",
                    f"--web.listen-address={HOST}:{self._web}",
                    "--statsd.listen-udp=",
                    f"--statsd.listen-tcp={HOST}:{self._statsd}",
                    "--web.enable-lifecycle",
                    "--statsd.event-flush-interval=1ms",
                    *self._flags,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _listens(self) -> bool:
        """Whether the process is there and listens; not if somebody took one of its ports before it could."""
        assert self._child is not None
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._child.poll() is None:
            if ports.taken(self._web):
                return True
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.002)
        return False

    def _ask(self, method: str, path: str) -> tuple[int, str]:
        try:
            self._connection.request(method, path)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            return 0, ""

    def _refusal(self, before: int) -> str | None:
        with self._log.open("rb") as log:
            log.seek(before)
            found = _REFUSED.search(log.read().decode())
        if found is None:
            return None
        text = found["text"]
        return text if text[0] != '"' else unquote(text)

    def _settled(self, expected: Outcome, handled: float) -> tuple[int, frozenset[str]]:
        """Status and page when all lines are in.

        The page is not read at one instant: figures of events may be newer than their series. So a page that
        is not as expected is read again for a second, and one that is not complete for five.
        """
        start = time.monotonic()
        done_at = 0.0
        while True:
            status, text = self._ask("GET", "/metrics")
            if status == 0 and self._ended():
                status = CRASHED
            page = rows(text) if status == 200 else frozenset[str]()
            if status == expected.status and page == expected.rows:
                return status, page
            now = sum(float(value) for value in _HANDLED.findall(text))
            taken = _LINES.search(text)
            done = status != 200 or (taken and float(taken[1]) == self._sent and now == handled)
            clock = time.monotonic()
            done_at = done_at or (clock if done else 0.0)
            if clock > (done_at + 1 if done_at else start + 5):
                return status, page
            time.sleep(0.002)

    def _ended(self) -> bool:
        assert self._child is not None
        try:
            return self._child.wait(timeout=0.3) is not None
        except subprocess.TimeoutExpired:
            return False


def unquote(text: str) -> str:
    """A text between Go's quotes."""
    return re.sub(
        r"\\(u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|.)",
        lambda found: (
            chr(int(found[1][1:], 16))
            if len(found[1]) > 1
            else {"n": "\n", "t": "\t"}.get(found[1], found[1])
        ),
        text[1:-1],
    )
