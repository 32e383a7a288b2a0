"""Boards are rendered once for each view, and how old they are is always right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.exporter.page_world import KEPT, LATE, NOW, VIEW, text
from windsock.pages import Pages, board
from windsock.view import View
from windsock.web import App, Response


@dataclass
class World:
    """Pages over a view that may be replaced, and a clock that may be set."""

    view: View = VIEW
    now: datetime = NOW
    rendered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pages = Pages(lambda: self.view, None, clock=lambda: self.now)
        self._app = App(self.pages.routes)

    def get(self, query: str = "") -> Response:
        environ: Mapping[str, object] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": query}
        return self._app.answer(environ)

    def publish(self, view: View) -> None:
        self.pages.prepare(view)
        self.view = view


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """It notes for which team a board is rendered."""
    world, show = World(), board.show

    def noted(here: object, wanted: object) -> Response:
        world.rendered.append(getattr(wanted, "team", ""))
        return show(here, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(board, "show", noted)
    return world


def test_a_board_is_rendered_once_for_each_view(world: World) -> None:
    first = world.get()
    assert world.get() == first
    assert world.rendered == [""]
    world.view = replace(VIEW, statuses=(KEPT,))
    assert "Nothing is late." in text(world.get())
    assert world.rendered == ["", ""]


def test_what_was_asked_for_is_rendered_before_it_is_asked_for_again(world: World) -> None:
    world.get("team=finance")
    world.rendered.clear()
    world.publish(replace(VIEW, statuses=(LATE,)))
    assert sorted(world.rendered) == ["", "finance"]
    world.rendered.clear()
    assert "finance_daily" in text(world.get("team=finance"))
    assert "finance_daily" in text(world.get())
    assert world.rendered == []


def test_only_the_boards_asked_for_last_are_prepared(world: World) -> None:
    for number in range(100):
        world.get(f"dag={number}")
    assert len(world.pages._boards._pages) <= 32
    world.rendered.clear()
    world.publish(replace(VIEW))
    assert len(world.rendered) <= 9


def test_a_kept_board_says_how_old_it_is_now(world: World) -> None:
    assert "read 0 s ago" in text(world.get())
    world.now = NOW + timedelta(seconds=40)
    assert "read 40 s ago" in text(world.get())
    assert "These facts are" not in text(world.get())
    world.now = NOW + timedelta(minutes=5)
    assert "These facts are 5 min old" in text(world.get())
    assert world.rendered == [""]


def test_a_board_that_cannot_be_rendered_stops_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def broken(*_: object) -> Response:
        raise RuntimeError("broken")

    monkeypatch.setattr(board, "show", broken)
    with capture_logs() as said:
        world.publish(replace(VIEW))
        assert world.get().status == 500
    assert [each["event"] for each in said] == ["cannot prepare the board", "page failed"]


def test_nobody_can_write_where_the_age_stands() -> None:
    nasty = replace(LATE, dag_id="<!-- age -->")
    world = World(view=replace(VIEW, statuses=(nasty,)))
    assert world.get().body.count(b"read 0 s ago") == 1
    assert b"&lt;!-- age --&gt;" in world.get().body
