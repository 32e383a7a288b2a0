"""Templates for names and label values: `$1` of globs, `$1` and `${name}` of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from windsock.statsd.engine.printf import sprintf

_REFERENCE = re.compile(r"\$\{?([a-zA-Z0-9_$]+)\}?")


@dataclass(frozen=True, slots=True)
class GlobTemplate:
    """A template of a glob rule, ready to be filled.

    Attributes:
        text: the template with `%s` for each reference that counts; literal without any.
        references: what fills them: 0 for the whole name, n for the n-th `*`.
        lost: references that say nothing and became "".
    """

    text: str
    references: tuple[int, ...]
    lost: tuple[str, ...]

    @classmethod
    def compile(cls, template: str, captures: int, *, whole_name: bool = True) -> GlobTemplate:
        """Read a template of a rule whose match has `captures` stars."""
        text = template
        references: list[int] = []
        lost: list[str] = []
        for found in _REFERENCE.finditer(template):
            number = _number(found[1])
            good = number is not None and (0 if whole_name else 1) <= number <= captures
            # Everywhere in the text, as the original does: `$1` also eats the beginning of `$10`.
            text = text.replace(found[0], "%s" if good else "")
            if good and number is not None:
                references.append(number)
            else:
                lost.append(found[0])
        return cls(text, tuple(references), tuple(lost))

    def fill(self, name: str, captures: Sequence[str]) -> str:
        """The text for a name and what its stars stand for."""
        if not self.references:
            return self.text
        return sprintf(self.text, [name if one == 0 else captures[one - 1] for one in self.references])


def _number(text: str) -> int | None:
    # Go's Atoi fails on what 64 bits cannot hold.
    return int(text) if text.isascii() and text.isdigit() and int(text) < 2**63 else None


def expand(template: str, group: Callable[[str | int], str]) -> str:
    """Fill a template of a regular expression, as Go's `Regexp.Expand` does.

    Args:
        template: with `$1`, `$name`, `${name}`, and `$$` for a dollar.
        group: text of a group by number or name; "" for one that does not exist or took no part.
    """
    out: list[str] = []
    at = 0
    while (dollar := template.find("$", at)) >= 0:
        out.append(template[at:dollar])
        at = dollar + 1
        if template.startswith("$", at):
            out.append("$")
            at += 1
            continue
        end, name = _name(template, at)
        if name is None:
            out.append("$")
            continue
        at = end
        out.append(group(_group_number(name)))
    out.append(template[at:])
    return "".join(out)


def _name(template: str, at: int) -> tuple[int, str | None]:
    brace = template.startswith("{", at)
    start = end = at + brace
    while end < len(template) and _of_a_name(template[end]):
        end += 1
    if end == start or (brace and not template.startswith("}", end)):
        return at, None
    return end + brace, template[start:end]


def _of_a_name(mark: str) -> bool:
    return mark == "_" or mark.isalpha() or mark.isdecimal()


def _group_number(name: str) -> str | int:
    is_number = name.isascii() and name.isdigit() and len(name) <= 9 and (name == "0" or name[0] != "0")
    return int(name) if is_number else name
