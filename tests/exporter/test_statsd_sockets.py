"""What `windsock statsd serve` takes from sockets, without a process of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.errors import BadInput
from windsock.statsd.engine.rules import Rules
from windsock.statsd.listener import kernel
from windsock.statsd.listener.addresses import bind, bind_unixgram
from windsock.statsd.listener.datagrams import one_by_one, reader
from windsock.statsd.listener.live import Live
from windsock.statsd.listener.reception import Reception, Sockets

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60.0


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    receiver = bind("--udp", f"{HOST}:0", socket.SOCK_DGRAM)
    kernel.set_buffer(receiver, 4 * 1024 * 1024)
    with receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(receiver.getsockname())
        yield receiver, sender


def _all(read: Callable[[socket.socket], list[bytes]], sock: socket.socket, number: int) -> list[bytes]:
    found: list[bytes] = []
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while len(found) < number and time.monotonic() < deadline:
        found += read(sock)
    return found


@pytest.mark.parametrize("read", [reader(), one_by_one], ids=["together", "one by one"])
def test_datagrams_of_every_size_come_as_they_were_sent(
    read: Callable[[socket.socket], list[bytes]], pair: tuple[socket.socket, socket.socket]
) -> None:
    receiver, sender = pair
    sent = [b"", b"a:1|c", b"x" * 65_507, b"", bytes(range(256)), *(b"n%d" % number for number in range(300))]
    for packet in sent:
        sender.send(packet)
    assert _all(read, receiver, len(sent)) == sent
    assert read(receiver) == []


def test_what_the_kernel_threw_away_is_known(pair: tuple[socket.socket, socket.socket]) -> None:
    receiver, sender = pair
    small = kernel.set_buffer(receiver, 4_096)
    assert small < 1024 * 1024
    for _ in range(500):
        sender.send(b"x" * 500)
    read = reader()
    arrived = len(read(receiver)) + len(read(receiver)) + len(read(receiver)) + len(read(receiver))
    assert kernel.drops(receiver) == 500 - arrived > 0


def test_the_system_s_own_buffer_stays_if_nothing_is_asked_for() -> None:
    with bind("--udp", f"{HOST}:0", socket.SOCK_DGRAM) as sock:
        assert kernel.set_buffer(sock, 0) == kernel.buffer(sock) > 0


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("9125", "'9125' is no address; write HOST:PORT"),
        ("127.0.0.1:port", "is no address"),
        ("127.0.0.1:70000", "is no address"),
        ("192.0.2.1:9", "192.0.2.1:9: "),
        ("[::1]:9:x", "is no address"),
    ],
)
def test_a_wrong_address_is_said_with_its_flag(address: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        bind("--statsd.listen-udp", address, socket.SOCK_DGRAM)
    assert str(caught.value).startswith("--statsd.listen-udp: ")
    assert message in str(caught.value)


def test_an_address_without_a_host_takes_every_protocol() -> None:
    with bind("--udp", ":0", socket.SOCK_DGRAM) as sock:
        port = sock.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"a:1|c", (HOST, port))
        assert _all(reader(), sock, 1) == [b"a:1|c"]


def test_a_unix_socket_that_was_left_behind_is_replaced_and_no_other_file_is(tmp_path: Path) -> None:
    path = tmp_path / "statsd.sock"
    bind_unixgram(path, "755").close()
    assert path.is_socket()
    with bind_unixgram(path, "700"):
        assert path.stat().st_mode & 0o777 == 0o700
        with pytest.raises(BadInput, match=r"--statsd\.listen-unixgram: .*Address already in use"):
            bind_unixgram(path, "755")
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(BadInput):
        bind_unixgram(file, "755")
    assert file.read_text() == "mine"
    with pytest.raises(BadInput, match="'rwx' is no octal number"):
        bind_unixgram(tmp_path / "other", "rwx")


class _Lines(Live):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(Rules())
        self.seen: list[bytes] = []

    def take_all(self, packets: object) -> None:
        assert isinstance(packets, list)
        self.seen += packets


def _over_tcp(pieces: list[bytes]) -> tuple[list[bytes], dict[str, float]]:
    lines = _Lines()
    listening = bind("--tcp", f"{HOST}:0", socket.SOCK_STREAM)
    reception = Reception(lines, Sockets(tcp=listening))
    reception.start()
    with socket.create_connection(listening.getsockname(), timeout=_PATIENCE_SECONDS) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(100):
                pass
        except OSError:
            # It has hung up, which a line that is too long makes it do.
            pass
    reception.stop()
    return lines.seen, reception.shown()


@given(st.lists(st.binary(min_size=1, max_size=20) | st.just(b"a:1|c\r\n"), max_size=8))
@settings(max_examples=25, deadline=None)
def test_lines_over_tcp_are_cut_at_their_ends_however_they_arrive(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    expected = text.split(b"\n")
    if not expected[-1]:
        expected.pop()
    seen, counts = _over_tcp(pieces)
    assert seen == [line.removesuffix(b"\r") for line in expected]
    assert (counts["tcp_connections_total"], counts["tcp_too_long_lines_total"]) == (1, 0)


def test_a_line_that_is_too_long_over_tcp_ends_that_connection_only() -> None:
    seen, counts = _over_tcp([b"a:1|c\n" + b"x" * 4_095 + b"\n", b"y" * 4_096 + b"\nb:1|c\n"])
    assert seen == [b"a:1|c", b"x" * 4_095]
    assert counts["tcp_too_long_lines_total"] == 1


def test_what_waits_when_it_is_told_to_end_is_taken() -> None:
    lines = _Lines()
    receiver = bind("--udp", f"{HOST}:0", socket.SOCK_DGRAM)
    reception = Reception(lines, Sockets(udp=receiver))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(receiver.getsockname())
        for number in range(50):
            sender.send(b"%d" % number)
    reception.start()
    reception.stop()
    assert lines.seen == [b"%d" % number for number in range(50)]
    assert reception.shown()["udp_packets_total"] == 50
    assert not reception.running
