"""Boards that are rendered once for each view, most of them before somebody asks.

With thousands of SLAs that takes tens of milliseconds; a phone that is refreshed gets bytes that are there.
Only how old they are is put in at each request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import structlog

from windsock.pages import board
from windsock.pages.filters import Wanted
from windsock.pages.freshness import freshness
from windsock.pages.here import Here
from windsock.pages.html import join
from windsock.view import View
from windsock.web import Response

# A page that is open is read again every 15 seconds.
_LATELY = 60.0
_MOST = 8
_MOST_KEPT = 32
_log = structlog.get_logger()


class Kept:
    """Answers for the board.

    Args:
        here: makes the circumstances of a request from a view.
    """

    def __init__(self, here: Callable[[View], Here]) -> None:
        self._here = here
        self._pages: dict[Wanted, tuple[View, Response]] = {}
        self._asked: dict[Wanted, float] = {}

    def answer(self, view: View, wanted: Wanted) -> Response:
        """The board as of this view, with how old that is now."""
        if len(self._asked) < _MOST_KEPT:
            self._asked[wanted] = monotonic()
        here = self._here(view)
        known = self._pages.get(wanted)
        if known is None or known[0] is not view:
            known = view, board.show(here, wanted)
            # Replaced as a whole, because several requests may be under way; begun anew before it grows big.
            kept = self._pages if len(self._pages) < _MOST_KEPT else {}
            self._pages = {**kept, wanted: known}
        response = known[1]
        age = join(*freshness(here)).encode("utf-8", "replace")
        return replace(response, body=response.body.replace(board.AGE.encode(), age, 1))

    def prepare(self, view: View) -> None:
        """Render what was asked for lately, and the board of everything; forget the rest. Never raises."""
        before = monotonic() - _LATELY
        lately = {wanted: at for wanted, at in list(self._asked.items()) if at > before}
        newest = sorted(lately, key=lambda wanted: lately[wanted], reverse=True)[:_MOST]
        self._asked = {wanted: lately[wanted] for wanted in newest}
        try:
            here = self._here(view)
            self._pages = {wanted: (view, board.show(here, wanted)) for wanted in {Wanted(), *newest}}
        except Exception as error:  # noqa: BLE001 (a broken page must not stop what publishes figures)
            _log.error("cannot prepare the board", error=repr(error))
