"""Drawings inside a page: places across are in percent, so that they fit any width and stay in shape."""

from __future__ import annotations

from windsock.pages.html import Html, tag


def drawing(name: str, title: str, description: str, *parts: str | None, height: int) -> Html:
    """A picture with its words for those who do not see it.

    Args:
        name: `id` of the picture, unique on the page.
        title: what it is.
        description: what it shows.
        parts: its elements.
        height: in pixels.
    """
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-desc"),
        *parts,
        id=name,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        width="100%",
        height=str(height),
    )


def percent(share: float) -> str:
    """A place across; 0 is the left edge and 1 the right one."""
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"


def text(words: str, x: float, y: float, *, anchor: str = "start", class_: str | None = None) -> Html:
    """A line of text; `y` is its base line in pixels."""
    return tag("text", words, x=percent(x), y=f"{y:g}", text_anchor=anchor, class_=class_)


def upright(x: float, top: float, bottom: float, class_: str) -> Html:
    """A line from `top` to `bottom`."""
    place = percent(x)
    return tag("line", x1=place, x2=place, y1=f"{top:g}", y2=f"{bottom:g}", class_=class_)


def level(y: float, class_: str, *, left: float = 0.0, right: float = 1.0) -> Html:
    """A line across."""
    return tag("line", x1=percent(left), x2=percent(right), y1=f"{y:g}", y2=f"{y:g}", class_=class_)


def box(left: float, right: float, top: float, bottom: float, class_: str) -> Html:
    """A filled box."""
    width = max(0.0, min(1.0, right) - max(0.0, left))
    return tag(
        "rect",
        x=percent(left),
        width=percent(width),
        y=f"{top:g}",
        height=f"{max(0.0, bottom - top):g}",
        class_=class_,
    )


def dot(x: float, y: float, class_: str) -> Html:
    """A round mark."""
    return tag("circle", cx=percent(x), cy=f"{y:g}", r="5", class_=class_)
