"""A mistake in the Python of a dashboard, as one line with module, line and what would be right."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import FrameType

from windsock.errors import BadInput

# A mistake that shows in these was made by whoever called them.
_SHAPES = Path(__file__).parent
_CALLERS = {_SHAPES.with_name("build.py"), _SHAPES.with_name("own.py")}


@contextmanager
def located() -> Iterator[None]:
    """Turn whatever goes wrong while a dashboard is built into one line.

    Raises:
        BadInput: `module, line N: what`, of the innermost line that is not one of our shapes.
    """
    try:
        yield
    except BadInput:
        raise
    except SyntaxError as error:
        raise BadInput(f"{error.filename}, line {error.lineno}: {error.msg}") from error
    except Exception as error:
        raise BadInput(f"{_place(error)}: {_what(error)}") from error


def _place(error: Exception) -> str:
    frames = list(traceback.walk_tb(error.__traceback__))
    frame, line = next((each for each in reversed(frames) if _of_a_dashboard(each[0])), frames[-1])
    return f"{frame.f_globals.get('__name__', '?')}, line {line}"


def _of_a_dashboard(frame: FrameType) -> bool:
    path = Path(frame.f_code.co_filename)
    # dataclasses compile their constructors from a string.
    return (
        not path.name.startswith("<")
        and "site-packages" not in path.parts
        and path.parent != _SHAPES
        and path not in _CALLERS
    )


def _what(error: Exception) -> str:
    if isinstance(error, AttributeError | NameError) and error.name:
        place = getattr(error, "obj", None)
        known = [name for name in dir(place) if not name.startswith("_")] if place is not None else []
        near = get_close_matches(error.name, known, n=1)
        where = getattr(place, "__name__", "") or (type(place).__name__ if place is not None else "")
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"there is no {error.name}{f' in {where}' if where else ''}{hint}"
    return f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
