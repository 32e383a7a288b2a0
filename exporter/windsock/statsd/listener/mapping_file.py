"""The mapping file of a running listener."""

from __future__ import annotations

from pathlib import Path

from windsock.errors import BadInput
from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.rules import Rules, load


def read(path: Path) -> Rules:
    """The rules of a file.

    Raises:
        BadInput: it cannot be read, or is wrong; the text names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from error
    try:
        return load(text)
    except Refused as refused:
        reason = " ".join(str(refused).split())
        raise BadInput(f"{path}:{refused.line}: {reason}") from refused
