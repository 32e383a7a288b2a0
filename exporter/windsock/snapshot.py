"""The page of /metrics, rendered once per cycle and handed out as it is."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, generate_latest

from windsock.figures import Figures
from windsock.web import Request, Response, text

_PROCESS = ProcessCollector(registry=None)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The exposition, plain and compressed."""

    body: bytes
    compressed: bytes

    @classmethod
    def of(cls, figures: Figures) -> Snapshot:
        """Render the figures, and what every Prometheus client says of its process: memory, CPU, files."""
        body = figures.render() + generate_latest(_PROCESS)
        return cls(body, gzip.compress(body, compresslevel=1, mtime=0))

    def response(self, request: Request) -> Response:
        """The answer to a scrape."""
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-store"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(body=self.compressed, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)
        return Response(body=self.body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


def not_yet() -> Response:
    """The answer before the first snapshot."""
    return text("the first cycle is not done\n", status=503)
