"""A UDP port that takes in what Airflow sends."""

from __future__ import annotations

import socket
import threading

from demo.stack.ports import HOST
from tests.recording.lines import split

_LARGEST_DATAGRAM = 65_535
_RECEIVE_BUFFER = 8 << 20


class Listener:
    """Listens on a free port of loopback from its creation to `close`.

    Attributes:
        port: the UDP port.
        lines: each distinct line with how often it came, in the order of the first time.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(0.5)
        self.port: int = self._socket.getsockname()[1]
        self.lines: dict[str, int] = {}
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        self._thread.join()
        self._socket.close()

    def seen(self, *parts: str) -> bool:
        """Whether a line with all these texts has come."""
        return any(all(part in line for part in parts) for line in list(self.lines))

    def _listen(self) -> None:
        while self._open:
            try:
                datagram = self._socket.recv(_LARGEST_DATAGRAM)
            except TimeoutError:
                continue
            for line in split(datagram):
                self.lines[line] = self.lines.get(line, 0) + 1
