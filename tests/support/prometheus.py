"""A real Prometheus, and what it answers."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any

from demo.stack import ports


class Prometheus:
    """A running Prometheus."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{ports.HOST}:{port}"

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._get("/-/ready"))
        except OSError:
            return False

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """The instant vector of an expression; an error of Prometheus fails the test."""
        answer = json.loads(self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expr})))
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self._url + path, timeout=60) as answer:
            body: bytes = answer.read()
            return body
