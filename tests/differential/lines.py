"""StatsD lines: names that rules take, and others; every tag style; every way to be refused."""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.draw import Draw
from tests.differential.mappings import Text
from tests.differential.words import SEGMENTS

_VALUES: dict[str, tuple[str, ...]] = {
    "whole": ("1", "2", "0", "17", "250", "1000000", "123456789"),
    "fraction": (
        "0.5",
        "2.25",
        "1e3",
        "1.5e-7",
        "20113.189645",
        ".5",
        "5.",
        "1E2",
        "0.1",
        "0.30000000000000004",
    ),
    "signed": ("+1", "-1", "-0", "+0.5", "-2.5", "-inf", "+Inf"),
    "special": ("inf", "Infinity", "NaN", "0x1p4", "0X1.8P-2", "1_000", "0x_1p1", "1_0.5_0", "iNf", "1e308"),
    "no number": (
        "",
        " 1",
        "1 ",
        "abc",
        "0x10",
        "1e400",
        "+nan",
        "1__0",
        "_1",
        "1_",
        "١",
        "1e",
        "--1",
        "1.2.3",
    ),
}
_TYPES = ("c", "g", "ms", "h", "d")
_ODD_TYPES = ("s", "", "C", "MS", "gauge", "c ", "t", "c\rx", "é")
_RATES = (
    "@0.5",
    "@0.1",
    "@0.3",
    "@1",
    "@0.7",
    "@2",
    "@-1",
    "@0",
    "@0.05",
    "@inf",
    "@NaN",
    "@1e-300",
    "@0x1p-1",
)
_BAD_RATES = ("@", "@x", "@1e400", "@-1e400", "@0.5x", "@ 1")
_KEYS = ("dag_id", "task", "env", "a.b", "a-b", "1x", "state", "x", "é", "k--v", "_1")
_VALUES_OF_TAGS = ("v1", "a b", "x.y", 'q"q', "b\\s", "ü", "1", "=", "a=b", "-")


class Lines:
    """Makes lines for one mapping."""

    def __init__(self, draw: Draw, mapping: Text) -> None:
        self._draw = draw
        self._mapping = mapping

    def one(self) -> bytes:
        """One line without its newline."""
        draw = self._draw
        if draw.chance(0.03, "line: refused whole"):
            return draw.one(
                [
                    b"",
                    b"nothing",
                    b":1|c",
                    b"a:1",
                    b"a:",
                    b"\xff:1|c",
                    b"a\xc3:1|c",
                    b"a:1|c|#t:\xed\xa0\x80",
                    b"a|b:1",
                    b"_e{5,4}:title|text",
                    b"_sc|name|0",
                    b"a.b",
                    b" ",
                    b"#",
                    b"a:|",
                    b"a:|c",
                ]
            )
        name = self._name()
        style = draw.kind({key: key for key in _STYLES}, "tags") if draw.chance(0.45) else "none"
        if draw.chance(0.004, "fatal"):
            return draw.one(_FATAL)
        return (_STYLES[style](draw, name, self._body())).encode()

    def _name(self) -> str:
        draw = self._draw
        if self._mapping.globs and draw.chance(0.65):
            parts = draw.one(self._mapping.globs).split(".")
            return ".".join(self._part() if part == "*" else part for part in parts)
        if draw.chance(0.08, "name: escaped"):
            return draw.one(
                ["a.b-c", "a_b.c", "a--b", "a.-b", "9a", "a b", "a/b", "é.ü", "a~b", "-", "a.b.", "$1"]
            )
        return ".".join(draw.one(SEGMENTS) for _ in range(draw.number(1, 4)))

    def _part(self) -> str:
        draw = self._draw
        if draw.chance(0.04, "name: empty part"):
            return ""
        if draw.chance(0.03, "name: star"):
            return "*"
        return draw.one([*SEGMENTS, "123", "v1", "Ünï", "%d", "a_b", "$1"])

    def _body(self) -> str:
        draw = self._draw
        if draw.chance(0.05, "line: several values"):
            values = ":".join(self._value() for _ in range(draw.number(2, 3)))
            return f"{values}|{draw.one(_TYPES)}{self._extras()}"
        if draw.chance(0.07, "line: several samples"):
            return ":".join(
                f"{self._value()}|{draw.one(_TYPES)}{self._extras()}" for _ in range(draw.number(2, 3))
            )
        kind = draw.one(_ODD_TYPES) if draw.chance(0.03, "type: unknown") else draw.one(_TYPES)
        draw.hits.add(f"type: {kind}" if kind in _TYPES else "type: unknown")
        return f"{self._value()}|{kind}{self._extras()}"

    def _value(self) -> str:
        draw = self._draw
        if draw.chance(0.6):
            return draw.one(_VALUES["whole"])
        return draw.one(draw.kind(_VALUES, "value"))

    def _extras(self) -> str:
        draw = self._draw
        extras = ""
        if draw.chance(0.15, "sampling: rate"):
            extras += f"|{draw.one(_RATES)}"
        if draw.chance(0.02, "sampling: no number"):
            extras += f"|{draw.one(_BAD_RATES)}"
        if draw.chance(0.02, "extra: container"):
            extras += draw.one(["|c:abc", "|c:", "|c", "|cx"])
        if draw.chance(0.02, "extra: timestamp"):
            extras += draw.one(["|T1656581400", "|T", "|Tx"])
        if draw.chance(0.02, "extra: odd"):
            extras += draw.one(["|", "|x", "||", "|é", "|@1|@1|@1|@1|@1", "|T|T|T", "|#"])
        return extras


def tags(draw: Draw, separator: str) -> str:
    """Tags as they stand behind a mark."""
    chosen = [f"{key}{separator}{draw.one(_VALUES_OF_TAGS)}" for key in draw.some(_KEYS, 3)]
    if draw.chance(0.15, "tags: wrong one"):
        chosen.append(draw.one(["", "x", f"{separator}v", f"k{separator}", "#", f"#k{separator}v"]))
    if draw.chance(0.08, "tags: twice"):
        chosen.extend(chosen[:1])
    return ",".join(chosen) + ("," if draw.chance(0.1, "tags: comma at the end") else "")


def _signalfx(draw: Draw, name: str, body: str) -> str:
    at = draw.number(0, len(name))
    if draw.chance(0.15, "tags: one bracket"):
        return f"{name[:at]}{draw.one('[]')}{name[at:]}x:{body}"
    # Without a first character the name would be empty, which is fatal and has its own place.
    return f"{name[:at] or 'x'}[{tags(draw, '=')}]{name[at:]}:{body}"


_STYLES: dict[str, Callable[[Draw, str, str], str]] = {
    "none": lambda draw, name, body: f"{name}:{body}",
    "dogstatsd": lambda draw, name, body: f"{name}:{body}|#{tags(draw, ':')}",
    "dogstatsd before": lambda draw, name, body: f"{name}:1|c|#{tags(draw, ':')}|@0.5",
    "influxdb": lambda draw, name, body: f"{name},{tags(draw, '=')}:{body}",
    "librato": lambda draw, name, body: f"{name}#{tags(draw, '=')}:{body}",
    "signalfx": _signalfx,
    "mixed": lambda draw, name, body: f"{name}{draw.one('#,')}{tags(draw, '=')}:{body}|#{tags(draw, ':')}",
}
# Each ends the process or the page.
_FATAL = [
    b"]a[:1|c",
    b"a]b[c=d:2|g",
    b"#a=b:1|c",
    b",a=b:1|g",
    b"[a=b]:1|ms",
    b"m,quantile=0.5:1|ms",
    b"m,le=1:1|h",
    b"m,__x=1:1|c",
    b"m:1|g|#__name__:x",
    b"go_goroutines:1|g",
    b"statsd_exporter_lines_total:1|c",
    b"go_gc_duration_seconds_sum:1|c",
]
