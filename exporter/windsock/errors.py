"""The one exception that a user may see: a line that names the place and the fix."""

from __future__ import annotations


class BadInput(Exception):  # noqa: N818 (it is what the user gave, not a fault of the program)
    """Something the user wrote or set is wrong; the text is shown as it is, with exit code 1."""
