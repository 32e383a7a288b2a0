"""`/static/…`: the style, the script and the icons of the pages; nothing comes from elsewhere.

A name carries a hash of the content: a browser may keep a file for ever and still never shows an old one.
"""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from windsock.web import Response, text

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FILES: dict[str, Response] = {}


def _known(name: str) -> str:
    path = Path(__file__).parent / name
    body = path.read_bytes()
    hashed = f"{path.stem}.{sha256(body).hexdigest()[:12]}{path.suffix}"
    _FILES[hashed] = Response(
        body=body,
        content_type=_TYPES[path.suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
    return f"static/{hashed}"


STYLE = _known("style.css")
SCRIPT = _known("refresh.js")
ICON = _known("icon.svg")
LATE = _known("late.svg")


def show(name: str) -> Response:
    """One of the files."""
    return _FILES.get(name) or text("not found\n", status=HTTPStatus.NOT_FOUND)
