"""HTML that is escaped by construction: text becomes part of a page only through `tag`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from http import HTTPStatus

from windsock.pages import static
from windsock.web import Response


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


_VOID = frozenset({"meta", "br", "hr", "input", "link"})
_HEADERS = {
    # Nothing on these pages comes from elsewhere, and nothing runs but our own script.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# What has a scheme must be a page; what has none stays on this site. A browser overlooks blanks and controls.
_SCHEME = re.compile(r"[\x00-\x20]*(?:[^/?#]*?:|[\\/]{2})")
_PAGE = re.compile(r"https?://", re.IGNORECASE)


def tag(name: str, *children: str | None, **attributes: str | None) -> Html:
    """One element. Strings are escaped unless they are Html; None is left out; `class_` stands for class."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(*children)}</{name}>")


def join(*parts: str | None) -> Html:
    """Parts one after the other, escaped as in `tag`."""
    return Html(
        "".join(part if isinstance(part, Html) else escape(part) for part in parts if part is not None)
    )


def link(text: str, target: str, **attributes: str | None) -> Html:
    """A link; `target` is percent-encoded already. What leads to no page (`javascript:`) stays text."""
    if _SCHEME.match(target) and not _PAGE.match(target):
        return tag("span", f"{text}: {target}")
    return tag("a", text, href=target, **attributes)


def table(head: Sequence[str], rows: Iterable[Sequence[str | None]], *, caption: str) -> Html:
    """A table that a phone shows as blocks; the first cell of a row names it.

    The roles say what the elements are anyway: browsers forget it of cells that are shown as blocks.
    """
    return tag(
        "table",
        tag("caption", caption, class_="hidden"),
        tag(
            "thead",
            tag("tr", *(tag("th", name, scope="col", role="columnheader") for name in head), role="row"),
            role="rowgroup",
        ),
        tag("tbody", *(_row(head, row) for row in rows), role="rowgroup"),
        class_="stack",
        role="table",
    )


def _row(head: Sequence[str], cells: Sequence[str | None]) -> Html:
    first, *rest = cells
    return tag(
        "tr",
        tag("th", first, scope="row", role="rowheader"),
        *(
            tag("td", cell, role="cell", data_label=name) if cell else tag("td", role="cell", class_="empty")
            for name, cell in zip(head[1:], rest, strict=True)
        ),
        role="row",
    )


def page(
    title: str,
    *body: str | None,
    root: str = "",
    status: int = HTTPStatus.OK,
    refresh: int | None = None,
    late: bool = False,
    summary: str | None = None,
) -> Response:
    """A whole page.

    Args:
        title: of the window.
        body: what stands in `main`.
        root: how to get from this page to the board: `` or `../`.
        status: of the response.
        refresh: after how many seconds it is read again; None for a page that does not change.
        late: whether the icon is the red one.
        summary: what a screen reader is told when it has changed.
    """
    again = None if refresh is None else str(refresh)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("link", rel="icon", href=root + (static.LATE if late else static.ICON)),
        tag("link", rel="stylesheet", href=root + static.STYLE),
        tag("script", src=root + static.SCRIPT, defer="") if again else None,
        tag("noscript", tag("meta", http_equiv="refresh", content=again)) if again else None,
    )
    text = tag(
        "html",
        head,
        tag(
            "body",
            tag("a", "Skip to the content", href="#main", class_="skip"),
            _top(root),
            tag("main", *body, id="main", tabindex="-1", data_refresh=again, data_summary=summary),
            _footer(root),
            *_heard(again),
        ),
        lang="en",
    )
    return Response(
        body=f"<!doctype html>\n{text}\n".encode("utf-8", "replace"), status=status, headers=_HEADERS
    )


def _top(root: str) -> Html:
    return tag(
        "header",
        tag(
            "nav",
            link("Windsock", root or "./", class_="brand"),
            link("all SLAs", f"{root}slas"),
            link("runbooks", f"{root}runbooks/"),
            aria_label="Pages",
        ),
    )


def _footer(root: str) -> Html:
    return tag(
        "footer", link("JSON", f"{root}api/v1/slas"), " · ", link("metrics", f"{root}metrics"), class_="dim"
    )


def _heard(again: str | None) -> tuple[Html, ...]:
    """What the script speaks through; it stays while `main` changes."""
    if again is None:
        return ()
    return (
        tag("p", id="lost", role="alert", class_="lost", hidden=""),
        tag("p", id="news", role="status", class_="hidden"),
    )
