"""Asking the HTTP interfaces of Prometheus and Alertmanager from the command line."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from windsock.errors import BadInput
from windsock.yamlfile import one_line

_TIMEOUT = 10.0
_SHOWN = 300


class Service:
    """Prometheus or Alertmanager at a base URL.

    Args:
        url: with or without a slash at the end; may carry a path, as behind a proxy.
        flag: where the user gave it, for errors.

    Raises:
        BadInput: the URL is not http or https.
    """

    def __init__(self, url: str, *, flag: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadInput(one_line(f"{flag} {url}: expected e.g. http://127.0.0.1:9090"))
        self.url = url.rstrip("/")
        # Without a password, should one stand in it.
        self._name = one_line(f"{flag} {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")
        # A proxy for the outside world has no business between two parts of one platform.
        self._opener = build_opener(ProxyHandler({}))

    def get(self, path: str, **parameters: str) -> Any:
        """The JSON of an answer.

        Raises:
            BadInput: no answer, one that is an error, or one that is no JSON; names the flag.
        """
        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        return self._json(self._read(Request(f"{self.url}{path}{query}")))  # noqa: S310 (http, see above)

    def post(self, path: str, body: Any) -> Any:
        """Send JSON, return the JSON of the answer, None for an empty one; errors as `get`."""
        answer = self._read(
            Request(  # noqa: S310 (http, see above)
                f"{self.url}{path}",
                data=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
                method="POST",
            )
        )
        return self._json(answer) if answer.strip() else None

    def text(self, path: str) -> str:
        """The text of an answer; errors as `get`."""
        return self._read(Request(f"{self.url}{path}")).decode("utf-8", errors="replace")  # noqa: S310

    def wrong(self, why: str) -> BadInput:
        """The error that says what this service did."""
        return BadInput(one_line(f"{self._name}: {why}"))

    def _read(self, request: Request) -> bytes:
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                body: bytes = response.read()
                return body
        except HTTPError as error:
            said = error.read(_SHOWN).decode("utf-8", errors="replace").strip()
            raise self.wrong(f"answers {error.code}: {said}") from error
        except (OSError, HTTPException) as error:
            raise self.wrong(f"does not answer: {getattr(error, 'reason', None) or error}") from error

    def _json(self, answer: bytes) -> Any:
        try:
            return json.loads(answer)
        except ValueError as error:
            raise self.wrong("answers something that is no JSON; is it the right address?") from error


def prometheus(service: Service, query: str) -> list[dict[str, Any]]:
    """The instant vector of a PromQL expression: `metric` (labels) and `value` (time, text) of each series.

    Raises:
        BadInput: see `Service.get`; or an answer of another shape.
    """
    answer = service.get("/api/v1/query", query=query)
    try:
        found: list[dict[str, Any]] = answer["data"]["result"]
    except (TypeError, KeyError) as error:
        raise service.wrong("does not answer like Prometheus; is it the right address?") from error
    return found
