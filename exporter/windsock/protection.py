"""TLS and basic authentication of `windsock serve`, followed while it runs: certificates are renewed."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import ssl
import threading
from pathlib import Path
from typing import TypeAlias

import structlog

from windsock import webconfig
from windsock.errors import BadInput

_log = structlog.get_logger()
Stamps: TypeAlias = "tuple[tuple[int, int], ...]"
# Of a password that nobody has: an unknown user takes as long as a known one.
_NOBODY = "$2b$10$z5MVN/f9bvhb1SWEhaID9egoqRXSMA5tHMGSdbrpUsx0bx2Kobs/S"
_KEPT = 100
# Asked by kubelets and load balancers, which have no password; they say one word.
OPEN = ("/-/healthy", "/-/ready")


class Protection:
    """Who may ask, and over what.

    Args:
        path: the web configuration.

    Raises:
        BadInput: it is wrong, or a certificate cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._config, self._tls = webconfig.read(path)
        self._seen = self._stamps(self._files())
        self._known: set[bytes] = set()

    @property
    def headers(self) -> dict[str, str]:
        """Of every answer."""
        return self._config.headers

    def tls(self) -> ssl.SSLContext | None:
        """What the next connection needs; the files are looked at again."""
        self._follow()
        return self._tls

    def allows(self, path: str, authorization: str) -> bool:
        """Whether a request with this header may be answered.

        Args:
            path: of the request.
            authorization: the header's value; empty without it.
        """
        users = self._config.basic_auth_users
        if not users or path in OPEN:
            return True
        user, password = _basic(authorization)
        # It takes time on purpose: what was right once is remembered, by a key that only this process has.
        said = b"\0".join((user.encode(), password, users.get(user, _NOBODY).encode()))
        mark = hmac.digest(self._key, said, "sha256")
        if mark in self._known:
            return True
        # One at a time: guessing costs one core at most.
        with self._lock:
            right = _matches(password, users.get(user, _NOBODY)) and user in users
            if right:
                if len(self._known) >= _KEPT:
                    self._known.clear()
                self._known.add(mark)
        return right

    def _follow(self) -> None:
        with self._lock:
            now = self._stamps(self._files())
            if now == self._seen:
                return
            self._seen = now
            try:
                self._config, self._tls = webconfig.read(self._path)
            except BadInput as error:
                _log.error("the web configuration is wrong and does not count", error=str(error))
                return
            self._seen = self._stamps(self._files())
            _log.info("web configuration read again", file=str(self._path))

    def _files(self) -> tuple[Path, ...]:
        tls = self._config.tls_server_config
        return tuple(self._path.parent / file for file in tls.files) if tls else ()

    def _stamps(self, files: tuple[Path, ...]) -> Stamps:
        return tuple(_stamp(file) for file in (self._path, *files))


def _matches(password: bytes, known: str) -> bool:
    import bcrypt  # noqa: PLC0415 (only who has users needs it)

    # The algorithm looks at 72 bytes, and the library refuses more.
    return bcrypt.checkpw(password[:72], known.encode())


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def _basic(header: str) -> tuple[str, bytes]:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return "", b""
    try:
        user, _, password = base64.b64decode(text, validate=True).partition(b":")
        return user.decode(), password
    except (binascii.Error, UnicodeDecodeError):
        return "", b""
