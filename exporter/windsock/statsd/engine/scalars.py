"""What a YAML 1.1 scalar means to Go's yaml.v2."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any

from windsock.statsd.engine.numbers import parse_float

STR, INT, FLOAT, BOOL, NULL, TIMESTAMP = "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp"
_YES = "y Y yes Yes YES true True TRUE on On ON"
_NO = "n N no No NO false False FALSE off Off OFF"
_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(_YES.split(), (BOOL, True)),
    **dict.fromkeys(_NO.split(), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **{f"{sign}{word}": (FLOAT, math.inf) for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_TIME = re.compile(
    r"[0-9]{4}-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?))?"
)


class CannotDecode(ValueError):  # noqa: N818 (the wording is the decoder's)
    """An explicit tag contradicts the text."""


def resolve(text: str, tag: str = "") -> tuple[str, Any]:
    """Tag and value of an unquoted scalar, or of one with an explicit tag such as `!!int`.

    Raises:
        CannotDecode: the tag does not fit.
    """
    if tag == STR:
        return STR, text
    found, value = _plain(text)
    if tag in {"", found}:
        return found, value
    if tag == FLOAT and found == INT:
        return FLOAT, float(value)
    if tag in {INT, FLOAT, BOOL, NULL, TIMESTAMP}:
        raise CannotDecode(f"yaml: cannot decode {found} `{text}` as a {tag}")
    return tag, text


def _plain(text: str) -> tuple[str, Any]:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-0123456789":
        return _numeric(text)
    if text[0] == ".":
        with suppress(ValueError):
            return FLOAT, parse_float(text)
    return STR, text


def _numeric(text: str) -> tuple[str, Any]:
    if (time := _TIME.fullmatch(text)) and 1 <= int(time["month"]) <= 12 and 1 <= int(time["day"]) <= 31:
        return TIMESTAMP, text
    plain = text.replace("_", "")
    if (found := _INT.fullmatch(plain)) and -(2**63) <= (number := _whole(found)) < 2**64:
        return INT, number
    if _FLOAT.fullmatch(plain):
        with suppress(ValueError):
            return FLOAT, parse_float(plain)
    return STR, text


def _whole(found: re.Match[str]) -> int:
    for group, base in (("hex", 16), ("bin", 2), ("oct", 8), ("dec", 10)):
        if found[group] is not None:
            return int(found["sign"] + found[group], base)
    raise AssertionError(found)
