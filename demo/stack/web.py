"""The few HTTP calls that the stack makes to its own services."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

# Loopback never goes through a proxy, whatever the environment says.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str, *, timeout: float = 2.0) -> bool:
    """Whether a GET of `url` is answered with 2xx."""
    try:
        with _OPENER.open(url, timeout=timeout) as response:
            return 200 <= int(response.status) < 300
    except (OSError, urllib.error.URLError):
        return False


def text(url: str, *, timeout: float = 10.0) -> str:
    """Body of a GET."""
    with _OPENER.open(url, timeout=timeout) as response:
        body: bytes = response.read()
    return body.decode()


def call(method: str, url: str, *, body: Any = None, token: str | None = None, timeout: float = 15.0) -> Any:
    """Send JSON and return the JSON of the answer (None for an empty one)."""
    request = urllib.request.Request(  # noqa: S310 (the caller's own loopback address)
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with _OPENER.open(request, timeout=timeout) as response:
        answer = response.read()
    return json.loads(answer) if answer else None
