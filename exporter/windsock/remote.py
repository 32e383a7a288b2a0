"""Prometheus and Alertmanager over HTTP, as far as commands ask them; every failure is one clear line."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

from windsock import airflow_label
from windsock.errors import BadInput

_WAIT_SECONDS = 30.0
Labels = dict[str, str]


class Remote:
    """One server.

    Args:
        url: its base URL; `user:password@` in it is sent as basic authentication and never printed.
        flag: the option that the URL came from, for errors.
        what: what the server should be, for errors.
        wait: seconds until it counts as not answering.
        token: sent as a bearer token.

    Raises:
        BadInput: the URL is none.
    """

    def __init__(
        self, url: str, *, flag: str, what: str, wait: float = _WAIT_SECONDS, token: str | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadInput(f"{flag}: {parts.hostname or url!r} is no URL; write e.g. http://127.0.0.1:9093")
        self._authorization = f"Bearer {token}" if token else _basic(parts.username, parts.password)
        address = parts.netloc.rpartition("@")[2]
        self.url = urlunsplit((parts.scheme, address, parts.path.rstrip("/"), "", ""))
        self._flag, self._what, self._wait = flag, what, wait
        # A proxy for the outside world has no business between two parts of one platform.
        self._opener = build_opener(ProxyHandler({}))

    def get(self, path: str, **query: str | list[str]) -> Any:
        """The JSON that `path` answers.

        Raises:
            BadInput: no answer, an error, or no JSON.
        """
        return self._ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path, None)

    def send(self, path: str, body: Any) -> Any:
        """Post `body` as JSON; errors like `get`."""
        return self._ask("POST", path, json.dumps(body).encode())

    def delete(self, path: str) -> None:
        """Delete what is there; errors like `get`."""
        self._ask("DELETE", path, None)

    def text(self, path: str) -> str:
        """What `path` answers, as it is; errors like `get`."""
        return self._read("GET", path, None).decode("utf-8", errors="replace")

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        text = self._read(method, path, body)
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise BadInput(f"{self._flag} {self.url}: is no {self._what}") from error

    def _read(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._authorization:
            headers["Authorization"] = self._authorization
        request = Request(self.url + path, data=body, headers=headers, method=method)  # noqa: S310 (checked)
        try:
            with self._opener.open(request, timeout=self._wait) as answer:
                text: bytes = answer.read()
                return text
        except HTTPError as error:
            raise BadInput(f"{self._flag} {self.url}: {_reason(error)}") from error
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", error)
            raise BadInput(f"{self._flag} {self.url}: does not answer: {why}") from error

    def is_not(self, error: Exception) -> BadInput:
        """The error for an answer that such a server would not give."""
        return BadInput(f"{self._flag} {self.url}: is no {self._what}: {error!r}")


class Prometheus(Remote):
    """What Prometheus knows; asked and answered with the label `airflow`, whatever it is called there."""

    def __init__(self, url: str, *, wait: float = _WAIT_SECONDS, label: str = airflow_label.USUAL) -> None:
        super().__init__(url, flag="--prometheus-url", what="Prometheus", wait=wait)
        self._label = label

    def query(self, expr: str, at: datetime | None = None) -> list[tuple[Labels, float]]:
        """The instant vector of an expression: labels and value of each series."""
        rows = self._result(expr, at)
        return [(row["metric"], float(row["value"][1])) for row in rows]

    def samples(self, expr: str, at: datetime) -> list[tuple[Labels, list[float]]]:
        """A range selector's stored samples: labels and times in seconds since 1970 of each series."""
        return [(row["metric"], [float(at) for at, _ in row["values"]]) for row in self._result(expr, at)]

    def rules(self, alert: str) -> list[dict[str, Any]]:
        """The alerting rules of this name as they are loaded, with their active alerts."""
        try:
            groups = self.get("/api/v1/rules", type="alert")["data"]["groups"]
            rules = [rule for group in groups for rule in group["rules"] if rule["name"] == alert]
            return [
                rule | {"alerts": [_ours(each, self._label) for each in rule["alerts"]]} for rule in rules
            ]
        except (KeyError, TypeError) as error:
            raise self.is_not(error) from error

    def _result(self, expr: str, at: datetime | None) -> list[dict[str, Any]]:
        when = {"time": str(at.timestamp())} if at else {}
        try:
            asked = airflow_label.in_expr(expr, self._label)
            rows = self.get("/api/v1/query", query=asked, **when)["data"]["result"]
            return [row | {"metric": airflow_label.ours(row["metric"], self._label)} for row in rows]
        except (KeyError, TypeError) as error:
            raise self.is_not(error) from error


class Alertmanager(Remote):
    """What Alertmanager knows, and silences; the label is `airflow` here, whatever it is called there."""

    def __init__(self, url: str, *, wait: float = _WAIT_SECONDS, label: str = airflow_label.USUAL) -> None:
        super().__init__(url, flag="--alertmanager-url", what="Alertmanager", wait=wait)
        self._label = label

    def alerts(self, *matchers: str) -> list[dict[str, Any]]:
        """Active alerts, suppressed ones too, e.g. of `airflow="prod"`."""
        asked = [airflow_label.in_matcher(each, self._label) for each in matchers]
        return [_ours(each, self._label) for each in self.get("/api/v2/alerts", filter=asked)]

    def silences(self) -> list[dict[str, Any]]:
        """All that it keeps, expired ones too."""
        return [airflow_label.our_silence(each, self._label) for each in self.get("/api/v2/silences")]

    def silence(self, body: dict[str, Any]) -> Any:
        """Make a silence; what Alertmanager answers."""
        return self.send("/api/v2/silences", airflow_label.in_silence(body, self._label))


def _ours(alert: dict[str, Any], label: str) -> dict[str, Any]:
    return alert | {"labels": airflow_label.ours(alert["labels"], label)}


def instant(text: str) -> datetime:
    """A time of these APIs, which may have nanoseconds."""
    head, _, rest = text.replace("Z", "+00:00").partition(".")
    zone = "+00:00" if not rest else rest.lstrip("0123456789")
    return datetime.fromisoformat(head.removesuffix("+00:00") + (zone or "+00:00")).astimezone(timezone.utc)


def _basic(user: str | None, password: str | None) -> str | None:
    if not user:
        return None
    text = f"{unquote(user)}:{unquote(password or '')}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _reason(error: HTTPError) -> str:
    """What the server says, in one line of at most 300 characters."""
    try:
        body = json.load(error)
    except (ValueError, OSError):
        return f"{error.code} {error.reason}"
    said = body.get("error") or body.get("message") if isinstance(body, dict) else body
    return f"{error.code} {' '.join(str(said).split())[:300]}"
