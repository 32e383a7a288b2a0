"""Datagrams that wait at a socket, many at a time and without letting go of Python's lock in between.

Python's own `recv` gives the lock away for each datagram. While another thread writes a page, getting it
back takes as long as that thread may keep it: at half a millisecond each, two thousand datagrams a second are
taken and the others lost.
"""

from __future__ import annotations

import ctypes
import socket
from collections.abc import Callable

LARGEST = 65_536
_AT_ONCE = 128


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """`struct msghdr` of Linux."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_Vector)),
        ("number", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """`struct mmsghdr` of Linux."""

    _fields_ = (("header", _Header), ("received", ctypes.c_uint32))


def reader() -> Callable[[socket.socket], list[bytes]]:
    """What takes waiting datagrams from a socket that does not block; [] if none waits."""
    try:
        receive = ctypes.PyDLL(None).recvmmsg
    except (AttributeError, OSError, TypeError):
        return one_by_one
    receive.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
    return _Together(receive)


def one_by_one(sock: socket.socket) -> list[bytes]:
    """Where there is no `recvmmsg`."""
    found: list[bytes] = []
    try:
        while len(found) < _AT_ONCE:
            found.append(sock.recv(LARGEST))
    except OSError:
        pass
    return found


class _Together:
    def __init__(self, receive: Callable[..., int]) -> None:
        self._receive = receive
        buffer = bytearray(_AT_ONCE * LARGEST)
        start = ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
        vectors = [_Vector(start + at, LARGEST) for at in range(0, len(buffer), LARGEST)]
        self._vectors = (_Vector * _AT_ONCE)(*vectors)
        self._messages = (_Message * _AT_ONCE)()
        for message, vector in zip(self._messages, self._vectors, strict=True):
            message.header.vectors = ctypes.pointer(vector)
            message.header.number = 1
        self._address = ctypes.addressof(self._messages)
        self._bytes = memoryview(buffer)
        size, at = ctypes.sizeof(_Message) // 4, _Message.received.offset // 4
        self._lengths = memoryview(self._messages).cast("B").cast("I")[at::size]

    def __call__(self, sock: socket.socket) -> list[bytes]:
        number = self._receive(sock.fileno(), self._address, _AT_ONCE, socket.MSG_DONTWAIT, None)
        if number <= 0:
            return []
        data = self._bytes
        starts = range(0, number * LARGEST, LARGEST)
        return [
            data[start : start + length].tobytes()
            for start, length in zip(starts, self._lengths[:number].tolist(), strict=True)
        ]
