"""Go's `fmt.Sprintf` for strings: what a `%` in a label template does beside a capture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_NAMED = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r"}
# Larger numbers are taken for a mistake.
_LARGEST = 1_000_000
_INDEX = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class _Flags:
    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None

    def pad(self, text: str) -> str:
        if self.width is None or len(text) >= self.width:
            return text
        if self.minus:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if self.zero else " ")


def sprintf(template: str, arguments: Sequence[str]) -> str:
    """The template filled with strings, with Go's `%!…` remarks where it does not fit them."""
    return _Printer(template, arguments).run()


class _Printer:
    def __init__(self, template: str, arguments: Sequence[str]) -> None:
        self._text = template
        self._at = 0
        self._arguments = arguments
        self._next = 0
        self._reordered = False
        self._index_is_good = True
        self._out: list[str] = []

    def run(self) -> str:
        while True:
            start = self._text.find("%", self._at)
            self._out.append(self._text[self._at : start if start >= 0 else len(self._text)])
            if start < 0:
                break
            self._at = start + 1
            self._directive()
        if not self._reordered and self._next < len(self._arguments):
            extra = ", ".join(f"string={argument}" for argument in self._arguments[self._next :])
            self._out.append(f"%!(EXTRA {extra})")
        return "".join(self._out)

    def _directive(self) -> None:
        self._index_is_good = True
        flags = self._flags()
        indexed = self._index()
        if self._take("*"):
            self._star("WIDTH")
            indexed = False
        else:
            flags = replace(flags, width=self._number())
            if indexed and flags.width is not None:
                self._index_is_good = False
        if self._take("."):
            if indexed:
                self._index_is_good = False
            indexed = self._index()
            if self._take("*"):
                self._star("PREC")
                indexed = False
            else:
                flags = replace(flags, precision=self._number() or 0)
        if not indexed:
            self._index()
        self._verb(flags)

    def _flags(self) -> _Flags:
        flags = _Flags()
        names = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
        while self._at < len(self._text) and self._text[self._at] in names:
            flags = replace(flags, **{names[self._text[self._at]]: True})
            self._at += 1
        return flags

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += 1
        return True

    def _number(self) -> int | None:
        found = re.compile(r"[0-9]+").match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        number = int(found[0])
        return number if number <= _LARGEST else None

    def _index(self) -> bool:
        """Go on with the argument that `[n]` names; whether there was one."""
        if not self._text.startswith("[", self._at):
            return False
        self._reordered = True
        found = _INDEX.match(self._text, self._at)
        if found is None:
            self._index_is_good = False
            self._at += 1
            return False
        self._at = found.end()
        inside = found[1]
        number = int(inside) if inside.isascii() and inside.isdigit() and len(inside) < 8 else 0
        if not 1 <= number <= len(self._arguments):
            self._index_is_good = False
            return True
        self._next = number - 1
        return True

    def _star(self, what: str) -> None:
        # A width must be a whole number, and all arguments are strings.
        if self._next < len(self._arguments):
            self._next += 1
        self._out.append(f"%!(BAD{what})")

    def _verb(self, flags: _Flags) -> None:
        if self._at >= len(self._text):
            self._out.append("%!(NOVERB)")
            return
        verb = self._text[self._at]
        self._at += 1
        if verb == "%":
            self._out.append("%")
        elif not self._index_is_good:
            self._out.append(f"%!{verb}(BADINDEX)")
        elif self._next >= len(self._arguments):
            self._out.append(f"%!{verb}(MISSING)")
        else:
            argument = self._arguments[self._next]
            self._next += 1
            self._out.append(_format(argument, verb, flags))


def _format(text: str, verb: str, flags: _Flags) -> str:
    match verb:
        case "v" if flags.sharp:
            return _quoted(text, replace(flags, sharp=False))
        case "s" | "v":
            return _string(text, flags)
        case "q":
            return _quoted(text, flags)
        case "x" | "X":
            return _hex(text, verb, flags)
        case "T":
            return _string("string", flags)
        case _:
            return f"%!{verb}(string={_string(text, flags)})"


def _string(text: str, flags: _Flags) -> str:
    return flags.pad(text if flags.precision is None else text[: flags.precision])


def _quoted(text: str, flags: _Flags) -> str:
    text = text if flags.precision is None else text[: flags.precision]
    if flags.sharp and "`" not in text and all(mark == "\t" or ord(mark) >= 32 for mark in text):
        return flags.pad(f"`{text}`")
    return flags.pad('"' + "".join(_escaped(mark, ascii_only=flags.plus) for mark in text) + '"')


def _escaped(mark: str, *, ascii_only: bool) -> str:
    code = ord(mark)
    if mark in {'"', "\\"}:
        return f"\\{mark}"
    if mark.isprintable() and (code < 128 or not ascii_only):
        return mark
    if code in _NAMED:
        return f"\\{_NAMED[code]}"
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _hex(text: str, verb: str, flags: _Flags) -> str:
    data = text.encode()
    if flags.precision is not None:
        data = data[: flags.precision]
    digits = [f"{byte:02x}" for byte in data]
    if flags.sharp:
        digits = [f"0x{pair}" if index == 0 or flags.space else pair for index, pair in enumerate(digits)]
    joined = (" " if flags.space else "").join(digits)
    return flags.pad(joined.upper() if verb == "X" else joined)
