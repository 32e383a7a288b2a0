"""As much Markdown as runbooks use: headings, paragraphs, lists, tables, code, stress, links.

Whatever it does not know stays readable text; nothing of the source becomes HTML unescaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from windsock.pages.html import Html, join, link, tag

_HEADING = re.compile(r"(#{1,4}) +(.*)")
_ITEM = re.compile(r"(?P<indent> *)(?:[-*]|(?P<number>\d+)[.)]) +(?P<text>.*)")
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>[^*]+)\*\*"
    r"|(?<![\w*])\*(?P<stress>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])"
    r"|\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)"
    r"|<(?P<url>https?://[^>\s]+)>"
)
_SAFE = re.compile(r"https?://|/|\.|#|[\w-]+(?:[/#?.]|$)")


def render(text: str) -> Html:
    """The whole document."""
    return join(*_blocks(text.expandtabs(4).splitlines()))


def _blocks(lines: list[str]) -> Iterator[Html]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        end = at + 1
        if line.lstrip().startswith("```"):
            while end < len(lines) and not lines[end].lstrip().startswith("```"):
                end += 1
            indent = len(line) - len(line.lstrip())
            yield tag("pre", tag("code", "\n".join(each[indent:] for each in lines[at + 1 : end])))
            at = end + 1
            continue
        if found := _HEADING.fullmatch(line):
            yield tag(f"h{len(found[1])}", *_inline(found[2]))
        elif _ITEM.fullmatch(line):
            while end < len(lines) and _belongs(lines, end):
                end += 1
            yield _list(lines[at:end])
        else:
            while end < len(lines) and lines[end].strip() and not _starts_block(lines[end]):
                end += 1
            yield _table(lines[at:end]) or tag(
                "p", *_inline(" ".join(each.strip() for each in lines[at:end]))
            )
        at = end


def _starts_block(line: str) -> bool:
    return bool(_HEADING.fullmatch(line) or _ITEM.fullmatch(line)) or line.lstrip().startswith("```")


def _belongs(lines: list[str], at: int) -> bool:
    """Whether the line goes on with a list: an item, text below one, or an empty line before such."""
    line = lines[at]
    if not line.strip():
        return at + 1 < len(lines) and (
            lines[at + 1].startswith("  ") or bool(_ITEM.fullmatch(lines[at + 1]))
        )
    return (
        bool(_ITEM.fullmatch(line))
        or line.startswith("  ")
        or (not _starts_block(line) and bool(lines[at - 1].strip()))
    )


def _list(lines: list[str]) -> Html:
    first = _ITEM.fullmatch(lines[0])
    indent = len(first["indent"]) if first else 0
    items: list[tuple[str, list[str]]] = []
    for line in lines:
        found = _ITEM.fullmatch(line)
        if found and len(found["indent"]) <= indent:
            items.append((found["text"], []))
        else:
            items[-1][1].append(line)
    return tag("ol" if first and first["number"] else "ul", *(_item(text, below) for text, below in items))


def _item(text: str, below: list[str]) -> Html:
    at = 0
    while at < len(below) and below[at].strip() and not _starts_block(below[at].strip()):
        text += " " + below[at].strip()
        at += 1
    rest = below[at:]
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return tag("li", *_inline(text), *_blocks([line[margin:] for line in rest]))


def _table(lines: list[str]) -> Html | None:
    if len(lines) < 2 or not re.fullmatch(r"[|:\- ]*-[|:\- ]*", lines[1].strip()) or "|" not in lines[0]:
        return None
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in (lines[0], *lines[2:])]
    head, *body = rows
    return tag(
        "table",
        tag("tr", *(tag("th", *_inline(cell)) for cell in head)),
        *(tag("tr", *(tag("td", *_inline(cell)) for cell in row)) for row in body),
    )


def _inline(text: str) -> Iterator[str]:
    at = 0
    for found in _INLINE.finditer(text):
        yield text[at : found.start()]
        at = found.end()
        if found["code"]:
            yield tag("code", found["code"])
        elif found["bold"]:
            yield tag("strong", *_inline(found["bold"]))
        elif found["stress"]:
            yield tag("em", *_inline(found["stress"]))
        elif found["url"]:
            yield link(found["url"], found["url"])
        elif _SAFE.match(found["target"]):
            yield link(found["text"], found["target"])
        else:
            yield found[0]
    yield text[at:]
