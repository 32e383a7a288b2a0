"""Numbers and durations as Go reads and writes them."""

from __future__ import annotations

import math
import re

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"[+-]?(?=[._]*[0-9])[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?")
_HEX = re.compile(r"[+-]?0[xX](?=[._]*[0-9a-fA-F])[0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?[pP][+-]?[0-9][0-9_]*")
_INFINITE = re.compile(r"(?P<sign>[+-]?)inf(?:inity)?", re.IGNORECASE)
_DURATION = re.compile(r"(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?P<unit>[^0-9.]+)")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LIMIT = 1 << 63


class TooLarge(ValueError):  # noqa: N818 (what is wrong with the number)
    """A number outside a double's range; `nearest` is the infinity that Go returns beside its error."""

    def __init__(self, nearest: float) -> None:
        super().__init__("value out of range")
        self.nearest = nearest


def parse_float(text: str) -> float:
    """A number as `strconv.ParseFloat` reads it.

    Raises:
        ValueError: it is none; `TooLarge` if a double cannot hold it.
    """
    if _PLAIN.fullmatch(text):
        return _in_range(float(text))
    if text.lower() == "nan":
        return math.nan
    if found := _INFINITE.fullmatch(text):
        return -math.inf if found["sign"] == "-" else math.inf
    if "_" in text and not _underscores_separate_digits(text):
        raise ValueError(text)
    if _DECIMAL.fullmatch(text):
        return _in_range(float(text.replace("_", "")))
    if _HEX.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            raise TooLarge(-math.inf if text[0] == "-" else math.inf) from None
    raise ValueError(text)


def _in_range(value: float) -> float:
    if math.isinf(value):
        raise TooLarge(value)
    return value


def _underscores_separate_digits(text: str) -> bool:
    text = text.lstrip("+-") if text[0] in "+-" else text
    digits = "0-9a-fA-F" if text[:2].lower() == "0x" else "0-9"
    # The prefix of a base counts as a digit before an underscore.
    text = re.sub(r"^0[bBoOxX]", "00", text)
    return not re.search(rf"(?<![{digits}])_|_(?![{digits}])", text)


def format_float(value: float) -> str:
    """A sample's value or a bucket's bound in the text format."""
    if value != value:  # noqa: PLR0124 (NaN)
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if abs(value) < 1e6 and value == int(value):
        return str(int(value))
    return ("-" if value < 0 else "") + _shortest(abs(value))


def _shortest(value: float) -> str:
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    # Where the decimal point stands, counted from the first digit.
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    power = point - 1
    if not -4 <= power < 6:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[:point]}.{digits[point:]}"


def parse_duration(text: str) -> int:
    """A duration such as `1h30m` in nanoseconds, as `time.ParseDuration` reads it.

    Raises:
        ValueError: it is none.
    """
    sign = -1 if text[:1] == "-" else 1
    rest = text[1:] if text[:1] in {"+", "-"} else text
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(text)
    total = 0
    while rest:
        found = _DURATION.match(rest)
        if found is None or not (found["whole"] or found["part"]) or found["unit"] not in _NANOSECONDS:
            raise ValueError(text)
        unit = _NANOSECONDS[found["unit"]]
        part = found["part"] or ""
        total += int(found["whole"] or 0) * unit + (int(int(part) * (unit / 10 ** len(part))) if part else 0)
        if total > _LIMIT:
            raise ValueError(text)
        rest = rest[found.end() :]
    if total >= _LIMIT and sign > 0:
        raise ValueError(text)
    return sign * total
