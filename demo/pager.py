"""The pager: takes Alertmanager's webhooks, prints each page as a phone would show it, keeps JSON lines.

`python demo/pager.py --listen 127.0.0.1:9095 --record pages.jsonl`; the last part of the path names the
receiver (`/team/finance` rings at finance). It needs nothing but Python, so it also runs in a container.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

_WIDTH = 76
# Go writes nanoseconds and Z, which older Pythons cannot read.
_SECONDS = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$")
_LINKS = ("run_url", "runbook_url", "dashboard_url")


@dataclass(frozen=True)
class Page:
    """One webhook of Alertmanager as it arrived.

    Attributes:
        at: when, in seconds since 1970.
        receiver: last part of the path of the request, e.g. the team.
        status: `firing` or `resolved`.
        group: Alertmanager's group key; an incident is open while its last page is `firing`.
        alerts: the alerts of the group, each with status, labels, annotations, startsAt, endsAt.
    """

    at: float
    receiver: str
    status: str
    group: str
    alerts: list[dict[str, Any]]

    def severity(self) -> str:
        """`page` when at least one alert of it wakes somebody, else `ticket`, `info` or just `alert`."""
        found = {alert["labels"].get("severity") for alert in self.alerts}
        return next((known for known in ("page", "ticket", "info") if known in found), "alert")

    def names(self) -> list[str]:
        """Names of the alerts in it, sorted, each once."""
        return sorted({alert["labels"].get("alertname", "?") for alert in self.alerts})


class Pager:
    """Serves webhooks in the background and remembers every page.

    Args:
        host: address to listen on.
        port: its port; 0 for any.
        record: file to which each page is appended as one line of JSON.
        show: called with each page as it arrives.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        record: Path | None = None,
        show: Callable[[Page], None] = lambda _page: None,
    ) -> None:
        self._pages: list[Page] = []
        self._lock = threading.Lock()
        self._record = record
        self._show = show
        pager = self

        class Handler(BaseHTTPRequestHandler):
            """One request; every path takes a webhook, GET tells that it is alive."""

            def do_GET(self) -> None:
                self._answer(200, b"pager: alive\n")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                try:
                    pager.take(self.path.rstrip("/").rpartition("/")[2], json.loads(body))
                except (ValueError, KeyError, TypeError) as error:
                    self._answer(400, f"not a webhook of Alertmanager: {error!r}\n".encode())
                else:
                    self._answer(200, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
                """Say nothing: the pages themselves are the output."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="pager", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, receiver: str, webhook: dict[str, Any]) -> None:
        """Remember one webhook and show it."""
        page = Page(
            at=datetime.now(timezone.utc).timestamp(),
            receiver=receiver or webhook["receiver"],
            status=webhook["status"],
            group=webhook["groupKey"],
            alerts=webhook["alerts"],
        )
        with self._lock:
            self._pages.append(page)
            if self._record:
                with self._record.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(asdict(page)) + "\n")
            self._show(page)

    def pages(self) -> list[Page]:
        """Every page so far, oldest first."""
        with self._lock:
            return list(self._pages)

    def open_incidents(self) -> dict[tuple[str, str], Page]:
        """(receiver, group) -> its last page, for each incident that rang and was not resolved."""
        last: dict[tuple[str, str], Page] = {}
        for page in self.pages():
            last[page.receiver, page.group] = page
        return {key: page for key, page in last.items() if page.status == "firing"}


def phone(page: Page) -> str:
    """The page as text in a frame: receiver, time, title, body, links."""
    lines = [*_title(page), "", *_body(page)]
    clock = datetime.fromtimestamp(page.at, timezone.utc).astimezone().strftime("%H:%M:%S")
    mark = ("RESOLVED " if page.status == "resolved" else "") + page.severity().upper()
    head = f" {mark} for {page.receiver} · {clock} "
    framed = [f"╭─{head}{'─' * max(0, _WIDTH - len(head) - 1)}╮"]
    framed += [f"│ {line:<{_WIDTH - 2}} │" if len(line) <= _WIDTH - 2 else f"│ {line}" for line in lines]
    return "\n".join([*framed, f"╰{'─' * _WIDTH}╯"])


def _title(page: Page) -> list[str]:
    first = page.alerts[0]
    title = first["annotations"].get("summary") or first["labels"].get("alertname", "?")
    more = len(page.alerts) - 1
    return _wrap(title + (f" (and {more} more)" if more else ""))


def _body(page: Page) -> Iterator[str]:
    shown = page.alerts[:5]
    for index, alert in enumerate(shown):
        if index:
            yield from [
                "",
                *_wrap(f"• {alert['annotations'].get('summary', alert['labels'].get('alertname', '?'))}"),
            ]
        if alert["status"] == "resolved":
            yield f"over after {_lasted(alert)}"
            continue
        for paragraph in alert["annotations"].get("description", "").splitlines():
            yield from _wrap(paragraph)
        for key in _LINKS:
            if link := alert["annotations"].get(key):
                yield f"{key.removesuffix('_url')}: {link}"
    if len(page.alerts) > len(shown):
        yield f"… and {len(page.alerts) - len(shown)} more"


def _lasted(alert: dict[str, Any]) -> str:
    began, ended = (datetime.fromisoformat(_SECONDS.sub(r"\1", alert[key])) for key in ("startsAt", "endsAt"))
    seconds = round((ended - began).total_seconds())
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False) or [""]


def printer(out: TextIO) -> Callable[[Page], None]:
    """A `show` for `Pager` that prints to `out`, with a bell for what fires."""

    def show(page: Page) -> None:
        bell = "\a" if page.status == "firing" and out.isatty() else ""
        print(f"{bell}{phone(page)}", file=out, flush=True)

    return show


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Print what Alertmanager sends, as a phone would show it.")
    parser.add_argument("--listen", default="127.0.0.1:9095", help="host:port (default: %(default)s)")
    parser.add_argument("--record", type=Path, help="file that gets each page as one line of JSON")
    arguments = parser.parse_args()
    host, _, port = arguments.listen.rpartition(":")
    pager = Pager(host, int(port), record=arguments.record, show=printer(sys.stdout))
    pager.start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pager.stop()


if __name__ == "__main__":
    main()
