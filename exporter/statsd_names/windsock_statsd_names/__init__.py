"""A `stat_name_handler` for Airflow: no id is too odd for its metrics, and none stops the scheduler.

Airflow hands every metric name to the handler, without the prefix: `ti.start.<dag_id>.<task_id>`, with
InfluxDB tags `ti.start,dag_id=<dag_id>,task_id=<task_id>`. What `clean` gives back holds only letters, digits
and `_ - / . , = ~`: `,` and `=` are the syntax of tags, `.` stands where it stood, `~` begins a mark.

An id that needs no change is given back as it is. Any other becomes `readable~0123456789abcdef`: what can be
read of it in ASCII, and 64 bits of SHA-256 over the whole id. Airflow allows no `~` in a DAG or task id, so
none looks like a changed one by itself. Two changed ids, or one and a pool or file that is named like it,
meet with the probability of a 64-bit hash.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Iterator

__all__ = ["clean"]
__version__ = "0.1.0"

# Longer ids end in a mark. Airflow's own limit is 250; a longer label is no use on a screen.
_ID = 200
# A line then fits a packet of 1,280 bytes with its headers, prefix, value and type: no network divides that.
_NAME = 1100
# Tried in this order until the whole fits.
_ID_LIMITS = (_ID, 100, 50)

_FINE = re.compile(r"[A-Za-z0-9_./-]*(?:,[A-Za-z0-9_-]+=[A-Za-z0-9_./-]*)*").fullmatch
# Also what `clean` made before, so that cleaning twice changes nothing.
_FINE_PART = re.compile(r"[A-Za-z0-9_/-]*(?:~[0-9a-f]{16})?").fullmatch
_BAD = re.compile(r"[^A-Za-z0-9_./-]+")
_MARK_LENGTH = 17
# What Unicode does not take apart into a letter and its accent.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def clean(name: str) -> str:
    """The name as it may go out; never raises.

    Args:
        name: a metric's name without prefix, with or without InfluxDB tags.
    """
    if not isinstance(name, str):  # a plugin's mistake must not end the scheduler
        name = str(name)
    if len(name) <= _ID and _FINE(name):
        return name
    for limit in _ID_LIMITS:
        cleaned = ",".join(_parts(name, limit))
        if len(cleaned) <= _NAME:
            return cleaned
    return _marked(name, _ID)


def _parts(name: str, limit: int) -> Iterator[str]:
    """The cleaned name, then each cleaned `key=value`."""
    metric, *tags = _split(name)
    yield ".".join(_id(part, limit) for part in metric.split("."))
    for tag in tags:
        key, _, value = tag.partition("=")
        yield f"{_id(key, limit)}={_value(value, limit)}"


def _split(name: str) -> list[str]:
    """Name and tags; a comma that no tag follows belongs to what stands before it."""
    parts: list[str] = []
    for part in name.split(","):
        if not parts or part.find("=") > 0:
            parts.append(part)
        else:
            parts[-1] += "," + part
    return parts


def _value(value: str, limit: int) -> str:
    """A tag's value, between its dots the same as in a name: an id is one label under both."""
    cleaned = ".".join(_id(part, limit) for part in value.split("."))
    return cleaned if len(cleaned) <= limit else _marked(value, limit)


def _id(text: str, limit: int) -> str:
    """What stands between two dots."""
    if len(text) <= limit and _FINE_PART(text):
        return text
    return _marked(text, limit)


def _marked(text: str, limit: int) -> str:
    """The beginning of the text in ASCII, then its mark; not longer than `limit`."""
    letters = text[:limit]
    if not letters.isascii():
        apart = unicodedata.normalize("NFKD", letters.translate(_LETTERS))
        letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: _MARK_LENGTH - 1]
    return _BAD.sub("_", letters)[: limit - _MARK_LENGTH] + "~" + digest
