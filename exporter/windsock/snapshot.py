"""The page of /metrics, rendered once per cycle and handed out as it is."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, generate_latest

from windsock.figures import Figures
from windsock.web import Request, Response, text

_PROCESS = ProcessCollector(registry=None)
# The window of zlib, and a header and trailer of gzip around it.
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The exposition, compressed: plain it is twelve times as big, and hardly anybody asks for that."""

    compressed: bytes

    @classmethod
    def of(cls, figures: Figures) -> Snapshot:
        """Render the figures, and what every Prometheus client says of its process: memory, CPU, files."""
        packer = zlib.compressobj(level=1, wbits=_GZIP)
        parts = [packer.compress(page) for page in figures.pages()]
        parts += (packer.compress(generate_latest(_PROCESS)), packer.flush())
        return cls(b"".join(parts))

    def response(self, request: Request) -> Response:
        """The answer to a scrape."""
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-store"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(body=self.compressed, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)
        plain = zlib.decompress(self.compressed, wbits=_GZIP)
        return Response(body=plain, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


def not_yet() -> Response:
    """The answer before the first snapshot."""
    return text("the first cycle is not done\n", status=503)
