"""HTML that is escaped by construction: text becomes part of a page only through `tag`."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from windsock.web import Response


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


_VOID = frozenset({"meta", "br", "hr"})
_HEADERS = {
    # Nothing on these pages comes from elsewhere, and nothing runs.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = Html("""
:root { color-scheme: light dark; --late: #b3261e; --good: #1b6e3c; --dim: #5f6368; --line: #d5d8dc;
  --card: #fff; --back: #f5f6f7; --text: #16181b; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --late: #ff8a80; --good: #7fd89f; --dim: #a0a6ad;
  --line: #383c42; --card: #1e2124; --back: #121416; --text: #e8eaed; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  background: var(--back); color: var(--text); overflow-wrap: break-word; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
h3 { font-size: 1.15rem; margin: 0; } p { margin: .3rem 0; } a { color: var(--link); }
.dim { color: var(--dim); } .late { color: var(--late); } .good { color: var(--good); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem;
  margin: .6rem 0; }
.card.breached, .card.down { border-left: .4rem solid var(--late); }
.big { font-size: 1.15rem; font-weight: 600; }
.links a { display: inline-block; padding: .35rem .7rem; margin: .3rem .4rem 0 0;
  border: 1px solid var(--line); border-radius: .4rem; text-decoration: none; }
table { border-collapse: collapse; width: 100%; background: var(--card); }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); font-size: .9rem; }
@media (max-width: 40rem) {
  .stack tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
  .stack tr:first-child { display: none; } .stack td { display: block; border: 0; padding: .1rem .6rem; }
  .stack td:first-child { font-weight: 600; } }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem;
  overflow-x: auto; overflow-wrap: normal; }
code { font: .92em ui-monospace, monospace; }
footer { margin-top: 2rem; font-size: .9rem; }
""")


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


def link(text: str, target: str) -> Html:
    """A link; `target` is percent-encoded already."""
    return tag("a", text, href=target)


def page(title: str, *body: str | None, status: int = HTTPStatus.OK, refresh: int | None = None) -> Response:
    """A whole page that needs nothing from elsewhere; `refresh` is in seconds."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="refresh", content=str(refresh)) if refresh else None,
        tag("title", title),
        tag("style", _STYLE),
    )
    text = f"<!doctype html>\n{tag('html', head, tag('body', *body), lang='en')}\n"
    return Response(body=text.encode("utf-8", "replace"), status=status, headers=_HEADERS)
