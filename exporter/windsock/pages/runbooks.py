"""`/runbooks/<Alert>`: the files of `alerts/runbooks`, shown where the page's link leads."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import windsock
from windsock.pages.html import Html, link, page, tag
from windsock.web import Response

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


def folder() -> Path:
    """Where the files are: inside the installed wheel, else in the checkout beside the package."""
    package = Path(windsock.__file__).parent
    installed = package / "runbooks"
    return installed if installed.is_dir() else package.parents[1] / "alerts" / "runbooks"


def known() -> list[str]:
    """The alerts that have a runbook."""
    return sorted(path.stem for path in folder().glob("*.md") if _is_alert(path.stem))


def show(alert: str) -> Response:
    """The runbook, or a list of those that exist. Links between the files carry `.md`."""
    alert = alert.removesuffix(".md")
    path = folder() / f"{alert}.md"
    if not _is_alert(alert) or not path.is_file():
        return page(
            "no such runbook",
            tag("h1", "No such runbook"),
            tag("p", f"There is none for {alert}. These exist:"),
            _list(""),
            root="../",
            status=HTTPStatus.NOT_FOUND,
        )
    text = Html(_markdown().render(path.read_text(encoding="utf-8")))
    return page(f"{alert}: runbook", text, root="../")


def index(root: str) -> Response:
    """All of them; `root` leads from the page to the board."""
    return page("Runbooks", tag("h1", "Runbooks"), _list(f"{root}runbooks/"), root=root)


def _list(lead: str) -> Html:
    return tag("ul", *(tag("li", link(alert, lead + alert)) for alert in known()))


def _is_alert(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name != "README"


@cache
def _markdown() -> MarkdownIt:
    """HTML in a source stays text, and links that would run something stay text too."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 (the first figures need not wait for it)

    return MarkdownIt("commonmark", {"html": False}).enable("table")
