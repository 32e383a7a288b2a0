"""Dashboards of users, made of our shapes: a Python file with a function `board`."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

from windsock.errors import BadInput
from windsock_dashboards.shapes.located import located
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Board

if TYPE_CHECKING:
    from windsock_dashboards.build import Build


def load(path: Path) -> Build:
    """The function `board` of the file.

    Raises:
        BadInput: no such file, no function `board`, or a mistake in it, with its line.
    """
    if not path.is_file():
        raise BadInput(f"--own: {path}: no such file")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"--own: {path}: not a Python file: its name must end in .py")
    module = module_from_spec(spec)
    with located():
        spec.loader.exec_module(module)
    found = getattr(module, "board", None)
    if not callable(found):
        raise BadInput(f"--own: {path}: it defines no function `board(scope)` that returns a Board")

    def build(scope: Scope) -> Board:
        made = found(scope)
        if not isinstance(made, Board):
            raise BadInput(f"--own: {path}: `board(scope)` returns {type(made).__name__}, not a Board")
        return made

    return build
