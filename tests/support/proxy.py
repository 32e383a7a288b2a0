"""A TCP proxy before a server: an address that moves, and a network that swallows packets without a word."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65536


class Proxy:
    """Forwards every connection to `target`, a port on loopback; change it at any time.

    Attributes:
        port: where it listens.
        target: where new connections go; None refuses them.
    """

    def __init__(self, target: int | None) -> None:
        self.target = target
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """From now on nothing arrives on either side, and nobody is told: connections stay open."""
        self._flowing.clear()

    def flow(self) -> None:
        """The end of `swallow`."""
        self._flowing.set()

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No more connections."""
        self._ended = True
        self._flowing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        target = self.target
        if target is None:
            client.close()
            return
        # A network that swallows packets completes no handshake either; here the kernel has done it already.
        self._flowing.wait()
        try:
            server = socket.create_connection(("127.0.0.1", target), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flowing.wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(target: int | None) -> Iterator[Proxy]:
    """A proxy until the block ends."""
    made = Proxy(target)
    try:
        yield made
    finally:
        made.close()
